/**
 * Which encryption a request asks for, and what its headers may not say together.
 *
 * @see S3 User Guide, "Protecting data with server-side encryption"; API Reference, PutObject, PutBucketEncryption. Texts as recorded from AWS.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Ctx } from '#kernel/contract';
import {
  encryptionMismatch,
  invalidArgument,
  invalidCustomerAlgorithm,
  invalidEncryption,
  invalidRequest,
  wrongCustomerKey,
} from '../errors.ts';
import type { BucketRow, EncryptionRow } from '../state.ts';
import { deniedBecause } from './denied.ts';
import { directoryWanted } from './directory-encryption.ts';

export type EncryptionInput = CustomerInput & {
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  SSEKMSEncryptionContext?: string;
  BucketKeyEnabled?: boolean;
};

type CustomerInput = { SSECustomerAlgorithm?: string; SSECustomerKey?: string; SSECustomerKeyMD5?: string };

/** The customer's own key, of 32 bytes, and its MD5 in base64. */
export type CustomerKey = { key: Buffer; md5: string };

/** The encryption that is wanted for a new object. */
export type Wanted =
  | { kind: 'AES256' }
  | { kind: 'aws:kms' | 'aws:kms:dsse'; keyId: string; context: string | undefined; bucketKey: boolean }
  | ({ kind: 'customer' } & CustomerKey);

/** What every answer about a customer's key names. */
const SSE = 'x-amz-server-side-encryption';
/** The key of S3 itself in each account. */
const MANAGED_KEY = 'alias/aws/s3';
const KEY_BYTES = 32;

/**
 * What the request asks for, else the bucket's default.
 *
 * @param action by which it is asked for, as a denial names it
 * @throws {ServiceError} InvalidArgument, InvalidEncryptionAlgorithmError; AccessDenied where SSE-C is blocked
 */
export function wantedOf(
  input: EncryptionInput & { Key?: string },
  bucket: BucketRow,
  ctx: Ctx,
  action = 'PutObject',
): Wanted {
  if (bucket.directory !== undefined) return directoryWanted(input, bucket, ctx);
  const { ServerSideEncryption: asked, SSEKMSKeyId: keyId } = input;
  if (mentionsCustomerKey(input)) {
    if (bucket.encryption?.allowsCustomerKeys !== true)
      throw deniedBecause(
        ctx,
        bucket,
        input.Key,
        action,
        'this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type',
      );
    if (asked !== undefined)
      throw invalidArgument(
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
        SSE,
        asked,
      );
    return { kind: 'customer', ...(customerKeyOf(input, true) as CustomerKey) };
  }
  if (asked !== undefined && asked !== 'AES256' && asked !== 'aws:kms' && asked !== 'aws:kms:dsse')
    throw invalidEncryption(asked);
  if (keyId !== undefined && (asked === undefined || asked === 'AES256'))
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      SSE,
    );
  const preset = bucket.encryption;
  const kind = asked ?? preset?.kind ?? 'AES256';
  if (kind === 'AES256') return { kind };
  const bucketKey = input.BucketKeyEnabled ?? (preset?.kind === kind && preset.bucketKey === true);
  const context = contextOf(input.SSEKMSEncryptionContext);
  // Source: S3 User Guide, "Specifying server-side encryption with AWS KMS (SSE-KMS)": the header without a key's id means S3's own key, whatever the bucket's default.
  const usual = asked === undefined ? preset?.keyId : undefined;
  return { kind, keyId: keyId ?? usual ?? MANAGED_KEY, context, bucketKey: bucketKey && kind === 'aws:kms' };
}

/** @throws {ServiceError} InvalidArgument for what is no JSON object of texts in base64 */
function contextOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    const context: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
    if (
      typeof context === 'object' &&
      context !== null &&
      Object.values(context).every((one) => typeof one === 'string')
    )
      return header;
  } catch {
    // Said below.
  }
  throw invalidArgument(
    'The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map',
    'x-amz-server-side-encryption-context',
    header,
  );
}

function mentionsCustomerKey(input: CustomerInput): boolean {
  return (input.SSECustomerAlgorithm ?? input.SSECustomerKey ?? input.SSECustomerKeyMD5) !== undefined;
}

/**
 * The customer's key in a request.
 *
 * Deviation: AWS takes customers' keys over HTTPS only; here plain HTTP, which never leaves the machine, will do.
 *
 * @param isNew whether it is to encrypt; any other length is merely not the key of what there is
 * @throws {ServiceError} InvalidArgument, InvalidEncryptionAlgorithmError
 */
function customerKeyOf(input: CustomerInput, isNew = false): CustomerKey | undefined {
  if (!mentionsCustomerKey(input)) return undefined;
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: text, SSECustomerKeyMD5: md5 } = input;
  const wrong = (what: string) => invalidArgument(what, SSE, 'null');
  const must = 'Requests specifying Server Side Encryption with Customer provided keys must provide';
  if (algorithm === undefined) throw wrong(`${must} a valid encryption algorithm.`);
  if (algorithm !== 'AES256') throw invalidCustomerAlgorithm(algorithm);
  if (text === undefined) throw wrong(`${must} an appropriate secret key.`);
  if (md5 === undefined) throw wrong(`${must} the client calculated MD5 of the secret key.`);
  const key = Buffer.from(text, 'base64');
  if (createHash('md5').update(key).digest('base64') !== md5)
    throw wrong('The calculated MD5 hash of the key did not match the hash that was provided.');
  if (isNew && key.length !== KEY_BYTES) throw wrong('The secret key was invalid for the specified algorithm.');
  return { key, md5 };
}

/**
 * The key with which the customer opens what is encrypted so; undefined for other encryption.
 *
 * @throws {ServiceError} InvalidRequest without the key, or with one where there is none to be; AccessDenied for the wrong one
 */
export function customerKeyFor(row: EncryptionRow | undefined, input: CustomerInput): Buffer | undefined {
  const given = customerKeyOf(input);
  if (row?.kind !== 'customer') {
    if (given !== undefined) throw invalidRequest('The encryption parameters are not applicable to this object.');
    return undefined;
  }
  if (given === undefined)
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  if (!isKeyOf(row, given)) throw wrongCustomerKey();
  return given.key;
}

/** The key of a part's upload. @throws {ServiceError} InvalidRequest */
export function customerKeyForPart(row: EncryptionRow | undefined, input: CustomerInput): Buffer | undefined {
  const given = customerKeyOf(input);
  if ((row?.kind === 'customer') !== (given !== undefined)) throw encryptionMismatch(true);
  if (row === undefined || given === undefined) return undefined;
  if (!isKeyOf(row, given)) throw encryptionMismatch(false);
  return given.key;
}

function isKeyOf(row: EncryptionRow, { md5 }: CustomerKey): boolean {
  const [kept, given] = [Buffer.from(row.md5 ?? '', 'base64'), Buffer.from(md5, 'base64')];
  return kept.length === given.length && timingSafeEqual(kept, given);
}

const HEX = '0123456789abcdef';

/**
 * The ETag of a body: its MD5, unless its encryption or the kind of its bucket hides that.
 * Source: S3 API Reference, Object, ETag; S3 User Guide, "Differences for directory buckets".
 */
export function etagOf(ctx: Ctx, { directory }: BucketRow, row: EncryptionRow | undefined, md5: string): string {
  const isOpen = directory === undefined && (row === undefined || row.kind === 'AES256');
  return isOpen ? md5 : ctx.random.text(32, HEX);
}

/** The members by which answers show an object's encryption. What was written before there was any counts as SSE-S3. */
export function shownEncryption(row: EncryptionRow | undefined): object {
  if (row === undefined || row.kind === 'AES256') return { ServerSideEncryption: 'AES256' };
  if (row.kind === 'customer') return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: row.md5 };
  return {
    ServerSideEncryption: row.kind,
    SSEKMSKeyId: row.keyId,
    ...(row.bucketKey === true && { BucketKeyEnabled: true }),
  };
}

/** The same, with what only the answer to a write shows. */
export function shownWritten(row: EncryptionRow): object {
  return {
    ...shownEncryption(row),
    ...(row.context !== undefined && { SSEKMSEncryptionContext: row.context }),
  };
}
