/** Source: CloudTrail User Guide, "Quotas in AWS CloudTrail", "Finding your CloudTrail log files", "CloudTrail digest file structure". */
import { DAY, HOUR, MINUTE, type Millis } from '#kernel/base';

export const TRAILS_MAX = 5;
export const SELECTORS_MAX = 5;
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
/** Calls of one file. */
export const FILE_CALLS_MAX = 10_000;
export const TAGS_MAX = 50;
