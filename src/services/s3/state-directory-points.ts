/** Access points of directory buckets: apart, for no list of access points has them, and their names end as no other's do. */
import { table } from '#kernel/store';
import type { AccessPointRow } from './state.ts';

/** What may be done through it; empty lists restrict nothing. */
export type PointScope = { prefixes: readonly string[]; permissions: readonly string[] };

/** Its alias is its name, which is one of all. */
export type DirectoryPointRow = AccessPointRow & { scope?: PointScope };

export const directoryPoints = table<DirectoryPointRow>()('s3.directory-points', {
  scope: 'global',
  key: ['account', 'region', 'name'],
  indexes: {
    byAlias: ['alias'],
    byBucket: ['account', 'region', 'bucket', 'name'],
    byTarget: ['bucket', 'bucketAccount'],
  },
});
