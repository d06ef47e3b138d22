/** One page of Query or Scan: reads rows of a range in order until the limit, a megabyte or the end. */
import type { StoreView } from '#kernel/store';
import { PAGE_BYTES_MAX } from '../limits.ts';
import { type EntryRow, entries, type IndexSpec, type ItemRow, items, type TableRow } from '../state.ts';
import { spotOfBase } from './keys.ts';
import { projectedSize } from './projection.ts';
import { storedSize, storedSizeMax } from './stored-size.ts';

/** A range of a pile: one partition and a range of its sort keys, or a range of partitions. */
export type Range =
  | {
      partition: string;
      from?: string | undefined;
      to?: string | undefined;
      after?: string | undefined;
      before?: string | undefined;
      prefix?: string | undefined;
    }
  | { segment: readonly [from: string, before: string | undefined] };

/** Where a page begins: right after this spot. */
export type Start = { partition: string; sort: string; basePartition: string; baseSort: string };

/** `bytes` are billed; how full the page is, is counted otherwise. */
export type Page = { rows: ItemRow[]; bytes: number; more: boolean };

/** Rows read from the store at a time. */
const CHUNK = 100;

/** One page of a Query or Scan: up to `limit` items or 1 MB, whichever comes first. */
export function readPage(
  table: TableRow,
  index: IndexSpec | undefined,
  store: StoreView,
  range: Range,
  limit: number,
  reverse: boolean,
  start: Start | undefined,
): Page {
  const rows: ItemRow[] = [];
  let bytes = 0;
  let after = start;
  const fill = filling(index === undefined ? table : undefined);
  for (;;) {
    const wanted = Math.min(CHUNK, limit - rows.length);
    const chunk =
      index === undefined
        ? store.list(items, { ...bounds(range, after, reverse, table.pile, false), limit: wanted, reverse })
        : store.list(entries, { ...bounds(range, after, reverse, index.pile, true), limit: wanted, reverse });
    for (const one of chunk) {
      const row = 'item' in one ? one : itemOf(table, index as IndexSpec, store, one);
      rows.push(row);
      const size = index === undefined ? row.size : projectedSize(table, index, row.item);
      bytes += size;
      if (fill(rows, size) >= PAGE_BYTES_MAX) return { rows, bytes, more: true };
    }
    if (rows.length >= limit) return { rows, bytes, more: true };
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < wanted) return { rows, bytes, more: false };
    after = 'item' in last ? { partition: last.partition, sort: last.sort, basePartition: '', baseSort: '' } : last;
  }
}

/**
 * Counts how full a page is: of a table's items by what is kept of them, which is worked out only once they might fill it; of an
 * index's entries by their size.
 */
function filling(table: TableRow | undefined): (rows: readonly ItemRow[], size: number) => number {
  let filled = 0;
  if (table === undefined) return (_, size) => (filled += size);
  let most = 0;
  let counted = 0;
  return (rows, size) => {
    most += storedSizeMax(size);
    if (most < PAGE_BYTES_MAX) return most;
    for (; counted < rows.length; counted += 1)
      filled += storedSize((rows[counted] as ItemRow).item, table.range?.name);
    return filled;
  };
}

function itemOf(table: TableRow, index: IndexSpec, store: StoreView, entry: EntryRow): ItemRow {
  const row = store.get(items, { pile: table.pile, ...spotOfBase(table, index, entry) });
  if (row === undefined) throw new Error(`an index entry of ${table.name} stands for an item that is not there`);
  return row;
}

type Bound = { partition?: string; sort?: string; basePartition?: string; baseSort?: string };
type Bounds = {
  where: { pile: string; partition?: string };
  from?: Bound;
  after?: Bound;
  to?: Bound;
  before?: Bound;
  startsWith?: string;
};

/** The range as the store reads it; a start takes the place of the bound on its side. */
function bounds(range: Range, start: Start | undefined, reverse: boolean, pile: string, isIndex: boolean): Bounds {
  const at: Bound | undefined =
    start === undefined
      ? undefined
      : isIndex
        ? { sort: start.sort, basePartition: start.basePartition, baseSort: start.baseSort }
        : { sort: start.sort };
  if ('segment' in range) {
    const [from, before] = range.segment;
    const low = start === undefined ? { from: { partition: from } } : { after: { partition: start.partition, ...at } };
    return { where: { pile }, ...low, ...(before !== undefined && { before: { partition: before } }) };
  }
  const where = { pile, partition: range.partition };
  const { prefix } = range;
  if (prefix !== undefined) {
    // A prefix's upper end is past every text that starts with it, so only its lower end can be moved by a start.
    if (at !== undefined && !reverse) return { where, startsWith: prefix, after: at };
    if (at !== undefined) return { where, from: { sort: prefix }, before: at };
    return { where, startsWith: prefix };
  }
  const low: Pick<Bounds, 'from' | 'after'> =
    at !== undefined && !reverse
      ? { after: at }
      : range.after !== undefined
        ? { after: { sort: range.after } }
        : range.from !== undefined
          ? { from: { sort: range.from } }
          : {};
  const high: Pick<Bounds, 'to' | 'before'> =
    at !== undefined && reverse
      ? { before: at }
      : range.before !== undefined
        ? { before: { sort: range.before } }
        : range.to !== undefined
          ? { to: { sort: range.to } }
          : {};
  return { where, ...low, ...high };
}
