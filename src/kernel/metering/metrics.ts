/**
 * Metrics of every service: gathered by the minute in memory, written every few seconds.
 * Deviation: what was gathered in the last seconds is lost when the process is killed.
 */
import { MINUTE, type Millis, SECOND } from '#kernel/base';
import { type Place, type Store, viewOf } from '#kernel/store';
import { addValue } from './distribution.ts';
import {
  type Dimensions,
  readSeries,
  type SeriesName,
  type SeriesRow,
  type Statistics,
  seriesTable,
  writeSeries,
} from './series.ts';

export type Datum = {
  namespace: string;
  metric: string;
  dimensions: Dimensions;
  value: number;
  unit: string;
  /** When it was, if not now; to the second where `fine`, else to the minute. */
  at?: Millis;
  fine?: boolean;
};

type Gathered = { place: Place; datum: Omit<Datum, 'value'>; statistics: Statistics; at: Millis };

export class Metrics {
  #store: Store;
  #minute: Millis = 0;
  #gathered = new Map<string, Gathered>();

  constructor(store: Store) {
    this.#store = store;
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
    let id = `${place.account}/${place.region}/${datum.namespace}/${datum.metric}/${datum.unit}`;
    for (const name in datum.dimensions) id += `/${name}=${datum.dimensions[name]}`;
    const { value, fine = false, at = minute } = datum;
    const start = at - (at % (fine ? SECOND : MINUTE));
    if (start !== minute || fine) id += `@${start}${fine ? '!' : ''}`;
    let known = this.#gathered.get(id);
    if (known === undefined) {
      const statistics = { sum: 0, count: 0, min: value, max: value, values: {} };
      known = { place: { account: place.account, region: place.region }, datum, statistics, at: start };
      this.#gathered.set(id, known);
    }
    const { statistics } = known;
    statistics.sum += value;
    statistics.count += 1;
    if (value < statistics.min) statistics.min = value;
    if (value > statistics.max) statistics.max = value;
    if (statistics.values !== undefined) addValue(statistics.values, value);
  }

  /** Writes what was gathered. Called every few seconds, before a query, and at shutdown. */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const gathered = [...this.#gathered.values()];
    this.#gathered.clear();
    this.#store.transact((tx) => {
      for (const { place, datum, statistics, at } of gathered) {
        const { namespace, metric, dimensions, unit, fine = false } = datum;
        const view = viewOf(() => tx, place);
        writeSeries(view, { namespace, metric, dimensions, unit, at, fine, statistics });
      }
    });
  }

  /** What `readSeries` gives, with what was gathered until now. */
  query(
    place: Place,
    name: SeriesName,
    from: Millis,
    to: Millis,
    period: Millis,
    now: Millis,
  ): ReturnType<typeof readSeries> {
    this.flush();
    return this.#store.transact((tx) =>
      readSeries(
        viewOf(() => tx, place),
        name,
        from,
        to,
        period,
        now,
      ),
    );
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
}
