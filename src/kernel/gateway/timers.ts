/** Named timers of services: kept with the state, so that they survive a restart; due on the cloud's clock. */
import type { Millis } from '#kernel/base';
import type { Clock, Disarm } from '#kernel/clock';
import { type Place, type Store, type Transaction, table, viewOf } from '#kernel/store';

export type TimerRow = {
  service: string;
  timer: string;
  account: string;
  region: string;
  key: string;
  at: Millis;
  payload: Record<string, unknown>;
};

const timers = table<TimerRow>()('kernel.timers', {
  scope: 'global',
  key: ['service', 'timer', 'account', 'region', 'key'],
  indexes: { byDue: ['at'] },
});
const NOWHERE: Place = { account: '', region: '' };
/** When a timer's handler failed, it is tried again this much later. */
const RETRY_AFTER: Millis = 1_000;

export type Fire = (timer: TimerRow) => Promise<void>;

export class Timers {
  #store: Store;
  #clock: Clock;
  #fire: Fire;
  #disarm: Disarm = () => {};
  #nextAt: Millis = Number.POSITIVE_INFINITY;
  #firing = false;
  #stopped = false;
  /** The timer whose handler runs, and whether it was set again meanwhile. */
  #current: { row: TimerRow; armed: boolean } | undefined;

  constructor(store: Store, clock: Clock, fire: Fire) {
    this.#store = store;
    this.#clock = clock;
    this.#fire = fire;
    store.onUndone(() => this.start());
  }

  /** Looks for the next timer that is due; also after a restart. */
  start(): void {
    this.#disarm();
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  arm(tx: Transaction, row: TimerRow): void {
    viewOf(() => tx, NOWHERE).put(timers, row);
    tx.afterCommit(() => {
      if (this.#current !== undefined && isSame(this.#current.row, row)) this.#current.armed = true;
      this.#expect(row.at);
    });
  }

  disarm(tx: Transaction, key: Omit<TimerRow, 'at' | 'payload'>): void {
    viewOf(() => tx, NOWHERE).delete(timers, key);
  }

  #first(): TimerRow | undefined {
    return this.#store.transact((tx) => viewOf(() => tx, NOWHERE).first(timers, { index: 'byDue' }));
  }

  #wake(): void {
    const next = this.#first();
    if (next !== undefined) this.#expect(next.at);
  }

  #expect(at: Millis): void {
    if (this.#stopped || this.#firing || at >= this.#nextAt) return;
    this.#disarm();
    this.#nextAt = at;
    this.#disarm = this.#clock.alarm(at, () => this.#run());
  }

  /** Fires what is due, one after the other. A timer is removed before its handler runs and set again if that fails. */
  async #run(): Promise<void> {
    this.#firing = true;
    try {
      for (
        let row = this.#first();
        row !== undefined && row.at <= this.#clock.now() && !this.#stopped;
        row = this.#first()
      )
        await this.#one(row);
    } finally {
      this.#firing = false;
      this.#nextAt = Number.POSITIVE_INFINITY;
      if (!this.#stopped) this.#wake();
    }
  }

  /**
   * The handler, or another request meanwhile, may set the same timer again (for the same instant, too) or remove it: that
   * stands. Where the state was replaced, its timers are others.
   */
  async #one(row: TimerRow): Promise<void> {
    const { epoch } = this.#store;
    const current = { row, armed: false };
    this.#current = current;
    let failed = false;
    try {
      await this.#fire(row);
    } catch {
      failed = true;
    }
    this.#current = undefined;
    if (this.#store.epoch !== epoch || current.armed) return;
    this.#store.transact((tx) => {
      const view = viewOf(() => tx, NOWHERE);
      if (view.get(timers, row) === undefined) return;
      if (failed) view.put(timers, { ...row, at: this.#clock.now() + RETRY_AFTER });
      else view.delete(timers, row);
    });
  }
}

function isSame(a: TimerRow, b: TimerRow): boolean {
  return (
    a.key === b.key &&
    a.timer === b.timer &&
    a.service === b.service &&
    a.account === b.account &&
    a.region === b.region
  );
}
