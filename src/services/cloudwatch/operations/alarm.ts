/** Alarms: made, shown, switched, deleted. */
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { parseExpression } from '../domain/expression.ts';
import { note } from '../domain/history.ts';
import { parseRule } from '../domain/rule.ts';
import { statisticOf } from '../domain/statistic.ts';
import { alarmNotFound, badStateData, invalidCombination, missing, validation } from '../errors.ts';
import { evaluateComposite, nextLook, setState } from '../evaluate.ts';
import { ALARMS_LISTED_DEFAULT, HISTORY_LISTED_DEFAULT, WINDOW_LONG_MAX, WINDOW_MAX } from '../limits.ts';
import {
  type AlarmRow,
  alarmHistory,
  alarms,
  type CompositeAlarmRow,
  type MetricAlarmRow,
  type MetricQuery,
  watches,
} from '../state.ts';

type MetricInput = InputOf<'cloudwatch', 'PutMetricAlarm'>;
type Shown = OutputOf<'cloudwatch', 'DescribeAlarms'>;
type MetricShown = NonNullable<Shown['MetricAlarms']>[number];
type CompositeShown = NonNullable<Shown['CompositeAlarms']>[number];

export const putMetricAlarm: Handler<'cloudwatch', 'PutMetricAlarm'> = (input, ctx) => {
  const single = singleOf(input);
  const queries = single === undefined ? (input.Metrics ?? []) : [queryOf(single)];
  checkQueries(input, queries);
  const period = single?.Period ?? periodOf(queries);
  const evaluationPeriods = input.EvaluationPeriods ?? 1;
  if (evaluationPeriods * period * 1_000 > (period >= 3_600 ? WINDOW_LONG_MAX : WINDOW_MAX))
    throw validation('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
  if (input.DatapointsToAlarm !== undefined && input.DatapointsToAlarm > evaluationPeriods)
    throw validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  const treatMissing = input.TreatMissingData ?? 'missing';
  if (!isTreatment(treatMissing))
    throw validation(
      `Option ${treatMissing} is not supported for TreatMissingData. Supported options are [breaching, notBreaching, ignore, missing]`,
    );
  const before = ctx.store.get(alarms, { name: input.AlarmName });
  const row: MetricAlarmRow = {
    ...commonOf(input, before, 'Unchecked: Initial alarm creation', ctx),
    kind: 'MetricAlarm',
    queries: [...queries],
    ...(single !== undefined && { single }),
    period,
    evaluationPeriods,
    ...(input.DatapointsToAlarm !== undefined && { datapointsToAlarm: input.DatapointsToAlarm }),
    ...(input.Threshold !== undefined && { threshold: input.Threshold }),
    comparison: input.ComparisonOperator ?? 'GreaterThanThreshold',
    treatMissing,
    ...(input.EvaluateLowSampleCountPercentile !== undefined && { lowSamples: input.EvaluateLowSampleCountPercentile }),
  };
  put(row, before, ctx.store, ctx);
  ctx.arm('look', row.name, nextLook(row, ctx.now), { name: row.name });
  return {};
};

function isTreatment(text: string): text is MetricAlarmRow['treatMissing'] {
  return ['breaching', 'notBreaching', 'ignore', 'missing'].includes(text);
}

/** The one metric that the request names; undefined where it gives queries. */
function singleOf(input: MetricInput): MetricAlarmRow['single'] {
  const { Metrics, MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit, Dimensions = [] } = input;
  if (Metrics !== undefined) {
    if (MetricName !== undefined || Namespace !== undefined || Statistic !== undefined || Period !== undefined)
      throw invalidCombination('Parameters Metrics and MetricName/Namespace/Statistic/Period are mutually exclusive.');
    return undefined;
  }
  if (MetricName === undefined || Namespace === undefined)
    throw validation('The parameter MetricName must be specified if Metrics is not specified.');
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw invalidCombination(
      Statistic === undefined
        ? 'You must specify either Statistic or ExtendedStatistic'
        : 'Exactly one of Statistic and ExtendedStatistic must be specified.',
    );
  if (ExtendedStatistic !== undefined) statisticOf(ExtendedStatistic);
  if (Period === undefined) throw missing('The parameter Period is required.');
  if (![10, 20, 30].includes(Period) && (Period < 60 || Period % 60 !== 0))
    throw validation('Period must be 10, 20, 30 or a multiple of 60');
  return {
    MetricName,
    Namespace,
    Dimensions: Dimensions.map(({ Name, Value }) => ({ Name, Value })),
    ...(Statistic !== undefined && { Statistic }),
    ...(ExtendedStatistic !== undefined && { ExtendedStatistic }),
    Period,
    ...(Unit !== undefined && { Unit }),
  };
}

function queryOf({
  MetricName,
  Namespace,
  Dimensions,
  Statistic,
  ExtendedStatistic,
  Period,
  Unit,
}: NonNullable<MetricAlarmRow['single']>): MetricQuery {
  return {
    Id: 'm1',
    MetricStat: {
      Metric: { Namespace, MetricName, Dimensions },
      Period,
      Stat: Statistic ?? ExtendedStatistic ?? 'Average',
      ...(Unit !== undefined && { Unit: Unit as NonNullable<NonNullable<MetricQuery['MetricStat']>['Unit']> }),
    },
  };
}

function checkQueries(
  { Threshold, ThresholdMetricId, ComparisonOperator }: MetricInput,
  queries: readonly MetricQuery[],
): void {
  const shown = queries.filter(({ ReturnData }) => ReturnData !== false);
  if (ThresholdMetricId !== undefined || /Band|Lower|Upper/.test(ComparisonOperator ?? ''))
    throw validation('Alarms on anomaly detection bands are not built in Cloudyard yet.');
  if (shown.length !== 1) throw validation('Exactly one element of the metrics list should return data.');
  if (Threshold === undefined) throw missing('The parameter Threshold is required.');
  for (const { Expression } of queries) if (Expression !== undefined) parseExpression(Expression);
}

function periodOf(queries: readonly MetricQuery[]): number {
  const periods = queries.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []);
  if (periods.length === 0) throw validation('Period must not be null');
  return Math.max(...periods);
}

type CommonInput = Pick<
  MetricInput,
  | 'AlarmName'
  | 'AlarmDescription'
  | 'ActionsEnabled'
  | 'AlarmActions'
  | 'OKActions'
  | 'InsufficientDataActions'
  | 'Tags'
>;

function commonOf(input: CommonInput, before: AlarmRow | undefined, reason: string, ctx: Ctx) {
  const arn = `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:alarm:${input.AlarmName}`;
  for (const action of [
    ...(input.AlarmActions ?? []),
    ...(input.OKActions ?? []),
    ...(input.InsufficientDataActions ?? []),
  ])
    if (!action.startsWith('arn:')) throw validation(`Invalid arn syntax: ${action}`);
  return {
    name: input.AlarmName,
    arn,
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    alarmActions: [...(input.AlarmActions ?? [])],
    okActions: [...(input.OKActions ?? [])],
    insufficientDataActions: [...(input.InsufficientDataActions ?? [])],
    tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    configuredAt: ctx.now,
    state: before?.state ?? ('INSUFFICIENT_DATA' as const),
    reason: before?.reason ?? reason,
    ...(before?.reasonData !== undefined && { reasonData: before.reasonData }),
    stateUpdatedAt: before?.stateUpdatedAt ?? ctx.now,
    transitionedAt: before?.transitionedAt ?? ctx.now,
  };
}

/** In a transaction. */
function put(row: AlarmRow, before: AlarmRow | undefined, store: StoreView, ctx: Ctx): void {
  if (before !== undefined && before.kind !== row.kind)
    throw validation(`An alarm with name ${row.name} already exists and is a ${before.kind}.`);
  store.put(alarms, row);
  const summary = before === undefined ? `Alarm "${row.name}" created` : `Alarm "${row.name}" updated`;
  const told = row.kind === 'MetricAlarm' ? metricShown(row) : compositeShown(row);
  note(
    row,
    'ConfigurationUpdate',
    summary,
    {
      version: '1.0',
      type: before === undefined ? 'Create' : 'Update',
      [before === undefined ? 'createdAlarm' : 'updatedAlarm']: told,
    },
    store,
    ctx,
  );
}

export const putCompositeAlarm: Handler<'cloudwatch', 'PutCompositeAlarm'> = (input, ctx) => {
  const { children } = parseRule(input.AlarmRule);
  for (const child of children) {
    if (child === input.AlarmName) throw validation(`The alarm rule refers to the alarm itself: ${child}`);
    if (ctx.store.get(alarms, { name: child }) === undefined)
      throw validation(`Could not save the composite alarm as alarms [${child}] in the alarm rule do not exist`);
  }
  const before = ctx.store.get(alarms, { name: input.AlarmName });
  const row: CompositeAlarmRow = {
    ...commonOf(input, before, 'Unchecked: Initial alarm creation', ctx),
    kind: 'CompositeAlarm',
    rule: input.AlarmRule,
    children,
    ...(input.ActionsSuppressor !== undefined && { suppressor: input.ActionsSuppressor }),
    ...(input.ActionsSuppressorWaitPeriod !== undefined && { suppressorWait: input.ActionsSuppressorWaitPeriod }),
    ...(input.ActionsSuppressorExtensionPeriod !== undefined && {
      suppressorExtension: input.ActionsSuppressorExtensionPeriod,
    }),
  };
  if (row.suppressor !== undefined) throw validation('ActionsSuppressor is not built in Cloudyard yet.');
  put(row, before, ctx.store, ctx);
  unwatch(row.name, ctx.store);
  for (const child of children) ctx.store.put(watches, { child, parent: row.name });
  evaluateComposite(row, ctx.store, ctx);
  return {};
};

function unwatch(parent: string, store: StoreView): void {
  for (const row of store.list(watches, { index: 'byParent', where: { parent } })) store.delete(watches, row);
}

export const deleteAlarms: Handler<'cloudwatch', 'DeleteAlarms'> = (input, ctx) => {
  const found = input.AlarmNames.map((name) => ctx.store.get(alarms, { name }));
  const used = input.AlarmNames.filter((child) =>
    ctx.store.list(watches, { where: { child } }).some(({ parent }) => !input.AlarmNames.includes(parent)),
  );
  if (used.length > 0)
    throw validation(`Cannot delete ${used.join(', ')} as there are composite alarm(s) depending on it.`);
  for (const row of found) {
    if (row === undefined) continue;
    ctx.store.delete(alarms, { name: row.name });
    ctx.disarm('look', row.name);
    unwatch(row.name, ctx.store);
    note(row, 'ConfigurationUpdate', `Alarm "${row.name}" deleted`, { version: '1.0', type: 'Delete' }, ctx.store, ctx);
  }
  return {};
};

export const setAlarmState: Handler<'cloudwatch', 'SetAlarmState'> = (input, ctx) => {
  const row = ctx.store.get(alarms, { name: input.AlarmName });
  if (row === undefined) throw alarmNotFound(input.AlarmName);
  if (input.StateReasonData !== undefined) checkJson(input.StateReasonData);
  setState(row, input.StateValue, input.StateReason, input.StateReasonData, ctx.store, ctx);
  return {};
};

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw badStateData('TheStateReasonData parameter is not valid JSON');
  }
}

const switched =
  (actionsEnabled: boolean) =>
  (input: { AlarmNames: readonly string[] }, ctx: Ctx): Record<string, never> => {
    for (const name of input.AlarmNames) {
      const row = ctx.store.get(alarms, { name });
      if (row !== undefined) ctx.store.put(alarms, { ...row, actionsEnabled });
    }
    return {};
  };

export const enableAlarmActions: Handler<'cloudwatch', 'EnableAlarmActions'> = switched(true);
export const disableAlarmActions: Handler<'cloudwatch', 'DisableAlarmActions'> = switched(false);

export const describeAlarms: Handler<'cloudwatch', 'DescribeAlarms'> = (input, ctx) => {
  if (input.AlarmNames !== undefined && input.AlarmNamePrefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix are mutually exclusive.');
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const limit = input.MaxRecords ?? ALARMS_LISTED_DEFAULT;
  const rows =
    input.AlarmNames !== undefined
      ? input.AlarmNames.flatMap((name) => ctx.store.get(alarms, { name }) ?? [])
      : listed(input, ctx);
  const fits = rows.filter(
    (row) =>
      kinds.has(row.kind) &&
      (input.StateValue === undefined || row.state === input.StateValue) &&
      (input.ActionPrefix === undefined ||
        row.alarmActions.some((action) => action.startsWith(input.ActionPrefix ?? ''))),
  );
  const page = fits.slice(0, limit);
  return {
    MetricAlarms: page.flatMap((row) => (row.kind === 'MetricAlarm' ? [metricShown(row)] : [])),
    CompositeAlarms: page.flatMap((row) => (row.kind === 'CompositeAlarm' ? [compositeShown(row)] : [])),
    ...(fits.length > limit && { NextToken: page.at(-1)?.name }),
  };
};

function listed(input: InputOf<'cloudwatch', 'DescribeAlarms'>, ctx: Ctx): AlarmRow[] {
  const names = (found: { child: string; parent: string }[], which: 'child' | 'parent') =>
    found.flatMap((row) => ctx.store.get(alarms, { name: row[which] }) ?? []);
  if (input.ChildrenOfAlarmName !== undefined)
    return names(ctx.store.list(watches, { index: 'byParent', where: { parent: input.ChildrenOfAlarmName } }), 'child');
  if (input.ParentsOfAlarmName !== undefined)
    return names(ctx.store.list(watches, { where: { child: input.ParentsOfAlarmName } }), 'parent');
  const after = input.NextToken === undefined ? undefined : { name: input.NextToken };
  return ctx.store.list(alarms, {
    after,
    ...(input.AlarmNamePrefix !== undefined && { startsWith: input.AlarmNamePrefix }),
  });
}

export const describeAlarmsForMetric: Handler<'cloudwatch', 'DescribeAlarmsForMetric'> = (input, ctx) => {
  const dimensions = JSON.stringify(sorted(input.Dimensions ?? []));
  const rows = ctx.store
    .list(alarms)
    .filter(
      (row): row is MetricAlarmRow =>
        row.kind === 'MetricAlarm' &&
        row.single?.MetricName === input.MetricName &&
        row.single.Namespace === input.Namespace &&
        JSON.stringify(sorted(row.single.Dimensions)) === dimensions &&
        (input.Statistic === undefined || row.single.Statistic === input.Statistic) &&
        (input.Period === undefined || row.single.Period === input.Period),
    );
  return { MetricAlarms: rows.map(metricShown) };
};

function sorted(dimensions: readonly { Name: string; Value: string }[]) {
  return dimensions.map(({ Name, Value }) => [Name, Value]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

export const describeAlarmHistory: Handler<'cloudwatch', 'DescribeAlarmHistory'> = (input, ctx) => {
  const limit = input.MaxRecords ?? HISTORY_LISTED_DEFAULT;
  const descending = input.ScanBy !== 'TimestampAscending';
  const [from, to] = [Number(input.StartDate ?? 0), Number(input.EndDate ?? Number.MAX_SAFE_INTEGER)];
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const rows = (
    input.AlarmName === undefined
      ? ctx.store.list(alarmHistory, { index: 'byTime', reverse: descending })
      : ctx.store.list(alarmHistory, { where: { name: input.AlarmName }, reverse: descending })
  ).filter(
    (row) =>
      row.at >= from &&
      row.at <= to &&
      kinds.has(row.alarmType) &&
      (input.HistoryItemType === undefined || row.type === input.HistoryItemType),
  );
  const skip = Number(input.NextToken ?? 0);
  const page = rows.slice(skip, skip + limit);
  return {
    AlarmHistoryItems: page.map((row) => ({
      AlarmName: row.name,
      AlarmType: row.alarmType,
      Timestamp: row.at,
      HistoryItemType: row.type,
      HistorySummary: row.summary,
      HistoryData: row.data,
    })),
    ...(rows.length > skip + limit && { NextToken: String(skip + limit) }),
  };
};

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

function metricShown(row: MetricAlarmRow): MetricShown {
  return {
    ...shownCommon(row),
    ...(row.single ?? { Metrics: row.queries }),
    EvaluationPeriods: row.evaluationPeriods,
    ...(row.datapointsToAlarm !== undefined && { DatapointsToAlarm: row.datapointsToAlarm }),
    ...(row.threshold !== undefined && { Threshold: row.threshold }),
    ComparisonOperator: row.comparison,
    TreatMissingData: row.treatMissing,
    ...(row.lowSamples !== undefined && { EvaluateLowSampleCountPercentile: row.lowSamples }),
  } as MetricShown;
}

function compositeShown(row: CompositeAlarmRow): CompositeShown {
  return { ...shownCommon(row), AlarmRule: row.rule };
}
