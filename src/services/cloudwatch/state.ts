/** What CloudWatch keeps beside the metrics themselves (kernel/metering): alarms and what happened to them. */
import type { Millis } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import { seriesId } from '#kernel/metering';
import { type StoreView, table } from '#kernel/store';

export type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MetricQuery = NonNullable<InputOf<'cloudwatch', 'GetMetricData'>['MetricDataQueries']>[number];

type Common = {
  name: string;
  arn: string;
  description?: string;
  actionsEnabled: boolean;
  alarmActions: string[];
  okActions: string[];
  insufficientDataActions: string[];
  tags: { [key: string]: string };
  configuredAt: Millis;
  state: StateValue;
  reason: string;
  reasonData?: string;
  stateUpdatedAt: Millis;
  transitionedAt: Millis;
  /** The one metric that it looks at. */
  series?: string;
  /** Where one of its queries is of Metrics Insights. */
  language?: 'sql';
};

export type MetricAlarmRow = Common & {
  kind: 'MetricAlarm';
  /** One metric as a query, or those of a metric math alarm. */
  queries: MetricQuery[];
  /** The members of the request that name a single metric, as they were given. */
  single?: {
    MetricName: string;
    Namespace: string;
    Dimensions: { Name: string; Value: string }[];
    Statistic?: string;
    ExtendedStatistic?: string;
    Period: number;
    Unit?: string;
  };
  /** Seconds. */
  period: number;
  evaluationPeriods: number;
  datapointsToAlarm?: number;
  threshold?: number;
  comparison: string;
  treatMissing: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  lowSamples?: string;
  /** Id of the query that is the band which values are compared with. */
  thresholdId?: string;
  /** Time zone whose hours, days and weeks are looked at; without one, the last periods up to now. */
  wallClock?: string;
  /** It was more than a query may look at. */
  isPartial?: boolean;
  /** What it looks at can't be worked out. */
  isFailing?: boolean;
  warmUp?: WarmUp;
};

/** How long an alarm waits before it is looked at; `isWhole`: also when there is data. */
export type WarmUp = { minutes: number; isWhole: boolean; from: Millis; isOver: boolean };

/** One of the series that an alarm looks at, while it is in ALARM. */
export type ContributorRow = {
  alarm: string;
  /** 16 digits. */
  id: string;
  attributes: { [key: string]: string };
  reason: string;
  transitionedAt: Millis;
};

export type CompositeAlarmRow = Common & {
  kind: 'CompositeAlarm';
  rule: string;
  /** Names of the alarms in the rule. */
  children: string[];
  suppressor?: string;
  suppressorWait?: number;
  suppressorExtension?: number;
  suppression?: Suppression;
};

/** What holds actions back, and the state that was last acted on. */
export type Suppression = { by: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod'; acted: StateValue };

/** An alarm on what a query of logs gives at each of its times. */
export type LogAlarmRow = Common & {
  kind: 'LogAlarm';
  query: InputOf<'cloudwatch', 'PutLogAlarm'>['ScheduledQueryConfiguration'];
  /** The scheduled query that CloudWatch Logs carries out for it. */
  queryArn: string;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: string;
  treatMissing: MetricAlarmRow['treatMissing'];
  /** The last of its queries has failed. */
  isFailing?: boolean;
  warmUp?: WarmUp;
};

/** What one run of a log alarm's query gave: a value, or one for each of its series. */
export type LogRunRow = {
  alarm: string;
  at: Millis;
  values: { attributes: { [key: string]: string }; value: number }[];
};

export type AlarmRow = MetricAlarmRow | CompositeAlarmRow | LogAlarmRow;

/** Names one of an alarm's series. */
export type Contributor = Pick<ContributorRow, 'id' | 'attributes'>;

export type HistoryRow = {
  at: Millis;
  sequence: number;
  name: string;
  alarmType: AlarmRow['kind'];
  type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action' | 'AlarmContributorStateUpdate' | 'AlarmContributorAction';
  contributor?: Contributor;
  summary: string;
  data: string;
};

/** A composite alarm that watches another one. */
export type WatchRow = { child: string; parent: string };
/** A composite alarm whose actions another one suppresses. */
export type SuppressionRow = { suppressor: string; name: string };

export type DashboardRow = {
  name: string;
  arn: string;
  body: string;
  modifiedAt: Millis;
  tags: { [key: string]: string };
};

type Single = Pick<NonNullable<MetricAlarmRow['single']>, 'Namespace' | 'MetricName' | 'Dimensions'>;

/** Names the metric that an alarm looks at. */
export function seriesOf({ Namespace: namespace, MetricName: metric, Dimensions }: Single): string {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return seriesId({ namespace, metric, dimensions });
}

export const dashboards = table<DashboardRow>()('cloudwatch.dashboards', { scope: 'account', key: ['name'] });
export const alarms = table<AlarmRow>()('cloudwatch.alarms', {
  scope: 'region',
  key: ['name'],
  indexes: { byState: ['state', 'name'], bySeries: ['series', 'name'], byLanguage: ['language', 'name'] },
  migrations: [(row) => ({ ...row, ...(row.single !== undefined && { series: seriesOf(row.single as Single) }) })],
});
export const contributors = table<ContributorRow>()('cloudwatch.contributors', {
  scope: 'region',
  key: ['alarm', 'id'],
});
export const logRuns = table<LogRunRow>()('cloudwatch.log-runs', { scope: 'region', key: ['alarm', 'at'] });
export const alarmHistory = table<HistoryRow>()('cloudwatch.alarm-history', {
  scope: 'region',
  key: ['name', 'at', 'sequence'],
  indexes: { byTime: ['at', 'sequence', 'name'] },
});
export const watches = table<WatchRow>()('cloudwatch.watches', {
  scope: 'region',
  key: ['child', 'parent'],
  indexes: { byParent: ['parent', 'child'] },
});
export const suppressions = table<SuppressionRow>()('cloudwatch.suppressions', {
  scope: 'region',
  key: ['suppressor', 'name'],
  indexes: { byName: ['name', 'suppressor'] },
});

export type DetectorRow = {
  id: string;
  /** Names what it learns: one metric's statistic, or an expression with its metrics. */
  key: string;
  /** The metric, or the queries of which one gives the values. */
  single?: SingleMetric;
  queries: MetricQuery[];
  configuration?: DetectorConfiguration;
  /** What it has learnt of one period. */
  learnt?: { period: number; at: Millis; lesson?: Lesson };
};
export type SingleMetric = {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
  Stat: string;
};
export type DetectorConfiguration = { excluded: { from: Millis; to: Millis }[]; zone?: string };
/** Mean and deviation of all values, and of those of each hour of the day that is known well enough. */
export type Lesson = { whole: Habit; hours: (Habit | null)[] };
export type Habit = { mean: number; deviation: number };

export const detectors = table<DetectorRow>()('cloudwatch.anomaly-detectors', {
  scope: 'region',
  key: ['id'],
  indexes: { byKey: ['key'] },
});

export type InsightRuleRow = {
  name: string;
  state: 'ENABLED' | 'DISABLED';
  definition: string;
  /** Times in which it was enabled; the last may have no end yet. */
  spans: { from: Millis; to?: Millis }[];
  tags: { [key: string]: string };
  /** By a service, which contributes what it tells. `labels`: of the keys. */
  managed?: { labels: string[] };
};
export const insightRules = table<InsightRuleRow>()('cloudwatch.insight-rules', { scope: 'region', key: ['name'] });

export type MuteRuleRow = {
  name: string;
  arn: string;
  description?: string;
  /** `cron(0 2 * * *)` or `at(2026-01-31T02:00)`. */
  expression: string;
  /** ISO 8601. */
  duration: string;
  /** Time zone of the expression; without one, UTC. */
  zone?: string;
  /** Names of alarms. */
  targets: string[];
  from?: Millis;
  to?: Millis;
  tags: { [key: string]: string };
  updatedAt: Millis;
};
export const muteRules = table<MuteRuleRow>()('cloudwatch.mute-rules', { scope: 'region', key: ['name'] });
export type MuteTargetRow = { alarm: string; rule: string };
export const muteTargets = table<MuteTargetRow>()('cloudwatch.mute-targets', {
  scope: 'region',
  key: ['alarm', 'rule'],
});
/** An alarm whose actions were kept back, and the state that it had last acted on. */
export type MutedAlarmRow = { name: string; acted: StateValue };
export const mutedAlarms = table<MutedAlarmRow>()('cloudwatch.muted-alarms', { scope: 'region', key: ['name'] });

/** A composite alarm watches nothing any more. */
export function unwatch(parent: string, store: StoreView): void {
  for (const row of store.list(watches, { index: 'byParent', where: { parent } })) store.delete(watches, row);
}
