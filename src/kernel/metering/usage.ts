/**
 * Usage: what an account has used, by service, kind and hour; what a bill is made of.
 * Deviation: what was gathered in the last seconds is lost when the process is killed.
 */
import { HOUR, MINUTE, type Millis } from '#kernel/base';
import { type Place, type Store, table, viewOf } from '#kernel/store';

/** So much of one kind in one hour. Requests are of the kind `Requests:<Operation>`. */
export type UsageRecord = { service: string; kind: string; hour: Millis; quantity: number };

const records = table<UsageRecord>()('kernel.usage', { scope: 'region', key: ['hour', 'service', 'kind'] });

type Gathered = { place: Place; record: UsageRecord };

export class Usage {
  #store: Store;
  #minute: Millis = 0;
  #gathered = new Map<string, Gathered>();

  constructor(store: Store) {
    this.#store = store;
  }

  add(place: Place, service: string, kind: string, quantity: number, now: Millis): void {
    const minute = now - (now % MINUTE);
    if (minute !== this.#minute) {
      this.flush();
      this.#minute = minute;
    }
    const id = `${place.account}/${place.region}/${service}/${kind}`;
    const known = this.#gathered.get(id);
    if (known !== undefined) known.record.quantity += quantity;
    else {
      const { account, region } = place;
      const record = { service, kind, hour: now - (now % HOUR), quantity };
      this.#gathered.set(id, { place: { account, region }, record });
    }
  }

  /** Writes what was gathered. Called every few seconds, before a query, and at shutdown. */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const gathered = [...this.#gathered.values()];
    this.#gathered.clear();
    this.#store.transact((tx) => {
      for (const { place, record } of gathered) {
        const view = viewOf(() => tx, place);
        const before = view.get(records, record)?.quantity ?? 0;
        view.put(records, { ...record, quantity: before + record.quantity });
      }
    });
  }

  /** Drops what was gathered and not yet written, or that of one account. */
  forget(account: string | undefined): void {
    for (const [id, { place }] of this.#gathered)
      if (account === undefined || place.account === account) this.#gathered.delete(id);
  }

  /** Records of the hours from `from` (inclusive) to `to` (exclusive), oldest first. */
  query(place: Place, from: Millis, to: Millis): UsageRecord[] {
    this.flush();
    return this.#store.transact((tx) =>
      viewOf(() => tx, place).list(records, { from: { hour: from }, before: { hour: to } }),
    );
  }
}
