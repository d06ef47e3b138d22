/** What happens to replicas unprompted: new ones are filled, writes reach them, stamps of deleted items are forgotten. */
import type { Ctx, EventHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { placeOf } from './domain/find.ts';
import type { Spot } from './domain/keys.ts';
import { isNewer, type Stamp, stampedItem, type Written } from './domain/replicate.ts';
import { writeItem } from './domain/write.ts';
import { hold, isPaused } from './faults.ts';
import { DAY_MILLIS, SWEEP_BATCH } from './limits.ts';
import { items, stamps, type TableRow, tables } from './state.ts';

/** Items that were there before their table became global: any write wins over them. */
const ANCIENT: Stamp = { at: 0, count: 0, region: '' };

/** Brings an item to one replica, unless a later write has been there. */
function bring(from: { pile: string; store: StoreView }, to: TableRow, store: StoreView, ctx: Ctx, spot: Spot): void {
  const { stamp = ANCIENT, row } = stampedItem(from.pile, spot, from.store);
  const there = stampedItem(to.pile, spot, store);
  if (!isNewer(stamp, there.stamp ?? (there.row === undefined ? undefined : ANCIENT))) return;
  const image = row === undefined ? undefined : { item: row.item, size: row.size, binary: row.binary === true };
  writeItem(to, store, ctx, spot, there.row, image, {
    from: { at: stamp.at, count: stamp.count, region: stamp.region },
  });
}

/** Brings a written item to the other replicas. */
export const replicate: EventHandler = (payload, ctx) => {
  const { arn, table: name, pile, partition, sort } = payload as Written;
  const place = placeOf(arn);
  const store = ctx.store.in(place);
  const source = store.get(tables, { name });
  if (source?.replicas === undefined || source.pile !== pile) return;
  for (const { region } of source.replicas) {
    const there = ctx.store.in({ account: place.account, region });
    const replica = there.get(tables, { name });
    if (replica?.replicas === undefined) continue;
    if (isPaused(ctx, arn, replica.arn)) {
      hold(ctx, { arn, table: name, pile, partition, sort });
      continue;
    }
    bring({ pile, store }, replica, there, ctx, { partition, sort });
    const at = store.get(stamps, { pile, partition, sort })?.at ?? ctx.now;
    ctx.count('ReplicationLatency', { TableName: name, ReceivingRegion: region }, ctx.now - at, 'Milliseconds', place);
  }
};

/** Fills a new replica with what its table holds, a bounded part at a time; with the last part it is ACTIVE. */
export const fill: TimerHandler = (payload, ctx) => {
  const place = placeOf(String(payload.arn));
  const store = ctx.store.in(place);
  const name = String(payload.table);
  const region = String(payload.region);
  const source = store.get(tables, { name });
  const there = ctx.store.in({ account: place.account, region });
  const replica = there.get(tables, { name });
  if (source?.replicas === undefined || replica === undefined || replica.pile !== payload.pile) return;
  const after = payload.after as Spot | undefined;
  const rows = store.list(items, {
    where: { pile: source.pile },
    ...(after !== undefined && { after }),
    limit: SWEEP_BATCH,
  });
  for (const { partition, sort } of rows) bring({ pile: source.pile, store }, replica, there, ctx, { partition, sort });
  const last = rows.at(-1);
  if (last !== undefined && rows.length === SWEEP_BATCH) {
    const round = Number(payload.round) + 1;
    const next = { ...payload, round, after: { partition: last.partition, sort: last.sort } };
    ctx.arm('fill', `${replica.pile} ${round}`, ctx.now, next);
    return;
  }
  const { filling: _, ...filled } = replica;
  there.put(tables, filled);
};

/** Forgets when deleted items were deleted, a day later. */
export const forgetStamps: TimerHandler = (payload, ctx) => {
  const place = placeOf(String(payload.arn));
  const store = ctx.store.in(place);
  const table = store.get(tables, { name: String(payload.table) });
  const pile = String(payload.pile);
  const isGlobal = table?.pile === pile && table.replicas !== undefined;
  const rows = isGlobal
    ? store.list(stamps, {
        index: 'byEnd',
        where: { pile },
        from: { goneAt: 1 },
        before: { goneAt: ctx.now - DAY_MILLIS },
        limit: SWEEP_BATCH,
      })
    : store.list(stamps, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of rows) store.delete(stamps, row);
  if (isGlobal || rows.length === SWEEP_BATCH)
    ctx.arm('forgetStamps', pile, ctx.now + (rows.length === SWEEP_BATCH ? 1 : DAY_MILLIS), payload);
};
