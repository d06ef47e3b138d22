/** Multi-Region access points: S3 Control makes them, requests go through them. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { PublicAccess } from './state.ts';

/** A bucket behind one; `dial` is 100 where its Region gets requests, and 0 where not. */
export type RouteRow = { bucket: string; account: string; region: string; dial: number };

/** Its name is one of its account's, its alias one of all that there ever were. */
export type MultiRegionPointRow = {
  account: string;
  name: string;
  /** `mfzwi23gnjvgw.mrap` */
  alias: string;
  createdAt: Millis;
  status: 'CREATING' | 'READY' | 'DELETING';
  publicAccess: PublicAccess;
  /** One in each of its Regions. */
  routes: RouteRow[];
  /** What requests are held to. */
  policy?: string;
  /** The last one that was asked for. */
  proposed?: string;
};

/** A bucket that one of its own account has, which therefore can't be deleted. */
export type MemberRow = { bucket: string; account: string; name: string };

export const multiRegionPoints = table<MultiRegionPointRow>()('s3.multi-region-points', {
  scope: 'global',
  key: ['account', 'name'],
  indexes: { byAlias: ['alias'] },
});
export const members = table<MemberRow>()('s3.multi-region-members', {
  scope: 'global',
  key: ['bucket', 'account', 'name'],
});
