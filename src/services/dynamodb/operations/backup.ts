/** Backups on demand: made, shown, listed, deleted. The copying is in backup-timers.ts. */
import { isoSeconds, parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { BackupDetails, BackupSummary, ListBackupsInput } from '#models/dynamodb';
import { type BackupRow, backups } from '../backup-state.ts';
import { backupHere } from '../domain/arns.ts';
import { describeTable as describe, keySchema } from '../domain/describe.ts';
import { discard } from '../domain/discard.ts';
import { findTable, placeOf } from '../domain/find.ts';
import { keepHistory, nextChange } from '../domain/history.ts';
import { invalidParameter, tableNotFoundPlain } from '../errors.ts';
import { backupInUse, backupNotFound, backupRestoring, startElsewhere, systemBackup } from '../errors-copies.ts';
import { BACKUPS_LISTED_MAX, SYSTEM_BACKUP_LIFETIME } from '../limits.ts';
import { type TableRow, tables, totals } from '../state.ts';

export const createBackup: Handler<'dynamodb', 'CreateBackup'> = (input, ctx) => {
  const { table, store } = findTable(input.TableName, ctx, tableNotFoundPlain);
  const kept = keepHistory(table, ctx);
  store.put(tables, kept);
  const sequence = nextChange(kept.history.pile, store, ctx);
  const total = store.get(totals, table);
  const backup: BackupRow = {
    arn: backupArn(table, ctx),
    name: input.BackupName,
    table: table.name,
    type: 'USER',
    status: 'CREATING',
    pile: ctx.uuid(),
    createdAt: ctx.now,
    items: total?.items ?? 0,
    bytes: total?.bytes ?? 0,
    restores: 0,
    source: table,
  };
  store.put(backups, backup);
  ctx.arm('copy', backup.pile, ctx.now, { backup: backup.arn, as: { pile: kept.history.pile, sequence } });
  return { BackupDetails: detailsOf(backup) };
};

function backupArn(table: TableRow, ctx: Ctx, id = ctx.uuid().slice(0, 8)): string {
  return `${table.arn}/backup/${String(ctx.now).padStart(14, '0')}-${id}`;
}

/** What was recoverable of a table that is deleted stays for 35 days as a backup, which takes over the items where they lie. */
export function backupDeleted(table: TableRow, store: StoreView, ctx: Ctx): void {
  const total = store.get(totals, table);
  const expiresAt = ctx.now + SYSTEM_BACKUP_LIFETIME;
  const arn = backupArn(table, ctx, '00000000');
  const backup: BackupRow = {
    // Under a clock that stands still a table may be deleted twice at a time.
    arn: store.get(backups, { arn }) === undefined ? arn : backupArn(table, ctx),
    name: `${table.name}$DeletedTableBackup`,
    table: table.name,
    type: 'SYSTEM',
    status: 'AVAILABLE',
    pile: table.pile,
    createdAt: ctx.now,
    expiresAt,
    items: total?.items ?? 0,
    bytes: total?.bytes ?? 0,
    restores: 0,
    source: table,
  };
  store.put(backups, backup);
  ctx.arm('expireBackup', backup.pile, expiresAt, { backup: backup.arn, ...placeOf(table.arn) });
}

/** @throws {ServiceError} BackupNotFoundException */
export function findBackup(arn: string, ctx: Ctx, store: StoreView = ctx.store): BackupRow {
  const backup = store.get(backups, { arn });
  if (backup === undefined) throw backupNotFound(arn);
  return backup;
}

function detailsOf(backup: BackupRow): BackupDetails {
  return {
    BackupArn: backup.arn,
    BackupName: backup.name,
    BackupSizeBytes: backup.bytes,
    BackupStatus: backup.status,
    BackupType: backup.type,
    BackupCreationDateTime: backup.createdAt,
    ...(backup.expiresAt !== undefined && { BackupExpiryDateTime: backup.expiresAt }),
  };
}

/** Of whatever Region its ARN tells, which comes back as it was given. */
export const describeBackup: Handler<'dynamodb', 'DescribeBackup'> = ({ BackupArn: given }, ctx) => ({
  BackupDescription: descriptionOf({ ...findNamed(given, ctx), arn: given }, ctx),
});

/** @throws {ServiceError} BackupNotFoundException */
function findNamed(given: string, ctx: Ctx): BackupRow {
  const backup = ctx.store.get(backups, { arn: backupHere(given, ctx) });
  if (backup === undefined) throw backupNotFound(given);
  return backup;
}

function descriptionOf(backup: BackupRow, ctx: Ctx) {
  const { source } = backup;
  const shown = describe(source, ctx.store, ctx.now);
  const local = shown.LocalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
  }));
  const global = shown.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => {
    const { throughput } = source.indexes.find((index) => index.name === IndexName) ?? {};
    return { IndexName, KeySchema, Projection, ProvisionedThroughput: unitsOf(throughput) };
  });
  return {
    BackupDetails: detailsOf(backup),
    SourceTableDetails: {
      TableName: source.name,
      TableId: source.id,
      TableArn: source.arn,
      TableSizeBytes: backup.bytes,
      ItemCount: backup.items,
      KeySchema: keySchema(source),
      TableCreationDateTime: source.createdAt,
      ProvisionedThroughput: unitsOf(source.throughput),
      BillingMode: source.billing,
      ...(source.onDemand !== undefined && { OnDemandThroughput: source.onDemand }),
    },
    SourceTableFeatureDetails:
      backup.type === 'SYSTEM'
        ? {}
        : {
            ...(local !== undefined && { LocalSecondaryIndexes: local }),
            ...(global !== undefined && { GlobalSecondaryIndexes: global }),
            ...(shown.StreamSpecification !== undefined && { StreamDescription: shown.StreamSpecification }),
            ...(source.expiry !== undefined && {
              TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' as const, AttributeName: source.expiry.attribute },
            }),
            ...(shown.SSEDescription !== undefined && { SSEDescription: shown.SSEDescription }),
          },
  };
}

function unitsOf(throughput: TableRow['throughput']): { ReadCapacityUnits: number; WriteCapacityUnits: number } {
  return { ReadCapacityUnits: throughput?.read ?? 0, WriteCapacityUnits: throughput?.write ?? 0 };
}

export const listBackups: Handler<'dynamodb', 'ListBackups'> = (input, ctx) => {
  const limit = input.Limit ?? BACKUPS_LISTED_MAX;
  const start = input.ExclusiveStartBackupArn;
  if (start !== undefined && (parseArn(start)?.region ?? ctx.region) !== ctx.region) throw startElsewhere();
  const found = findBackups(input, limit + 1, ctx);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    BackupSummaries: page.map(
      (backup): BackupSummary => ({
        TableName: backup.table,
        TableId: backup.source.id,
        TableArn: backup.source.arn,
        ...detailsOf(backup),
      }),
    ),
    ...(found.length > limit && last !== undefined && { LastEvaluatedBackupArn: last.arn }),
  };
};

/** Up to `count` backups of those that are asked for, looked for a part at a time. */
function findBackups(input: ListBackupsInput, count: number, ctx: Ctx): BackupRow[] {
  const { TimeRangeLowerBound: from, TimeRangeUpperBound: before, BackupType: type = 'USER' } = input;
  if (from !== undefined && before !== undefined && from > before)
    throw invalidParameter('Time range lower bound must be less than or equal to upper bound');
  const name = input.TableName?.split('/').at(-1);
  const within = name === undefined ? {} : { index: 'byTable', where: { table: name } };
  const found: BackupRow[] = [];
  let start = input.ExclusiveStartBackupArn;
  for (;;) {
    const after = start === undefined ? {} : { after: { arn: start } };
    const rows = ctx.store.list(backups, { ...within, ...after, limit: BACKUPS_LISTED_MAX });
    found.push(
      ...rows.filter(
        (backup) =>
          (type === 'ALL' || backup.type === type) &&
          (from === undefined || backup.createdAt >= from) &&
          (before === undefined || backup.createdAt < before),
      ),
    );
    start = rows.at(-1)?.arn;
    if (found.length >= count || rows.length < BACKUPS_LISTED_MAX) return found;
  }
}

export const deleteBackup: Handler<'dynamodb', 'DeleteBackup'> = (input, ctx) => {
  const { BackupArn: given } = input;
  const backup = findNamed(given, ctx);
  if (backup.expiresAt !== undefined) throw systemBackup(given, isoSeconds(backup.expiresAt));
  if (backup.status === 'CREATING') throw backupInUse(given);
  if (backup.restores > 0) throw backupRestoring(given, '');
  const shown = descriptionOf({ ...backup, arn: given }, ctx);
  forgetBackup(backup, ctx.store, ctx);
  return { BackupDescription: { ...shown, BackupDetails: { ...shown.BackupDetails, BackupStatus: 'DELETED' } } };
};

/** Removes a backup with its items. */
export function forgetBackup(backup: BackupRow, store: StoreView, ctx: Ctx): void {
  store.delete(backups, backup);
  discard(backup.pile, backup.source, ctx);
}
