/** Results of queries brought to a bucket, with a file that signs them. Source: CloudTrail User Guide, "Find your saved CloudTrail Lake query results". */
import { createSign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bytesStream, isoSeconds, sha256Hex } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { signingKeyOf } from './domain/files.ts';
import { badParameter, bucketClosed, bucketMissing } from './errors.ts';
import type { DeliveryStatus, LakeQueryRow } from './lake-state.ts';

type Target = { bucket: string; folder: string };

/** @throws {ServiceError} InvalidParameterException */
function targetOf(uri: string, { account }: Ctx): Target {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(uri) ?? [];
  if (bucket === undefined) throw badParameter(`${uri} is not a valid S3 URI.`);
  return { bucket, folder: `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${account}/CloudTrail-Lake/Query` };
}

function put({ bucket }: Target, Key: string, bytes: Uint8Array, storeArn: string, ctx: Ctx): Promise<unknown> {
  return ctx.awsFor(storeArn).s3.PutObject({
    Bucket: bucket,
    Key,
    ACL: 'bucket-owner-full-control',
    Body: bytesStream(bytes),
  });
}

/** Whether results may be brought there. @throws {ServiceError} S3BucketDoesNotExistException, InsufficientS3BucketPolicyException */
export async function checkTarget(uri: string, storeArn: string, ctx: Ctx): Promise<void> {
  const target = targetOf(uri, ctx);
  try {
    await put(target, `${target.folder}/`, new Uint8Array(0), storeArn, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw error.code === 'NoSuchBucket' ? bucketMissing(target.bucket) : bucketClosed(target.bucket);
  }
}

type Results = { columns: readonly string[]; rows: readonly (readonly (string | null)[])[] };

const quoted = (cell: string | null) => `"${(cell ?? '').replaceAll('"', '""')}"`;

/** Writes the file of results and the one that signs it. */
export async function deliver(
  { id, createdAt }: Pick<LakeQueryRow, 'id' | 'createdAt'>,
  uri: string,
  storeArn: string,
  { columns, rows }: Results,
  ctx: Ctx,
): Promise<DeliveryStatus> {
  const target = targetOf(uri, ctx);
  const day = new Date(createdAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const folder = `${target.folder}/${day}/${id}`;
  const fileName = 'result_1.csv.gz';
  const bytes = gzipSync([columns, ...rows].map((cells) => `${cells.map(quoted).join(',')}\n`).join(''));
  try {
    await put(target, `${folder}/${fileName}`, bytes, storeArn, ctx);
  } catch (error) {
    return failedBy(error, 'ACCESS_DENIED');
  }
  try {
    await put(target, `${folder}/result_sign.json`, signatureOf(fileName, bytes, ctx), storeArn, ctx);
  } catch (error) {
    return failedBy(error, 'ACCESS_DENIED_SIGNING_FILE');
  }
  return 'SUCCESS';
}

function failedBy(error: unknown, denied: DeliveryStatus): DeliveryStatus {
  if (!(error instanceof ServiceError)) throw error;
  if (error.code === 'NoSuchBucket') return 'RESOURCE_NOT_FOUND';
  return error.code === 'AccessDenied' ? denied : 'FAILED';
}

/** Source: CloudTrail User Guide, "CloudTrail sign file structure": what is signed are the hashes of all files, with blanks between. */
function signatureOf(fileName: string, bytes: Uint8Array, ctx: Ctx): Uint8Array {
  const { privateKey, fingerprint } = ctx.transact((store) => signingKeyOf(store, ctx.now));
  const fileHashValue = sha256Hex(bytes);
  const file = {
    version: '1.0',
    region: ctx.region,
    files: [{ fileHashValue, fileName }],
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: isoSeconds(ctx.clock()),
    hashSignature: createSign('RSA-SHA256').update(fileHashValue).sign(privateKey).toString('hex'),
    publicKeyFingerprint: fingerprint,
  };
  return Buffer.from(JSON.stringify(file));
}
