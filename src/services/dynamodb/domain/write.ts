/** Writing an item with all that follows from it: entries of indexes, totals, expiry. Works in whatever transaction the view is of. */
import { SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { TTL_PAST_MAX } from '../limits.ts';
import { entries, expirations, type IndexSpec, type ItemRow, items, type TableRow, totals } from '../state.ts';
import { writeUnits } from './capacity.ts';
import { placeOf } from './find.ts';
import { noteBefore } from './history.ts';
import { baseOf, type Spot, spotInIndex } from './keys.ts';
import { activeDestination, noteOutgoing } from './outflow.ts';
import { inProjection, projectedSize } from './projection.ts';
import { noteStamp, type Stamp } from './replicate.ts';
import { noteChange } from './stream.ts';
import { attributeOf, equalValues, type Item, type Value } from './value.ts';

/** What an item is about to become; undefined when it is deleted. */
export type Image = { item: Item; size: number; binary: boolean };

/** Why an item is written, where no client asked for it. */
export type Cause = { expired?: true; from?: Stamp };

/** Units that writing to each index consumes. */
export type IndexWrites = { [index: string]: number };

/**
 * Replaces, adds or removes the item at `spot`.
 *
 * @param before  the row that lies there now
 * @param cause   its time to live has run out; or the stamp of the write in the Region from which it is replicated
 * @returns units for each index that changed
 */
export function writeItem(
  table: TableRow,
  store: StoreView,
  ctx: Ctx,
  spot: Spot,
  before: ItemRow | undefined,
  after: Image | undefined,
  cause: Cause = {},
): IndexWrites {
  const { pile } = table;
  const { partition, sort } = spot;
  if (after === undefined) {
    if (before === undefined) {
      if (cause.from !== undefined) noteStamp(table, store, ctx, spot, true, cause.from);
      return {};
    }
    store.delete(items, before);
  } else {
    store.put(items, {
      pile,
      partition,
      sort,
      item: after.item,
      size: after.size,
      ...(after.binary && { binary: true as const }),
    });
  }
  addTotal(
    store,
    pile,
    (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1),
    (after?.size ?? 0) - (before?.size ?? 0),
  );
  if (table.history !== undefined) noteBefore(table.history.pile, store, ctx, spot, before);
  if (table.expiry !== undefined) noteExpiry(table, table.expiry, store, ctx, spot, before?.item, after?.item);
  if (table.stream?.enabled === true)
    noteChange(table, table.stream, store, ctx, before, after, cause.expired === true);
  const destination = table.kinesis === undefined ? undefined : activeDestination(table);
  if (destination !== undefined) noteOutgoing(table, destination, store, ctx, before, after, cause.expired === true);
  if (table.replicas !== undefined) noteStamp(table, store, ctx, spot, after === undefined, cause.from);
  if (table.indexes.length === 0) return {};
  const writes: IndexWrites = {};
  for (const index of table.indexes) {
    const units = writeEntry(table, index, store, spot, before?.item, after?.item);
    if (units > 0) writes[index.name] = units;
  }
  return writes;
}

/** Units consumed; 0 when nothing the index holds has changed. An entry that moves is removed and written anew. */
function writeEntry(
  table: TableRow,
  index: IndexSpec,
  store: StoreView,
  spot: Spot,
  before: Item | undefined,
  after: Item | undefined,
): number {
  const old = before === undefined ? undefined : spotInIndex(index, before);
  const now = after === undefined ? undefined : spotInIndex(index, after);
  if (old === undefined && now === undefined) return 0;
  const oldSize = old === undefined || before === undefined ? 0 : projectedSize(table, index, before);
  const nowSize = now === undefined || after === undefined ? 0 : projectedSize(table, index, after);
  const moved = old?.partition !== now?.partition || old?.sort !== now?.sort;
  if (moved) {
    const base = { pile: index.pile, ...baseOf(table, index, spot, after ?? before ?? {}) };
    // An index that is still being built may not have the old entry yet.
    const had = old !== undefined && store.delete(entries, { ...base, ...old });
    if (now !== undefined) store.put(entries, { ...base, ...now });
    addTotal(store, index.pile, (now === undefined ? 0 : 1) - (had ? 1 : 0), nowSize - (had ? oldSize : 0));
    return (old === undefined ? 0 : writeUnits(oldSize)) + (now === undefined ? 0 : writeUnits(nowSize));
  }
  if (before === undefined || after === undefined || sameProjection(table, index, before, after)) return 0;
  if (nowSize !== oldSize && index.status === 'ACTIVE') addTotal(store, index.pile, 0, nowSize - oldSize);
  return writeUnits(Math.max(oldSize, nowSize));
}

function sameProjection(table: TableRow, index: IndexSpec, before: Item, after: Item): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    if (!inProjection(table, index, name)) continue;
    const old = attributeOf(before, name);
    const now = attributeOf(after, name);
    if (old !== now && (old === undefined || now === undefined || !equalValues(old, now))) return false;
  }
  return true;
}

/** Adds an existing item to an index that is being built. */
export function addEntry(table: TableRow, index: IndexSpec, store: StoreView, row: ItemRow): void {
  const spot = spotInIndex(index, row.item);
  if (spot === undefined) return;
  const entry = { pile: index.pile, ...spot, ...baseOf(table, index, row, row.item) };
  if (store.get(entries, entry) !== undefined) return;
  store.put(entries, entry);
  addTotal(store, index.pile, 1, projectedSize(table, index, row.item));
}

function addTotal(store: StoreView, pile: string, count: number, bytes: number): void {
  if (count === 0 && bytes === 0) return;
  const total = store.get(totals, { pile });
  store.put(totals, { pile, items: (total?.items ?? 0) + count, bytes: (total?.bytes ?? 0) + bytes });
}

/** When an item expires by its table's TTL attribute; undefined when it does not. */
export function expiryOf(value: Value | undefined, now: number): number | undefined {
  if (value?.N === undefined) return undefined;
  const at = Math.floor(Number(value.N) * SECOND);
  return Number.isSafeInteger(at) && at > 0 && at < 1e14 && at >= now - TTL_PAST_MAX ? at : undefined;
}

/** Keeps the item's place in the order of expiry, and the timer at the earliest. */
export function noteExpiry(
  table: Pick<TableRow, 'name' | 'arn'>,
  { attribute, pile }: NonNullable<TableRow['expiry']>,
  store: StoreView,
  ctx: Ctx,
  { partition, sort }: Spot,
  before: Item | undefined,
  after: Item | undefined,
): void {
  const old = before === undefined ? undefined : expiryOf(attributeOf(before, attribute), 0);
  const now = after === undefined ? undefined : expiryOf(attributeOf(after, attribute), ctx.now);
  if (old !== undefined && old !== now) store.delete(expirations, { pile, partition, sort, at: old });
  if (now === undefined) return;
  const first = store.first(expirations, { where: { pile } });
  store.put(expirations, { pile, partition, sort, at: now });
  if (first === undefined || now < first.at)
    ctx.arm('expire', pile, now, { table: table.name, ...placeOf(table.arn), expirations: pile });
}
