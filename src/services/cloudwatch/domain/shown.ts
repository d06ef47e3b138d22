/** Alarms as clients see them. */
import type { OutputOf } from '#kernel/contract';
import type { AlarmRow, CompositeAlarmRow, MetricAlarmRow } from '../state.ts';

type Shown = OutputOf<'cloudwatch', 'DescribeAlarms'>;
type MetricShown = NonNullable<Shown['MetricAlarms']>[number];
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
    ...(row.isPartial === true && { EvaluationState: 'PARTIAL_DATA' }),
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
