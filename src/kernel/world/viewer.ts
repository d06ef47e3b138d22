/** Where those who send requests are, as they may say it for trying things out: all of them come from this machine. */
import { EDGE_CITIES } from './edges.ts';
import { REGIONS } from './regions.ts';
import type { Point } from './world.ts';

/** A request's header that says where its viewer is; after a semicolon the country. */
export const VIEWER_HEADER = 'x-cloudyard-viewer';

/**
 * The place that a text names: an edge location's code (`CDG`), a Region (`eu-west-3`), or latitude and longitude (`48.86,2.35`).
 *
 * @returns undefined for a text that names none
 */
export function pointNamed(place: string): Point | undefined {
  const found = EDGE_CITIES.find(({ code }) => code === place.toUpperCase()) ?? REGIONS.get(place);
  if (found !== undefined) return found;
  const [, latitude, longitude] = /^(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)$/.exec(place) ?? [];
  return latitude === undefined || longitude === undefined
    ? undefined
    : { latitude: Number(latitude), longitude: Number(longitude) };
}
