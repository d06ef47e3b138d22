/** DeleteObject and DeleteObjects. */
import type { Millis } from '#kernel/base';
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import { removal } from '../access.ts';
import { matches } from '../domain/conditions.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { checkUnlocked } from '../domain/lock.ts';
import { checkMfa } from '../domain/mfa.ts';
import { checkKey } from '../domain/names.ts';
import { announce } from '../domain/notifications.ts';
import { currentOf, type Deleted, deleteVersion, versionOf } from '../domain/versions.ts';
import {
  headerUnknown,
  invalidArgument,
  malformedXml,
  noSuchKey,
  noSuchVersion,
  preconditionFailed,
} from '../errors.ts';
import { notInDirectories } from '../errors-directory.ts';
import { DELETE_OBJECTS_MAX } from '../limits.ts';
import type { BucketRow } from '../state.ts';
import { through } from '../through.ts';

export const deleteObject: Handler<'s3', 'DeleteObject'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  checkKey(input.Key);
  checkUse(bucket, input.BypassGovernanceRetention);
  const { IfMatchSize: size, IfMatchLastModifiedTime: modifiedAt } = input;
  if (bucket.directory !== undefined) checkFacts({ bucket, store }, input.Key, { size, modifiedAt });
  else {
    // Source: S3's answers in github.com/ministackorg/ministack/issues/1501: they are for directory buckets.
    if (size !== undefined) throw headerUnknown('x-amz-if-match-size');
    if (modifiedAt !== undefined) throw headerUnknown('x-amz-if-match-last-modified-time');
  }
  checkExpected({ bucket, store }, input, input.IfMatch);
  if (bucket.mfaDelete === 'Enabled' && input.VersionId !== undefined) checkMfa(ctx, bucket, input.MFA);
  const deleted = remove(ctx, { bucket, store }, input, input.BypassGovernanceRetention === true);
  return {
    ...(deleted.versionId !== undefined && { VersionId: deleted.versionId }),
    ...(deleted.marker === true && { DeleteMarker: true }),
  };
};

export const deleteObjects: Handler<'s3', 'DeleteObjects'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const { Objects: asked, Quiet: quiet } = input.Delete;
  if (asked.length === 0 || asked.length > DELETE_OBJECTS_MAX) throw malformedXml();
  const { directory } = bucket;
  // Source: S3's answer in github.com/aws/aws-sdk-js-v3/issues/6857: these are for directory buckets.
  if (
    directory === undefined &&
    asked.some(({ Size, LastModifiedTime }) => Size !== undefined || LastModifiedTime !== undefined)
  )
    throw malformedXml();
  // One code is good for the whole batch.
  if (bucket.mfaDelete === 'Enabled' && asked.some(({ VersionId }) => VersionId !== undefined))
    checkMfa(ctx, bucket, input.MFA);
  const Deleted: object[] = [];
  const Errors: object[] = [];
  for (const { Key, VersionId, ETag, Size: size, LastModifiedTime: modifiedAt } of asked) {
    const named = { Key, ...(VersionId !== undefined && { VersionId }) };
    try {
      if (directory === undefined) {
        const wanted = removal({ Bucket: input.Bucket, ...named, ...(ETag !== undefined && { IfMatch: ETag }) }, ctx);
        for (const one of [through('DeleteObject', input.Bucket, wanted, ctx)].flat()) ctx.authorize(one);
      } else {
        checkBatchKey(Key, VersionId);
        checkFacts({ bucket, store }, Key, { size, modifiedAt });
      }
      checkKey(Key);
      checkExpected({ bucket, store }, named, ETag);
      const deleted = remove(ctx, { bucket, store }, named, input.BypassGovernanceRetention === true);
      const marker = deleted.marker === true ? { DeleteMarker: true, DeleteMarkerVersionId: deleted.versionId } : {};
      Deleted.push({ ...named, ...marker });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // A version id that is none is one that is not there. Source: S3's answer in github.com/versity/versitygw/issues/2119.
      const { code, message } = error.code === 'InvalidArgument' ? noSuchVersion(Key, VersionId ?? '') : error;
      Errors.push({ ...named, Code: code, Message: message });
    }
  }
  return { ...(quiet !== true && Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) };
};

/**
 * Whether what is to be deleted is there, and the one that is meant; only of the current version. Source: S3 User Guide, "How to perform
 * conditional deletes"; S3's answers in github.com/localstack/localstack/issues/13894 and ministackorg/ministack/issues/1475.
 *
 * @throws {ServiceError} NoSuchKey for a key that has no current version, PreconditionFailed; NotImplemented for a version that is named
 */
function checkExpected(
  { bucket, store }: Found,
  { Key: key, VersionId: versionId }: { Key: string; VersionId?: string },
  etag: string | undefined,
): void {
  if (etag === undefined) return;
  if (versionId !== undefined) throw headerUnknown('If-Match');
  const current = currentOf(store, bucket, key);
  if (current === undefined) throw noSuchKey(key);
  if (!matches(etag, current.etag)) throw preconditionFailed('If-Match');
}

/**
 * What a directory bucket's object must be like to be deleted; one that is not there is no failure.
 *
 * @throws {ServiceError} PreconditionFailed
 * @see S3 API Reference, DeleteObject, x-amz-if-match-size, x-amz-if-match-last-modified-time
 */
function checkFacts(
  { bucket, store }: Found,
  key: string,
  { size, modifiedAt }: { size: number | bigint | undefined; modifiedAt: Millis | undefined },
): void {
  if (size === undefined && modifiedAt === undefined) return;
  const current = currentOf(store, bucket, key);
  if (current === undefined) return;
  if (size !== undefined && Number(size) !== current.size) throw preconditionFailed('x-amz-if-match-size');
  if (modifiedAt !== undefined && modifiedAt !== current.modifiedAt)
    throw preconditionFailed('x-amz-if-match-last-modified-time');
}

/**
 * Keys that a batch in a directory bucket may have. Source: S3 User Guide, "Differences for directory buckets".
 *
 * @throws {ServiceError} InvalidArgument, NotImplemented for a version
 */
function checkBatchKey(key: string, versionId: string | undefined): void {
  if (versionId !== undefined && versionId !== 'null') throw notInDirectories('Object Versioning');
  if (key.trim() === '' || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(key)) throw malformedXml();
}

/**
 * Source: S3's answer to DeleteObject in github.com/versity/versitygw/issues/1218. Deviation: of DeleteObjects no answer is recorded, and the
 * public suite that is to hold on S3 (ceph's) empties each of its buckets so; there the header is let through.
 *
 * @throws {ServiceError} InvalidArgument
 */
function checkUse({ objectLock }: BucketRow, bypass: boolean | undefined): void {
  if (bypass !== undefined && objectLock === undefined)
    throw invalidArgument(
      'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
      'x-amz-bypass-governance-retention',
    );
}

/** Deletes, unless the version is locked, and tells. */
function remove(
  ctx: Ctx,
  { bucket, store }: Found,
  { Key: key, VersionId: versionId }: { Key: string; VersionId?: string },
  bypass: boolean,
): Deleted {
  const locked =
    versionId === undefined || bucket.objectLock === undefined ? undefined : versionOf(store, bucket, key, versionId);
  if (locked !== undefined) checkUnlocked(ctx, bucket, locked, bypass);
  const deleted = deleteVersion(ctx, store, bucket, key, versionId);
  if (deleted.nothing === true) return deleted;
  const isNewMarker = deleted.marker === true && versionId === undefined;
  const subject = { key, ...(deleted.versionId !== undefined && { versionId: deleted.versionId }) };
  announce(ctx, store, bucket, isNewMarker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete', subject);
  return deleted;
}
