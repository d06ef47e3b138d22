/** Source: CloudWatch Logs User Guide, "CloudWatch Logs quotas"; API Reference, PutLogEvents, GetLogEvents, FilterLogEvents, PutRetentionPolicy. */
import { DAY, HOUR, MIB, MINUTE, type Millis } from '#kernel/base';
import type { Quota } from '#kernel/contract';

/** Messages in UTF-8, and `EVENT_OVERHEAD_BYTES` for each. */
export const BATCH_BYTES_MAX = MIB;
/** Source: AWS What's New, April 2025: events of up to 1 MB. */
export const EVENT_BYTES_MAX = MIB;
export const EVENT_OVERHEAD_BYTES = 26;
export const BATCH_SPAN_MAX: Millis = DAY;
export const EVENT_AGE_MAX: Millis = 14 * DAY;
export const EVENT_AHEAD_MAX: Millis = 2 * HOUR;
/** Events and bytes of one answer. */
export const PAGE_EVENTS_MAX = 10_000;
export const PAGE_BYTES_MAX = MIB;
export const LIST_RESULTS_MAX = 50;
export const TAGS_MAX = 50;
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
export const METRIC_FILTERS_MAX = 100;
/** Of a group. Source: User Guide, quotas and "Real-time processing of log data with subscriptions"; the API Reference still says two. */
export const SUBSCRIPTIONS_MAX = 5;
/** Filters of a group with regular expressions. */
export const REGEX_FILTERS_MAX = 5;
/** Dimensions of a metric filter. */
export const DIMENSIONS_MAX = 3;
/** For how long a delivery is tried again. Source: User Guide, "Real-time processing of log data with subscriptions". */
export const DELIVERY_FOR: Millis = DAY;
/** Source: CloudWatch Logs quotas: results of queries are kept for 7 days, a query runs for an hour and reads 50 groups. */
export const QUERY_KEPT_FOR: Millis = 7 * DAY;
export const QUERY_RUNS_FOR: Millis = HOUR;
export const QUERY_GROUPS_MAX = 50;
export const QUERIES_LISTED_MAX = 1_000;
export const QUERY_DEFINITIONS_MAX = 1_000;
/** Source: CloudWatch Logs User Guide, "lookup". */
export const LOOKUP_TABLES_MAX = 100;
export const LOOKUP_TABLE_BYTES_MAX = 10 * MIB;
/** Days for which an anomaly is shown. Source: CloudWatch Logs User Guide, "Log anomaly detection". */
export const ANOMALY_DAYS_DEFAULT = 21;
export const DETECTORS: Quota = {
  service: 'logs',
  code: 'L-B53B9649',
  name: 'logs anomaly detectors',
  value: 500,
  adjustable: true,
  global: false,
};
/** Of the account, in a Region. */
export const RESOURCE_POLICIES_MAX = 10;
/** Of one type. Source: API Reference, PutAccountPolicy: up to 20, each with groups of its own; else one. */
export const ACCOUNT_POLICIES_MAX = 20;
/** What FilterLogEvents looks at before it answers with what it has, and a token for the rest. Our own bound: AWS names none. */
export const FILTER_SCAN_BYTES_MAX = 32 * MIB;
/** Rows that one turn of a sweep removes. */
export const SWEEP_BATCH = 200;
/** Records that services vend lie in buckets after so long, so many in a file. */
export const VENDED_EVERY: Millis = 5 * MINUTE;
export const VENDED_MAX = 10_000;
/** Transformers of a group whose time is over, and the one that it has. */
export const TRANSFORMERS_KEPT = 20;
/** Of each scheduled query. */
export const SCHEDULED_RUNS_KEPT = 1_000;
