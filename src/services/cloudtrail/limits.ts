/** Source: CloudTrail User Guide, "Quotas in AWS CloudTrail", "Finding your CloudTrail log files", "CloudTrail digest file structure". */
import { DAY, HOUR, KIB, MIB, MINUTE, type Millis } from '#kernel/base';

export const TRAILS_MAX = 5;
export const SELECTORS_MAX = 5;
export const DATA_RESOURCES_MAX = 250;
export const CONDITIONS_MAX = 500;
export const LOOKUP_DEFAULT = 50;
export const HISTORY_KEPT: Millis = 90 * DAY;
/** Rates of one answer of ListInsightsMetricData. */
export const RATES_LISTED = 21_600;
/** How long rates can be asked for, by the seconds of a period. */
export const RATES_KEPT: { readonly [seconds: number]: Millis } = { 60: 15 * DAY, 300: 63 * DAY, 3600: 90 * DAY };
/** Calls that one LookupEvents looks at; it answers with what it found and a token. */
export const LOOKED_AT_MAX = 5_000;
/** New calls are looked for this often, for EventBridge and CloudWatch Logs. */
export const SCAN_EVERY: Millis = MINUTE;
/** Files are delivered about every five minutes. */
export const FILE_EVERY: Millis = 5 * MINUTE;
export const DIGEST_EVERY: Millis = HOUR;
/** What a trail could not deliver is tried again for so long. Source: CloudTrail User Guide, "Working with CloudTrail trails". */
export const REDELIVERED_FOR: Millis = 30 * DAY;
/** Calls of one file. */
export const FILE_CALLS_MAX = 10_000;
export const TAGS_MAX = 50;

/** Of CloudTrail Lake. Source: CloudTrail User Guide, "Quotas in AWS CloudTrail", "Event data stores". */
export const STORES_MAX = 10;
export const RETENTION_DEFAULT: { readonly [billing: string]: number } = {
  EXTENDABLE_RETENTION_PRICING: 366,
  FIXED_RETENTION_PRICING: 2557,
};
export const RETENTION_MAX: { readonly [billing: string]: number } = {
  EXTENDABLE_RETENTION_PRICING: 3653,
  FIXED_RETENTION_PRICING: 2557,
};
/** A store that is deleted can be restored for so long. */
export const STORE_PENDING: Millis = 7 * DAY;
export const LAKE_QUERIES_MAX = 10;
/** A query runs for so long at most, of the machine's time. Deviation: AWS lets one run for an hour. */
export const LAKE_QUERY_FOR: Millis = 5 * MINUTE;
/** Its results are kept for so long. */
export const LAKE_QUERY_KEPT: Millis = 7 * DAY;
/** Rows of a query's results. Our own bound. */
export const LAKE_ROWS_MAX = 100_000;
export const LAKE_ROWS_LISTED = 1_000;
export const LAKE_LISTED = 100;
/** Events that one transaction takes in, or forgets. */
export const LAKE_BATCH = 1_000;

/** Source: CloudWatch Logs API Reference, PutLogEvents; CloudTrail User Guide, "Sending events to CloudWatch Logs": events over 256 KB are not sent. */
export const LOG_BATCH_EVENTS_MAX = 10_000;
export const LOG_BATCH_BYTES_MAX = MIB;
export const LOG_EVENT_BYTES_MAX = 256 * KIB;
/** Counted for each event besides its text. */
export const LOG_EVENT_OVERHEAD = 26;
/** Source: CloudTrail API Reference, CreateTrail, "S3KeyPrefix", "SnsTopicName". */
export const PREFIX_LENGTH_MAX = 200;
export const TOPIC_LENGTH_MAX = 256;
