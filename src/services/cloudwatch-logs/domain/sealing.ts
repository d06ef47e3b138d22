/**
 * Encryption at rest: batches lie under the service's own key, or under a data key that KMS made for the group.
 *
 * @see CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"
 */
import { invariant, MINUTE, type Millis } from '#kernel/base';
import { type Ctx, ownKey, ServiceError, seal, unseal } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import { type DataKeyRow, dataKeys, type GroupRow, rootKeys } from '../state.ts';

/** For how long an opened key is used before KMS is asked again. Our own choice: AWS only says that it caches keys. */
const KEPT_FOR: Millis = 5 * MINUTE;

/** The key of an id, asked from KMS where it was opened too long ago. @throws {ServiceError} InvalidParameterException when KMS refuses */
export async function openKey(id: string | undefined, store: StoreView, ctx: Ctx): Promise<Buffer> {
  if (id === undefined) return rootKey(store, ctx);
  const row = store.get(dataKeys, { id });
  invariant(row !== undefined, 'a batch names a data key that is there');
  const root = rootKey(store, ctx);
  if (row.expiresAt > ctx.clock()) return opened(root, row.open);
  const { Plaintext = new Uint8Array() } = await kmsFor(row.groupArn, ctx)
    .Decrypt({ CiphertextBlob: Buffer.from(row.sealed, 'base64'), EncryptionContext: contextOf(row.groupArn) })
    .catch((error: unknown) => {
      throw error instanceof ServiceError ? invalidParameter(`The KMS key can't be used: ${error.message}`) : error;
    });
  const key = Buffer.from(Plaintext);
  ctx.transact(() =>
    store.put(dataKeys, {
      ...row,
      open: seal(root, key).toString('base64'),
      expiresAt: ctx.clock() + KEPT_FOR,
    }),
  );
  return key;
}

/**
 * A new data key for a group, kept; its id.
 *
 * @throws {ServiceError} InvalidParameterException when the key isn't there or doesn't let CloudWatch Logs use it
 */
export async function newDataKey(group: Pick<GroupRow, 'arn'>, kmsKeyId: string, ctx: Ctx): Promise<string> {
  const context = { KeyId: kmsKeyId, KeySpec: 'AES_256' as const, EncryptionContext: contextOf(group.arn) };
  const made = await kmsFor(group.arn, ctx)
    .GenerateDataKey(context)
    .catch((error: unknown) => {
      throw error instanceof ServiceError ? keyRefused(kmsKeyId, error) : error;
    });
  const root = rootKey(ctx.store, ctx);
  const row: DataKeyRow = {
    id: ctx.uuid(),
    groupArn: group.arn,
    kmsKeyId,
    sealed: Buffer.from(made.CiphertextBlob ?? []).toString('base64'),
    open: seal(root, Buffer.from(made.Plaintext ?? [])).toString('base64'),
    expiresAt: ctx.clock() + KEPT_FOR,
  };
  ctx.transact((store) => store.put(dataKeys, row));
  return row.id;
}

/** Source: recorded answers of CloudWatch Logs to a key whose policy doesn't name it. */
function keyRefused(kmsKeyId: string, { code }: ServiceError): ServiceError {
  return code === 'AccessDeniedException'
    ? invalidParameter('The specified KMS key does not exist or is not allowed to be used with LogGroup')
    : invalidParameter(`The specified KMS Key Id could not be found. (${kmsKeyId})`);
}

const contextOf = (arn: string) => ({ 'aws:logs:arn': arn });
const kmsFor = (arn: string, ctx: Ctx) => ctx.awsFor(arn, `logs.${ctx.region}`).kms;

function opened(root: Buffer, text: string): Buffer {
  const key = unseal(root, Buffer.from(text, 'base64'));
  invariant(key !== undefined, 'a data key opens under the service’s own');
  return key;
}

function rootKey(store: StoreView, ctx: Ctx): Buffer {
  return ownKey(rootKeys, store, (work) => ctx.transact(work));
}
