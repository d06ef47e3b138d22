/**
 * A table as it was: its items as they are, with every change since taken back. What an item was before each change is kept while
 * somebody may ask: for recovery to a point in time, or until a copy that began is complete.
 */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type HistoryRow, history } from '../backup-state.ts';
import { type ItemRow, items, type TableRow } from '../state.ts';
import { heads } from '../stream-state.ts';
import type { Spot } from './keys.ts';
import { nextMoment, sequenceOf } from './sequence.ts';
import { compareTexts } from './value.ts';

/** Items of a pile; with `as` the pile of its history, and the last change that counts. */
export type Past = { pile: string; as?: { pile: string; sequence: string } };

/** Keeps what lies at a spot before it changes. */
export function noteBefore(pile: string, store: StoreView, ctx: Ctx, spot: Spot, before: ItemRow | undefined): void {
  const row: HistoryRow = { pile, partition: spot.partition, sort: spot.sort, sequence: nextChange(pile, store, ctx) };
  store.put(
    history,
    before === undefined
      ? row
      : {
          ...row,
          before: { item: before.item, size: before.size, ...(before.binary === true && { binary: true as const }) },
        },
  );
}

/** The number of the next change; asking for it closes what was before. */
export function nextChange(pile: string, store: StoreView, ctx: Ctx): string {
  const moment = nextMoment(store.get(heads, { pile }), ctx.now);
  store.put(heads, { pile, ...moment });
  return sequenceOf(moment);
}

/** Up to `limit` items after a spot, as they were; `last` is where to go on, absent at the end. */
export function readPast(
  { pile, as }: Past,
  store: StoreView,
  after: Spot | undefined,
  limit: number,
): { rows: ItemRow[]; last: Spot | undefined } {
  const start = after === undefined ? {} : { after: { partition: after.partition, sort: after.sort } };
  const current = store.list(items, { where: { pile }, ...start, limit });
  if (as === undefined) return { rows: current, last: current.length < limit ? undefined : current.at(-1) };
  const rows: ItemRow[] = [];
  let seen = after;
  let at = 0;
  for (let count = 0; count < limit; count += 1) {
    const changed = store.first(history, {
      where: { pile: as.pile },
      ...(seen !== undefined && { after: { partition: seen.partition, sort: seen.sort } }),
    });
    const row = current[at];
    const spot = earlier(row, changed);
    if (spot === undefined) return { rows, last: undefined };
    seen = { partition: spot.partition, sort: spot.sort };
    const isThere = row !== undefined && sameSpot(row, spot);
    if (isThere) at += 1;
    const then = sameSpot(changed, spot) ? stateThen(as, store, spot) : undefined;
    if (then === undefined) {
      if (isThere) rows.push(row);
    } else if (then.before !== undefined) rows.push({ pile, ...seen, ...then.before });
  }
  return { rows, last: seen };
}

/** The changes of a table within a window: those after one sequence number, up to another. */
export type Window = { pile: string; history: string; after: string; upTo: string };

/** What became of an item within a window, and the number of its last change there. */
export type Change = { before: ItemRow | undefined; after: ItemRow | undefined; sequence: string };

/** Changes at up to `limit` spots after a spot; `last` is where to go on, absent at the end. */
export function readChanges(
  window: Window,
  store: StoreView,
  after: Spot | undefined,
  limit: number,
): { changes: Change[]; last: Spot | undefined } {
  const changes: Change[] = [];
  let seen = after;
  for (let count = 0; count < limit; count += 1) {
    const changed = store.first(history, {
      where: { pile: window.history },
      ...(seen !== undefined && { after: { partition: seen.partition, sort: seen.sort } }),
    });
    if (changed === undefined) return { changes, last: undefined };
    seen = { partition: changed.partition, sort: changed.sort };
    const change = changeAt(window, store, seen);
    if (change !== undefined) changes.push(change);
  }
  return { changes, last: seen };
}

function changeAt({ pile, history: kept, after, upTo }: Window, store: StoreView, spot: Spot): Change | undefined {
  const where = { pile: kept, ...spot };
  const first = store.first(history, { where, after: { sequence: after } });
  if (first === undefined || first.sequence > upTo) return undefined;
  const later = store.first(history, { where, after: { sequence: upTo } });
  const last = store.first(history, { where, before: { sequence: later?.sequence ?? LAST }, reverse: true });
  const row = ({ before }: HistoryRow): ItemRow | undefined => before && { pile, ...spot, ...before };
  return {
    before: row(first),
    after: later === undefined ? store.get(items, { pile, ...spot }) : row(later),
    sequence: last?.sequence ?? first.sequence,
  };
}

/** Sorts behind all sequence numbers. */
const LAST = ':';

/** The first change of a spot that does not count any more. */
function stateThen({ pile, sequence }: NonNullable<Past['as']>, store: StoreView, { partition, sort }: Spot) {
  return store.first(history, { where: { pile, partition, sort }, after: { sequence } });
}

function earlier(a: Spot | undefined, b: Spot | undefined): Spot | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (compareTexts(a.partition, b.partition) || compareTexts(a.sort, b.sort)) <= 0 ? a : b;
}

function sameSpot(a: Spot | undefined, b: Spot): boolean {
  return a?.partition === b.partition && a.sort === b.sort;
}

/** A table whose history somebody more needs; it begins to be kept with the first who does. */
export function keepHistory(table: TableRow, ctx: Ctx): TableRow & { history: NonNullable<TableRow['history']> } {
  const { history: kept = { pile: ctx.uuid(), copies: 0 } } = table;
  return { ...table, history: { ...kept, copies: kept.copies + 1 } };
}

/** A table whose history one fewer needs; `over` is the pile of what nobody needs any more. */
export function releaseHistory(table: TableRow): { table: TableRow; over: string | undefined } {
  const { history: kept, ...rest } = table;
  if (kept === undefined) return { table, over: undefined };
  const copies = Math.max(0, kept.copies - 1);
  if (copies > 0 || kept.recovery !== undefined)
    return { table: { ...rest, history: { ...kept, copies } }, over: undefined };
  return { table: rest, over: kept.pile };
}
