/** What happens unprompted: sweeping piles nobody points to, building indexes, expiring items. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { addEntry, noteExpiry, writeItem } from './domain/write.ts';
import { SWEEP_BATCH } from './limits.ts';
import { entries, expirations, items, type TableRow, tables, totals } from './state.ts';

/** Removes a bounded part of a pile and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const where = { pile };
  const rows = ctx.store.list(items, { where, limit: SWEEP_BATCH });
  for (const row of rows) ctx.store.delete(items, row);
  const indexed = ctx.store.list(entries, { where, limit: SWEEP_BATCH });
  for (const row of indexed) ctx.store.delete(entries, row);
  const expiring = ctx.store.list(expirations, { where, limit: SWEEP_BATCH });
  for (const row of expiring) ctx.store.delete(expirations, row);
  if (rows.length + indexed.length + expiring.length === 0) ctx.store.delete(totals, { pile });
  else ctx.arm('sweep', pile, ctx.now + 1, { pile });
};

/** The table a timer was set for, if it is still that table. */
function tableOf(payload: Record<string, unknown>, ctx: Ctx): TableRow | undefined {
  const table = ctx.store.get(tables, { name: String(payload.table) });
  return table?.pile === payload.pile ? table : undefined;
}

/** Puts a bounded part of a table's items into a new index; with the last part the index is ACTIVE. */
export const build: TimerHandler = (payload, ctx) => {
  const table = tableOf(payload, ctx);
  const index = table?.indexes.find((one) => one.pile === payload.index);
  if (table === undefined || index === undefined) return;
  const { partition, sort } = payload;
  const rows = ctx.store.list(items, {
    where: { pile: table.pile },
    ...(typeof partition === 'string' && typeof sort === 'string' && { after: { partition, sort } }),
    limit: SWEEP_BATCH,
  });
  for (const row of rows) addEntry(table, index, ctx.store, row);
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
  ctx.store.put(tables, {
    ...table,
    indexes: table.indexes.map((one) => (one === index ? { ...one, status: 'ACTIVE' as const } : one)),
  });
};

/** Finds out when the items of a table expire whose TTL was just enabled, a bounded part at a time. */
export const learn: TimerHandler = (payload, ctx) => {
  const table = tableOf(payload, ctx);
  if (table?.expiry === undefined || table.expiry.pile !== payload.expirations) return;
  const { partition, sort } = payload;
  const rows = ctx.store.list(items, {
    where: { pile: table.pile },
    ...(typeof partition === 'string' && typeof sort === 'string' && { after: { partition, sort } }),
    limit: SWEEP_BATCH,
  });
  for (const row of rows) noteExpiry(table.name, table.expiry, ctx.store, ctx, row, undefined, row.item);
  const last = rows.at(-1);
  if (last === undefined || rows.length < SWEEP_BATCH) return;
  const round = Number(payload.round) + 1;
  const next = { ...payload, round, partition: last.partition, sort: last.sort };
  ctx.arm('learn', `${table.expiry.pile} ${round}`, ctx.now, next);
};

/** Removes items whose time has come. Deviation: AWS takes up to days, here it happens when they are due. */
export const expire: TimerHandler = (payload, ctx) => {
  const table = ctx.store.get(tables, { name: String(payload.table) });
  const pile = table?.expiry?.pile;
  if (table === undefined || pile === undefined || pile !== payload.expirations) return;
  const due = ctx.store.list(expirations, { where: { pile }, to: { at: ctx.now }, limit: SWEEP_BATCH });
  for (const { partition, sort, at } of due) {
    ctx.store.delete(expirations, { pile, at, partition, sort });
    const row = ctx.store.get(items, { pile: table.pile, partition, sort });
    if (row !== undefined) writeItem(table, ctx.store, ctx, { partition, sort }, row, undefined);
  }
  const next = ctx.store.first(expirations, { where: { pile } });
  if (next !== undefined) ctx.arm('expire', pile, Math.max(next.at, ctx.now + 1), payload);
};
