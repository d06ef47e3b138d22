/** CopyObject, and finding the source of a copy. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CopyObjectRequest } from '#models/s3';
import { grantsOf } from '../domain/acl.ts';
import { attributesOf, ENCRYPTION } from '../domain/attributes.ts';
import { digest, newBody, readBody } from '../domain/body.ts';
import { ALGORITHM_DEFAULT, type Algorithm, shownChecksum } from '../domain/checksum.ts';
import { checkCopySource, checkWrite, quoted, wholeSecond } from '../domain/conditions.ts';
import { copySourceOf } from '../domain/copy-source.ts';
import { type Found, findBucket, placed } from '../domain/find.ts';
import { lockOf } from '../domain/lock.ts';
import { checkKey } from '../domain/names.ts';
import { announce } from '../domain/notifications.ts';
import { tagsOfHeader } from '../domain/tags.ts';
import { currentOf, NULL_VERSION, putVersion, versionOf } from '../domain/versions.ts';
import {
  copyToItself,
  copyTooLarge,
  invalidRequest,
  noSuchBucket,
  noSuchKey,
  noSuchVersion,
  notImplemented,
} from '../errors.ts';
import { COPY_BYTES_MAX } from '../limits.ts';
import { type Attributes, buckets, pieces, type VersionRow } from '../state.ts';

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
  >,
  ctx: Ctx,
): Found & { source: VersionRow } {
  const { bucket: name, key, versionId } = copySourceOf(input.CopySource);
  const bucket = ctx.store.get(buckets, { name });
  if (bucket === undefined) throw noSuchBucket(name);
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
  );
  return { bucket, store, source };
}

export const copyObject: Handler<'s3', 'CopyObject'> = async (input, ctx) => {
  const to = findBucket(input, ctx);
  checkKey(input.Key);
  const from = sourceOf(input, ctx);
  const { source } = from;
  if (source.size > COPY_BYTES_MAX) throw copyTooLarge();
  if (input.AnnotationDirective !== undefined) throw notImplemented('annotations of objects');
  const given = attributesOf(input);
  const replaces = input.MetadataDirective === 'REPLACE';
  if (
    !replaces &&
    isSame(input, from, to) &&
    given.storageClass === source.attributes.storageClass &&
    given.redirect === undefined &&
    input.ServerSideEncryption === undefined
  )
    throw copyToItself();
  const attributes = replaces ? given : kept(source.attributes, given);
  const tags = input.TaggingDirective === 'REPLACE' ? tagsOfHeader(input.Tagging) : source.tags;
  const owner = ownerOf(to.bucket, input.ACL, ctx);
  const acl = grantsOf(input, to.bucket, owner);
  const lock = lockOf(input, to.bucket, ctx.now);
  checkWrite(input, () => currentOf(to.store, to.bucket, input.Key));
  const algorithm = (input.ChecksumAlgorithm ?? source.checksum?.algorithm ?? ALGORITHM_DEFAULT) as Algorithm;
  const known =
    source.parts === undefined && source.checksum?.algorithm === algorithm
      ? { md5: source.etag, checksum: source.checksum.value }
      : undefined;
  const { md5, checksum: value } =
    known ?? (await digest(readBody(ctx, from.store, source, 0, source.size - 1), algorithm));
  const checksum = { algorithm, value, type: 'FULL_OBJECT' as const };
  return ctx.transact((view) => {
    const { bucket, store } = findBucket(input, ctx, view);
    const there = view.in({ account: from.bucket.account, region: from.bucket.region });
    checkWrite(input, () => currentOf(store, bucket, input.Key));
    const body = shareBody(ctx, there, store, source);
    const version = putVersion(ctx, store, bucket, {
      key: input.Key,
      size: source.size,
      etag: md5,
      modifiedAt: wholeSecond(ctx.clock()),
      checksum,
      attributes,
      owner,
      ...(body !== undefined && { body }),
      ...(source.parts !== undefined && body !== undefined && { parts: source.parts, joined: true as const }),
      ...(tags !== undefined && { tags }),
      ...(acl !== undefined && { acl }),
      ...(lock !== undefined && { lock }),
    });
    announce(ctx, store, bucket, 'ObjectCreated:Copy', version);
    return {
      CopyObjectResult: {
        ETag: quoted(md5),
        LastModified: version.modifiedAt,
        ...shownChecksum(checksum),
      },
      ServerSideEncryption: ENCRYPTION,
      ...shownVersion(bucket, version),
      ...(source.versionId !== NULL_VERSION || from.bucket.versioning !== undefined
        ? { CopySourceVersionId: source.versionId }
        : {}),
    };
  });
};

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

/** The copy names the same files: bytes are never written twice. */
function shareBody(ctx: Ctx, from: StoreView, to: StoreView, source: VersionRow): string | undefined {
  if (source.body === undefined) return undefined;
  const body = newBody(ctx);
  const found = from.list(pieces, { where: { body: source.body } });
  // The source was deleted while its bytes were read, and even the sweep has been.
  if (found.length === 0) throw noSuchKey(source.key);
  for (const piece of found) {
    to.put(pieces, { ...piece, body });
    ctx.blobs.keep(piece.ref);
  }
  return body;
}
