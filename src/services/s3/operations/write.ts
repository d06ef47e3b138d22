/** PutObject. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { grantsOfWrite } from '../domain/acl.ts';
import { attributesOf } from '../domain/attributes.ts';
import { nameBody, storing, takeBody } from '../domain/body.ts';
import { ALGORITHM_DEFAULT, shownChecksum } from '../domain/checksum.ts';
import { checkWrite, isOvertaken, quoted } from '../domain/conditions.ts';
import { sealingFor } from '../domain/data-key.ts';
import { etagOf, shownWritten, wantedOf } from '../domain/encryption.ts';
import { findBucket } from '../domain/find.ts';
import { shownExpiration } from '../domain/lifecycle.ts';
import { checkSummed, lockOf, locks } from '../domain/lock.ts';
import { checkKey } from '../domain/names.ts';
import { announce } from '../domain/notifications.ts';
import { tagsOfHeader } from '../domain/tags.ts';
import { currentOf, putVersion } from '../domain/versions.ts';
import { invalidRequest } from '../errors.ts';
import type { BucketRow, VersionRow } from '../state.ts';
import { appendObject } from './append.ts';

/**
 * Who owns an object that the caller writes: the bucket's owner, unless ownership leaves it to the writer.
 *
 * Deviation: what is written without a signature is the bucket owner's; on AWS it is the anonymous user's, and the bucket's owner can only delete it.
 */
export function ownerOf(bucket: BucketRow, acl: string | undefined, ctx: Ctx): string {
  const { principal } = ctx.caller;
  if (
    principal.account === bucket.account ||
    principal.kind === 'anonymous' ||
    bucket.ownership === 'BucketOwnerEnforced'
  )
    return bucket.account;
  return bucket.ownership === 'BucketOwnerPreferred' && acl === 'bucket-owner-full-control'
    ? bucket.account
    : principal.account;
}

/** The version id as answers show it: none where versioning never was enabled. */
export function shownVersion(bucket: BucketRow, version: VersionRow): { VersionId?: string } {
  return bucket.versioning === undefined ? {} : { VersionId: version.versionId };
}

export const putObject: Handler<'s3', 'PutObject'> = async (input, ctx) => {
  const before = findBucket(input, ctx);
  checkKey(input.Key);
  const { WriteOffsetBytes } = input;
  if (WriteOffsetBytes !== undefined) {
    if (before.bucket.directory === undefined) throw invalidRequest('Appends are for directory buckets only');
    const appended = await appendObject({ ...input, WriteOffsetBytes }, ctx);
    if (appended !== undefined) return appended;
  }
  const attributes = attributesOf(input, before.bucket);
  const tags = tagsOfHeader(input.Tagging);
  const owner = ownerOf(before.bucket, input.ACL, ctx);
  const acl = grantsOfWrite(input, before.bucket, owner, ctx);
  checkWrite(input, () => currentOf(before.store, before.bucket, input.Key));
  checkSummed(locks(input, before.bucket, ctx), ctx.http, 'Object');
  const lock = lockOf(input, before.bucket, ctx.now);
  const sealing = await sealingFor(ctx, before, input.Key, wantedOf(input, before.bucket, ctx));
  const taken = await takeBody(input, ctx, sealing.key, undefined, ALGORITHM_DEFAULT);
  const checksum = { algorithm: taken.algorithm, value: taken.checksum, type: 'FULL_OBJECT' as const };
  return storing(ctx, taken, (view) => {
    const { bucket, store } = findBucket(input, ctx, view);
    checkWrite(
      input,
      () => currentOf(store, bucket, input.Key),
      (current) => isOvertaken(input, current),
    );
    const body = nameBody(ctx, store, taken);
    const version = putVersion(ctx, store, bucket, {
      key: input.Key,
      size: taken.size,
      etag: etagOf(ctx, bucket, sealing.row, taken.md5),
      modifiedAt: wholeSecond(ctx.clock()),
      checksum,
      attributes,
      owner,
      encryption: sealing.row,
      ...(body !== undefined && { body }),
      ...(tags !== undefined && { tags }),
      ...(acl !== undefined && { acl }),
      ...(lock !== undefined && { lock }),
    });
    announce(ctx, store, bucket, isForm(ctx) ? 'ObjectCreated:Post' : 'ObjectCreated:Put', version);
    return {
      ETag: quoted(version.etag),
      ...shownWritten(sealing.row),
      ...shownChecksum(checksum),
      ...shownVersion(bucket, version),
      ...shownExpiration(store, bucket, version),
    };
  });
};

/** Only a browser's form is posted to a bucket. */
function isForm({ http }: Ctx): boolean {
  return http.method === 'POST' && http.path !== '/';
}
