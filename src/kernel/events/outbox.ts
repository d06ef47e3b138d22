/** Events between services: written with the transaction that causes them, delivered at least once, in order per source. */
import type { Millis } from '#kernel/base';
import type { Activity, Clock } from '#kernel/clock';
import { type Place, type Store, type Transaction, table, viewOf } from '#kernel/store';

/** One event of one source (a service's account and Region); `sequence` orders them. */
export type EventRow = {
  source: string;
  sequence: number;
  event: string;
  payload: Record<string, unknown>;
  account: string;
  region: string;
  at: Millis;
};

const outbox = table<EventRow>()('kernel.outbox', { scope: 'global', key: ['source', 'sequence'] });
const NOWHERE: Place = { account: '', region: '' };
/** Events that may wait; one more fails the transaction that would emit it, so that a producer can't outrun its consumers without end. */
const WAITING_MAX = 100_000;
const BATCH = 100;
/** A sequence stays below 10¹⁵, the largest number a key holds. */
const NUMBERS_PER_MILLI = 100;
const RETRY_AFTER: Millis = 1_000;

export class OutboxFull extends Error {
  override name = 'OutboxFull';
}

export type Deliver = (event: EventRow) => Promise<void>;

export class Outbox {
  #store: Store;
  #clock: Clock;
  #deliver: Deliver;
  #wanted: (event: string) => boolean;
  #last = new Map<string, number>();
  #running = new Map<string, Promise<void>>();
  #waiting = 0;
  #activity: Activity | undefined;
  #stopped = false;

  /** @param wanted whether any service listens to an event; others are not written at all */
  constructor(store: Store, clock: Clock, wanted: (event: string) => boolean, deliver: Deliver, activity?: Activity) {
    this.#activity = activity;
    this.#store = store;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#deliver = deliver;
    store.onUndone(() => this.start());
  }

  /** Goes on with what is stored: what the last process left, or what came with another state. */
  start(): void {
    this.#last.clear();
    const rows = this.#read((view) => view.list(outbox));
    this.#waiting = rows.length;
    for (const source of new Set(rows.map((row) => row.source))) this.#pump(source);
  }

  emit(tx: Transaction, event: string, payload: Record<string, unknown>, service: string, place: Place): void {
    if (!this.#wanted(event)) return;
    if (this.#waiting >= WAITING_MAX) throw new OutboxFull(`${WAITING_MAX} events wait to be delivered`);
    const source = `${service}/${place.account}/${place.region}`;
    const view = viewOf(() => tx, NOWHERE);
    const last = this.#last.get(source) ?? view.first(outbox, { where: { source }, reverse: true })?.sequence ?? 0;
    // By the clock, so that a number is not given again after all before it were delivered and forgotten.
    const sequence = Math.max(last + 1, this.#clock.now() * NUMBERS_PER_MILLI);
    this.#last.set(source, sequence);
    view.put(outbox, { source, sequence, event, payload, ...place, at: this.#clock.now() });
    tx.afterCommit(() => {
      this.#waiting += 1;
      this.#pump(source);
    });
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when nothing is being delivered. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  stop(): void {
    this.#stopped = true;
  }

  #pump(source: string): void {
    if (this.#stopped || this.#running.has(source)) return;
    const drain = this.#drain(source);
    this.#running.set(source, drain);
    this.#activity?.add(drain);
  }

  /** Leaves `#running` in the turn in which it found nothing more: who emits after that starts it again. */
  async #drain(source: string): Promise<void> {
    for (;;) {
      // What is not durable may yet be undone, and must not have been heard of.
      await this.#store.durable()?.catch(() => {});
      const rows = this.#read((view) => view.list(outbox, { where: { source }, limit: BATCH }));
      if (rows.length === 0 || this.#stopped || !(await this.#deliverAll(rows, source))) {
        this.#running.delete(source);
        return;
      }
    }
  }

  /** One after the other. False when one failed: it is tried again later, and those after it wait for it. */
  async #deliverAll(rows: readonly EventRow[], source: string): Promise<boolean> {
    const { epoch } = this.#store;
    for (const row of rows) {
      let failed = false;
      try {
        await this.#deliver(row);
      } catch {
        failed = true;
      }
      // Where the state was replaced meanwhile, its events are others.
      if (this.#store.epoch !== epoch) return true;
      if (failed) {
        if (!this.#stopped) this.#clock.alarm(this.#clock.now() + RETRY_AFTER, () => this.#pump(source));
        return false;
      }
      this.#store.transact((tx) => viewOf(() => tx, NOWHERE).delete(outbox, row));
      this.#waiting -= 1;
      if (this.#stopped) return false;
    }
    return true;
  }

  #read<T>(work: (view: ReturnType<typeof viewOf>) => T): T {
    return this.#store.transact((tx) => work(viewOf(() => tx, NOWHERE)));
  }
}
