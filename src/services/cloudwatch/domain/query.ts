/** Metric data queries: metrics read, expressions worked out, each after those that it uses. */
import { type Millis, SECOND } from '#kernel/base';
import { type Ctx, notBuilt } from '#kernel/contract';
import { RETENTION, readSeries, type SeriesRow, seriesTable } from '#kernel/metering';
import { invalidCombination, validation } from '../errors.ts';
import { DATA_POINTS_MAX, LISTED_FOR } from '../limits.ts';
import type { MetricQuery } from '../state.ts';
import { bandOf, subjectOf } from './detector.ts';
import { type Expression, parseExpression } from './expression.ts';
import { type InsightPoints, insightCallOf, nameOfCall } from './insight-metric.ts';
import { evaluate, type MathValue, type Points, type Series } from './math.ts';
import { checkPeriod, periodsOf, type Window } from './period.ts';
import { searchSeries } from './search.ts';
import { select } from './select.ts';
import { statisticOf } from './statistic.ts';
import { firstUnit } from './unit.ts';

/** A query is an expression or a metric. @throws {ServiceError} InvalidParameterCombination. Source of the first text: badmintoncryer/cdk-preflight. */
function checkKind(id: string, isExpression: boolean, isMetric: boolean): void {
  if (isExpression && isMetric)
    throw invalidCombination(
      'The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both.',
    );
  if (!isExpression && !isMetric)
    throw invalidCombination(
      `Parameters Expression and MetricStat are mutually exclusive, one of them must be given for query ${id}`,
    );
}

/**
 * The results of queries by their ids.
 *
 * @param options `keeps`: what anomaly detectors learn on the way may be kept, in a transaction; `insights`: what `readInsights` has read
 * @throws {ServiceError} ValidationError, InvalidParameterCombination, NotImplemented
 */
export function runQueries(
  queries: readonly MetricQuery[],
  window: Window,
  ctx: Ctx,
  { keeps = false, insights }: { keeps?: boolean; insights?: InsightPoints } = {},
): Map<string, MathValue> {
  ctx.flushMetrics();
  const byId = new Map(queries.map((query) => [query.Id ?? '', query]));
  if (byId.size < queries.length) throw validation('The values for parameter id in MetricDataQueries are not unique.');
  const expressions = new Map<string, Expression>();
  for (const { Id = '', Expression: text, MetricStat: stat } of queries) {
    checkKind(Id, text !== undefined, stat !== undefined);
    if (text !== undefined) expressions.set(Id, parseExpression(text));
  }
  if ([...expressions.values()].filter(({ kind }) => kind === 'select').length > 1)
    throw validation('Only one Metrics Insights query is allowed in a request.');
  const periodOf = periodsOf(queries);
  const results = new Map<string, MathValue>();
  const working = new Set<string>();
  const resultOf = (id: string): MathValue => {
    const known = results.get(id);
    if (known !== undefined) return known;
    const query = byId.get(id);
    if (query === undefined) throw validation(`Error in expression: Undefined variable '${id}'`);
    if (working.has(id)) throw validation(`Circular reference in expression of '${id}'`);
    working.add(id);
    const expression = expressions.get(id);
    const result = expression === undefined ? metricOf(query, window, ctx) : mathOf(query, expression);
    results.set(id, result);
    return result;
  };
  const mathOf = (query: MetricQuery, expression: Expression): MathValue => {
    const own = periodOf(query, expression);
    return evaluate(expression, {
      named: resultOf,
      metrics: () =>
        queries.flatMap(({ Id = '', MetricStat }) => {
          const value = MetricStat === undefined ? undefined : resultOf(Id);
          return value?.kind === 'series' ? [value] : [];
        }),
      search: (text, statistic, seconds) => search(text, statistic, seconds, window, ctx),
      band: (id, width) => band(id, width, own),
      insight(given) {
        if (insights === undefined) throw notBuilt('anomaly detection in what Contributor Insights rules tell');
        return insights.get(nameOfCall(insightCallOf(given, own))) ?? new Map();
      },
      select: (query) => select(query, own, window, ctx),
      period: own,
      periodOf: (id) => byId.get(id)?.MetricStat?.Period ?? own,
      instants: instantsOf(window, own, ctx.now),
    });
  };
  const band = (id: string, width: number, period: number) => {
    const label = labelOf(resultOf(id)) || id;
    const learnt = subjectOf(id, queries).queries;
    if (learnt.some(({ Expression: text = '' }) => /ANOMALY_DETECTION_BAND/i.test(text)))
      throw validation('ANOMALY_DETECTION_BAND cannot be nested');
    const values = (past: Window) => seriesOf(runQueries(learnt, past, ctx).get(id));
    return bandOf(
      { id, label, queries, period, instants: instantsOf(window, period, ctx.now), width, values },
      keeps,
      ctx,
    );
  };
  for (const id of byId.keys()) resultOf(id);
  return results;
}

function labelOf(value: MathValue): string {
  return value.kind === 'series' ? value.label : '';
}

function seriesOf(value: MathValue | undefined): Points {
  return value?.kind === 'series' ? value.points : new Map();
}

/** The periods of a window; of one that begins long ago they are as long as those that metrics are kept in. */
function instantsOf({ from, to, offset = 0 }: Window, seconds: number, now: Millis): Millis[] {
  const kept = RETENTION.find(({ keptFor }) => now - from <= keptFor) ?? RETENTION.at(-1);
  const step = Math.max(seconds * SECOND, kept?.period ?? 0);
  const first = from - ((from - offset) % step);
  const count = Math.max(0, Math.ceil((to - first) / step));
  return Array.from({ length: Math.min(count, DATA_POINTS_MAX) }, (_, index) => first + index * step);
}

function metricOf({ Id = '', MetricStat: stat }: MetricQuery, window: Window, ctx: Ctx): Series {
  const { Metric: metric, Period, Stat, Unit } = stat ?? {};
  const name = {
    namespace: metric?.Namespace ?? '',
    metric: metric?.MetricName ?? '',
    dimensions: Object.fromEntries((metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
  };
  const points = pointsOf(name, Stat ?? 'Average', Period ?? 60, window, ctx, Unit);
  return { kind: 'series', id: Id, label: name.metric, points, isMetric: true };
}

function pointsOf(
  name: Pick<SeriesRow, 'namespace' | 'metric' | 'dimensions'>,
  statistic: string,
  seconds: number,
  { from, to, offset }: Window,
  ctx: Ctx,
  unit?: string,
): Points {
  const of = statisticOf(statistic);
  const points = new Map<number, number>();
  const periods = readSeries(ctx.store, name, from, to, seconds * 1_000, ctx.now, unit, offset);
  const chosen = firstUnit(periods);
  for (const { at, statistics, unit: own } of periods) {
    const value = own === chosen ? of(statistics) : undefined;
    if (value !== undefined) points.set(at, value);
  }
  return points;
}

function search(text: string, statistic: string, seconds: number, window: Window, ctx: Ctx): Series[] {
  checkPeriod(seconds);
  statisticOf(statistic);
  const namespace = /^\s*\{\s*"?([^,"}]+)/.exec(text)?.[1]?.trim();
  const rows = ctx.store.list(seriesTable, {
    index: 'byName',
    ...(namespace !== undefined && { where: { namespace } }),
  });
  // Source: User Guide, "CloudWatch search expression syntax": "only metrics that have reported data within the past two weeks".
  const fresh = rows.filter(({ lastAt }) => lastAt >= ctx.now - LISTED_FOR);
  return searchSeries(text, fresh).map((row) => ({
    kind: 'series',
    id: '',
    label: [...Object.values(row.dimensions), row.metric].join(' '),
    points: pointsOf(row, statistic, seconds, window, ctx),
    isMetric: true,
    found: {
      Metric: {
        Namespace: row.namespace,
        MetricName: row.metric,
        Dimensions: Object.entries(row.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: seconds,
      Stat: statistic,
    },
  }));
}

/** What a label may say of a series' metric. */
export function propertiesOf(
  { MetricStat: stat }: MetricQuery,
  { found }: Series,
  { account, region }: Ctx,
): Record<string, string> {
  const { Metric, Period = 60, Stat = '' } = stat ?? found ?? {};
  return {
    AccountId: account,
    Region: region,
    Namespace: Metric?.Namespace ?? '',
    MetricName: Metric?.MetricName ?? '',
    Period: String(Period),
    Stat,
    ...Object.fromEntries((Metric?.Dimensions ?? []).map(({ Name, Value }) => [`Dim.${Name}`, Value])),
  };
}
