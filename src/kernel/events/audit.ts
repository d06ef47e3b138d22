/** The record of every call: who, when, from where, what, with what outcome. The last ones are at hand; management calls are also kept on disk. */
import { DAY, type Millis } from '#kernel/base';
import { type Store, table, viewOf } from '#kernel/store';

export type CallRecord = {
  requestId: string;
  at: Millis;
  account: string;
  region: string;
  service: string;
  operation: string;
  principal: string;
  principalId: string;
  accessKeyId?: string | undefined;
  sourceIp: string;
  userAgent: string;
  readonly: boolean;
  /** A data event (an object, an item, a message), not kept in the history. */
  data: boolean;
  status: number;
  error?: string | undefined;
  message?: string | undefined;
  /** Server time spent, in microseconds. */
  micros: number;
};

/** Source: CloudTrail User Guide, "event history … the past 90 days". */
export const HISTORY_RETENTION: Millis = 90 * DAY;
const RECENT_MAX = 2_000;
const SWEEP_BATCH = 200;

const history = table<CallRecord & { sequence: number }>()('kernel.history', {
  scope: 'region',
  // The request's id keeps calls apart that another process made in the same moment of a virtual clock.
  key: ['at', 'sequence', 'requestId'],
});

export class Audit {
  #store: Store;
  #recent: CallRecord[] = [];
  #next = 0;
  #sequence = 0;
  #listeners = new Set<(record: CallRecord) => void>();

  constructor(store: Store) {
    this.#store = store;
  }

  record(record: CallRecord): void {
    this.#recent[this.#next] = record;
    this.#next = (this.#next + 1) % RECENT_MAX;
    for (const listener of this.#listeners) listener(record);
    if (record.data) return;
    this.#sequence += 1;
    const row = { ...record, sequence: this.#sequence };
    this.#store.transact((tx) => viewOf(() => tx, record).put(history, row));
    if (this.#sequence % SWEEP_BATCH === 0) this.#sweep(record);
  }

  /** The last calls, newest first. */
  recent(limit: number): CallRecord[] {
    const ordered = [...this.#recent.slice(this.#next), ...this.#recent.slice(0, this.#next)];
    return ordered.slice(Math.max(0, ordered.length - limit)).reverse();
  }

  /** One of the last calls. */
  find(requestId: string): CallRecord | undefined {
    return this.#recent.find((record) => record.requestId === requestId);
  }

  /** Drops the last calls, or those of one account. */
  forget(account: string | undefined): void {
    const left = this.recent(RECENT_MAX)
      .filter((record) => account !== undefined && record.account !== account)
      .reverse();
    this.#recent = left;
    this.#next = left.length % RECENT_MAX;
  }

  /** Management calls of an account and Region, newest first. */
  history(place: { account: string; region: string }, from: Millis, to: Millis, limit: number): CallRecord[] {
    return this.#store.transact((tx) =>
      viewOf(() => tx, place).list(history, { from: { at: from }, to: { at: to }, limit, reverse: true }),
    );
  }

  listen(listener: (record: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #sweep(place: CallRecord): void {
    this.#store.transact((tx) => {
      const view = viewOf(() => tx, place);
      for (const row of view.list(history, { before: { at: place.at - HISTORY_RETENTION }, limit: SWEEP_BATCH * 2 }))
        view.delete(history, row);
    });
  }
}
