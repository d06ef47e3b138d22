/** What EventBridge is told of alarms. Source: CloudWatch User Guide, "Alarm events and EventBridge". */
import { sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { wireTime } from './domain/words.ts';
import type { AlarmRow, Contributor, MetricAlarmRow, StateValue } from './state.ts';

/** In a transaction. */
export function announceState(before: AlarmRow, after: AlarmRow, ctx: Ctx): void {
  const detail = {
    alarmName: after.name,
    state: stateOf(after),
    previousState: stateOf(before),
    configuration: configurationOf(after),
  };
  ctx.announce('CloudWatch Alarm State Change', detail, [after.arn]);
}

/** One of an alarm's series has changed. In a transaction. */
export function announceContributor(
  alarm: AlarmRow,
  { contributor, state, reason }: { contributor: Contributor; state: StateValue; reason: string },
  ctx: Ctx,
): void {
  const detail = {
    alarmName: alarm.name,
    configuration: configurationOf(alarm),
    alarmContributor: contributor,
    state: { value: state, reason, timestamp: wireTime(ctx.now) },
  };
  ctx.announce('CloudWatch Alarm Contributor State Change', detail, [alarm.arn]);
}

/** An alarm was made, changed or, without `after`, deleted. In a transaction. */
export function announceConfiguration(before: AlarmRow | undefined, after: AlarmRow | undefined, ctx: Ctx): void {
  const alarm = after ?? before;
  if (alarm === undefined) return;
  const detail = {
    alarmName: alarm.name,
    operation: after === undefined ? 'delete' : before === undefined ? 'create' : 'update',
    state: { value: alarm.state, timestamp: wireTime(alarm.stateUpdatedAt) },
    configuration: whole(alarm),
    ...(before !== undefined && after !== undefined && { previousConfiguration: whole(before) }),
  };
  ctx.announce('CloudWatch Alarm Configuration Change', detail, [alarm.arn]);
}

/** An alarm's state, as events say it. */
export function stateOf(from: AlarmRow): object {
  return {
    value: from.state,
    reason: from.reason,
    ...(from.reasonData !== undefined && { reasonData: from.reasonData }),
    timestamp: wireTime(from.stateUpdatedAt),
    ...(from.kind === 'MetricAlarm' && from.isPartial === true && { evaluationState: 'PARTIAL_DATA' }),
    ...(from.kind !== 'CompositeAlarm' && from.isFailing === true && { evaluationState: 'EVALUATION_ERROR' }),
    ...(from.kind === 'CompositeAlarm' &&
      from.suppression !== undefined && {
        actionsSuppressedBy: from.suppression.by,
        actionsSuppressedReason: `Actions suppressed by ${from.suppression.by}`,
      }),
  };
}

/** How an alarm is configured, as events say it. */
export function configurationOf(alarm: AlarmRow): object {
  const description = alarm.description === undefined ? {} : { description: alarm.description };
  if (alarm.kind === 'MetricAlarm') return { ...description, metrics: metricsOf(alarm) };
  if (alarm.kind === 'LogAlarm') return { ...description, scheduledQueryConfiguration: alarm.query };
  return {
    ...description,
    alarmRule: alarm.rule,
    ...(alarm.suppressor !== undefined && {
      actionsSuppressor: alarm.suppressor,
      actionsSuppressorWaitPeriod: alarm.suppressorWait,
      actionsSuppressorExtensionPeriod: alarm.suppressorExtension,
    }),
  };
}

/** Source: the same page. The query of an alarm on one metric has an id that is new each time the alarm is put. */
function metricsOf({ queries, single, arn, configuredAt }: MetricAlarmRow): object[] {
  const [a, b, c, d] = sha256Hex(`${arn} ${configuredAt}`).match(/.{8}/g) ?? [];
  const own = [a, b?.slice(0, 4), b?.slice(4), c?.slice(0, 4), `${c?.slice(4)}${d}`].join('-');
  return queries.map(({ Id, MetricStat: stat, Expression, Label, Period, AccountId, ReturnData }) => ({
    id: single === undefined ? Id : own,
    ...(stat !== undefined && {
      metricStat: {
        metric: {
          namespace: stat.Metric?.Namespace,
          name: stat.Metric?.MetricName,
          dimensions: Object.fromEntries((stat.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
        },
        period: stat.Period,
        stat: stat.Stat,
        ...(stat.Unit !== undefined && { unit: stat.Unit }),
      },
    }),
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    ...(Period !== undefined && { period: Period }),
    ...(AccountId !== undefined && { accountId: AccountId }),
    returnData: ReturnData !== false,
  }));
}

function whole(alarm: AlarmRow): object {
  return {
    ...configurationOf(alarm),
    ...(alarm.kind !== 'CompositeAlarm' && {
      evaluationPeriods: alarm.evaluationPeriods,
      threshold: alarm.threshold,
      comparisonOperator: alarm.comparison,
      treatMissingData: alarm.treatMissing,
    }),
    alarmName: alarm.name,
    actionsEnabled: alarm.actionsEnabled,
    timestamp: wireTime(alarm.configuredAt),
    okActions: alarm.okActions,
    alarmActions: alarm.alarmActions,
    insufficientDataActions: alarm.insufficientDataActions,
  };
}
