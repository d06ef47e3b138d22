/**
 * Metrics of every service: gathered by the minute in memory, written when the minute is over, rolled up as CloudWatch keeps them.
 * Deviation: what was gathered in the running minute is lost when the process is killed.
 */
import { createHash } from 'node:crypto';
import { DAY, HOUR, MINUTE, type Millis } from '#kernel/base';
import { type Place, type Store, type StoreView, table, viewOf } from '#kernel/store';

export type Dimensions = { [name: string]: string };

export type Datum = { namespace: string; metric: string; dimensions: Dimensions; value: number; unit: string };

/** Statistics of one period. */
export type Statistics = { sum: number; count: number; min: number; max: number };

type PeriodRow = Statistics & { series: string; period: Millis; at: Millis; unit: string };
type SeriesRow = { series: string; namespace: string; metric: string; dimensions: Dimensions };

/** How long each period is kept. Source: CloudWatch User Guide, "Metrics retention". */
export const RETENTION: readonly { period: Millis; keptFor: Millis }[] = [
  { period: MINUTE, keptFor: 15 * DAY },
  { period: 5 * MINUTE, keptFor: 63 * DAY },
  { period: HOUR, keptFor: 455 * DAY },
];

const seriesTable = table<SeriesRow>()('kernel.metric-series', {
  scope: 'region',
  key: ['series'],
  indexes: { byName: ['namespace', 'metric', 'series'] },
});
const periods = table<PeriodRow>()('kernel.metric-periods', { scope: 'region', key: ['series', 'period', 'at'] });

type Gathered = { place: Place; datum: Omit<Datum, 'value'>; statistics: Statistics; at: Millis };

export class Metrics {
  #store: Store;
  #minute: Millis = 0;
  #gathered = new Map<string, Gathered>();
  #known = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
    store.onUndone(() => this.#known.clear());
  }

  /** Drops what was gathered and not yet written, or that of one account. */
  forget(account: string | undefined): void {
    for (const [id, { place }] of this.#gathered)
      if (account === undefined || place.account === account) this.#gathered.delete(id);
  }

  add(place: Place, datum: Datum, now: Millis): void {
    const minute = now - (now % MINUTE);
    if (minute !== this.#minute) {
      this.flush();
      this.#minute = minute;
    }
    let id = `${place.account}/${place.region}/${datum.namespace}/${datum.metric}`;
    for (const name in datum.dimensions) id += `/${name}=${datum.dimensions[name]}`;
    const { value } = datum;
    const known = this.#gathered.get(id);
    if (known === undefined) {
      this.#gathered.set(id, {
        place: { account: place.account, region: place.region },
        datum,
        statistics: { sum: value, count: 1, min: value, max: value },
        at: minute,
      });
      return;
    }
    merge(known.statistics, { sum: value, count: 1, min: value, max: value });
  }

  /** Writes what was gathered. Called when a minute ends, before a query, and at shutdown. */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const gathered = [...this.#gathered.values()];
    this.#gathered.clear();
    this.#store.transact((tx) => {
      for (const one of gathered)
        this.#write(
          viewOf(() => tx, one.place),
          one,
        );
    });
  }

  /** Statistics of a series from `from` (inclusive) to `to` (exclusive), by the shortest period that covers it and divides `period`. */
  query(
    place: Place,
    datum: Omit<Datum, 'value' | 'unit'>,
    from: Millis,
    to: Millis,
    period: Millis,
    now: Millis,
  ): { at: Millis; statistics: Statistics }[] {
    this.flush();
    const stored = RETENTION.find((tier) => now - from <= tier.keptFor && period % tier.period === 0)?.period ?? HOUR;
    const series = seriesId(datum);
    const rows = this.#store.transact((tx) =>
      viewOf(() => tx, place).list(periods, {
        where: { series, period: stored },
        from: { at: from },
        before: { at: to },
      }),
    );
    const found = new Map<Millis, Statistics>();
    for (const { at, sum, count, min, max } of rows) {
      const start = at - (at % period);
      const known = found.get(start);
      if (known === undefined) found.set(start, { sum, count, min, max });
      else merge(known, { sum, count, min, max });
    }
    return [...found].map(([at, statistics]) => ({ at, statistics }));
  }

  /** Series of a namespace (all, when undefined). */
  series(place: Place, namespace: string | undefined): SeriesRow[] {
    this.flush();
    return this.#store.transact((tx) =>
      viewOf(() => tx, place).list(seriesTable, {
        index: 'byName',
        ...(namespace !== undefined && { where: { namespace } }),
      }),
    );
  }

  #write(view: StoreView, { place, datum, statistics, at }: Gathered): void {
    const series = seriesId(datum);
    const id = `${place.account}/${place.region}/${series}`;
    if (!this.#known.has(id)) {
      view.put(seriesTable, { series, namespace: datum.namespace, metric: datum.metric, dimensions: datum.dimensions });
      this.#known.add(id);
    }
    for (const { period, keptFor } of RETENTION) {
      const start = at - (at % period);
      const before = view.get(periods, { series, period, at: start });
      const { sum, count, min, max } = statistics;
      const merged =
        before === undefined
          ? { sum, count, min, max }
          : merge({ sum: before.sum, count: before.count, min: before.min, max: before.max }, statistics);
      view.put(periods, { series, period, at: start, unit: datum.unit, ...merged });
      for (const old of view.list(periods, { where: { series, period }, before: { at: at - keptFor }, limit: 10 }))
        view.delete(periods, old);
    }
  }
}

function merge(into: Statistics, from: Statistics): Statistics {
  into.sum += from.sum;
  into.count += from.count;
  into.min = Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
  return into;
}

function seriesId(datum: { namespace: string; metric: string; dimensions: Dimensions }): string {
  const dimensions = Object.entries(datum.dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([datum.namespace, datum.metric, dimensions]))
    .digest('base64url')
    .slice(0, 22);
}
