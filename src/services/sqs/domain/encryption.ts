/**
 * Encryption of messages at rest: under SQS's own key, or under data keys that KMS gives to whoever sends and opens for whoever receives.
 *
 * @see SQS Developer Guide, "Encryption at rest in Amazon SQS", "Key management" (data keys are reused, for each principal)
 */
import { createHash } from 'node:crypto';
import { invariant, type Millis, SECOND } from '#kernel/base';
import { type Ctx, decipher, encipher, ownKey, ServiceError, seal, unseal } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { kmsError } from '../errors.ts';
import { REUSE_DEFAULT } from '../limits.ts';
import { type DataKeyRow, dataKeys, type MessageRow, type QueueRow, rootKeys } from '../state.ts';
import { attributeOf } from './attributes.ts';

/** Expired keys of a principal that are removed when it gets another. */
const SWEPT = 10;

export type SealedBody = Pick<MessageRow, 'body' | 'enciphered' | 'dataKey' | 'sealedFor'>;

/** The KMS key of a queue. */
export function kmsKeyOf(queue: QueueRow): string | undefined {
  return queue.attributes.KmsMasterKeyId;
}

const sealId = (queue: QueueRow) => `seal:${queue.pile}`;
const openId = (dataKey: string) => `open:${createHash('sha256').update(dataKey).digest('base64url')}`;

/**
 * Sees that the caller has a data key to send with, where the queue has a KMS key.
 *
 * @throws {ServiceError} KMS.NotFoundException, KMS.DisabledException, KMS.AccessDeniedException, …
 */
export async function prepareToSend(queue: QueueRow, store: StoreView, ctx: Ctx): Promise<void> {
  const KeyId = kmsKeyOf(queue);
  if (KeyId === undefined || keptKey(store, ctx, sealId(queue)) !== undefined) return;
  const EncryptionContext = { 'aws:sqs:arn': queue.arn };
  const kms = ctx.awsForCaller().kms;
  const made = await throughKms(() => kms.GenerateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  // Source: SQS Developer Guide, "Configuring KMS permissions": a producer needs Decrypt too, which verifies the new key.
  const CiphertextBlob = made.CiphertextBlob ?? new Uint8Array();
  const { Plaintext } = await throughKms(() => kms.Decrypt({ CiphertextBlob, EncryptionContext }));
  keep(ctx, queue, sealId(queue), Buffer.from(Plaintext ?? []), Buffer.from(CiphertextBlob).toString('base64'));
}

/** In a transaction: a body as the queue keeps it. */
export function sealBody(body: string, queue: QueueRow, store: StoreView, ctx: Ctx): SealedBody {
  if (kmsKeyOf(queue) === undefined) {
    if (attributeOf(queue, 'SqsManagedSseEnabled') !== 'true') return { body };
    return { enciphered: enciphered(ownKey(rootKeys, store), body) };
  }
  const kept = keptKey(store, ctx, sealId(queue));
  invariant(kept !== undefined, 'a data key was prepared');
  return { enciphered: enciphered(kept.key, body), dataKey: kept.dataKey, sealedFor: queue.arn };
}

const enciphered = (key: Buffer, body: string) => encipher(key, Buffer.from(body)).toString('base64');

/**
 * Sees that the caller can open these messages.
 *
 * @throws {ServiceError} KMS.AccessDeniedException, KMS.DisabledException, …
 */
export async function prepareToOpen(
  rows: readonly MessageRow[],
  queue: QueueRow,
  store: StoreView,
  ctx: Ctx,
): Promise<void> {
  for (const { dataKey, sealedFor = queue.arn } of rows) {
    if (dataKey === undefined || keptKey(store, ctx, openId(dataKey)) !== undefined) continue;
    const CiphertextBlob = Buffer.from(dataKey, 'base64');
    const EncryptionContext = { 'aws:sqs:arn': sealedFor };
    const { Plaintext } = await throughKms(() => ctx.awsForCaller().kms.Decrypt({ CiphertextBlob, EncryptionContext }));
    keep(ctx, queue, openId(dataKey), Buffer.from(Plaintext ?? []), dataKey);
  }
}

/** In a transaction: the body of a message; undefined when the caller's key for it was not prepared. */
export function openBody(row: MessageRow, store: StoreView, ctx: Ctx): string | undefined {
  const { body, dataKey } = row;
  const kept = row.enciphered ?? row.sealed;
  if (kept === undefined) return body ?? '';
  const key = dataKey === undefined ? ownKey(rootKeys, store) : keptKey(store, ctx, openId(dataKey))?.key;
  if (key === undefined) return undefined;
  const given = Buffer.from(kept, 'base64');
  const bytes = row.enciphered === undefined ? unseal(key, given) : decipher(key, given);
  invariant(bytes !== undefined, 'a message opens under its key');
  return bytes.toString();
}

function keptKey(store: StoreView, ctx: Ctx, id: string): { key: Buffer; dataKey: string } | undefined {
  const row = store.get(dataKeys, { principal: ctx.caller.principal.arn, id });
  if (row === undefined || row.expiresAt <= ctx.clock()) return undefined;
  const key = unseal(ownKey(rootKeys, store), Buffer.from(row.key, 'base64'), id);
  return key === undefined ? undefined : { key, dataKey: row.dataKey };
}

/** Keeps a key for as long as the queue reuses keys. */
function keep(ctx: Ctx, queue: QueueRow, id: string, key: Buffer, dataKey: string): void {
  const reuse: Millis = Number(attributeOf(queue, 'KmsDataKeyReusePeriodSeconds') ?? REUSE_DEFAULT) * SECOND;
  const principal = ctx.caller.principal.arn;
  const now = ctx.clock();
  ctx.transact((view) => {
    const [, , , region, account] = queue.arn.split(':');
    const store = view.in({ account: account ?? '', region: region ?? '' });
    const where = { principal };
    for (const old of store.list(dataKeys, { index: 'byExpiry', where, to: { expiresAt: now }, limit: SWEPT }))
      store.delete(dataKeys, old);
    const row: DataKeyRow = {
      principal,
      id,
      key: seal(ownKey(rootKeys, store), key, id).toString('base64'),
      dataKey,
      expiresAt: now + reuse,
    };
    store.put(dataKeys, row);
  });
}

/** KMS's refusals as SQS passes them on. */
async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? (kmsError(error) ?? error) : error;
  }
}
