/** Source: CloudWatch User Guide, "CloudWatch service quotas"; CloudWatch API Reference, PutMetricData, GetMetricStatistics, GetMetricData, PutMetricAlarm. */
import { DAY, HOUR, MINUTE, type Millis } from '#kernel/base';
import type { Quota } from '#kernel/contract';

export const DATA_MAX = 1_000;
export const VALUES_MAX = 150;
/** A value's timestamp may be this old, or this far ahead. */
export const AGE_MAX: Millis = 14 * DAY;
export const AHEAD_MAX: Millis = 2 * HOUR;
/** Datapoints of one GetMetricStatistics. */
export const STATISTICS_POINTS_MAX = 1_440;
/** Of one GetMetricData. */
export const DATA_POINTS_MAX = 100_800;
export const QUERIES_MAX = 500;
/** Metrics of one alarm, and expressions. */
export const ALARM_QUERIES_MAX = 10;
export const LIST_METRICS_MAX = 500;
/** Alarms that one composite alarm watches, and composite alarms that watch one. Source: CloudWatch API Reference, PutCompositeAlarm. */
export const CHILDREN_MAX = 100;
export const PARENTS_MAX = 150;
/** A metric without new values is listed for this long. */
export const LISTED_FOR: Millis = 14 * DAY;
export const ALARMS_LISTED_DEFAULT = 50;
export const HISTORY_LISTED_DEFAULT = 100;
export const HISTORY_KEPT: Millis = 30 * DAY;
export const TAGS_MAX = 50;
/** Kept queries of a Region. */
export const QUERY_DEFINITIONS_MAX = 1_000;
export const QUERY_DEFINITIONS_LISTED = 100;
/** EvaluationPeriods × Period: a day, or a week where the period is an hour or more. */
export const WINDOW_MAX: Millis = DAY;
export const WINDOW_LONG_MAX: Millis = 7 * DAY;
export const DAY_SECONDS = 86_400;
export const WEEK_SECONDS = 604_800;
/** Periods beyond the evaluated ones that are looked at for late values. */
export const EXTRA_PERIODS = 2;
export const EVALUATE_EVERY: Millis = MINUTE;
/** Alarms on values by the second are looked at more often. */
export const EVALUATE_FINE_EVERY: Millis = 10_000;
/** Nesting and length of an expression; no real one comes near. */
export const EXPRESSION_DEPTH_MAX = 50;
export const EXPRESSION_LENGTH_MAX = 2_048;
/** Of one ListDashboards. */
export const DASHBOARDS_LISTED = 1_000;
/** An anomaly detector learns from so much of the past. Source: CloudWatch User Guide, "How CloudWatch anomaly detection works". */
export const TRAINING: Millis = 14 * DAY;
/** What it has learnt is used for so long. */
export const TRAINED_FOR: Millis = HOUR;
export const DETECTORS_LISTED = 100;
export const MUTE_RULES_MAX = 2_000;
export const MUTE_RULES_LISTED_DEFAULT = 50;
/** How long a mute rule mutes at a time. Source: CloudWatch User Guide, "Alarm Mute Rules". */
export const MUTE_DURATION_MAX: Millis = 15 * DAY;
/** Source: CloudWatch API Reference, PutMetricStream, ListMetricStreams. */
export const METRIC_STREAM_FILTERS_MAX = 1_000;
export const METRIC_STREAMS_LISTED_DEFAULT = 100;
/** Also those that DynamoDB has. */
export const INSIGHT_RULES: Quota = {
  service: 'monitoring',
  code: 'L-DBD11BCC',
  name: 'Number of Contributor Insights rules',
  value: 100,
  adjustable: true,
  global: false,
};
/** Insight rules of one answer, contributors of one report. */
export const RULES_LISTED = 500;
export const CONTRIBUTORS_DEFAULT = 10;
export const CONTRIBUTORS_MAX = 100;
/** Times in which a rule was enabled; it is seldom switched. */
export const SPANS_KEPT = 100;
/** Pixels. */
export const IMAGE_WIDTH_DEFAULT = 600;
export const IMAGE_HEIGHT_DEFAULT = 400;
/** Source: CloudWatch User Guide, "Limits that apply to alarms based on Metrics Insights queries". */
export const SQL_ALARMS_MAX = 200;
export const SQL_WINDOW_MAX: Millis = 3 * HOUR;
export const CONTRIBUTORS_IN_ALARM_MAX = 100;
