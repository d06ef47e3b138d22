/** Alarms as clients see them. */
import type { OutputOf } from '#kernel/contract';
import type { AlarmRow, CompositeAlarmRow, LogAlarmRow, MetricAlarmRow } from '../state.ts';
import { warmUpShown } from './warm-up.ts';

type Shown = OutputOf<'cloudwatch', 'DescribeAlarms'>;
type MetricShown = NonNullable<Shown['MetricAlarms']>[number];
type LogShown = NonNullable<Shown['LogAlarms']>[number];
type CompositeShown = NonNullable<Shown['CompositeAlarms']>[number];

function shownCommon(row: AlarmRow) {
  return {
    AlarmName: row.name,
    AlarmArn: row.arn,
    ...(row.description !== undefined && { AlarmDescription: row.description }),
    AlarmConfigurationUpdatedTimestamp: row.configuredAt,
    ActionsEnabled: row.actionsEnabled,
    OKActions: row.okActions,
    AlarmActions: row.alarmActions,
    InsufficientDataActions: row.insufficientDataActions,
    StateValue: row.state,
    StateReason: row.reason,
    ...(row.reasonData !== undefined && { StateReasonData: row.reasonData }),
    StateUpdatedTimestamp: row.stateUpdatedAt,
    StateTransitionedTimestamp: row.transitionedAt,
  };
}

/** A metric alarm. */
export function metricShown(row: MetricAlarmRow): MetricShown {
  return {
    ...shownCommon(row),
    ...(row.single ?? { Metrics: row.queries }),
    EvaluationPeriods: row.evaluationPeriods,
    ...(row.datapointsToAlarm !== undefined && { DatapointsToAlarm: row.datapointsToAlarm }),
    ...(row.threshold !== undefined && { Threshold: row.threshold }),
    ComparisonOperator: row.comparison,
    TreatMissingData: row.treatMissing,
    ...(row.thresholdId !== undefined && { ThresholdMetricId: row.thresholdId }),
    ...(row.wallClock !== undefined && { EvaluationWindow: { WallClockWindow: { Timezone: row.wallClock } } }),
    ...(row.warmUp !== undefined && { WarmUpConfiguration: warmUpShown(row.warmUp) }),
    ...(row.isPartial === true && { EvaluationState: 'PARTIAL_DATA' }),
    ...(row.isFailing === true && { EvaluationState: 'EVALUATION_ERROR' }),
    ...(row.lowSamples !== undefined && { EvaluateLowSampleCountPercentile: row.lowSamples }),
  } as MetricShown;
}

/** A composite alarm. */
export function compositeShown(row: CompositeAlarmRow): CompositeShown {
  return {
    ...shownCommon(row),
    AlarmRule: row.rule,
    ...(row.suppressor !== undefined && {
      ActionsSuppressor: row.suppressor,
      ActionsSuppressorWaitPeriod: row.suppressorWait,
      ActionsSuppressorExtensionPeriod: row.suppressorExtension,
    }),
    ...(row.suppression !== undefined && {
      ActionsSuppressedBy: row.suppression.by,
      ActionsSuppressedReason: `Actions suppressed by ${row.suppression.by}`,
    }),
  };
}

/** A log alarm. */
export function logShown(row: LogAlarmRow): LogShown {
  return {
    ...shownCommon(row),
    ScheduledQueryConfiguration: { ...row.query, QueryARN: row.queryArn },
    QueryResultsToEvaluate: row.evaluationPeriods,
    QueryResultsToAlarm: row.datapointsToAlarm,
    Threshold: row.threshold,
    ComparisonOperator: row.comparison,
    TreatMissingData: row.treatMissing,
    ...(row.warmUp !== undefined && { WarmUpConfiguration: warmUpShown(row.warmUp) }),
    ...(row.isFailing === true && { EvaluationState: 'EVALUATION_ERROR' }),
  } as LogShown;
}

/** An alarm of whichever kind. */
export function alarmShown(row: AlarmRow): MetricShown | CompositeShown | LogShown {
  if (row.kind === 'MetricAlarm') return metricShown(row);
  return row.kind === 'CompositeAlarm' ? compositeShown(row) : logShown(row);
}
