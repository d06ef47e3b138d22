/** What happens unprompted: sweeping piles nobody points to, building indexes, expiring items. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { history } from './backup-state.ts';
import { type Found, placeOf, storeOf } from './domain/find.ts';
import { addEntry, noteExpiry, writeItem } from './domain/write.ts';
import { SWEEP_BATCH } from './limits.ts';
import { entries, expirations, items, tables, totals } from './state.ts';
import { heads } from './stream-state.ts';
import { exports, imports } from './transfer-state.ts';

/** Removes a bounded part of a pile and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const store = storeOf(payload, ctx);
  const where = { pile };
  const rows = store.list(items, { where, limit: SWEEP_BATCH });
  for (const row of rows) store.delete(items, row);
  const indexed = store.list(entries, { where, limit: SWEEP_BATCH });
  for (const row of indexed) store.delete(entries, row);
  const expiring = store.list(expirations, { where, limit: SWEEP_BATCH });
  for (const row of expiring) store.delete(expirations, row);
  const past = store.list(history, { where, limit: SWEEP_BATCH });
  for (const row of past) store.delete(history, row);
  if (rows.length + indexed.length + expiring.length + past.length === 0) {
    store.delete(totals, { pile });
    store.delete(heads, { pile });
  } else ctx.arm('sweep', pile, ctx.now + 1, payload);
};

/** The table a timer was set for, if it is still that table. */
function tableOf(payload: Record<string, unknown>, ctx: Ctx): Found | undefined {
  const store = storeOf(payload, ctx);
  const table = store.get(tables, { name: String(payload.table) });
  return table === undefined || table.pile !== payload.pile ? undefined : { table, store };
}

/** Puts a bounded part of a table's items into a new index; with the last part the index is ACTIVE. */
export const build: TimerHandler = (payload, ctx) => {
  const found = tableOf(payload, ctx);
  if (found === undefined) return;
  const { table, store } = found;
  const index = table.indexes.find((one) => one.pile === payload.index);
  if (index === undefined) return;
  const { partition, sort } = payload;
  const rows = store.list(items, {
    where: { pile: table.pile },
    ...(typeof partition === 'string' && typeof sort === 'string' && { after: { partition, sort } }),
    limit: SWEEP_BATCH,
  });
  for (const row of rows) addEntry(table, index, store, row);
  const last = rows.at(-1);
  if (last !== undefined && rows.length === SWEEP_BATCH) {
    // The key differs each time: the timer that runs now is removed after this, by its key.
    const round = Number(payload.round) + 1;
    ctx.arm('build', `${index.pile} ${round}`, ctx.now, {
      ...payload,
      round,
      partition: last.partition,
      sort: last.sort,
    });
    return;
  }
  store.put(tables, {
    ...table,
    indexes: table.indexes.map((one) => (one === index ? { ...one, status: 'ACTIVE' as const } : one)),
  });
};

/** Finds out when the items of a table expire whose TTL was just enabled, a bounded part at a time. */
export const learn: TimerHandler = (payload, ctx) => {
  const found = tableOf(payload, ctx);
  if (found?.table.expiry === undefined || found.table.expiry.pile !== payload.expirations) return;
  const { table, store } = found;
  const { partition, sort } = payload;
  const rows = store.list(items, {
    where: { pile: table.pile },
    ...(typeof partition === 'string' && typeof sort === 'string' && { after: { partition, sort } }),
    limit: SWEEP_BATCH,
  });
  for (const row of rows) noteExpiry(table, found.table.expiry, store, ctx, row, undefined, row.item);
  const last = rows.at(-1);
  if (last === undefined || rows.length < SWEEP_BATCH) return;
  const round = Number(payload.round) + 1;
  const next = { ...payload, round, partition: last.partition, sort: last.sort };
  ctx.arm('learn', `${found.table.expiry.pile} ${round}`, ctx.now, next);
};

/** Removes items whose time has come. Deviation: AWS takes up to days, here it happens when they are due. */
export const expire: TimerHandler = (payload, ctx) => {
  const store = storeOf(payload, ctx);
  const table = store.get(tables, { name: String(payload.table) });
  const pile = table?.expiry?.pile;
  if (table === undefined || pile === undefined || pile !== payload.expirations) return;
  const due = store.list(expirations, { where: { pile }, to: { at: ctx.now }, limit: SWEEP_BATCH });
  for (const { partition, sort, at } of due) {
    store.delete(expirations, { pile, at, partition, sort });
    const row = store.get(items, { pile: table.pile, partition, sort });
    if (row === undefined) continue;
    writeItem(table, store, ctx, { partition, sort }, row, undefined, { expired: true });
    ctx.count('TimeToLiveDeletedItemCount', { TableName: table.name }, 1, 'Count', placeOf(table.arn));
  }
  const next = store.first(expirations, { where: { pile } });
  if (next !== undefined) ctx.arm('expire', pile, Math.max(next.at, ctx.now + 1), payload);
};

/** What is known of an export or an import goes after its time. */
export const forgetTransfer: TimerHandler = (payload, ctx) => {
  const arn = { arn: String(payload.arn) };
  if (ctx.store.get(exports, arn) !== undefined) ctx.store.delete(exports, arn);
  else if (ctx.store.get(imports, arn) !== undefined) ctx.store.delete(imports, arn);
};
