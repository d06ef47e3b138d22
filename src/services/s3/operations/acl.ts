/** Access control lists of buckets and objects. */
import type { Handler } from '#kernel/contract';
import { type AclInput, canonicalId, effectiveGrants, grantsOf, ownerIn, shownGrants } from '../domain/acl.ts';
import { findBucket } from '../domain/find.ts';
import { announce } from '../domain/notifications.ts';
import { replicateChange } from '../domain/replication.ts';
import { putBack } from '../domain/versions.ts';
import { malformedXml } from '../errors.ts';
import { buckets, type VersionRow } from '../state.ts';
import { readable } from './read.ts';

export const getBucketAcl: Handler<'s3', 'GetBucketAcl'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  return {
    Owner: { ID: canonicalId(bucket.account) },
    Grants: shownGrants(effectiveGrants(ctx.store, bucket, bucket.acl), bucket.account),
  };
};

export const getObjectAcl: Handler<'s3', 'GetObjectAcl'> = (input, ctx) => {
  const { bucket, version } = readable(input, ctx);
  const owner = ownerIn(bucket, version);
  return {
    Owner: { ID: canonicalId(owner) },
    Grants: shownGrants(effectiveGrants(ctx.store, bucket, version.acl), owner),
  };
};

export const putBucketAcl: Handler<'s3', 'PutBucketAcl'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  checkAsked(input);
  const acl = grantsOf(input, bucket, bucket.account, ctx, 'PutBucketAcl');
  const { acl: _, ...rest } = bucket;
  ctx.store.put(buckets, { ...rest, ...(acl !== undefined && { acl }) });
  return {};
};

export const putObjectAcl: Handler<'s3', 'PutObjectAcl'> = (input, ctx) => {
  const { bucket, store, version } = readable(input, ctx);
  checkAsked(input);
  const acl = grantsOf(input, bucket, version.owner, ctx, 'PutObjectAcl');
  const { acl: _, ...rest } = version;
  const changed: VersionRow = { ...rest, ...(acl !== undefined && { acl }) };
  putBack(store, replicateChange(ctx, store, bucket, changed), version);
  // Source: S3 User Guide, "Event notification types and destinations": of a request that changes nothing no event is told.
  const shown = (grants: VersionRow['acl']) => JSON.stringify(shownGrants(grants, version.owner));
  if (shown(acl) !== shown(version.acl)) announce(ctx, store, bucket, 'ObjectAcl:Put', version);
  return {};
};

function checkAsked(input: AclInput): void {
  const asked = [
    input.ACL,
    input.AccessControlPolicy,
    input.GrantFullControl,
    input.GrantRead,
    input.GrantReadACP,
    input.GrantWrite,
    input.GrantWriteACP,
  ];
  if (asked.every((one) => one === undefined)) throw malformedXml();
}
