/** Which Regions of a Multi-Region access point get requests, and failing over from one to another. */
import type { Ctx, Handler } from '#kernel/contract';
import type { MultiRegionAccessPointRoute } from '#models/s3-control';
import { type MultiRegionPointRow, multiRegionNamed, multiRegionPoints, type RouteRow } from '../../s3/port.ts';
import { checkRegion, multiRegionArn } from '../domain/multi-region.ts';
import { invalidRequest, methodNotAllowed, noSuchMultiRegionPoint } from '../errors.ts';
import { FAILOVER_REGIONS } from '../limits.ts';
import { checkAccount } from './block.ts';

const ARN = /^arn:[^:]+:s3::\d{12}:accesspoint\/[a-z][a-z0-9]*\.mrap$/;

/** @throws {ServiceError} InvalidRequest for what is no ARN, NoSuchMultiRegionAccessPoint */
function find(input: { AccountId: string; Mrap: string }, ctx: Ctx): MultiRegionPointRow {
  checkAccount(input, ctx);
  checkRegion(ctx, FAILOVER_REGIONS);
  if (!ARN.test(input.Mrap)) throw invalidRequest('The Multi-Region Access Point ARN is not valid');
  const row = multiRegionNamed(ctx.store, input.Mrap);
  if (row === undefined || row.account !== ctx.account) throw noSuchMultiRegionPoint();
  return row;
}

export const getMultiRegionAccessPointRoutes: Handler<'s3-control', 'GetMultiRegionAccessPointRoutes'> = (
  input,
  ctx,
) => {
  const row = find(input, ctx);
  return {
    Mrap: multiRegionArn(ctx.partition, row),
    Routes: row.routes.map(({ bucket, region, dial }) => ({
      Bucket: bucket,
      Region: region,
      TrafficDialPercentage: dial,
    })),
  };
};

/**
 * Counts at once; of AWS it is only said that it can take up to two minutes.
 *
 * Deviation: the texts of these refusals were never compared with an answer of AWS.
 *
 * @throws {ServiceError} InvalidRequest; MethodNotAllowed where there is one Region only
 * @see S3 API Reference, SubmitMultiRegionAccessPointRoutes, MultiRegionAccessPointRoute; S3 User Guide, "Amazon S3 Multi-Region Access Point
 *      failover controls errors"
 */
export const submitMultiRegionAccessPointRoutes: Handler<'s3-control', 'SubmitMultiRegionAccessPointRoutes'> = (
  input,
  ctx,
) => {
  const row = find(input, ctx);
  if (row.routes.length < 2) throw methodNotAllowed();
  const routes = input.RouteUpdates.reduce<RouteRow[]>(dialed, row.routes);
  if (routes.every(({ dial }) => dial === 0)) throw invalidRequest('At least one Region must be active');
  ctx.store.put(multiRegionPoints, { ...row, routes });
  return {};
};

function dialed(routes: RouteRow[], update: MultiRegionAccessPointRoute): RouteRow[] {
  const { Bucket: bucket, Region: region, TrafficDialPercentage: dial } = update;
  if (dial !== 0 && dial !== 100) throw invalidRequest('The TrafficDialPercentage must be 0 or 100');
  if (bucket === undefined && region === undefined)
    throw invalidRequest('Either the Bucket or the Region value must be provided');
  const is = (route: RouteRow) =>
    (bucket === undefined || route.bucket === bucket) && (region === undefined || route.region === region);
  if (!routes.some(is)) throw invalidRequest('The route is not part of the Multi-Region Access Point');
  return routes.map((route) => (is(route) ? { ...route, dial } : route));
}
