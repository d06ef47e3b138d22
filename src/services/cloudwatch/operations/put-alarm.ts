/** Alarms made and changed. */
import { isDeepStrictEqual } from 'node:util';
import { type Millis, zoneOffset } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import { forgetContributors } from '../contributors.ts';
import { isBanded } from '../domain/alarm.ts';
import { bandedId, detectorOf } from '../domain/detector.ts';
import { callsIn, parseExpression } from '../domain/expression.ts';
import { insightCalls } from '../domain/insight-metric.ts';
import { isMetricSql } from '../domain/metric-sql.ts';
import { runQueries } from '../domain/query.ts';
import { parseRule } from '../domain/rule.ts';
import { isStatistic } from '../domain/statistic.ts';
import { warmUpOf } from '../domain/warm-up.ts';
import { invalidCombination, invalidValue, missing, tooManySqlAlarms, validation } from '../errors.ts';
import { evaluateComposite, nextLook } from '../evaluate.ts';
import { commonOf, keep, lowSamplesOf, treatmentOf } from '../keep-alarm.ts';
import {
  ALARM_QUERIES_MAX,
  CHILDREN_MAX,
  PARENTS_MAX,
  SQL_ALARMS_MAX,
  SQL_WINDOW_MAX,
  WINDOW_LONG_MAX,
  WINDOW_MAX,
} from '../limits.ts';
import {
  type AlarmRow,
  alarms,
  type CompositeAlarmRow,
  type MetricAlarmRow,
  type MetricQuery,
  seriesOf,
  unwatch,
  watches,
} from '../state.ts';
import { alarmNameOf, noteSuppressor } from '../suppress.ts';

type MetricInput = InputOf<'cloudwatch', 'PutMetricAlarm'>;

export const putMetricAlarm: Handler<'cloudwatch', 'PutMetricAlarm'> = (input, ctx) => {
  checkBuilt(input);
  checkCounts(input.Metrics ?? []);
  const single = singleOf(input);
  const queries = single === undefined ? (input.Metrics ?? []) : [queryOf(single)];
  const { EvaluationPeriods: evaluationPeriods, ComparisonOperator: comparison } = input;
  if (comparison === undefined) throw missing('The parameter ComparisonOperator is required.');
  if (evaluationPeriods === undefined) throw missing('The parameter EvaluationPeriods is required.');
  checkQueries(input, queries);
  const period = single?.Period ?? periodOf(queries);
  checkResult(input, queries, ctx);
  checkWindow(input, evaluationPeriods, period);
  const before = ctx.store.get(alarms, { name: input.AlarmName });
  const language = languageOf(queries, evaluationPeriods * period * 1_000, before, ctx);
  const treatMissing = treatmentOf(input.TreatMissingData);
  const lowSamples = lowSamplesOf(input.EvaluateLowSampleCountPercentile);
  const wallClock = wallClockOf(input);
  const warmUp = warmUpOf(input.WarmUpConfiguration, before, ctx.now);
  const row: MetricAlarmRow = {
    ...commonOf(input, before, 'Unchecked: Initial alarm creation', ctx),
    kind: 'MetricAlarm',
    queries: [...queries],
    ...(single !== undefined && { single, series: seriesOf(single) }),
    period,
    evaluationPeriods,
    ...(input.DatapointsToAlarm !== undefined && { datapointsToAlarm: input.DatapointsToAlarm }),
    ...(input.Threshold !== undefined && { threshold: input.Threshold }),
    comparison,
    treatMissing,
    ...(lowSamples !== undefined && { lowSamples }),
    ...(input.ThresholdMetricId !== undefined && { thresholdId: input.ThresholdMetricId }),
    ...(wallClock !== undefined && { wallClock }),
    ...(language !== undefined && { language }),
    ...(warmUp !== undefined && { warmUp }),
  };
  keep(row, before, ctx.store, ctx);
  if (before?.kind === 'MetricAlarm' && !isDeepStrictEqual(before.queries, row.queries))
    forgetContributors(row.name, ctx.store);
  // An alarm on a band brings the detector that it needs.
  const band = queries.find(({ Id }) => Id === input.ThresholdMetricId);
  const banded = bandedId(band?.Expression);
  if (banded !== undefined) detectorOf(banded, queries, ctx);
  ctx.arm('look', row.name, nextLook(row, ctx.now), { name: row.name });
  return {};
};

/** @param period seconds; @throws {ServiceError} ValidationError. Source of the texts: badmintoncryer/cdk-preflight. */
function checkWindow({ DatapointsToAlarm: datapoints = 0 }: MetricInput, evaluationPeriods: number, period: number) {
  const window = evaluationPeriods * period * 1_000;
  if (period >= 3_600 && window > WINDOW_LONG_MAX)
    throw validation(
      'Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600',
    );
  if (period < 3_600 && window > WINDOW_MAX)
    throw validation('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
  if (datapoints > evaluationPeriods)
    throw validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods');
}

/** Before all else. @throws {ServiceError} ValidationError. Source: badmintoncryer/cdk-preflight. */
function checkCounts(queries: readonly MetricQuery[]): void {
  const metrics = queries.filter(({ MetricStat }) => MetricStat !== undefined).length;
  if (metrics > ALARM_QUERIES_MAX) throw validation(`Too many metrics in alarm, maximum is ${ALARM_QUERIES_MAX}`);
  if (queries.length - metrics > ALARM_QUERIES_MAX)
    throw validation(`Too many expressions in alarm, maximum is ${ALARM_QUERIES_MAX}`);
}

/** Whether a query is of Metrics Insights. @throws {ServiceError} ValidationException, LimitExceededFault */
function languageOf(
  queries: readonly MetricQuery[],
  window: Millis,
  before: AlarmRow | undefined,
  { store }: Ctx,
): 'sql' | undefined {
  if (!queries.some(({ Expression }) => Expression !== undefined && isMetricSql(Expression))) return undefined;
  if (window > SQL_WINDOW_MAX)
    throw validation(
      'Metrics Insights queries cannot be checked across more than three hours (EvaluationPeriods * Period must be <= 10800).',
    );
  const others = store.count(alarms, { index: 'byLanguage', where: { language: 'sql' } });
  if (before?.language === undefined && others >= SQL_ALARMS_MAX) throw tooManySqlAlarms();
  return 'sql';
}

function checkBuilt(input: MetricInput): void {
  const unbuilt = ['EvaluationCriteria', 'EvaluationInterval', 'ActionConfiguration'] as const;
  const asked = unbuilt.find((name) => input[name] !== undefined);
  if (asked !== undefined) throw notBuilt(asked);
}

/** The time zone of a window that follows the clock. */
function wallClockOf(input: MetricInput): string | undefined {
  const { WallClockWindow: window } = input.EvaluationWindow ?? {};
  if (window === undefined) return undefined;
  const zone = window.Timezone ?? 'UTC';
  if (zoneOffset(zone, 0) === undefined) throw validation(`Timezone ${zone} is not valid`);
  return zone;
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
  // Source of the two texts: badmintoncryer/cdk-preflight.
  if (ExtendedStatistic !== undefined && !isStatistic(ExtendedStatistic))
    throw invalidValue(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  if (/[^\0-\x7f]/.test(Namespace)) throw invalidValue('Namespace must not contain Non-ASCII characters.');
  if (Period === undefined) throw missing('The parameter Period is required.');
  checkAlarmPeriod(Period);
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
  { Threshold, ThresholdMetricId, ComparisonOperator, AlarmActions = [] }: MetricInput,
  queries: readonly MetricQuery[],
): void {
  checkShown(ThresholdMetricId, queries);
  const bad = queries.find(({ Id }) => !/^[a-z]\w*$/.test(Id));
  if (bad !== undefined) throw validation(`The Id ${bad.Id} does not match the expected pattern ^[a-z][a-zA-Z0-9_]*$.`);
  for (const { MetricStat: stat } of queries) {
    if (stat === undefined) continue;
    checkAlarmPeriod(stat.Period);
    if (!isStatistic(stat.Stat)) throw validation('Invalid metrics list');
  }
  if (!isBanded(ComparisonOperator ?? '')) {
    if (ThresholdMetricId !== undefined)
      throw invalidCombination(`ThresholdMetricId cannot be used with ComparisonOperator ${ComparisonOperator}`);
    if (Threshold === undefined) throw validation('PutMetricAlarm request should have valid Threshold parameter');
    return;
  }
  if (Threshold !== undefined)
    throw invalidCombination('Parameters Threshold and ThresholdMetricId are mutually exclusive.');
  if (ThresholdMetricId === undefined)
    throw validation('ComparisonOperators for ranges require ThresholdMetricId to be set');
  if (AlarmActions.some((action) => action.split(':')[2] === 'autoscaling'))
    throw validation('autoscaling actions not supported when ThresholdMetricId is set');
  const band = queries.find(({ Id }) => Id === ThresholdMetricId);
  if (bandedId(band?.Expression) === undefined)
    throw validation(`ThresholdMetricId ${ThresholdMetricId} must be an ANOMALY_DETECTION_BAND expression`);
}

/** Which queries return data: one, or the metric and its band. @throws {ServiceError} ValidationError. Source: badmintoncryer/cdk-preflight. */
function checkShown(band: string | undefined, queries: readonly MetricQuery[]): void {
  const shown = queries.filter(({ ReturnData }) => ReturnData !== false);
  if (band !== undefined && shown.filter(({ Id }) => Id === band).length !== 1)
    throw validation('Metrics list must contain exactly one metric matching the ThresholdMetricId parameter');
  if (band !== undefined && shown.length !== 2)
    throw validation('Exactly two elements of the metrics list should return data.');
  if (band === undefined && shown.length !== 1)
    throw validation('Exactly one element of the metrics list should return data.');
}

function checkAlarmPeriod(seconds: number): void {
  if (![10, 20, 30].includes(seconds) && (seconds < 60 || seconds % 60 !== 0))
    throw validation('Period must be 10, 20, 30 or a multiple of 60');
}

/** The queries are worked out over no time at all: what would fail whatever the data is refused. @throws {ServiceError} ValidationError */
function checkResult({ ThresholdMetricId }: MetricInput, queries: readonly MetricQuery[], ctx: Ctx): void {
  const expressions = queries.flatMap(({ Expression }) =>
    Expression === undefined ? [] : [parseExpression(Expression)],
  );
  if (expressions.some((expression) => callsIn(expression, 'SEARCH').length > 0))
    throw validation('SEARCH is not supported on Metric Alarms.');
  insightCalls(queries);
  const results = runQueries(queries, { from: ctx.now, to: ctx.now }, ctx, { insights: new Map() });
  for (const { Id, ReturnData, Expression = '' } of queries) {
    if (ReturnData === false || Id === ThresholdMetricId || isMetricSql(Expression)) continue;
    if (results.get(Id)?.kind !== 'series')
      throw validation(`The expression of ${Id} must return a single time series.`);
  }
}

function periodOf(queries: readonly MetricQuery[]): number {
  const periods = queries.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []);
  if (periods.length === 0) throw validation('Period must not be null');
  return Math.max(...periods);
}

export const putCompositeAlarm: Handler<'cloudwatch', 'PutCompositeAlarm'> = (input, ctx) => {
  const { children } = parseRule(input.AlarmRule);
  if (children.includes(input.AlarmName))
    throw validation(
      'A composite alarm cannot have a child relation with itself via its AlarmRule, as it would introduce a circular dependency',
    );
  const missing = children.filter((name) => ctx.store.get(alarms, { name }) === undefined);
  if (missing.length > 0)
    throw validation(
      `Could not save the composite alarm as alarms [${missing.join(', ')}] in the alarm rule do not exist`,
    );
  checkWatched(input.AlarmName, children, ctx);
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
  checkSuppressor(row, ctx);
  const suppression = noteSuppressor(row, before, ctx.store, ctx);
  const held = { ...row, ...(suppression !== undefined && { suppression }) };
  keep(held, before, ctx.store, ctx);
  unwatch(row.name, ctx.store);
  for (const child of children) ctx.store.put(watches, { child, parent: row.name });
  evaluateComposite(held, ctx.store, ctx);
  return {};
};

/** @throws {ServiceError} ValidationError */
function checkWatched(name: string, children: readonly string[], { store }: Ctx): void {
  if (children.length > CHILDREN_MAX) throw validation(`AlarmRule can refer to at most ${CHILDREN_MAX} alarms`);
  for (const child of children)
    if (
      store.get(watches, { child, parent: name }) === undefined &&
      store.count(watches, { where: { child } }) >= PARENTS_MAX
    )
      throw validation(`The alarm ${child} is in the rules of ${PARENTS_MAX} composite alarms already`);
}

/** @throws {ServiceError} ValidationError. Source of the texts: badmintoncryer/cdk-preflight. */
function checkSuppressor({ name, suppressor, suppressorWait, suppressorExtension }: CompositeAlarmRow, ctx: Ctx): void {
  if (suppressor === undefined) {
    if (suppressorWait !== undefined) throw validation('ActionsSuppressorWaitPeriod requires an ActionSuppressor');
    if (suppressorExtension !== undefined)
      throw validation('ActionsSuppressorExtensionPeriod requires an ActionSuppressor');
    return;
  }
  if (suppressorWait === undefined) throw validation('ActionsSuppressorWaitPeriod must not be null');
  if (suppressorExtension === undefined) throw validation('ActionsSuppressorExtensionPeriod must not be null');
  if (suppressor.startsWith('arn:') && !/^arn:[^:]+:cloudwatch:[^:]+:[^:]+:alarm:/.test(suppressor))
    throw validation('ActionsSuppressor must be a valid CloudWatch Alarm ARN or an Alarm name');
  const suppressing = alarmNameOf(suppressor);
  if (suppressing === name) throw validation('ActionsSuppressor cannot be the composite alarm itself');
  if (ctx.store.get(alarms, { name: suppressing }) === undefined)
    throw validation(`ActionsSuppressor alarm ${suppressor} does not exist`);
}
