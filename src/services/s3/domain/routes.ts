/**
 * Multi-Region access points: which of their buckets a request goes to.
 *
 * @see S3 User Guide, "Multi-Region Access Point request routing", "Amazon S3 Multi-Region Access Points routing states"
 */
import { parseArn, safeDecode } from '#kernel/base';
import type { PlaceRule } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { distanceKm, type Point, pointNamed, REGIONS, VIEWER_HEADER } from '#kernel/world';
import { type AccessPointRow, buckets } from '../state.ts';
import { type MultiRegionPointRow, multiRegionPoints, type RouteRow } from '../state-multi-region.ts';

const ALIAS = /\.mrap$/;

/** The Multi-Region access point that stands where a bucket's name could: by its ARN, or by its alias, which its host begins with. */
export function multiRegionNamed(store: StoreView, name: string): MultiRegionPointRow | undefined {
  if (!ALIAS.test(name)) return undefined;
  const arn = parseArn(name);
  const alias = arn === undefined ? name : /^accesspoint[/:](.+)$/.exec(arn.resource)?.[1];
  const row = alias === undefined ? undefined : store.first(multiRegionPoints, { index: 'byAlias', where: { alias } });
  if (row === undefined || row.status !== 'READY') return undefined;
  return arn === undefined || (arn.region === '' && arn.account === row.account) ? row : undefined;
}

/**
 * The route of a request: to the nearest of the Regions that are active, and of those to one in which something answers.
 *
 * @param near where the request comes from
 */
export function routeOf(
  { routes }: MultiRegionPointRow,
  near: Point,
  isDark: (region: string) => boolean = () => false,
): RouteRow | undefined {
  const active = routes
    .filter(({ dial }) => dial > 0)
    .map((route) => ({ route, far: distanceKm(near, REGIONS.get(route.region) ?? near) }))
    .toSorted((a, b) => a.far - b.far)
    .map(({ route }) => route);
  return active.find(({ region }) => !isDark(region)) ?? active[0];
}

/** It with one of its routes, as an access point to that route's bucket; without a Region, as its ARN has none. */
export function pointAlong(row: MultiRegionPointRow, route: RouteRow): AccessPointRow {
  const { account, alias, createdAt, publicAccess, policy } = row;
  return {
    account,
    region: '',
    name: alias,
    alias,
    bucket: route.bucket,
    bucketAccount: route.account,
    createdAt,
    publicAccess,
    ...(policy !== undefined && { policy }),
  };
}

/** The access point that a request in this Region comes through; `place` has seen to it that it is in the one that is asked. */
export function multiRegionPointNamed(store: StoreView, name: string, region: string): AccessPointRow | undefined {
  const row = multiRegionNamed(store, name);
  const near = REGIONS.get(region);
  const route = row && near && routeOf(row, near);
  return row && route && pointAlong(row, route);
}

/**
 * The Region that answers a request whose signature is good in several: that of the route, or of the bucket itself.
 *
 * Deviation: AWS measures how near a Region is by the network that a request comes from; all come from this machine. A request is near to the
 * place that its header `x-cloudyard-viewer` names, else to the first Region that its signature names, else to us-east-1; and near is what is
 * few kilometres away.
 */
export const place: PlaceRule = ({ path, headers, near }, view, isDark) => {
  const name = safeDecode(/^\/([^/]*)/.exec(path)?.[1] ?? '');
  const named = /^arn:/.test(name) ? safeDecode(path.slice(1)).split('/').slice(0, 2).join('/') : name;
  const row = multiRegionNamed(view, named);
  if (row === undefined) return view.get(buckets, { name })?.region;
  const [viewer = ''] = (headers[VIEWER_HEADER] ?? '').split(';');
  const point = pointNamed(viewer.trim()) ?? REGIONS.get(near);
  return point && routeOf(row, point, isDark)?.region;
};
