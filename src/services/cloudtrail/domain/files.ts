/** Files of trails in S3: logs about every five minutes, digests every hour, each signed and naming the one before. */

import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bytesStream, isoSeconds, sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type Digest, type KeyRow, signingKeys, type TrailRow } from '../state.ts';
import type { TrailRecord } from './record.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function basePath({ prefix }: TrailRow, account: string): string {
  return `${prefix === undefined || prefix === '' ? '' : `${prefix}/`}AWSLogs/${account}`;
}

/**
 * Source: CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail": the trail stands in the encryption context; "Encrypting
 * CloudTrail log files": digests are never under the key.
 */
function encryptionOf({ arn, kmsKeyId }: TrailRow, isDigest: boolean) {
  if (isDigest) return { ServerSideEncryption: 'AES256' as const };
  if (kmsKeyId === undefined) return {};
  const context = Buffer.from(JSON.stringify({ 'aws:cloudtrail:arn': arn })).toString('base64');
  return { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyId, SSEKMSEncryptionContext: context };
}

/** @returns the ARN of the key that it lies under */
async function put(
  trail: TrailRow,
  Key: string,
  bytes: Uint8Array,
  metadata: Record<string, string>,
  ctx: Ctx,
): Promise<string | undefined> {
  const { SSEKMSKeyId } = await ctx.awsFor(trail.arn).s3.PutObject({
    Bucket: trail.bucket,
    Key,
    ACL: 'bucket-owner-full-control',
    ContentType: 'application/json',
    ...(Key.endsWith('.gz') && { ContentEncoding: 'gzip' }),
    ...encryptionOf(trail, metadata.signature !== undefined),
    Metadata: metadata,
    Body: bytesStream(bytes),
  });
  return SSEKMSKeyId;
}

/** Tries whether the bucket takes files. @returns the ARN of the key that they lie under */
export function putProbe(trail: TrailRow, ctx: Ctx): Promise<string | undefined> {
  return put(trail, `${basePath(trail, ctx.account)}/`, new Uint8Array(0), {}, ctx);
}

const compact = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
const day = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '/');

/** Writes the records of one Region. @returns the file, for the digest */
export async function putLog(
  trail: TrailRow,
  region: string,
  records: TrailRecord[],
  at: number,
  ctx: Ctx,
  folder: 'CloudTrail' | 'CloudTrail-Insight' = 'CloudTrail',
): Promise<{ key: string; hash: string }> {
  const text = JSON.stringify({ Records: records });
  const unique = Array.from({ length: 16 }, () => LETTERS[ctx.random.below(LETTERS.length)]).join('');
  const stamp = `${compact(at).slice(0, 13)}Z`;
  const key = `${basePath(trail, ctx.account)}/${folder}/${region}/${day(at)}/${ctx.account}_${folder}_${region}_${stamp}_${unique}.json.gz`;
  await put(trail, key, gzipSync(text), {}, ctx);
  return { key, hash: sha256Hex(text) };
}

/** The key that signs digests and results of queries; made at the first. In a transaction. */
export function signingKeyOf(store: StoreView, now: number): KeyRow {
  const known = store.get(signingKeys, { id: 'signing' });
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    // Source: CloudTrail User Guide, "Custom implementations of log file validation": the keys are PKCS #1.
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const der = Buffer.from(publicKey.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const row: KeyRow = {
    id: 'signing',
    privateKey,
    publicKey,
    fingerprint: createHash('md5').update(der).digest('hex'),
    validFrom: now,
  };
  store.put(signingKeys, row);
  return row;
}

const regionOf = ({ key }: { key: string }) => key.slice(key.lastIndexOf('/CloudTrail/')).split('/')[2] ?? '';

/** Writes the digests of the files since the last ones: of each Region a chain of its own, signed with its key. */
export async function putDigests(
  trail: TrailRow,
  at: number,
  ctx: Ctx,
): Promise<Required<Pick<TrailRow, 'lastDigest' | 'abroad'>>> {
  const { files, abroad = {} } = trail;
  const lastDigest = await putDigest(
    { ...trail, files: files.filter((one) => regionOf(one) === ctx.region) },
    ctx.region,
    at,
    ctx,
  );
  const others = new Set([...Object.keys(abroad), ...files.map(regionOf)]);
  others.delete(ctx.region);
  const made: NonNullable<TrailRow['abroad']> = {};
  for (const region of others) {
    const { lastDigest: _, ...rest } = { ...trail, files: files.filter((one) => regionOf(one) === region) };
    const last = abroad[region];
    made[region] = await putDigest({ ...rest, ...(last !== undefined && { lastDigest: last }) }, region, at, ctx);
  }
  return { lastDigest, abroad: made };
}

/** Source: CloudTrail User Guide, "CloudTrail digest file structure". */
async function putDigest(trail: TrailRow, region: string, at: number, ctx: Ctx): Promise<Digest> {
  const signing = ctx.transact((store) => signingKeyOf(store.in({ region }), ctx.now));
  const key = `${basePath(trail, ctx.account)}/CloudTrail-Digest/${region}/${day(at)}/${ctx.account}_CloudTrail-Digest_${region}_${trail.name}_${ctx.region}_${compact(at)}.json.gz`;
  const last = trail.lastDigest;
  const digest = {
    awsAccountId: ctx.account,
    digestStartTime: isoSeconds(Math.max(trail.digestAt ?? 0, trail.startedAt ?? at, trail.validatedAt ?? 0)),
    digestEndTime: isoSeconds(at),
    digestS3Bucket: trail.bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: signing.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: trail.files.length === 0 ? null : isoSeconds(Math.max(...trail.files.map(({ to }) => to))),
    oldestEventTime: trail.files.length === 0 ? null : isoSeconds(Math.min(...trail.files.map(({ from }) => from))),
    previousDigestS3Bucket: last === undefined ? null : (last.bucket ?? trail.bucket),
    previousDigestS3Object: last?.key ?? null,
    previousDigestHashValue: last?.hash ?? null,
    previousDigestHashAlgorithm: last === undefined ? null : 'SHA-256',
    previousDigestSignature: last?.signature ?? null,
    logFiles: trail.files.map((file) => ({
      s3Bucket: file.bucket ?? trail.bucket,
      s3Object: file.key,
      hashValue: file.hash,
      hashAlgorithm: 'SHA-256',
      newestEventTime: isoSeconds(file.to),
      oldestEventTime: isoSeconds(file.from),
    })),
  };
  const text = JSON.stringify(digest);
  const hash = sha256Hex(text);
  // Source: CloudTrail User Guide, "Custom implementations": what is signed is end time, path, hash, and the signature before.
  const signed = [digest.digestEndTime, `${trail.bucket}/${key}`, hash, last?.signature ?? 'null'].join('\n');
  const signature = createSign('RSA-SHA256').update(signed).sign(signing.privateKey).toString('hex');
  await put(trail, key, gzipSync(text), { signature, 'signature-algorithm': 'SHA256withRSA' }, ctx);
  return { bucket: trail.bucket, key, hash, signature };
}
