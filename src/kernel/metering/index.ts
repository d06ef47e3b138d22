export { type BucketLimits, TokenBucket } from './bucket.ts';
export { type Datum, type Dimensions, Metrics, RETENTION, type Statistics } from './metrics.ts';
