/** What is in key value stores: the pairs, and how many and large they are. */
import type { Millis } from '#kernel/base';
import type { Ctx, EdgeServices } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type ContentsRow, contents, pairs, type StoreRow, stores } from '../state.ts';

export type Pair = { key: string; value: string };

/** Of a pair, in bytes. */
export const sizeOf = ({ key, value }: Pair) => Buffer.byteLength(key) + Buffer.byteLength(value);

/** What a store holds; those of before this was kept are counted. */
export function contentsOf(store: StoreView, { id, etag, modifiedAt: changedAt }: StoreRow): ContentsRow {
  const kept = store.get(contents, { store: id });
  if (kept !== undefined) return kept;
  const rows = store.list(pairs, { where: { store: id } });
  const bytes = rows.reduce((sum, pair) => sum + sizeOf(pair), 0);
  return { store: id, etag, items: rows.length, bytes, changedAt };
}

/** What is put into a store and taken from it. */
export type Change = { puts: readonly Pair[]; deletes: readonly string[] };

/** Changes what a store holds; gives what it holds then. */
export function change(
  store: StoreView,
  before: ContentsRow,
  { puts, deletes }: Change,
  stamp: { etag: string; changedAt: Millis },
): ContentsRow {
  let { items, bytes } = before;
  const remove = (key: string) => {
    const pair = store.get(pairs, { store: before.store, key });
    if (pair === undefined) return;
    items -= 1;
    bytes -= sizeOf(pair);
    store.delete(pairs, pair);
  };
  for (const key of deletes) remove(key);
  for (const { key, value } of puts) {
    remove(key);
    items += 1;
    bytes += sizeOf({ key, value });
    store.put(pairs, { store: before.store, key, value });
  }
  const after = { ...before, ...stamp, items, bytes };
  store.put(contents, after);
  return after;
}

/** Forgets all that a store holds. */
export function clear(store: StoreView, id: string): void {
  for (const pair of store.list(pairs, { where: { store: id } })) store.delete(pairs, pair);
  store.delete(contents, { store: id });
}

/** How functions at the edge learn the time and read key value stores. */
export function edgeReader(ctx: Ctx): Pick<EdgeServices, 'now' | 'store'> {
  return {
    now: () => ctx.clock(),
    store(id) {
      const row = ctx.store.first(stores, { index: 'byId', where: { id } });
      if (row === undefined) return undefined;
      const { etag, bytes, changedAt } = contentsOf(ctx.store, row);
      return {
        id,
        version: etag,
        created: new Date(row.createdAt ?? row.modifiedAt).toISOString(),
        updated: new Date(changedAt).toISOString(),
        bytes,
        pairs: () =>
          Object.fromEntries(ctx.store.list(pairs, { where: { store: id } }).map(({ key, value }) => [key, value])),
      };
    },
  };
}
