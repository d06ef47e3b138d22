export { EDGE_CITIES, type EdgeCity } from './edges.ts';
export { REGIONS, type Region } from './regions.ts';
export { regionTitle } from './titles.ts';
export { pointNamed, VIEWER_HEADER } from './viewer.ts';
export {
  DEFAULT_REGION,
  distanceKm,
  latency,
  nearestRegion,
  PARTITION,
  type Point,
  partitionOf,
  type Zone,
  zonesOf,
} from './world.ts';
