/**
 * Server-side encryption: records that wait lie under Firehose's own key, or under a data key of the customer's KMS key.
 *
 * @see Developer Guide, "Data protection in Amazon Data Firehose"
 */
import { invariant } from '#kernel/base';
import { type Ctx, ownKey, ServiceError, seal, unseal } from '#kernel/contract';
import { keyRefused } from '../errors.ts';
import { KEY_FORGOTTEN_AFTER, KEY_KEPT_FOR } from '../limits.ts';
import { type DataKeyRow, dataKeys, rootKeys, type StreamRow } from '../state.ts';
import { countKeyTrouble } from './metrics.ts';

/** Firehose's own key, in place of a data key's id. */
const OWN = 'own';

/** Seals what a stream with encryption keeps; of others it stays as it is. @throws {ServiceError} InvalidKMSResourceException */
export async function sealFor(stream: StreamRow, bytes: Buffer, ctx: Ctx): Promise<{ bytes: Buffer; key?: string }> {
  const { encryption } = stream;
  if (encryption?.status !== 'ENABLED') return { bytes };
  if (encryption.keyArn === undefined) return { bytes: seal(rootKey(ctx), bytes), key: OWN };
  const { keyArn } = encryption;
  const row = await currentKey(stream.arn, keyArn, ctx).catch((refusal: unknown) => {
    countKeyTrouble(stream, refusal, ctx);
    throw refusal;
  });
  return { bytes: seal(opened(rootKey(ctx), row.open), bytes), key: row.id };
}

/** Opens what was sealed. @throws {ServiceError} InvalidKMSResourceException where KMS no longer gives the key */
export async function openSealed(key: string | undefined, bytes: Buffer, ctx: Ctx): Promise<Buffer> {
  if (key === undefined) return bytes;
  const open = unseal(key === OWN ? rootKey(ctx) : await keyById(key, ctx), bytes);
  invariant(open !== undefined, 'records open under the key that sealed them');
  return open;
}

async function currentKey(streamArn: string, keyArn: string, ctx: Ctx): Promise<DataKeyRow> {
  const [fresh] = ctx.store.list(dataKeys, {
    index: 'byStream',
    where: { streamArn, keyArn },
    after: { expiresAt: ctx.clock() },
    limit: 1,
  });
  if (fresh !== undefined) return fresh;
  const made = await throughKms(() =>
    ctx.awsFor(streamArn).kms.GenerateDataKey({
      KeyId: keyArn,
      KeySpec: 'AES_256',
      EncryptionContext: contextOf(streamArn),
    }),
  );
  const root = rootKey(ctx);
  const row: DataKeyRow = {
    id: ctx.uuid(),
    streamArn,
    keyArn,
    sealed: Buffer.from(made.CiphertextBlob ?? []).toString('base64'),
    open: seal(root, Buffer.from(made.Plaintext ?? [])).toString('base64'),
    expiresAt: ctx.clock() + KEY_KEPT_FOR,
  };
  ctx.transact((store) => {
    for (const old of store.list(dataKeys, {
      index: 'byStream',
      where: { streamArn, keyArn },
      before: { expiresAt: ctx.clock() - KEY_FORGOTTEN_AFTER },
    }))
      store.delete(dataKeys, old);
    store.put(dataKeys, row);
  });
  return row;
}

async function keyById(id: string, ctx: Ctx): Promise<Buffer> {
  const row = ctx.store.get(dataKeys, { id });
  invariant(row !== undefined, 'sealed records name a key that is there');
  const root = rootKey(ctx);
  if (row.expiresAt > ctx.clock()) return opened(root, row.open);
  const { Plaintext } = await throughKms(() =>
    ctx.awsFor(row.streamArn).kms.Decrypt({
      CiphertextBlob: Buffer.from(row.sealed, 'base64'),
      EncryptionContext: contextOf(row.streamArn),
    }),
  );
  return Buffer.from(Plaintext ?? []);
}

/** The encryption context of a stream's data keys. */
export const contextOf = (streamArn: string) => ({ 'aws:firehose:arn': streamArn });

/** Asks KMS; its refusals are Firehose's. @throws {ServiceError} InvalidKMSResourceException */
export async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? keyRefused(error) : error;
  }
}

function opened(root: Buffer, text: string): Buffer {
  const key = unseal(root, Buffer.from(text, 'base64'));
  invariant(key !== undefined, 'a data key opens under the service’s own');
  return key;
}

function rootKey(ctx: Ctx): Buffer {
  return ownKey(rootKeys, ctx.store, (work) => ctx.transact(work));
}
