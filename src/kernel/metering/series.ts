/** Series of metrics in the store: written a period at a time, rolled up and forgotten as CloudWatch does, read by the shortest period that is still there. */
import { createHash } from 'node:crypto';
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import { type StoreView, table } from '#kernel/store';
import { type Distribution, mergeDistributions } from './distribution.ts';

export type Dimensions = { [name: string]: string };

export type SeriesName = { namespace: string; metric: string; dimensions: Dimensions };

/** Statistics of one period. Values that were given only as statistics have no distribution. */
export type Statistics = { sum: number; count: number; min: number; max: number; values?: Distribution };

type PeriodRow = Statistics & {
  series: string;
  period: Millis;
  at: Millis;
  unit: string;
  /** Statistics of values in further units. */
  others?: { [unit: string]: Statistics };
};
export type SeriesRow = SeriesName & {
  series: string;
  /** To the hour. */
  lastAt: Millis;
  units: string[];
};

/** How long each period is kept. Source: CloudWatch User Guide, "Metrics retention". */
export const RETENTION: readonly { period: Millis; keptFor: Millis }[] = [
  { period: SECOND, keptFor: 3 * HOUR },
  { period: MINUTE, keptFor: 15 * DAY },
  { period: 5 * MINUTE, keptFor: 63 * DAY },
  { period: HOUR, keptFor: 455 * DAY },
];
/** Old periods that one write removes. */
const SWEEP_BATCH = 10;

export const seriesTable = table<SeriesRow>()('kernel.metric-series', {
  scope: 'region',
  key: ['series'],
  indexes: { byName: ['namespace', 'metric', 'series'], byLast: ['lastAt', 'series'] },
});
const periods = table<PeriodRow>()('kernel.metric-periods', { scope: 'region', key: ['series', 'period', 'at'] });

/** What is written of one period of a series. `at` is its instant, to the second where `fine`, else to the minute. */
export type Written = SeriesName & { unit: string; at: Millis; fine: boolean; statistics: Statistics };

/** Adds to a series. In a transaction. */
export function writeSeries(view: StoreView, { statistics, unit, at, fine, ...name }: Written): void {
  const series = seriesId(name);
  const { namespace, metric, dimensions } = name;
  const known = view.get(seriesTable, { series });
  const hour = at - (at % HOUR);
  if (known === undefined || known.lastAt < hour || !known.units.includes(unit)) {
    const units = [...new Set([...(known?.units ?? []), unit])];
    const lastAt = Math.max(hour, known?.lastAt ?? 0);
    view.put(seriesTable, { series, namespace, metric, dimensions, lastAt, units });
  }
  for (const { period, keptFor } of RETENTION) {
    if (period < MINUTE && !fine) continue;
    const start = at - (at % period);
    const before = view.get(periods, { series, period, at: start });
    view.put(periods, withMore(before ?? { series, period, at: start, unit, ...NOTHING }, unit, statistics));
    for (const old of view.list(periods, {
      where: { series, period },
      before: { at: at - keptFor },
      limit: SWEEP_BATCH,
    }))
      view.delete(periods, old);
  }
}

const NOTHING: Statistics = {
  sum: 0,
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  values: {},
};

/** Values in different units are never one statistic. */
function withMore(row: PeriodRow, unit: string, more: Statistics): PeriodRow {
  const { series, period, at, others = {} } = row;
  if (row.unit === unit)
    return { series, period, at, unit, ...(row.others && { others }), ...mergeStatistics(row, more) };
  const merged = mergeStatistics(others[unit] ?? NOTHING, more);
  return { ...row, others: { ...others, [unit]: merged } };
}

/**
 * A series from `from` (inclusive) to `to` (exclusive) in periods, oldest first, apart for each unit; those without values are left out.
 *
 * @param unit only what was sent in it
 * @param offset periods begin so long after multiples of their length
 */
export function readSeries(
  view: StoreView,
  name: SeriesName,
  from: Millis,
  to: Millis,
  period: Millis,
  now: Millis,
  unit?: string,
  offset: Millis = 0,
): { at: Millis; statistics: Statistics; unit: string }[] {
  // The coarsest that makes up the period and goes back far enough; seconds are there only of what was sent by the second.
  const stored =
    RETENTION.findLast(
      (tier) =>
        tier.period <= period && period % tier.period === 0 && offset % tier.period === 0 && now - from <= tier.keptFor,
    )?.period ??
    RETENTION.find((tier) => now - from <= tier.keptFor && tier.period > SECOND)?.period ??
    HOUR;
  const rows = view.list(periods, {
    where: { series: seriesId(name), period: stored },
    from: { at: from - (from % Math.min(stored, period)) },
    before: { at: to },
  });
  const found = new Map<string, { at: Millis; statistics: Statistics; unit: string }>();
  for (const row of rows)
    for (const [own, statistics] of [[row.unit, row] as const, ...Object.entries(row.others ?? {})]) {
      if (unit !== undefined && own !== unit) continue;
      const at = row.at - ((row.at - offset) % period);
      const known = found.get(`${at}/${own}`)?.statistics;
      const all = known === undefined ? statisticsOf(statistics) : mergeStatistics(known, statistics);
      found.set(`${at}/${own}`, { at, statistics: all, unit: own });
    }
  return [...found.values()];
}

/** Two periods' statistics in one; neither is changed. */
export function mergeStatistics(a: Statistics, b: Statistics): Statistics {
  const values = a.values !== undefined && b.values !== undefined ? mergeDistributions(a.values, b.values) : undefined;
  return {
    sum: a.sum + b.sum,
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    ...(values !== undefined && { values }),
  };
}

function statisticsOf({ sum, count, min, max, values }: Statistics): Statistics {
  return { sum, count, min, max, ...(values !== undefined && { values }) };
}

/** Names a series; the order of its dimensions makes no other one. */
export function seriesId({ namespace, metric, dimensions }: SeriesName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([namespace, metric, sorted]))
    .digest('base64url')
    .slice(0, 22);
}
