/** Source: S3 User Guide, "Multi-Region Access Point restrictions and limitations". */
import type { Millis } from '#kernel/base';

export const MULTI_REGION_POINTS_MAX = 100;
/** Regions of one Multi-Region access point. */
export const POINT_REGIONS_MAX = 17;
/** Deviation: AWS takes some minutes for it; here a request is carried out at once, and only the answer to it says that it is under way. */
export const REQUEST_DURATION: Millis = 1;

/** Of S3 Access Grants, in one instance. Source: S3 User Guide, "S3 Access Grants limitations". */
export const LOCATIONS_MAX = 1_000;
export const GRANTS_MAX = 100_000;

/** Where Multi-Region access points are made and shown. */
export const CONTROL_REGIONS: readonly string[] = ['us-west-2'];
/** Where requests are turned from one Region to another. */
export const FAILOVER_REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-southeast-2',
  'eu-west-1',
  'us-east-1',
  'us-west-2',
];
/** Where buckets of Multi-Region access points may lie. */
export const BUCKET_REGIONS: ReadonlySet<string> = new Set([
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-3',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'sa-east-1',
  'af-south-1',
  'ap-east-1',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-south-2',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-south-1',
  'me-central-1',
]);
