/** What CloudWatch keeps beside the metrics themselves (kernel/metering): alarms and what happened to them. */
import type { Millis } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import { table } from '#kernel/store';

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
};

export type CompositeAlarmRow = Common & {
  kind: 'CompositeAlarm';
  rule: string;
  /** Names of the alarms in the rule. */
  children: string[];
  suppressor?: string;
  suppressorWait?: number;
  suppressorExtension?: number;
};

export type AlarmRow = MetricAlarmRow | CompositeAlarmRow;

export type HistoryRow = {
  at: Millis;
  sequence: number;
  name: string;
  alarmType: 'MetricAlarm' | 'CompositeAlarm';
  type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  summary: string;
  data: string;
};

/** A composite alarm that watches another one. */
export type WatchRow = { child: string; parent: string };

export type DashboardRow = {
  name: string;
  arn: string;
  body: string;
  modifiedAt: Millis;
  tags: { [key: string]: string };
};

export const dashboards = table<DashboardRow>()('cloudwatch.dashboards', { scope: 'account', key: ['name'] });
export const alarms = table<AlarmRow>()('cloudwatch.alarms', {
  scope: 'region',
  key: ['name'],
  indexes: { byState: ['state', 'name'] },
});
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
