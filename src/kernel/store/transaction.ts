/** One unit of work: reads see its own writes, and nothing reaches the driver until it commits as a whole. */
import { invariant } from '#kernel/base';
import type { Range } from './driver.ts';
import { compareKeys } from './key.ts';
import { indexKey, indexSpace, placeKey, rowKey } from './row.ts';
import type { AnyTable, Index, Place } from './table.ts';

/** A row, or in an index the key of its row. */
export type Value = object | string;

/** What a transaction has changed in one space; undefined stands for deleted. */
export type Overlay = Map<string, Value | undefined>;

/** What lies below a transaction: what is committed. */
export interface Committed {
  read(table: AnyTable, key: string): object | undefined;
  range(table: AnyTable, index: string | undefined, range: Range): [key: string, value: Value][];
  count(table: AnyTable, index: string | undefined, from: string, to: string): number;
}

export class Transaction {
  readonly #store: Committed;
  readonly #overlays = new Map<string, Overlay>();
  readonly #tables = new Map<string, AnyTable>();
  #afterCommit: (() => void)[] = [];
  #afterDurable: (() => void)[] = [];
  #done = false;

  constructor(store: Committed) {
    this.#store = store;
  }

  get isEmpty(): boolean {
    return this.#overlays.size === 0 && this.#afterCommit.length === 0 && this.#afterDurable.length === 0;
  }

  /** Changes by space, for the store to commit. */
  get changes(): ReadonlyMap<string, Overlay> {
    return this.#overlays;
  }

  /** The table whose rows a space holds; undefined for an index. */
  tableOf(space: string): AnyTable | undefined {
    return this.#tables.get(space);
  }

  /** Runs when the transaction has committed; never when it has not. */
  afterCommit(effect: () => void): void {
    invariant(!this.#done, 'the transaction is over');
    this.#afterCommit.push(effect);
  }

  /** Runs when what was committed can no longer be lost. */
  afterDurable(effect: () => void): void {
    invariant(!this.#done, 'the transaction is over');
    this.#afterDurable.push(effect);
  }

  /** Ends the transaction; gives what `afterCommit` and `afterDurable` gathered. */
  finish(): { effects: readonly (() => void)[]; durableEffects: readonly (() => void)[] } {
    this.#done = true;
    return { effects: this.#afterCommit, durableEffects: this.#afterDurable };
  }

  read(table: AnyTable, key: string): object | undefined {
    const overlay = this.#overlays.get(table.name);
    if (overlay?.has(key) === true) return overlay.get(key) as object | undefined;
    return this.#store.read(table, key);
  }

  /** @param isNew when no row has had its key */
  put(table: AnyTable, place: Place, row: object, isNew = false): void {
    invariant(!this.#done, 'a write after the transaction has ended');
    const beginning = placeKey(table, place);
    const key = beginning + rowKey(table, row);
    if (table.indexList.length > 0) {
      const before = isNew ? undefined : this.read(table, key);
      for (const index of table.indexList) this.#reindex(index, key, beginning, before, row);
    }
    this.#set(table.name, key, Object.freeze(row));
    this.#tables.set(table.name, table);
  }

  /** True when there was such a row. */
  delete(table: AnyTable, place: Place, key: string): boolean {
    invariant(!this.#done, 'a write after the transaction has ended');
    const before = this.read(table, key);
    if (before === undefined) return false;
    const beginning = placeKey(table, place);
    for (const index of table.indexList) this.#reindex(index, key, beginning, before, undefined);
    this.#set(table.name, key, undefined);
    this.#tables.set(table.name, table);
    return true;
  }

  /** Keys and values of a range of one space, in order, own changes included. */
  range(table: AnyTable, index: string | undefined, range: Range): [key: string, value: Value][] {
    const space = index === undefined ? table.name : indexSpace(table, index);
    const stored = this.#store.range(table, index, this.#widen(space, range));
    const overlay = this.#overlays.get(space);
    if (overlay === undefined) return stored;
    const merged = new Map<string, Value>(stored);
    for (const [key, value] of overlay) {
      if (compareKeys(key, range.from) < 0 || compareKeys(key, range.to) >= 0) continue;
      if (value === undefined) merged.delete(key);
      else merged.set(key, value);
    }
    const direction = range.reverse === true ? -1 : 1;
    return [...merged].sort(([a], [b]) => direction * compareKeys(a, b)).slice(0, range.limit);
  }

  count(table: AnyTable, index: string | undefined, from: string, to: string): number {
    const space = index === undefined ? table.name : indexSpace(table, index);
    if (this.#overlays.has(space))
      return this.range(table, index, { from, to, limit: Number.POSITIVE_INFINITY }).length;
    return this.#store.count(table, index, from, to);
  }

  /** Own deletions may hide stored rows, so as many more are asked for. */
  #widen(space: string, range: Range): Range {
    const overlay = this.#overlays.get(space);
    return overlay === undefined ? range : { ...range, limit: range.limit + overlay.size };
  }

  #reindex(
    { space, fields }: Index,
    key: string,
    beginning: string,
    before: object | undefined,
    after: object | undefined,
  ): void {
    const old = indexKey(beginning, fields, before, key);
    const now = indexKey(beginning, fields, after, key);
    if (old === now) return;
    if (old !== undefined) this.#set(space, old, undefined);
    if (now !== undefined) this.#set(space, now, key);
  }

  #set(space: string, key: string, value: Value | undefined): void {
    let overlay = this.#overlays.get(space);
    if (overlay === undefined) this.#overlays.set(space, (overlay = new Map()));
    overlay.set(key, value);
  }
}
