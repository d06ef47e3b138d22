/**
 * Replication of global tables (version 2019.11.21): each write of a replica is stamped, and told to the others, where the latest stamp
 * wins: by time, then by Region. A deleted item leaves its stamp behind for a day, so that an older write can't bring it back.
 *
 * @see Developer Guide, "Global tables core concepts", "Conflict resolution"
 */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { items, type StampRow, stamps, type TableRow } from '../state.ts';
import { placeOf } from './find.ts';
import type { Spot } from './keys.ts';

export type Stamp = { at: Millis; count: number; region: string };

/** What the event says: which item of which replica was written. */
export type Written = { arn: string; table: string; pile: string; partition: string; sort: string };

/** Whether `a` wins over `b`. */
export function isNewer(a: Stamp, b: Stamp | undefined): boolean {
  if (b === undefined || a.at !== b.at) return b === undefined || a.at > b.at;
  return a.count === b.count ? a.region > b.region : a.count > b.count;
}

/**
 * In a transaction: notes when and where an item was last written; a write of this Region is told to the others.
 *
 * @param from the stamp of the write in its own Region, where it was replicated from there
 */
export function noteStamp(
  { name, arn, pile }: TableRow,
  store: StoreView,
  ctx: Ctx,
  { partition, sort }: Spot,
  isGone: boolean,
  from: Stamp | undefined,
): void {
  const { region } = placeOf(arn);
  const spot = { pile, partition, sort };
  const before = store.get(stamps, spot);
  const at = Math.max(ctx.now, before?.at ?? 0);
  const stamp: Stamp = from ?? { at, count: before?.at === at ? before.count + 1 : 0, region };
  const row: StampRow = {
    ...spot,
    at: stamp.at,
    count: stamp.count,
    region: stamp.region,
    goneAt: isGone ? ctx.now : 0,
  };
  store.put(stamps, row);
  if (from === undefined) {
    const written: Written = { arn, table: name, pile, partition, sort };
    ctx.emit('dynamodb.written', written, placeOf(arn));
  }
}

/** The item at a spot as it is now, with its stamp. */
export function stampedItem(pile: string, { partition, sort }: Spot, store: StoreView) {
  return { stamp: store.get(stamps, { pile, partition, sort }), row: store.get(items, { pile, partition, sort }) };
}
