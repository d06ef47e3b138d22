/**
 * What EventBridge is told of objects, for buckets that want it.
 *
 * @see S3 User Guide, "EventBridge event message structure"
 */
import type { Ctx } from '#kernel/contract';
import type { BucketRow } from '../state.ts';
import { arnOf } from './find.ts';
import type { Happening, Subject } from './happening.ts';

const KINDS: readonly (readonly [happening: string, detailType: string])[] = [
  ['ObjectCreated:', 'Object Created'],
  ['ObjectRemoved:', 'Object Deleted'],
  ['LifecycleExpiration:', 'Object Deleted'],
  ['LifecycleTransition', 'Object Storage Class Changed'],
  ['IntelligentTiering', 'Object Access Tier Changed'],
  ['ObjectTagging:Put', 'Object Tags Added'],
  ['ObjectTagging:Delete', 'Object Tags Deleted'],
  ['ObjectAcl:Put', 'Object ACL Updated'],
  ['ObjectRestore:Post', 'Object Restore Initiated'],
  ['ObjectRestore:Completed', 'Object Restore Completed'],
  ['ObjectRestore:Delete', 'Object Restore Expired'],
];

const REASONS: { readonly [happening: string]: string } = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
  'LifecycleExpiration:Delete': 'Lifecycle Expiration',
  'LifecycleExpiration:DeleteMarkerCreated': 'Lifecycle Expiration',
};

/** What S3 does by itself. */
const OWN = /^(Lifecycle|IntelligentTiering|ObjectRestore:(Completed|Delete))/;

/** What the records of some happenings say besides. */
type More = {
  glacierEventData?: { restoreEventData?: { lifecycleRestorationExpiryTime?: string } };
  lifecycleEventData?: { transitionEventData?: { destinationStorageClass?: string } };
  intelligentTieringEventData?: { destinationAccessTier?: string };
};

function factsOf(name: Happening, { attributes }: Subject, more: More): object {
  const until = more.glacierEventData?.restoreEventData?.lifecycleRestorationExpiryTime;
  const to = more.lifecycleEventData?.transitionEventData?.destinationStorageClass;
  const tier = more.intelligentTieringEventData?.destinationAccessTier;
  return {
    ...(name.startsWith('ObjectRestore:') &&
      name !== 'ObjectRestore:Delete' && { 'source-storage-class': attributes?.storageClass }),
    // In whole seconds. Source: S3 User Guide, "EventBridge event message structure".
    ...(until !== undefined &&
      name !== 'ObjectRestore:Delete' && { 'restore-expiry-time': until.replace(/\.\d+Z$/, 'Z') }),
    ...(to !== undefined && { 'destination-storage-class': to }),
    ...(tier !== undefined && { 'destination-access-tier': tier }),
  };
}

/** Tells the default bus of the bucket's owner. In a transaction. */
export function tellBridge(
  ctx: Ctx,
  bucket: BucketRow,
  name: Happening,
  subject: Subject,
  sequencer: string,
  more: More,
): void {
  const { key, size, etag, versionId } = subject;
  const [, detailType] = KINDS.find(([happening]) => name.startsWith(happening)) ?? [];
  if (detailType === undefined) return;
  const { principal, sourceIp } = ctx.caller;
  const isOwn = OWN.test(name);
  const isDeletion = detailType === 'Object Deleted';
  const detail = {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key,
      ...(size !== undefined && !isDeletion && { size }),
      ...(etag !== undefined && { etag }),
      ...(versionId !== undefined && bucket.versioning !== undefined && { 'version-id': versionId }),
      ...((isDeletion || detailType === 'Object Created') && { sequencer }),
    },
    'request-id': ctx.requestId,
    requester: isOwn ? 's3.amazonaws.com' : principal.account,
    ...(!isOwn && { 'source-ip-address': sourceIp }),
    ...(REASONS[name] !== undefined && { reason: REASONS[name] }),
    ...(isDeletion && {
      'deletion-type': name.endsWith('DeleteMarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted',
    }),
    ...factsOf(name, subject, more),
  };
  ctx.announce(detailType, detail, [arnOf(ctx, bucket.name)], { account: bucket.account, region: bucket.region });
}
