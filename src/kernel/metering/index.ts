export { type BucketLimits, TokenBucket } from './bucket.ts';
export { type Datum, type Dimensions, Metrics, RETENTION, type Statistics } from './metrics.ts';
export { type Quota, Quotas } from './quotas.ts';
export { Throttles } from './throttles.ts';
export { Usage, type UsageRecord } from './usage.ts';
