/**
 * Contributors: who has added how much to what, by the minute; the largest are kept. Gathered in memory, written every few seconds.
 * Deviation: what was gathered in the last seconds is lost when the process is killed.
 */
import { DAY, MINUTE, type Millis } from '#kernel/base';
import { type Place, type Store, type StoreView, table, viewOf } from '#kernel/store';

export type Contribution = { keys: readonly string[]; value: number };
/** The largest contributors of one minute, largest first. */
type MinuteRow = { rule: string; at: Millis; top: Contribution[] };

const minutes = table<MinuteRow>()('kernel.contributors', {
  scope: 'region',
  key: ['rule', 'at'],
  indexes: { byAt: ['at'] },
});

/** So many of a rule's contributors are gathered before the smaller half is dropped, and so many are written. */
const GATHERED_MAX = 1_000;
const WRITTEN_MAX = 100;
/** Deviation: AWS tells no figure; it is that of metrics by the minute. */
const KEPT_FOR: Millis = 15 * DAY;
/** Old minutes that one write removes. */
const SWEEP_BATCH = 10;

/** All of a rule's running minute, once it has been written; before, what came since. */
type Gathered = {
  place: Place;
  rule: string;
  at: Millis;
  top: Map<string, Contribution>;
  isWritten: boolean;
  isWhole: boolean;
};

export class Contributors {
  #store: Store;
  #minute: Millis = 0;
  #gathered = new Map<string, Gathered>();

  constructor(store: Store) {
    this.#store = store;
  }

  add(place: Place, rule: string, keys: readonly string[], value: number, now: Millis): void {
    const minute = now - (now % MINUTE);
    if (minute !== this.#minute) {
      this.flush();
      this.#gathered.clear();
      this.#minute = minute;
    }
    const id = `${place.account}/${place.region}/${rule}`;
    let known = this.#gathered.get(id);
    if (known === undefined) {
      known = {
        place: { account: place.account, region: place.region },
        rule,
        at: minute,
        top: new Map(),
        isWritten: false,
        isWhole: false,
      };
      this.#gathered.set(id, known);
    }
    known.isWritten = false;
    addTo(known.top, { keys, value });
    if (known.top.size > GATHERED_MAX) known.top = largest(known.top, GATHERED_MAX / 2);
  }

  /** Writes what was gathered. Called every few seconds, before a query, and at shutdown. */
  flush(): void {
    const gathered = [...this.#gathered.values()].filter(({ isWritten }) => !isWritten);
    if (gathered.length === 0) return;
    const whole = this.#store.transact((tx) =>
      gathered.map((one) =>
        write(
          one,
          viewOf(() => tx, one.place),
        ),
      ),
    );
    for (const [index, one] of gathered.entries())
      Object.assign(one, { top: whole[index], isWritten: true, isWhole: true });
  }

  /** Drops what was gathered and not yet written, or that of one account. */
  forget(account: string | undefined): void {
    for (const [id, { place }] of this.#gathered)
      if (account === undefined || place.account === account) this.#gathered.delete(id);
  }
}

function addTo(top: Map<string, Contribution>, { keys, value }: Contribution): void {
  const name = JSON.stringify(keys);
  const known = top.get(name);
  if (known === undefined) top.set(name, { keys, value });
  else known.value += value;
}

function largest(top: Map<string, Contribution>, count: number): Map<string, Contribution> {
  return new Map([...top].sort(([, a], [, b]) => b.value - a.value).slice(0, count));
}

/** Writes a minute with what was there of it before, and removes some of what is too old. In a transaction. @returns all of the minute */
function write({ rule, at, top, isWhole }: Gathered, view: StoreView): Map<string, Contribution> {
  const key = { rule, at };
  const all = new Map<string, Contribution>();
  const before = isWhole ? [] : (view.get(minutes, key)?.top ?? []);
  for (const one of [...before, ...top.values()]) addTo(all, { ...one });
  view.put(minutes, { ...key, top: [...largest(all, WRITTEN_MAX).values()].map((one) => ({ ...one })) });
  for (const old of view.list(minutes, { index: 'byAt', before: { at: at - KEPT_FOR }, limit: SWEEP_BATCH }))
    view.delete(minutes, old);
  return all;
}

/** What was written of a rule: minutes from `from` (inclusive) to `to` (exclusive), oldest first. */
export function contributionsOf(view: StoreView, rule: string, from: Millis, to: Millis): readonly MinuteRow[] {
  return view.list(minutes, { where: { rule }, from: { at: from }, before: { at: to } });
}
