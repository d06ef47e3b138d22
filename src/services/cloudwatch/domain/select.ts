/** Queries of Metrics Insights, carried out: metrics gathered into the series of their groups. Source: CloudWatch User Guide, "Metrics Insights quotas". */
import { DAY, MINUTE, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { mergeStatistics, readSeries, type SeriesRow, type Statistics, seriesTable } from '#kernel/metering';
import type { MathValue, Points, Series } from './math.ts';
import { ACCOUNT_KEY, type MetricSql, SERIES_MAX, type SqlFunction } from './metric-sql.ts';
import type { Window } from './period.ts';

/** Metrics that one query looks at. */
const METRICS_MAX = 10_000;
/** It sees so much of the past. */
const PAST: Millis = 14 * DAY;
/** Stands for the value of a dimension that a metric has not. */
const OTHER = 'Other';

const STATISTICS: { readonly [name in SqlFunction]: (statistics: Statistics) => number } = {
  AVG: ({ sum, count }) => sum / count,
  COUNT: ({ count }) => count,
  MAX: ({ max }) => max,
  MIN: ({ min }) => min,
  SUM: ({ sum }) => sum,
};

/** One series, or where the query groups one for each group. @param seconds the period; shorter ones than a minute are not seen */
export function select(query: MetricSql, seconds: number, window: Window, ctx: Ctx): MathValue {
  const { namespace, metric, groupBy, limit, order } = query;
  const named = ctx.store.list(seriesTable, { index: 'byName', where: { namespace, metric } });
  const matching = named.filter((row) => fits(row, query, ctx));
  const groups = new Map<string, { attributes: { [key: string]: string }; rows: SeriesRow[] }>();
  for (const row of matching.slice(0, METRICS_MAX)) {
    const attributes = Object.fromEntries(groupBy.map((key) => [key, labelOf(row, key, ctx) ?? OTHER]));
    const id = JSON.stringify(Object.values(attributes));
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { attributes, rows: [row] });
    else group.rows.push(row);
  }
  const from = Math.max(window.from, ctx.now - PAST);
  const period = Math.max(MINUTE, seconds * 1_000);
  const all = [...groups.values()].map(({ attributes, rows }): Series => {
    const points = gathered(rows, query.of, period, { ...window, from }, ctx);
    return { kind: 'series', id: '', label: Object.values(attributes).join(' '), points, isMetric: false, attributes };
  });
  const found = all.filter(({ points }) => points.size > 0).toSorted(byLabels);
  if (groupBy.length === 0)
    return found[0] ?? { kind: 'series', id: '', label: '', points: new Map(), isMetric: false };
  if (order !== undefined)
    found.sort((a, b) => (order.descending ? -1 : 1) * (scalarOf(order.of, a.points) - scalarOf(order.of, b.points)));
  const isPartial = matching.length > METRICS_MAX || found.length > SERIES_MAX;
  return { kind: 'list', items: found.slice(0, limit), isPartial };
}

function fits(row: SeriesRow, { schema, where }: MetricSql, ctx: Ctx): boolean {
  const own = Object.keys(row.dimensions);
  if (schema !== undefined && (own.length !== schema.length || !schema.every((name) => own.includes(name))))
    return false;
  return where.every(({ key, equals, value = ctx.account }) => {
    const label = labelOf(row, key, ctx);
    return label !== undefined && (label === value) === equals;
  });
}

function labelOf({ dimensions }: SeriesRow, key: string, { account }: Ctx): string | undefined {
  if (key === ACCOUNT_KEY) return account;
  return Object.hasOwn(dimensions, key) ? dimensions[key] : undefined;
}

/** All that was observed in each period, whichever metric it is of. */
function gathered(
  rows: readonly SeriesRow[],
  of: SqlFunction,
  period: Millis,
  { from, to, offset }: Window,
  { store, now }: Ctx,
): Points {
  const whole = new Map<Millis, Statistics>();
  for (const row of rows)
    for (const { at, statistics } of readSeries(store, row, from, to, period, now, undefined, offset)) {
      const known = whole.get(at);
      whole.set(at, known === undefined ? statistics : mergeStatistics(known, statistics));
    }
  return new Map([...whole].map(([at, statistics]) => [at, STATISTICS[of](statistics)]));
}

/** In the order of the keys of GROUP BY. */
function byLabels(a: Series, b: Series): number {
  const [one, other] = [Object.values(a.attributes ?? {}), Object.values(b.attributes ?? {})];
  const first = one.findIndex((label, index) => label !== other[index]);
  if (first === -1) return 0;
  return (one[first] ?? '') < (other[first] ?? '') ? -1 : 1;
}

/** What a series is ordered by. */
function scalarOf(of: SqlFunction, points: Points): number {
  const values = [...points.values()];
  const sum = values.reduce((total, value) => total + value, 0);
  switch (of) {
    case 'AVG':
      return sum / values.length;
    case 'COUNT':
      return values.length;
    case 'MAX':
      return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    case 'MIN':
      return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    case 'SUM':
      return sum;
  }
}
