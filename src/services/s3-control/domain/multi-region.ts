/** Multi-Region access points: finding one, and what keeps a request about one from being carried out. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateMultiRegionAccessPointInput } from '#models/s3-control';
import {
  buckets,
  isBlockedAt,
  isPublicPolicy,
  languageFault,
  type MultiRegionPointRow,
  multiRegionPoints,
  pointAlong,
  type RouteRow,
} from '../../s3/port.ts';
import { noSuchMultiRegionPoint, onlyInRegions } from '../errors.ts';
import { BUCKET_REGIONS } from '../limits.ts';
import { namesPoint } from './point-policy.ts';

/** Why a request fails. Source of the texts: S3 API Reference, "List of Amazon S3 asynchronous error codes". */
export type Fault = { code: string; message: string };

/** @throws {ServiceError} PermanentRedirect */
export function checkRegion({ region }: Ctx, regions: readonly string[]): void {
  if (!regions.includes(region)) throw onlyInRegions(regions);
}

/** @throws {ServiceError} NoSuchMultiRegionAccessPoint */
export function findMultiRegion(name: string, { account, store }: Ctx): MultiRegionPointRow {
  const row = store.get(multiRegionPoints, { account, name });
  if (row === undefined) throw noSuchMultiRegionPoint();
  return row;
}

/** ARN of a Multi-Region access point, which has its alias and no Region. */
export function multiRegionArn(
  partition: string,
  { account, alias: name }: { account: string; alias: string },
): string {
  return `arn:${partition}:s3::${account}:accesspoint/${name}`;
}

const NO_BUCKET: Fault = { code: 'NoSuchBucket', message: 'The specified bucket does not exist.' };
const NOT_READY: Fault = {
  code: 'MultiRegionAccessPointNotReady',
  message: 'The specified Multi-Region Access Point is not ready to be updated.',
};
const OTHER_REQUEST: Fault = {
  code: 'MultiRegionAccessPointModifiedByAnotherRequest',
  message:
    'The action failed because another request is modifying the specified resource. Try resubmitting your request after the previous request has been completed.',
};
const TAKEN: Fault = {
  code: 'MultiRegionAccessPointAlreadyOwnedByYou',
  message: 'You already have a Multi-Region Access Point with the same name.',
};
const SAME_REGION: Fault = {
  code: 'MultiRegionAccessPointSameBucketRegion',
  message: 'The buckets used to create a Multi-Region Access Point cannot be in the same Region.',
};
const UNSUPPORTED_REGION: Fault = {
  code: 'MultiRegionAccessPointUnsupportedRegion',
  message: 'One of the buckets supplied to create the Multi-Region Access Point is in a Region that is not supported.',
};
const PUBLIC: Fault = { code: 'AccessDenied', message: 'Access denied.' };

/** The routes to the buckets that are asked for, all of them active, or why there can't be such an access point. */
export function newRoutes(input: CreateMultiRegionAccessPointInput, { account, store }: Ctx): RouteRow[] | Fault {
  if (store.get(multiRegionPoints, { account, name: input.Name }) !== undefined) return TAKEN;
  const routes: RouteRow[] = [];
  for (const { Bucket: name, BucketAccountId: owner = account } of input.Regions) {
    const bucket = store.get(buckets, { name });
    if (bucket === undefined || bucket.account !== owner) return NO_BUCKET;
    if (!BUCKET_REGIONS.has(bucket.region)) return UNSUPPORTED_REGION;
    if (routes.some(({ region }) => region === bucket.region)) return SAME_REGION;
    routes.push({ bucket: name, account: owner, region: bucket.region, dial: 100 });
  }
  return routes;
}

/** Why it can't be changed now. */
export function busy(row: MultiRegionPointRow): Fault | undefined {
  if (row.status !== 'READY') return NOT_READY;
  return row.proposed === row.policy ? undefined : OTHER_REQUEST;
}

/** What is wrong with a policy that is put on it. */
export function policyFault(row: MultiRegionPointRow, policy: string, ctx: Ctx): Fault | undefined {
  const language = languageFault(policy, ctx);
  if (language !== undefined) return { code: 'MalformedPolicy', message: language };
  if (!namesPoint(policy, multiRegionArn(ctx.partition, row)))
    return { code: 'MalformedPolicy', message: 'Policy has invalid resource' };
  return isPublicPolicy(policy, 'point') && blocksPolicy(ctx.store, row) ? PUBLIC : undefined;
}

/** Whether it, its account, or one of the buckets behind it blocks public policies. */
function blocksPolicy(store: StoreView, row: MultiRegionPointRow): boolean {
  return row.routes.some((route) => isBlockedAt(store, pointAlong(row, route), 'blockPolicy'));
}
