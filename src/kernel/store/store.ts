/** Tables over a driver: decoding and caching rows, committing transactions, and flushing what one turn of the event loop has gathered. */
import { RowCache } from './cache.ts';
import type { Driver, Range, Write } from './driver.ts';
import { removeAccount } from './removal.ts';
import { decodeRow, encodeRow, indexSpace } from './row.ts';
import { ensureIndexes } from './schema.ts';
import type { AnyTable } from './table.ts';
import { Transaction, type Value } from './transaction.ts';

/** Weight of the rows kept decoded, about bytes. */
const CACHE_WEIGHT = 8 * 1_024 * 1_024;

type Waiting = { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void };

export class Store {
  readonly driver: Driver;
  #cache = new RowCache(CACHE_WEIGHT);
  #versions = new Map<string, number>();
  #checked = new Set<string>();
  #batch: Waiting | undefined;
  #last = new Set<() => void>();
  #epoch = 0;
  #onUndone: (() => void)[] = [];
  #onReplaced: ((account: string | undefined) => void)[] = [];

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Runs `work` as one transaction: it commits when `work` returns, and leaves nothing when `work` throws. */
  transact<T>(work: (tx: Transaction) => T): T {
    const tx = new Transaction(this);
    const result = work(tx);
    this.commit(tx);
    return result;
  }

  begin(): Transaction {
    return new Transaction(this);
  }

  commit(tx: Transaction): void {
    const { effects, durableEffects } = tx.finish();
    if (tx.changes.size > 0) this.#apply(tx);
    for (const effect of effects) effect();
    if (durableEffects.length === 0) return;
    const run = () => durableEffects.forEach((effect) => void effect());
    const waiting = this.durable();
    if (waiting === undefined) run();
    else waiting.then(run, () => {});
  }

  /** When everything committed so far is durable; undefined when it already is. */
  durable(): Promise<void> | undefined {
    return this.#batch?.promise;
  }

  /** Runs `work` once when all else of the turn has been written, to be made durable with it. */
  writeLast(work: () => void): void {
    this.#last.add(work);
    this.#gather();
  }

  /** Makes durable now what the turn has gathered. */
  flush(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      const last = [...this.#last];
      this.#last.clear();
      for (const work of last) work();
      this.#batch = undefined;
      this.driver.flush();
      batch.resolve();
    } catch (error) {
      this.#batch = undefined;
      this.#forget();
      batch.reject(error);
    }
  }

  /** Grows by one with each commit that changes the table: what was derived from it can be kept until then. */
  version(table: { name: string }): number {
    return this.#epoch + (this.#versions.get(table.name) ?? 0);
  }

  /** Grows when rows changed other than by a commit: whoever waited in between holds rows of a state that is gone. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Called when rows changed other than by a commit (a failed write undid some, or the state was replaced): what was derived from them must be dropped. */
  onUndone(listener: () => void): void {
    this.#onUndone.push(listener);
  }

  /** Called when the state was replaced, all of it or that of one account: what is remembered of the old one beside the rows must be dropped too. */
  onReplaced(listener: (account: string | undefined) => void): void {
    this.#onReplaced.push(listener);
  }

  read(table: AnyTable, key: string): object | undefined {
    this.#check(table);
    const known = this.#cache.get(table.name, key);
    if (known !== undefined) return known;
    const text = this.driver.get(table.name, key);
    if (text === undefined) return undefined;
    const row = decodeRow(table, text);
    this.#cache.set(table.name, key, row, text.length);
    return row;
  }

  /** Entries in order: rows, or of an index the keys of rows. */
  range(table: AnyTable, index: string | undefined, range: Range): [key: string, value: Value][] {
    this.#check(table);
    if (index !== undefined) return this.driver.range(indexSpace(table, index), range) as [string, Value][];
    return this.driver
      .range(table.name, range)
      .map(([key, text]) => [key, this.#cache.get(table.name, key) ?? decodeRow(table, text)]);
  }

  count(table: AnyTable, index: string | undefined, from: string, to: string): number {
    this.#check(table);
    return this.driver.count(index === undefined ? table.name : indexSpace(table, index), from, to);
  }

  close(): void {
    this.flush();
    this.driver.close();
  }

  /** The first time a table is touched: its indexes are as it declares them now. */
  #check(table: AnyTable): void {
    if (this.#checked.has(table.name)) return;
    this.#checked.add(table.name);
    const writes = ensureIndexes(this.driver, table);
    if (writes.length > 0) this.#write(writes);
  }

  #apply(tx: Transaction): void {
    const writes: Write[] = [];
    for (const [space, overlay] of tx.changes) {
      const table = tx.tableOf(space);
      if (table !== undefined) this.#check(table);
      for (const [key, value] of overlay) {
        const text =
          value === undefined ? undefined : table === undefined ? (value as string) : encodeRow(table, value as object);
        writes.push({ space, key, value: text });
        if (table === undefined) continue;
        if (value === undefined) this.#cache.delete(space, key);
        else if (!table.isLog) this.#cache.set(space, key, value as object, (text as string).length);
      }
      if (table !== undefined) this.#versions.set(space, (this.#versions.get(space) ?? 0) + 1);
    }
    this.#write(writes);
  }

  #write(writes: readonly Write[]): void {
    try {
      this.driver.apply(writes);
    } catch (error) {
      const batch = this.#batch;
      this.#batch = undefined;
      this.#forget();
      batch?.reject(error);
      throw error;
    }
    this.#gather();
  }

  /** What is written from here on in this turn is made durable at its end, together. */
  #gather(): void {
    if (this.#batch !== undefined) return;
    this.#batch = Promise.withResolvers<void>();
    this.#batch.promise.catch(() => {});
    setImmediate(() => this.flush());
  }

  /**
   * Changes everything at once by `change` (a reset, a restored snapshot), durably; what was derived from the old state is dropped.
   *
   * @param account when nothing but the state of this account changes
   */
  replace<T>(change: (driver: Driver) => T, account?: string): T {
    this.flush();
    try {
      const result = change(this.driver);
      this.driver.flush();
      return result;
    } finally {
      this.#forget();
      for (const listener of this.#onReplaced) listener(account);
    }
  }

  /**
   * Removes everything of one account. Costs what the account holds, and a look at each row of the tables that all accounts share.
   *
   * @returns files of bodies that no row names any more
   */
  removeAccount(account: string): string[] {
    return this.replace((driver) => removeAccount(driver, account), account);
  }

  #forget(): void {
    this.#epoch += 1;
    this.#cache.clear();
    this.#checked.clear();
    for (const listener of this.#onUndone) listener();
  }
}
