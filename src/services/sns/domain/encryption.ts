/**
 * Encryption of messages at rest, for topics with a KMS key: each body under a data key that KMS gave to who published it. SNS keeps that key,
 * sealed under its own, until the message is delivered.
 *
 * @see SNS Developer Guide, "Encryption at rest", "Key management"
 */
import { invariant } from '#kernel/base';
import { type Ctx, ownKey, ServiceError, seal, unseal } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { kmsError } from '../errors.ts';
import { type MessageRow, rootKeys, type TopicRow } from '../state.ts';

/** The KMS key of a topic. */
export function kmsKeyOf({ attributes }: TopicRow): string | undefined {
  return attributes.KmsMasterKeyId;
}

/**
 * A data key for what the caller publishes.
 *
 * @throws {ServiceError} KMSNotFound, KMSDisabled, KMSAccessDenied, …
 */
export async function dataKeyFor(topic: TopicRow, KeyId: string, ctx: Ctx): Promise<Buffer> {
  const { kms } = ctx.awsForCaller();
  const EncryptionContext = { 'aws:sns:topicArn': topic.arn };
  const made = await throughKms(() => kms.GenerateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  // Source: SNS Developer Guide, "Key management": who publishes needs kms:Decrypt too, which verifies the new key.
  const CiphertextBlob = made.CiphertextBlob ?? new Uint8Array();
  const { Plaintext } = await throughKms(() => kms.Decrypt({ CiphertextBlob, EncryptionContext }));
  return Buffer.from(Plaintext ?? []);
}

/** In a transaction: a body as it is kept. */
export function sealBody(
  body: string,
  key: Buffer | undefined,
  store: StoreView,
): Pick<MessageRow, 'body' | 'sealed' | 'key'> {
  if (key === undefined) return { body };
  return {
    sealed: seal(key, Buffer.from(body)).toString('base64'),
    key: seal(ownKey(rootKeys, store), key).toString('base64'),
  };
}

/** The body of a message, opened where it is sealed. */
export function openBody({ body, sealed, key }: MessageRow, store: StoreView): string {
  if (sealed === undefined) return body ?? '';
  const root = store.get(rootKeys, { id: 'root' });
  invariant(root !== undefined && key !== undefined, 'a sealed message has its keys');
  const opened = unseal(Buffer.from(root.key, 'base64'), Buffer.from(key, 'base64'));
  const bytes = opened && unseal(opened, Buffer.from(sealed, 'base64'));
  invariant(bytes !== undefined, 'a message opens under its key');
  return bytes.toString();
}

/** KMS's refusals as SNS passes them on. */
async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? (kmsError(error) ?? error) : error;
  }
}
