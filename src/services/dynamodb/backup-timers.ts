/** Copies of tables, a bounded part at a time: into backups, and from the past into new tables; and what is too old to be asked for. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { backups, history } from './backup-state.ts';
import { discard } from './domain/discard.ts';
import { storeOf } from './domain/find.ts';
import { type Past, readPast, releaseHistory } from './domain/history.ts';
import type { Spot } from './domain/keys.ts';
import { sequenceAt } from './domain/sequence.ts';
import { writeItem } from './domain/write.ts';
import { DAY_MILLIS, RECOVERY_DAYS_MAX, SWEEP_BATCH } from './limits.ts';
import { forgetBackup } from './operations/backup.ts';
import { items, tables } from './state.ts';

/** One fewer needs the history of a table, if that is still there. */
function release(name: string, pile: string, store: StoreView, ctx: Ctx): void {
  const table = store.get(tables, { name });
  if (table?.history?.pile !== pile) return;
  const released = releaseHistory(table);
  store.put(tables, released.table);
  if (released.over !== undefined) discard(released.over, table, ctx);
}

/** Copies a table as it was into a backup's pile; with the last part the backup is AVAILABLE. */
export const copy: TimerHandler = (payload, ctx) => {
  const { store } = ctx;
  const backup = store.get(backups, { arn: String(payload.backup) });
  if (backup === undefined) return;
  const as = payload.as as NonNullable<Past['as']>;
  const after = payload.after as Spot | undefined;
  const { rows, last } = readPast({ pile: backup.source.pile, as }, store, after, SWEEP_BATCH);
  for (const row of rows) store.put(items, { ...row, pile: backup.pile });
  if (last !== undefined) {
    ctx.arm('copy', backup.pile, ctx.now, { ...payload, after: { partition: last.partition, sort: last.sort } });
    return;
  }
  store.put(backups, { ...backup, status: 'AVAILABLE' });
  release(backup.table, as.pile, store, ctx);
};

/** Copies the past into a table that is being restored; with the last part that is ACTIVE. */
export const restore: TimerHandler = (payload, ctx) => {
  const { store } = ctx;
  // What is restored may lie in another Region.
  const origin = storeOf(payload, ctx);
  const table = store.get(tables, { name: String(payload.table) });
  const past = payload.past as Past;
  if (table !== undefined && table.pile === payload.pile) {
    const { rows, last } = readPast(past, origin, payload.after as Spot | undefined, SWEEP_BATCH);
    for (const { partition, sort, item, size, binary } of rows)
      writeItem(table, store, ctx, { partition, sort }, undefined, { item, size, binary: binary === true });
    if (last !== undefined) {
      const round = Number(payload.round) + 1;
      const next = { ...payload, round, after: { partition: last.partition, sort: last.sort } };
      ctx.arm('restore', `${table.pile} ${round}`, ctx.now, next);
      return;
    }
    if (table.restored !== undefined)
      store.put(tables, { ...table, restored: { ...table.restored, inProgress: false } });
  }
  const backup = typeof payload.backup === 'string' ? origin.get(backups, { arn: payload.backup }) : undefined;
  if (backup !== undefined) origin.put(backups, { ...backup, restores: backup.restores - 1 });
  if (past.as !== undefined && typeof payload.source === 'string') release(payload.source, past.as.pile, origin, ctx);
};

/** Forgets what is older than a table can be recovered to. */
export const forget: TimerHandler = (payload, ctx) => {
  const table = ctx.store.get(tables, { name: String(payload.table) });
  const kept = table?.history;
  if (kept?.recovery === undefined || kept.pile !== payload.history) return;
  const oldest = sequenceAt(ctx.now - (kept.recovery.days ?? RECOVERY_DAYS_MAX) * DAY_MILLIS);
  const rows = ctx.store.list(history, {
    index: 'byTime',
    where: { pile: kept.pile },
    before: { sequence: oldest },
    limit: SWEEP_BATCH,
  });
  for (const row of rows) ctx.store.delete(history, row);
  ctx.arm('forget', kept.pile, ctx.now + (rows.length === SWEEP_BATCH ? 1 : DAY_MILLIS), payload);
};

/** A deleted table's backup has been kept long enough. */
export const expireBackup: TimerHandler = (payload, ctx) => {
  const store = storeOf(payload, ctx);
  const backup = store.get(backups, { arn: String(payload.backup) });
  if (backup === undefined) return;
  if (backup.restores > 0) ctx.arm('expireBackup', backup.pile, ctx.now + 1, payload);
  else forgetBackup(backup, store, ctx);
};
