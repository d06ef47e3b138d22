/** Data keys of bodies: made and opened under S3's own root key, a KMS key or the customer's. */
import { invariant } from '#kernel/base';
import { type Aws, type Ctx, ownKey, ServiceError } from '#kernel/contract';
import { accessDenied, invalidArgument, kmsError, wrongCustomerKey } from '../errors.ts';
import { type BucketRow, type EncryptionRow, rootKeys } from '../state.ts';
import { newDataKey, unwrap, wrap } from './cipher.ts';
import { directoryContext } from './directory.ts';
import type { Wanted } from './encryption.ts';
import { arnOf, type Found } from './find.ts';

/** KMS, as one who may use the key. */
type Kms = () => Aws['kms'];

/**
 * Who has a key made. What is replicated gets one that KMS only encrypts. Source: S3 User Guide, "Replicating encrypted objects", Granting
 * additional permissions for the IAM role: kms:Encrypt; kms:GenerateDataKey where the source was under no KMS key.
 */
export type Sealer = { kms: Kms; encrypts: boolean };

/** A body's data key, and how its version's row keeps it. */
export type Sealing = { row: EncryptionRow; key: Buffer };

/**
 * Encryption for a new object.
 *
 * @param dataKey of a body that is there already and only changes hands
 * @throws {ServiceError} KMS.NotFoundException, KMS.DisabledException, AccessDenied
 */
export async function sealingFor(
  ctx: Ctx,
  found: Found,
  key: string,
  wanted: Wanted,
  dataKey: Buffer = newDataKey(wanted.kind === 'aws:kms:dsse' ? 2 : 1),
  { kms, encrypts }: Sealer = { kms: () => ctx.awsForCaller().kms, encrypts: false },
): Promise<Sealing> {
  if (wanted.kind === 'AES256')
    return { key: dataKey, row: { kind: 'AES256', key: wrap(rootKey(ctx, found), dataKey) } };
  if (wanted.kind === 'customer')
    return { key: dataKey, row: { kind: 'customer', key: wrap(wanted.key, dataKey), md5: wanted.md5 } };
  const { kind, keyId, context, bucketKey } = wanted;
  checkSignature(ctx);
  const bound = { KeyId: keyId, EncryptionContext: contextFor(ctx, found.bucket, key, context, bucketKey) };
  const made = await throughKms(() => (encrypts ? encryptedKey(kms, bound) : generatedKey(kms, bound)));
  return {
    key: dataKey,
    row: {
      kind,
      key: wrap(made.plain, dataKey),
      sealed: made.sealed.toString('base64'),
      ...(made.keyId !== undefined && { keyId: made.keyId }),
      ...(context !== undefined && { context }),
      ...(bucketKey && { bucketKey }),
    },
  };
}

type Bound = { KeyId: string; EncryptionContext: { [name: string]: string } };
type Made = { plain: Buffer; sealed: Buffer; keyId: string | undefined };

async function generatedKey(kms: Kms, bound: Bound): Promise<Made> {
  const { Plaintext, CiphertextBlob, KeyId } = await kms().GenerateDataKey({ ...bound, KeySpec: 'AES_256' });
  invariant(Plaintext !== undefined && CiphertextBlob !== undefined, 'KMS gives a key');
  return { plain: Buffer.from(Plaintext), sealed: Buffer.from(CiphertextBlob), keyId: KeyId };
}

async function encryptedKey(kms: Kms, bound: Bound): Promise<Made> {
  const plain = newDataKey(1);
  const { CiphertextBlob, KeyId } = await kms().Encrypt({ ...bound, Plaintext: plain });
  invariant(CiphertextBlob !== undefined, 'KMS encrypts');
  return { plain, sealed: Buffer.from(CiphertextBlob), keyId: KeyId };
}

/**
 * The data key of an object, for one who may have it; without waiting where KMS need not be asked.
 *
 * @param customer the customer's key, checked, where the object has one
 * @throws {ServiceError} as KMS refuses
 */
export function dataKeyOf(
  ctx: Ctx,
  found: Found,
  key: string,
  row: EncryptionRow | undefined,
  customer: Buffer | undefined,
  kms: Kms = () => ctx.awsForCaller().kms,
): Buffer | undefined | Promise<Buffer> {
  if (row === undefined) return undefined;
  if (row.kind === 'AES256') return openedOnce(ctx, found, row);
  if (row.kind === 'customer') {
    invariant(customer !== undefined, "the customer's key was asked for");
    return opened(customer, row);
  }
  checkSignature(ctx);
  return throughKms(() =>
    kms().Decrypt({
      CiphertextBlob: Buffer.from(row.sealed ?? '', 'base64'),
      EncryptionContext: contextFor(ctx, found.bucket, key, row.context, row.bucketKey === true),
    }),
  ).then(({ Plaintext }) => opened(Buffer.from(Plaintext ?? []), row));
}

/** Data keys under S3's own key, as long as their rows are in memory. */
const ownKeys = new WeakMap<EncryptionRow, Buffer>();

function openedOnce(ctx: Ctx, found: Found, row: EncryptionRow): Buffer {
  let key = ownKeys.get(row);
  if (key === undefined) ownKeys.set(row, (key = opened(rootKey(ctx, found), row)));
  return key;
}

function opened(under: Buffer, row: EncryptionRow): Buffer {
  const key = unwrap(under, row.key);
  if (key === undefined) throw wrongCustomerKey();
  return key;
}

/** The key of S3 itself in the bucket's account and Region, made when it is first needed. */
function rootKey(ctx: Ctx, { store }: Found): Buffer {
  return ownKey(rootKeys, store, (work) => ctx.transact(work));
}

/** What KMS binds the key to: the object or, where the bucket has one key for all, the bucket; and what the client adds. */
function contextFor(ctx: Ctx, bucket: BucketRow, key: string, added: string | undefined, bucketKey: boolean) {
  const own: { [name: string]: string } =
    added === undefined ? {} : JSON.parse(Buffer.from(added, 'base64').toString());
  // Source: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS) in directory buckets", Encryption context: the bucket's ARN.
  if (bucket.directory !== undefined) return directoryContext(ctx, bucket);
  return { ...own, 'aws:s3:arn': bucketKey ? arnOf(ctx, bucket.name) : arnOf(ctx, bucket.name, key) };
}

/** Source: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"; text as recorded. @throws {ServiceError} InvalidArgument */
function checkSignature({ http: { query, headers } }: Ctx): void {
  if (headers.authorization?.startsWith('AWS ') !== true && !query.includes('AWSAccessKeyId=')) return;
  throw invalidArgument(
    'Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.',
    'Authorization',
    'null',
  );
}

/** KMS's refusals in S3's words. Source: S3 API Reference, "List of error codes": KMS.*. */
async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code.startsWith('AccessDenied')) throw accessDenied(error.message);
    throw kmsError(error) ?? error;
  }
}

/** Whether a body can change hands without being encrypted anew: its data key fits what is wanted. */
export function fits(dataKey: Buffer | undefined, wanted: Wanted): boolean {
  return dataKey !== undefined && dataKey.length === newDataKey(wanted.kind === 'aws:kms:dsse' ? 2 : 1).length;
}
