/** Where things stand: partitions, zones, and how far one place is from another. */
import { hash } from 'node:crypto';
import type { Millis } from '#kernel/base';
import { REGIONS, type Region } from './regions.ts';

export const PARTITION = 'aws';
export const DEFAULT_REGION = 'us-east-1';

/** A point on the globe, in degrees. */
export type Point = { latitude: number; longitude: number };

export type Zone = { name: string; id: string; region: string };

const EARTH_RADIUS_KM = 6_371;
/** Light in glass does about 200 km a millisecond, and cables are about 1.5 times as long as the great circle. */
const KM_PER_MILLI = 200 / 1.5;

/** The partition a Region belongs to, by its name (AWS General Reference, "ARNs"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return PARTITION;
}

/**
 * The zones of a Region as an account sees them: a zone name stands for another zone id in each account, always the same for one account.
 *
 * @see EC2 User Guide, "Availability Zone IDs for your AWS resources"
 */
export function zonesOf(region: Region, account: string): Zone[] {
  const ids = region.zones.map((_, index) => `${region.zonePrefix}-az${index + 1}`);
  const shift = Number.parseInt(hash('sha256', `${account}/${region.name}`).slice(0, 8), 16) % ids.length;
  return region.zones.map((letter, index) => ({
    name: region.name + letter,
    id: ids[(index + shift) % ids.length] as string,
    region: region.name,
  }));
}

/** Great-circle distance in kilometres. */
export function distanceKm(a: Point, b: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const dLatitude = radians(b.latitude - a.latitude);
  const dLongitude = radians(b.longitude - a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(h));
}

/** Time a packet needs one way between two places. */
export function latency(a: Point, b: Point): Millis {
  return distanceKm(a, b) / KM_PER_MILLI;
}

/** The Region nearest to a point, of those given (all, when none are). */
export function nearestRegion(point: Point, among: Iterable<Region> = REGIONS.values()): Region | undefined {
  let nearest: Region | undefined;
  for (const region of among)
    if (nearest === undefined || distanceKm(point, region) < distanceKm(point, nearest)) nearest = region;
  return nearest;
}
