/** CopyObject, and finding the source of a copy. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CopyObjectRequest } from '#models/s3';
import { grantsOfWrite } from '../domain/acl.ts';
import { checkActiveSource } from '../domain/archive.ts';
import { attributesOf } from '../domain/attributes.ts';
import { digest, nameBody, readBody, shareBody, storing, takeBody } from '../domain/body.ts';
import { ALGORITHM_DEFAULT, type Algorithm, shownChecksum } from '../domain/checksum.ts';
import { checkCopySource, checkWrite, isOvertaken, quoted } from '../domain/conditions.ts';
import { copySourceOf } from '../domain/copy-source.ts';
import { dataKeyOf, fits, sealingFor } from '../domain/data-key.ts';
import { customerKeyFor, etagOf, shownWritten, wantedOf } from '../domain/encryption.ts';
import { checkOwner, type Found, findBucket, placed } from '../domain/find.ts';
import { shownExpiration } from '../domain/lifecycle.ts';
import { lockOf } from '../domain/lock.ts';
import { checkKey } from '../domain/names.ts';
import { announce } from '../domain/notifications.ts';
import { bucketNamed } from '../domain/points.ts';
import { tagsOfHeader } from '../domain/tags.ts';
import { noteAccess } from '../domain/tiering.ts';
import { currentOf, NULL_VERSION, putVersion, versionOf } from '../domain/versions.ts';
import { copyToItself, copyTooLarge, invalidRequest, noSuchBucket, noSuchKey, noSuchVersion } from '../errors.ts';
import { notInDirectories } from '../errors-directory.ts';
import { COPY_BYTES_MAX } from '../limits.ts';
import type { Attributes, VersionRow } from '../state.ts';
import { ownerOf, shownVersion } from './write.ts';

/**
 * The object a copy is made from.
 *
 * @throws {ServiceError} NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidRequest, PreconditionFailed
 */
export function sourceOf(
  input: Pick<
    CopyObjectRequest,
    | 'CopySource'
    | 'CopySourceIfMatch'
    | 'CopySourceIfNoneMatch'
    | 'CopySourceIfModifiedSince'
    | 'CopySourceIfUnmodifiedSince'
    | 'ExpectedSourceBucketOwner'
  >,
  ctx: Ctx,
): Found & { source: VersionRow } {
  const { bucket: name, key, versionId } = copySourceOf(input.CopySource);
  const bucket = bucketNamed(ctx.store, name, ctx.region);
  if (bucket === undefined) throw noSuchBucket(name);
  checkOwner(bucket, input.ExpectedSourceBucketOwner, 'expected source bucket owner');
  const store = placed(bucket, ctx, ctx.store);
  const source = versionOf(store, bucket, key, versionId);
  if (source === undefined) throw versionId === undefined ? noSuchKey(key) : noSuchVersion(key, versionId);
  if (source.marker === true) {
    if (versionId === undefined) throw noSuchKey(key);
    throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
  }
  checkCopySource(
    {
      ifMatch: input.CopySourceIfMatch,
      ifNoneMatch: input.CopySourceIfNoneMatch,
      ifModifiedSince: input.CopySourceIfModifiedSince,
      ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    source,
    ctx.now,
  );
  checkActiveSource(store, bucket, source, ctx.now);
  return { bucket, store, source };
}

export const copyObject: Handler<'s3', 'CopyObject'> = async (input, ctx) => {
  const to = findBucket(input, ctx);
  checkKey(input.Key);
  const from = sourceOf(input, ctx);
  const { source } = from;
  if (source.size > COPY_BYTES_MAX) throw copyTooLarge();
  if (input.AnnotationDirective !== undefined) throw notBuilt('annotations of objects');
  const given = attributesOf(input, to.bucket);
  const replaces = input.MetadataDirective === 'REPLACE';
  if (
    !replaces &&
    isSame(input, from, to) &&
    given.storageClass === source.attributes.storageClass &&
    given.redirect === undefined &&
    input.ServerSideEncryption === undefined &&
    input.SSECustomerKey === undefined
  )
    throw copyToItself();
  const attributes = replaces ? given : kept(source.attributes, given);
  const tags = input.TaggingDirective === 'REPLACE' ? tagsOfHeader(input.Tagging) : source.tags;
  // Source: S3 API Reference, CopyObject, x-amz-tagging-directive: 501 for tags that would come along into a directory bucket.
  if (to.bucket.directory !== undefined && tags !== undefined) throw notInDirectories('Object Tagging');
  const owner = ownerOf(to.bucket, input.ACL, ctx);
  const acl = grantsOfWrite(input, to.bucket, owner, ctx, 'CopyObject');
  const lock = lockOf(input, to.bucket, ctx.now);
  checkWrite(input, () => currentOf(to.store, to.bucket, input.Key));
  const algorithm = (input.ChecksumAlgorithm ?? source.checksum?.algorithm ?? ALGORITHM_DEFAULT) as Algorithm;
  const dataKey = await keyOfSource(input, ctx, from);
  const wanted = wantedOf(input, to.bucket, ctx, 'CopyObject');
  const shared = fits(dataKey, wanted) ? dataKey : undefined;
  const { key, row: encryption } = await sealingFor(ctx, to, input.Key, wanted, shared);
  const bytes = () => readBody(ctx, from.store, source, dataKey, { from: 0, to: source.size - 1 });
  const anew = shared === undefined && source.size > 0;
  const taken = anew ? await takeBody({ Body: bytes() }, ctx, key, algorithm, algorithm) : undefined;
  const { md5, checksum: value } = taken ?? knownSums(from, algorithm) ?? (await digest(bytes(), algorithm));
  const checksum = { algorithm, value, type: 'FULL_OBJECT' as const };
  noteAccess(ctx, from.store, from.bucket, source);
  const write = (view: StoreView) => {
    const { bucket, store } = findBucket(input, ctx, view);
    const there = view.in({ account: from.bucket.account, region: from.bucket.region });
    checkWrite(
      input,
      () => currentOf(store, bucket, input.Key),
      (current) => isOvertaken(input, current),
    );
    const version = putVersion(ctx, store, bucket, {
      key: input.Key,
      size: source.size,
      etag: etagOf(ctx, bucket, encryption, md5),
      modifiedAt: wholeSecond(ctx.clock()),
      checksum,
      attributes,
      owner,
      encryption,
      ...(taken === undefined ? shareBody(ctx, there, store, source) : bodyOf(nameBody(ctx, store, taken))),
      ...(tags !== undefined && { tags }),
      ...(acl !== undefined && { acl }),
      ...(lock !== undefined && { lock }),
    });
    announce(ctx, store, bucket, 'ObjectCreated:Copy', version);
    return {
      CopyObjectResult: { ETag: quoted(version.etag), LastModified: version.modifiedAt, ...shownChecksum(checksum) },
      ...shownWritten(encryption),
      ...shownVersion(bucket, version),
      ...shownExpiration(store, bucket, version),
      ...shownSource(from),
    };
  };
  return taken === undefined ? ctx.transact(write) : storing(ctx, taken, write);
};

const bodyOf = (body: string | undefined) => (body === undefined ? {} : { body });

function shownSource({ source, bucket }: Found & { source: VersionRow }): { CopySourceVersionId?: string } {
  const isVersioned = source.versionId !== NULL_VERSION || bucket.versioning !== undefined;
  return isVersioned ? { CopySourceVersionId: source.versionId } : {};
}

/** MD5 and checksum of the source, where they are known. */
function knownSums(
  { bucket, source }: Found & { source: VersionRow },
  algorithm: Algorithm,
): { md5: string; checksum: string } | undefined {
  const { parts, encryption, checksum, etag } = source;
  const isMd5 =
    bucket.directory === undefined && parts === undefined && (encryption === undefined || encryption.kind === 'AES256');
  return isMd5 && checksum?.algorithm === algorithm ? { md5: etag, checksum: checksum.value } : undefined;
}

type SourceKeys = Pick<
  CopyObjectRequest,
  'CopySourceSSECustomerAlgorithm' | 'CopySourceSSECustomerKey' | 'CopySourceSSECustomerKeyMD5'
>;

/** The data key of a copy's source, for one who may read it. */
export async function keyOfSource(
  input: SourceKeys,
  ctx: Ctx,
  from: Found & { source: VersionRow },
): Promise<Buffer | undefined> {
  const {
    CopySourceSSECustomerAlgorithm: algorithm,
    CopySourceSSECustomerKey: key,
    CopySourceSSECustomerKeyMD5: md5,
  } = input;
  const { encryption, key: name } = from.source;
  const customer = customerKeyFor(encryption, {
    ...(algorithm !== undefined && { SSECustomerAlgorithm: algorithm }),
    ...(key !== undefined && { SSECustomerKey: key }),
    ...(md5 !== undefined && { SSECustomerKeyMD5: md5 }),
  });
  return dataKeyOf(ctx, from, name, encryption, customer);
}

/** Source: S3 API Reference, CopyObject: storage class, redirect and ACL are never copied. */
function kept({ storageClass: _, redirect: __, ...copied }: Attributes, given: Attributes): Attributes {
  return {
    ...copied,
    ...(given.storageClass !== undefined && { storageClass: given.storageClass }),
    ...(given.redirect !== undefined && { redirect: given.redirect }),
  };
}

function isSame(input: CopyObjectRequest, from: Found & { source: VersionRow }, to: Found): boolean {
  if (from.bucket.id !== to.bucket.id || from.source.key !== input.Key) return false;
  return currentOf(to.store, to.bucket, input.Key)?.versionId === from.source.versionId;
}
