/**
 * Encryption of records: under data keys that KMS gives to whoever writes, and opens for whoever reads, with their own permissions.
 *
 * @see Developer Guide, "Data protection in Amazon Kinesis Data Streams", "Permissions to use user-generated KMS keys"
 */
import { invariant, sha256Hex } from '#kernel/base';
import { type Ctx, ownKey, ServiceError, seal, unseal } from '#kernel/contract';
import { keyRefused } from '../errors.ts';
import { KEY_KEPT_FOR } from '../limits.ts';
import { dataKeys, type RecordRow, rootKeys, type StreamRow } from '../state.ts';

/** Expired keys of a principal that are removed when it gets another. */
const SWEPT = 10;

/** A data key at hand, and as KMS gave it. */
export type DataKey = { key: Buffer; dataKey: string };

/** The data key to write with; undefined where the stream is not encrypted. @throws {ServiceError} KMSAccessDeniedException, KMSDisabledException, … */
export async function keyToWrite({ arn, keyId: KeyId }: StreamRow, ctx: Ctx): Promise<DataKey | undefined> {
  if (KeyId === undefined) return undefined;
  const id = `seal ${arn} ${KeyId}`;
  const kept = keptKey(id, ctx);
  if (kept !== undefined) return kept;
  const { CiphertextBlob = [], Plaintext = [] } = await throughKms(() =>
    ctx.awsForCaller().kms.GenerateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: contextOf(arn) }),
  );
  return keep(id, { key: Buffer.from(Plaintext), dataKey: Buffer.from(CiphertextBlob).toString('base64') }, ctx);
}

/** A record's bytes as they were written. @throws {ServiceError} KMSAccessDeniedException, KMSDisabledException, … */
export async function openRecord(
  { dataKey }: Pick<RecordRow, 'dataKey'>,
  bytes: Buffer,
  { arn }: StreamRow,
  ctx: Ctx,
): Promise<Buffer> {
  if (dataKey === undefined) return bytes;
  const open = unseal((await keyToRead(dataKey, arn, ctx)).key, bytes);
  invariant(open !== undefined, 'records open under the key that sealed them');
  return open;
}

async function keyToRead(dataKey: string, arn: string, ctx: Ctx): Promise<DataKey> {
  const id = `open ${sha256Hex(dataKey)}`;
  const kept = keptKey(id, ctx);
  if (kept !== undefined) return kept;
  const { Plaintext = [] } = await throughKms(() =>
    ctx.awsForCaller().kms.Decrypt({
      CiphertextBlob: Buffer.from(dataKey, 'base64'),
      EncryptionContext: contextOf(arn),
    }),
  );
  return keep(id, { key: Buffer.from(Plaintext), dataKey }, ctx);
}

/** The encryption context of a stream's data keys. */
const contextOf = (arn: string) => ({ 'aws:kinesis:arn': arn });

/** Asks KMS; its refusals are Kinesis's. @throws {ServiceError} KMSNotFoundException, KMSAccessDeniedException, … */
export async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? keyRefused(error) : error;
  }
}

function keptKey(id: string, ctx: Ctx): DataKey | undefined {
  const { store } = ctx;
  const row = store.get(dataKeys, { principal: ctx.caller.principal.arn, id });
  const root = store.get(rootKeys, { id: 'root' });
  if (row === undefined || root === undefined || row.expiresAt <= ctx.clock()) return undefined;
  const key = unseal(Buffer.from(root.key, 'base64'), Buffer.from(row.key, 'base64'), id);
  return key === undefined ? undefined : { key, dataKey: row.dataKey };
}

function keep(id: string, made: DataKey, ctx: Ctx): DataKey {
  const principal = ctx.caller.principal.arn;
  const now = ctx.clock();
  ctx.transact((store) => {
    const old = { index: 'byExpiry', where: { principal }, to: { expiresAt: now }, limit: SWEPT };
    for (const row of store.list(dataKeys, old)) store.delete(dataKeys, row);
    const key = seal(ownKey(rootKeys, store), made.key, id).toString('base64');
    store.put(dataKeys, { principal, id, key, dataKey: made.dataKey, expiresAt: now + KEY_KEPT_FOR });
  });
  return made;
}
