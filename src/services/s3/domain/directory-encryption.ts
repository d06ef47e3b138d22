/**
 * Encryption in directory buckets: SSE-S3, or SSE-KMS with the one key of the bucket. It is settled when a session begins.
 *
 * @see S3 User Guide, "Specifying server-side encryption with AWS KMS (SSE-KMS) for new object uploads in directory buckets"
 */
import type { Ctx } from '#kernel/contract';
import type { ServerSideEncryptionRule } from '#models/s3';
import { keyArnOf } from '../../kms/port.ts';
import { boundSessionOf } from '../../sts/port.ts';
import { invalidEncryption, keyNotApplicable } from '../errors.ts';
import { bucketKeyNeeded, encryptionOverridden, keyFixed, keyMissing, noAliases } from '../errors-directory.ts';
import type { BucketEncryption, BucketRow } from '../state.ts';
import { directoryContext } from './directory.ts';
import { readMode } from './directory-access.ts';

export type Kind = 'AES256' | 'aws:kms';

type Asked = { ServerSideEncryption?: string; SSEKMSKeyId?: string; SSEKMSEncryptionContext?: string };
type Named = Pick<BucketRow, 'region' | 'account' | 'name' | 'encryption'>;
type Wanted = { kind: 'AES256' } | { kind: 'aws:kms'; keyId: string; context: undefined; bucketKey: true };

type Keyed = Pick<BucketRow, 'encryption'>;

const presetOf = ({ encryption }: Keyed): Kind => (encryption?.kind === 'aws:kms' ? 'aws:kms' : 'AES256');

/** Whether a request means the bucket's key: by its ARN, or by its id. */
const isKeyOf = (named: string, key = ''): boolean => named === key || key.endsWith(`/${named}`);

/** The context may be told, but is no other than it would be without. @throws {ServiceError} InvalidRequest */
function checkContext({ SSEKMSEncryptionContext: header }: Asked, bucket: Named, ctx: Ctx): void {
  if (header === undefined) return;
  const own = Object.entries(directoryContext(ctx, bucket));
  try {
    const given: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
    if (JSON.stringify(Object.entries(given ?? {})) === JSON.stringify(own)) return;
  } catch {
    // Said below.
  }
  throw encryptionOverridden();
}

/**
 * How objects of a session are encrypted.
 *
 * @throws {ServiceError} InvalidArgument, InvalidRequest for another key than the bucket's, or SSE-KMS in a bucket that has no key
 */
export function sessionEncryption(input: Asked, bucket: Named, ctx: Ctx): Kind {
  const { ServerSideEncryption: asked, SSEKMSKeyId: key } = input;
  checkContext(input, bucket, ctx);
  const preset = presetOf(bucket);
  if (asked === undefined) {
    if (key !== undefined) throw encryptionOverridden();
    return preset;
  }
  if (asked !== 'AES256' && asked !== 'aws:kms') throw invalidEncryption(asked);
  if (asked === 'aws:kms' && key === undefined) throw keyMissing();
  if (asked === 'aws:kms' && (preset !== 'aws:kms' || !isKeyOf(key ?? '', bucket.encryption?.keyId)))
    throw encryptionOverridden();
  return asked;
}

/**
 * How a new object is encrypted. What a session has settled can't be changed.
 *
 * @throws {ServiceError} InvalidArgument, InvalidRequest
 */
export function directoryWanted(input: Asked, bucket: BucketRow, ctx: Ctx): Wanted {
  const session = boundSessionOf(ctx);
  const settled = session === undefined ? undefined : readMode(session.mode).kind;
  const { ServerSideEncryption: asked, SSEKMSKeyId: key } = input;
  checkContext(input, bucket, ctx);
  const kind = settled ?? (asked === undefined ? presetOf(bucket) : sessionEncryption(input, bucket, ctx));
  if (asked !== undefined && asked !== kind) throw encryptionOverridden();
  if (key !== undefined && !isKeyOf(key, bucket.encryption?.keyId)) throw encryptionOverridden();
  if (kind === 'AES256') return { kind };
  // Source: the same page, "S3 Bucket Keys": always enabled.
  return { kind, keyId: bucket.encryption?.keyId ?? '', context: undefined, bucketKey: true };
}

/** The members by which CreateSession shows it. */
export function shownEncryptionOf({ encryption }: Keyed, kind: Kind): object {
  return kind === 'AES256'
    ? { ServerSideEncryption: kind }
    : { ServerSideEncryption: kind, SSEKMSKeyId: encryption?.keyId, BucketKeyEnabled: true };
}

/**
 * The default that a bucket is to have. Its first key is its only one, and aliases are none.
 *
 * @throws {ServiceError} InvalidArgument, InvalidRequest
 * @see S3 API Reference, PutBucketEncryption, the notes on directory buckets
 */
export function directoryPreset(rule: ServerSideEncryptionRule, bucket: BucketRow, ctx: Ctx): BucketEncryption {
  const { SSEAlgorithm: kind = 'AES256', KMSMasterKeyID: named } = rule.ApplyServerSideEncryptionByDefault ?? {};
  const { onlyKey } = bucket.encryption ?? {};
  const kept = onlyKey === undefined ? {} : { onlyKey };
  if (kind === 'AES256' && named !== undefined) throw keyNotApplicable('aws:kms');
  if (kind === 'AES256') return { kind, ...kept };
  if (kind !== 'aws:kms') throw invalidEncryption(kind);
  if (rule.BucketKeyEnabled === false) throw bucketKeyNeeded();
  if (named === undefined) throw keyMissing();
  if (named.includes('alias/')) throw noAliases();
  const keyId = keyArnOf(named, ctx) ?? named;
  if (onlyKey !== undefined && onlyKey !== keyId) throw keyFixed();
  return { kind, keyId, bucketKey: true, onlyKey: keyId };
}
