/** What S3 Control, the other half of S3's API, works with: access points, the account's public access block, tags of buckets. FIS looks for its targets. */
import type { Place, StoreView } from '#kernel/store';
import { buckets } from './state.ts';

export { LOGS_ACCOUNT } from './domain/acl.ts';
export { isBlockedAt } from './domain/blocks.ts';
export { keepBucket, rowOf } from './domain/bucket-row.ts';
export { computeChecksum } from './domain/compute.ts';
export { isDirectoryName, isDirectoryPointName, zoneOfPointName } from './domain/directory.ts';
export { objectReader, versionReader } from './domain/history.ts';
export { findVersion, initiatedOutcome, initiateReplication, isEligible } from './domain/initiate.ts';
export { pointArn, pointOf, pointTagKeys } from './domain/points.ts';
export { directoryPolicyFault } from './domain/policy-check.ts';
export { languageFault } from './domain/policy-language.ts';
export { keptPolicy } from './domain/policy-text.ts';
export { isPublicPolicy } from './domain/public.ts';
export { conditionKeys } from './domain/request-keys.ts';
export { multiRegionNamed, pointAlong } from './domain/routes.ts';
export { tagKeysOf } from './domain/tags.ts';
export {
  type AccessPointRow,
  accessPoints,
  accountBlocks,
  type BucketRow,
  buckets,
  type PublicAccess,
  type VersionRow,
} from './state.ts';
export { type DirectoryPointRow, directoryPoints, type PointScope } from './state-directory-points.ts';
export { type MultiRegionPointRow, members, multiRegionPoints, type RouteRow } from './state-multi-region.ts';

/** Buckets of a place, as ListBuckets shows them, with their tags. */
export function describeBuckets(store: StoreView, { account, region }: Place) {
  return store
    .list(buckets, { index: 'byRegion', where: { account, region } })
    .map(({ name, createdAt, tags = {} }) => ({
      name,
      tags,
      described: { Name: name, CreationDate: new Date(createdAt).toISOString(), BucketRegion: region },
    }));
}
