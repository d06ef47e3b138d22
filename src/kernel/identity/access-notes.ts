/** What users and roles last tried, for IAM's last-accessed data. A use is written down at most once an hour: knowing it must not cost a write per request. */
import { HOUR, type Millis } from '#kernel/base';
import { type Store, viewOf } from '#kernel/store';
import { accesses } from './state.ts';

const NOTED_EVERY: Millis = HOUR;
const KEPT_MAX = 20_000;

export class AccessNotes {
  readonly #store: Store;
  /** When the use of an action is next to be written down. */
  readonly #noteAt = new Map<string, Millis>();

  constructor(store: Store) {
    this.#store = store;
    store.onUndone(() => this.#noteAt.clear());
  }

  /**
   * Notes an attempt, allowed or not.
   *
   * @param entity unique id of a user or role
   * @param action `sqs:SendMessage`
   */
  note(account: string, entity: string, action: string, at: Millis, region: string): void {
    const key = `${entity} ${action}`;
    const due = this.#noteAt.get(key) ?? 0;
    // A clock that was turned back is taken as it is.
    if (at < due && at >= due - NOTED_EVERY) return;
    if (this.#noteAt.size >= KEPT_MAX) this.#noteAt.clear();
    this.#noteAt.set(key, at + NOTED_EVERY);
    const colon = action.indexOf(':');
    const row = { entity, service: action.slice(0, colon), action: action.slice(colon + 1), at, region };
    this.#store.transact((tx) => viewOf(() => tx, { account, region: '' }).put(accesses, row));
  }
}
