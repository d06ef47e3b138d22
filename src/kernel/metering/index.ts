export { type BucketLimits, TokenBucket } from './bucket.ts';
export { type Contribution, Contributors, contributionsOf } from './contributors.ts';
export { addValue, type Distribution, sortedValues } from './distribution.ts';
export { type Datum, Metrics } from './metrics.ts';
export { type Quota, Quotas } from './quotas.ts';
export {
  type Dimensions,
  mergeStatistics,
  RETENTION,
  readSeries,
  type SeriesName,
  type SeriesRow,
  type Statistics,
  seriesId,
  seriesTable,
  writeSeries,
} from './series.ts';
export { summed } from './summed.ts';
export { Throttles } from './throttles.ts';
export { Usage, type UsageRecord } from './usage.ts';
