/** Writing a batch to a bucket: as one object, whose name is settled before the first attempt. */
import { bytesStream } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import type { BatchRow, StreamRow } from '../state.ts';
import { compress, EXTENSIONS } from './compression.ts';
import { type BucketSettings, bucketFor } from './destination.ts';
import { readMoment, writeMoment } from './moment.ts';
import { errorPrefixOf, readPrefix, writePrefix } from './prefix.ts';
import { actAs, Undelivered } from './trouble.ts';

const STAMP = readMoment('yyyy-MM-dd-HH-mm-ss');

/** What S3's refusals are called. Source: Developer Guide, "Monitor … using CloudWatch Logs": "Amazon S3 data delivery errors". */
const TROUBLES: { readonly [code: string]: { code: string; message: string } | undefined } = {
  NoSuchBucket: {
    code: 'S3.NoSuchBucket',
    message:
      'The specified Amazon S3 bucket could not be found. Create the bucket or use a different bucket that does exist.',
  },
  AccessDenied: {
    code: 'S3.AccessDenied',
    message:
      'Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role, and the access policy allows access to the S3 bucket.',
  },
};

/** The object's key. Source: Developer Guide, "Configure Amazon S3 object name format". Undefined where its prefix can't be worked out. */
export function keyOf(stream: StreamRow, settings: BucketSettings, batch: BatchRow): string | undefined {
  const { Prefix = '', ErrorOutputPrefix = '', CompressionFormat = 'UNCOMPRESSED', FileExtension = '' } = settings;
  const zone = settings.CustomTimeZone || 'UTC';
  const { at, id: seed, errorType, partition, kind } = batch;
  const prefix = kind === 'error' ? errorPrefixOf(Prefix, ErrorOutputPrefix) : readPrefix(Prefix);
  const evaluated = writePrefix(prefix, { at, zone, seed, errorType, partition });
  if (evaluated === undefined) return undefined;
  const extension = FileExtension === '' ? EXTENSIONS[CompressionFormat] : FileExtension;
  return `${evaluated}${stream.name}-${stream.version}-${writeMoment(STAMP, at, zone)}-${seed}${extension}`;
}

/** @throws {Undelivered} */
export async function toBucket(stream: StreamRow, batch: BatchRow, data: Buffer, ctx: Ctx): Promise<void> {
  const settings = bucketFor(stream.destination, batch.kind);
  const Key = keyOf(stream, settings, batch);
  if (Key === undefined)
    throw new Undelivered({ code: 'S3.InvalidPrefix', message: 'The prefix could not be evaluated.' }, true);
  const body = await compress(settings.CompressionFormat ?? 'UNCOMPRESSED', data, Key.slice(Key.lastIndexOf('/') + 1));
  const kms = settings.EncryptionConfiguration?.KMSEncryptionConfig;
  const role = await actAs(settings.RoleARN, 'S3', ctx);
  try {
    await role.aws().s3.PutObject({
      Bucket: settings.BucketARN.slice(settings.BucketARN.lastIndexOf(':') + 1),
      Key,
      ContentType: 'application/octet-stream',
      ...(kms !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kms.AWSKMSKeyARN }),
      Body: bytesStream(body),
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message } = error;
    throw new Undelivered(TROUBLES[code] ?? { code: `S3.${code}`, message });
  }
}
