/** Continuous backups: whether a table can be recovered to a point in time, and since when. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ContinuousBackupsDescription } from '#models/dynamodb';
import { discard } from '../domain/discard.ts';
import { findTable } from '../domain/find.ts';
import { tableNotFoundPlain } from '../errors.ts';
import { periodWithoutRecovery } from '../errors-copies.ts';
import { DAY_MILLIS, RECOVERY_DAYS_MAX } from '../limits.ts';
import { type TableRow, tables } from '../state.ts';
import { recoveryWindow } from './restore.ts';

function descriptionOf(table: TableRow, ctx: Ctx): ContinuousBackupsDescription {
  const window = recoveryWindow(table, ctx);
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription:
      window === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: table.history?.recovery?.days ?? RECOVERY_DAYS_MAX,
            EarliestRestorableDateTime: window.earliest,
            LatestRestorableDateTime: window.latest,
          },
  };
}

export const describeContinuousBackups: Handler<'dynamodb', 'DescribeContinuousBackups'> = (input, ctx) => {
  const { table } = findTable(input.TableName, ctx, tableNotFoundPlain);
  return { ContinuousBackupsDescription: descriptionOf(table, ctx) };
};

export const updateContinuousBackups: Handler<'dynamodb', 'UpdateContinuousBackups'> = (input, ctx) => {
  const { table, store } = findTable(input.TableName, ctx, tableNotFoundPlain);
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: given } = input.PointInTimeRecoverySpecification;
  if (!enabled && given !== undefined) throw periodWithoutRecovery();
  const changed = enabled ? recoverable(table, given, ctx) : unrecoverable(table, ctx);
  store.put(tables, changed);
  return { ContinuousBackupsDescription: descriptionOf(changed, ctx) };
};

function recoverable(table: TableRow, given: number | undefined, ctx: Ctx): TableRow {
  const kept = table.history ?? { pile: ctx.uuid(), copies: 0 };
  const since = kept.recovery?.since ?? ctx.now;
  const days = given ?? kept.recovery?.days ?? RECOVERY_DAYS_MAX;
  if (kept.recovery === undefined)
    ctx.arm('forget', kept.pile, ctx.now + DAY_MILLIS, { table: table.name, history: kept.pile });
  return { ...table, history: { ...kept, recovery: { since, days } } };
}

function unrecoverable(table: TableRow, ctx: Ctx): TableRow {
  const { history: kept, ...rest } = table;
  if (kept?.recovery === undefined) return table;
  ctx.disarm('forget', kept.pile);
  if (kept.copies > 0) return { ...rest, history: { pile: kept.pile, copies: kept.copies } };
  discard(kept.pile, table, ctx);
  return rest;
}
