/** The code of a function: from the request or from S3, checked and kept. */

import { createHash } from 'node:crypto';
import { bytesStream } from '#kernel/base';
import { CodeError, type Ctx, type InputOf, notBuilt, ServiceError } from '#kernel/contract';
import { buckets } from '#services/s3/port';
import {
  badImage,
  codeElsewhere,
  codeUnreadable,
  emptyArchive,
  halfAnObject,
  imageNeeded,
  imageNotReferenced,
  imageNotSigned,
  imagesNeedContainers,
  noCode,
  notAnArchive,
  runtimeForImage,
  tooManySources,
  unpackedTooLarge,
  zipTooLarge,
} from '../errors.ts';
import { UNPACKED_BYTES_MAX, ZIP_BYTES_MAX } from '../limits.ts';
import type { VersionRow } from '../state.ts';

export type Source = {
  ZipFile?: Uint8Array | undefined;
  S3Bucket?: string | undefined;
  S3Key?: string | undefined;
  S3ObjectVersion?: string | undefined;
  S3ObjectStorageMode?: string | undefined;
  SourceKMSKeyArn?: string | undefined;
  ImageUri?: string | undefined;
};

export type Code = Pick<VersionRow, 'code' | 'codeSha256' | 'codeSize' | 'unpacked' | 'folder' | 'sourceKmsKeyArn'>;

/**
 * The bucket that stands for this machine's folders: `S3Bucket: hot-reload`, `S3Key: /path/of/folder` runs what lies there, as it is now.
 * Deviation: a way of Cloudyard's; on AWS it is a bucket like any other.
 */
const HOT_RELOAD = 'hot-reload';

/** Images of ECR that no function runs: public ones, and those by another endpoint than the Region's own. */
const PUBLIC_IMAGE = /^public\.ecr\.aws\//;
const ECR_IMAGE = /^\d{12}\.dkr\.(ecr[a-z-]*)\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//;

/** Of an archive with nothing in it: its end alone. */
const EMPTY_BYTES = 22;

/**
 * Reads and stores an archive. Not in a transaction: what refuses afterwards leaves a body that is swept.
 *
 * @throws {ServiceError} InvalidParameterValueException and others
 */
export async function readCode(source: Source, ctx: Ctx): Promise<Code> {
  if (source.S3ObjectStorageMode === 'REFERENCE') throw notBuilt('S3ObjectStorageMode REFERENCE');
  const fromS3 = source.S3Bucket !== undefined || source.S3Key !== undefined;
  if (source.ZipFile !== undefined && (fromS3 || source.ImageUri !== undefined)) throw tooManySources();
  if (source.ZipFile === undefined && !fromS3) throw noCode();
  if (fromS3 && (!source.S3Bucket || !source.S3Key)) throw halfAnObject();
  if (source.ImageUri !== undefined) throw imagesNeedContainers();
  if (source.ZipFile !== undefined && source.ZipFile.length > ZIP_BYTES_MAX) throw zipTooLarge();
  const { S3Bucket, S3Key = '' } = source;
  if (S3Bucket === HOT_RELOAD && S3Key.startsWith('/') && ctx.engines.function.runsFolders) return folderCode(S3Key);
  const hash = createHash('sha256');
  const pieces = source.ZipFile === undefined ? await fromBucket(source, ctx) : bytesStream(source.ZipFile);
  const code = await ctx.blobs.write(pieces, (piece) => void hash.update(piece));
  const codeSha256 = hash.digest('base64');
  let unpacked: number;
  try {
    unpacked = await ctx.engines.function.check(
      { sha256: codeSha256, open: () => ctx.blobs.read(code) },
      UNPACKED_BYTES_MAX,
    );
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    throw error.reason === 'too-large' ? unpackedTooLarge() : notAnArchive();
  }
  if (code.size === EMPTY_BYTES) throw emptyArchive();
  // Deviation: the archive is not encrypted under the key; it is only told.
  const { SourceKMSKeyArn: key } = source;
  return { code, codeSha256, codeSize: code.size, unpacked, ...(key !== undefined && { sourceKmsKeyArn: key }) };
}

/** What is wrong with a function of an image; of one that could be, that images are not here. */
export function imageFault(input: InputOf<'lambda', 'CreateFunction'>, region: string): ServiceError {
  const { ImageUri: uri, S3ObjectStorageMode: mode } = input.Code;
  if (input.CodeSigningConfigArn !== undefined) return imageNotSigned();
  if (mode !== undefined) return imageNotReferenced();
  if (uri === undefined) return imageNeeded();
  const [, service = 'ecr', place = region] = ECR_IMAGE.exec(uri) ?? [];
  if (PUBLIC_IMAGE.test(uri) || service !== 'ecr' || place !== region) return badImage(uri);
  return input.Runtime === undefined ? imagesNeedContainers() : runtimeForImage();
}

function folderCode(folder: string): Code {
  const codeSha256 = createHash('sha256').update(folder).digest('base64');
  return { code: { size: 0, inline: '' }, codeSha256, codeSize: 0, folder };
}

/** Lambda reads it with the caller's permissions. */
async function fromBucket(source: Source, ctx: Ctx): Promise<AsyncIterable<Uint8Array>> {
  const { S3Bucket: Bucket = '', S3Key: Key = '', S3ObjectVersion: VersionId } = source;
  const region = ctx.store.get(buckets, { name: Bucket })?.region ?? ctx.region;
  if (region !== ctx.region) throw codeElsewhere(region);
  try {
    const { Body } = await ctx.awsForCaller().s3.GetObject({ Bucket, Key, VersionId });
    return Body ?? bytesStream(new Uint8Array(0));
  } catch (error) {
    if (error instanceof ServiceError) throw codeUnreadable(error.code, error.message);
    throw error;
  }
}
