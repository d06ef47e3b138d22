/** Event data stores by themselves: every five minutes they take in what happened and forget what is too old, and a week after they were deleted they go. */
import { DAY } from '#kernel/base';
import type { Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import { captureData, type KeptCall, listCalls } from '#kernel/events';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import { forgetDelivered } from './domain/forget.ts';
import { seen } from './domain/point.ts';
import { eventId, recordOf } from './domain/record.ts';
import { GLOBAL_REGION, wants, wantsData } from './domain/select.ts';
import { type EventDataStoreRow, eventDataStores, lakeEvents, lakeQueries } from './lake-state.ts';
import { FILE_EVERY, LAKE_BATCH } from './limits.ts';
import type { Mark } from './state.ts';

const storeOf = (id: unknown, { store }: Ctx) => store.get(eventDataStores, { id: String(id) });

/** Has what a store wants kept for it, and sets its timer; one that takes nothing in has neither. In a transaction. */
export function settleIngestion(row: EventDataStoreRow, ctx: Ctx): void {
  const isOn = row.status === 'ENABLED';
  captureData(ctx.store, ctx.account, row.arn, isOn && wantsData({ advanced: row.selectors }));
  // Also one that takes nothing in forgets what is too old.
  if (row.status === 'PENDING_DELETION') ctx.disarm('ingest', row.id);
  else ctx.arm('ingest', row.id, ctx.now + FILE_EVERY, { id: row.id });
}

export const ingest: TimerHandler = ({ id }, ctx) => {
  const row = storeOf(id, ctx);
  if (row === undefined || row.status === 'PENDING_DELETION') return;
  ctx.arm('ingest', row.id, ctx.now + FILE_EVERY, { id: row.id });
  ctx.start('takeIn', row.id, { id: row.id });
};

/** A task: what happened since the last time, piece by piece; each piece and the mark after it are one transaction. */
export const takeIn: TaskHandler = async ({ id }, ctx) => {
  const to = ctx.clock();
  const row = storeOf(id, ctx);
  for (const place of row === undefined ? [] : placesOf(row, ctx))
    while (ctx.transact((store) => takePiece(String(id), place, to, store, ctx))) await new Promise(setImmediate);
  while (ctx.transact((store) => forgetOld(String(id), to, store))) await new Promise(setImmediate);
};

type Place = { region: string; kind: 'management' | 'data' };

function placesOf({ multiRegion, selectors }: EventDataStoreRow, ctx: Ctx): Place[] {
  const regions = multiRegion ? [...REGIONS.keys()] : [...new Set([ctx.region, GLOBAL_REGION])];
  const kinds: Place['kind'][] = wantsData({ advanced: selectors }) ? ['management', 'data'] : ['management'];
  return regions.flatMap((region) => kinds.map((kind) => ({ region, kind })));
}

const markOf = ({ at, sequence, requestId }: KeptCall): Mark => ({ at, sequence, requestId });

/** @returns whether there is more */
function takePiece(id: string, { region, kind }: Place, to: number, store: StoreView, ctx: Ctx): boolean {
  const row = store.get(eventDataStores, { id });
  if (row?.status !== 'ENABLED') return false;
  const key = `${region}/${kind}`;
  const view = store.in({ region });
  const calls = listCalls(view, kind, { from: row.since, to, limit: LAKE_BATCH, after: row.taken[key] });
  const wanting = { advanced: row.selectors, global: true, multiRegion: row.multiRegion };
  for (const one of calls) {
    const call = seen(one, view);
    if (wants(wanting, call, ctx.region))
      store.put(lakeEvents, { store: id, at: call.at, id: eventId(call), record: JSON.stringify(recordOf(call)) });
  }
  const last = calls.at(-1);
  if (last !== undefined) store.put(eventDataStores, { ...row, taken: { ...row.taken, [key]: markOf(last) } });
  if (kind === 'data') forgetDelivered(region, to, store);
  return calls.length === LAKE_BATCH;
}

/** @returns whether there is more */
function forgetOld(id: string, now: number, store: StoreView): boolean {
  const row = store.get(eventDataStores, { id });
  if (row === undefined) return false;
  const before = { at: now - row.retentionDays * DAY };
  const old = store.list(lakeEvents, { where: { store: id }, before, limit: LAKE_BATCH });
  for (const event of old) store.delete(lakeEvents, event);
  return old.length === LAKE_BATCH;
}

/** A timer: a store that was deleted can't be restored any more. */
export const endStore: TimerHandler = ({ id }, ctx) => {
  const row = storeOf(id, ctx);
  if (row?.status !== 'PENDING_DELETION') return;
  ctx.store.delete(eventDataStores, row);
  ctx.start('emptyStore', row.id, { id: row.id });
};

/** A task: nothing of a store is left. */
export const emptyStore: TaskHandler = async ({ id }, ctx) => {
  const where = { store: String(id) };
  for (let isMore = true; isMore; ) {
    isMore = ctx.transact((store) => {
      const events = store.list(lakeEvents, { where, limit: LAKE_BATCH });
      for (const event of events) store.delete(lakeEvents, event);
      const queries = store.list(lakeQueries, { index: 'byStore', where, limit: LAKE_BATCH });
      for (const query of queries) {
        store.delete(lakeQueries, query);
        if (query.results !== undefined) ctx.blobs.drop(query.results);
      }
      return events.length + queries.length > 0;
    });
    await new Promise(setImmediate);
  }
};
