/** Restoring: a new table from a backup, or from another table as it was at a point in time. */
import { isDeepStrictEqual } from 'node:util';
import { isoSeconds, parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  BillingMode,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  RestoreTableFromBackupInput,
  RestoreTableToPointInTimeInput,
} from '#models/dynamodb';
import { backups } from '../backup-state.ts';
import { describeTable as describe, keySchema } from '../domain/describe.ts';
import { keyFor, type TableKey, wantsKey } from '../domain/encryption.ts';
import { type Found, findTable, placeOf, tableRef } from '../domain/find.ts';
import { keepHistory, type Past } from '../domain/history.ts';
import { keysOf } from '../domain/keys.ts';
import { indexSpec, throughputOf } from '../domain/schema.ts';
import { sequenceThrough } from '../domain/sequence.ts';
import { tableNotFoundPlain } from '../errors.ts';
import {
  backupInUse,
  backupRestoring,
  badOverride,
  badRestoreTime,
  bothTimes,
  keyOfRegion,
  neitherTime,
  noRecovery,
  restoredAlready,
  tableExistsAlready,
} from '../errors-copies.ts';
import { DAY_MILLIS, RECOVERY_DAYS_MAX, RECOVERY_LAG } from '../limits.ts';
import { type IndexSpec, type TableRow, type Throughput, tables } from '../state.ts';
import { findBackup } from './backup.ts';

type Overrides = Omit<RestoreTableFromBackupInput & RestoreTableToPointInTimeInput, 'BackupArn'>;

export const restoreTableFromBackup: Handler<'dynamodb', 'RestoreTableFromBackup'> = async (input, ctx) => {
  refuseForeignKey(input, placeOf(input.BackupArn).region, ctx);
  // All refusals come before a key of AWS is made.
  const { backup } = ofBackup(input, {}, ctx);
  const key = await keyOfRestored(input, backup.source, ctx);
  return ctx.transact(() => fromBackup(input, key, ctx));
};

/** What is restored may lie in another Region of the account. Source: Developer Guide, "Restoring a DynamoDB table from a backup". */
function storeOfArn(arn: string, ctx: Ctx): StoreView {
  const region = parseArn(arn)?.region ?? ctx.region;
  return region === ctx.region ? ctx.store : ctx.store.in({ region });
}

function fromBackup(input: RestoreTableFromBackupInput, key: TableKey, ctx: Ctx) {
  const { backup, store, table } = ofBackup(input, key, ctx);
  ctx.store.put(tables, table);
  store.put(backups, { ...backup, restores: backup.restores + 1 });
  copyInto(table, { pile: backup.pile }, {}, ctx);
  return { TableDescription: describe(table, ctx.store, ctx.now) };
}

/** The backup, and the table that it makes. */
function ofBackup(input: RestoreTableFromBackupInput, key: TableKey, ctx: Ctx) {
  const store = storeOfArn(input.BackupArn, ctx);
  const backup = findBackup(input.BackupArn, ctx, store);
  if (backup.status === 'CREATING') throw backupInUse(backup.arn);
  refuseTaken(input.TargetTableName, ctx);
  // One restore at a time.
  if (backup.restores > 0) throw backupRestoring(backup.arn, 'another ');
  return {
    backup,
    store,
    table: restored(input, backup.source, { at: backup.createdAt, backup: backup.arn }, key, ctx),
  };
}

/** The key of the new table: the one that is named, else one like the source's. */
async function keyOfRestored(
  input: Overrides,
  { encryptionKey: KMSMasterKeyId, arn }: Pick<TableRow, 'encryptionKey' | 'arn'>,
  ctx: Ctx,
): Promise<TableKey> {
  const { SSESpecificationOverride: own, TargetTableName } = input;
  if (own !== undefined) wantsKey(own, 'sSESpecificationOverride');
  refuseForeignKey(input, placeOf(arn).region, ctx);
  const wanted =
    own ?? (KMSMasterKeyId === undefined ? undefined : { Enabled: true, SSEType: 'KMS' as const, KMSMasterKeyId });
  if (wanted === undefined) return {};
  return keyFor(wanted, `arn:${ctx.partition}:dynamodb:${ctx.region}:${ctx.account}:table/${TargetTableName}`, ctx);
}

/** A key of KMS is its Region's. @throws {ServiceError} ValidationException */
function refuseForeignKey({ SSESpecificationOverride: own }: Overrides, region: string, ctx: Ctx): void {
  if (own === undefined && region !== ctx.region) throw keyOfRegion();
}

export const restoreTableToPointInTime: Handler<'dynamodb', 'RestoreTableToPointInTime'> = async (input, ctx) => {
  const named = input.SourceTableName ?? input.SourceTableArn ?? '';
  const { RestoreDateTime: at, UseLatestRestorableTime: latest } = input;
  if (at !== undefined && latest === true) throw bothTimes();
  if (at === undefined && latest !== true) throw neitherTime();
  const { source } = ofPast(input, named, {}, ctx);
  const key = await keyOfRestored(input, source, ctx);
  return ctx.transact(() => toPointInTime(input, named, key, ctx));
};

/** The table of a name, or of an ARN, also of another Region. @throws {ServiceError} TableNotFoundException */
function findSource(named: string, ctx: Ctx): Found {
  const { name, account, region } = tableRef(named, ctx);
  if (region === ctx.region || account !== ctx.account) return findTable(named, ctx, tableNotFoundPlain);
  const store = ctx.store.in({ region });
  const table = store.get(tables, { name });
  if (table === undefined) throw tableNotFoundPlain(name);
  return { table, store };
}

function toPointInTime(input: RestoreTableToPointInTimeInput, named: string, key: TableKey, ctx: Ctx) {
  const { source, store, history, at, table } = ofPast(input, named, key, ctx);
  ctx.store.put(tables, table);
  store.put(tables, keepHistory(source, ctx));
  // All that happened within the millisecond counts.
  const as = { pile: history.pile, sequence: sequenceThrough(at) };
  copyInto(table, { pile: source.pile, as }, { source: source.name }, ctx);
  return { TableDescription: describe(table, ctx.store, ctx.now) };
}

/** The source, and the table that its past makes. */
function ofPast(input: RestoreTableToPointInTimeInput, named: string, key: TableKey, ctx: Ctx) {
  const { table: source, store } = findSource(named, ctx);
  const { history } = source;
  const window = recoveryWindow(source, ctx);
  if (window === undefined || history === undefined) throw noRecovery(source.name);
  const at = input.RestoreDateTime ?? window.latest;
  if (at < window.earliest || at > window.latest)
    throw badRestoreTime(isoSeconds(at), isoSeconds(window.earliest), isoSeconds(window.latest));
  refuseTaken(input.TargetTableName, ctx);
  return { source, store, history, at, table: restored(input, source, { at }, key, ctx) };
}

/** From when to when a table can be recovered; undefined when it can't be. */
export function recoveryWindow({ history }: TableRow, ctx: Ctx): { earliest: number; latest: number } | undefined {
  const recovery = history?.recovery;
  if (recovery === undefined) return undefined;
  const earliest = Math.max(recovery.since, ctx.now - (recovery.days ?? RECOVERY_DAYS_MAX) * DAY_MILLIS);
  return { earliest, latest: Math.max(earliest, ctx.now - RECOVERY_LAG) };
}

/** @throws {ServiceError} TableAlreadyExistsException, TableInUseException */
function refuseTaken(target: string, ctx: Ctx): void {
  const { name } = tableRef(target, ctx);
  const there = ctx.store.get(tables, { name });
  if (there?.restored?.inProgress === true && there.restored.backup !== undefined)
    throw restoredAlready(name, there.restored.backup);
  if (there !== undefined) throw tableExistsAlready(name);
}

/** Capacity that fits how the new table is billed. @throws {ServiceError} ValidationException */
function checkCapacity(input: Overrides, source: TableRow): void {
  const { BillingModeOverride: override, ProvisionedThroughputOverride: units } = input;
  const billing = override ?? source.billing;
  if (units !== undefined && override === 'PAY_PER_REQUEST')
    throw badOverride('Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST');
  if (units !== undefined && billing !== 'PROVISIONED')
    throw badOverride('Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED');
  if (units === undefined && billing === 'PROVISIONED' && source.throughput === undefined)
    throw badOverride('Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED');
  for (const member of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const limit = input.OnDemandThroughputOverride?.[member];
    if (limit === undefined) continue;
    if (billing === 'PROVISIONED')
      throw badOverride(
        `Cannot override ${member} for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST`,
      );
    if (limit < 1) throw badOverride(`Requested ${member} for OnDemandThroughput is outside of valid range`);
  }
}

/** The new table: keys, indexes, capacity and encryption of the source, unless they are overridden; its class is Standard. Source: findings of ack-api-quirks, DDB-TABLE-215, measured against AWS. */
function restored(
  input: Overrides,
  source: TableRow,
  { at, backup }: { at: number; backup?: string },
  key: TableKey,
  ctx: Ctx,
): TableRow {
  const { name } = tableRef(input.TargetTableName, ctx);
  checkCapacity(input, source);
  const billing = input.BillingModeOverride ?? source.billing;
  const wanted = input.ProvisionedThroughputOverride;
  const throughput = wanted === undefined ? bare(source.throughput) : throughputOf(wanted);
  const { hash, range } = source;
  const onDemand = input.OnDemandThroughputOverride ?? source.onDemand;
  const indexes = indexesOf(input, source, billing, ctx);
  const used = new Set([source, ...indexes].flatMap((spec) => keysOf(spec).map((one) => one.name)));
  return {
    hash,
    ...(range !== undefined && { range }),
    name,
    arn: `arn:${ctx.partition}:dynamodb:${ctx.region}:${ctx.account}:table/${name}`,
    id: ctx.uuid(),
    pile: ctx.uuid(),
    attributes: source.attributes.filter((one) => used.has(one.AttributeName)),
    indexes,
    billing,
    ...(billing === 'PROVISIONED' && throughput !== undefined && { throughput }),
    ...(billing === 'PAY_PER_REQUEST' && onDemand !== undefined && { onDemand }),
    ...key,
    deletionProtected: false,
    tags: {},
    createdAt: ctx.now,
    restored: { source: source.arn, at, inProgress: true, ...(backup !== undefined && { backup }) },
  };
}

/** Throughput without what was done to it. */
function bare(throughput: Throughput | undefined): Throughput | undefined {
  return throughput && { read: throughput.read, write: throughput.write };
}

type IndexOverride = LocalSecondaryIndex | GlobalSecondaryIndex;

/**
 * Those of the source, or those of them that are named: one that is named has the key and the projection of one that was there, and may have another name.
 *
 * Source: findings of ack-api-quirks, DDB-TABLE-280 and 281, measured against AWS.
 *
 * @throws {ServiceError} ValidationException
 */
function indexesOf(input: Overrides, source: TableRow, billing: BillingMode, ctx: Ctx): IndexSpec[] {
  const { LocalSecondaryIndexOverride: local, GlobalSecondaryIndexOverride: global } = input;
  for (const one of local ?? []) refuseOther(one, source, false);
  for (const one of global ?? []) refuseOther(one, source, true);
  const kept = source.indexes.filter((index) => (index.global ? global : local) === undefined);
  const indexes = [
    ...kept.map((index): IndexSpec => ({ ...index, pile: ctx.uuid(), status: 'ACTIVE' })),
    ...(local ?? []).map((one) => indexSpec(one, source.attributes, false, ctx.uuid(), 'ACTIVE')),
    ...(global ?? []).map((one) => indexSpec(one, source.attributes, true, ctx.uuid(), 'ACTIVE')),
  ];
  for (const { IndexName, ProvisionedThroughput: units } of global ?? [])
    if (units !== undefined && input.BillingModeOverride === 'PAY_PER_REQUEST')
      throw badOverride(
        `Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index ${IndexName}`,
      );
  return indexes.map(({ throughput, pastThroughput: _, onDemand, warm: __, ...index }): IndexSpec => {
    if (!index.global) return index;
    if (billing === 'PAY_PER_REQUEST') return { ...index, ...(onDemand !== undefined && { onDemand }) };
    const provisioned = bare(throughput);
    if (provisioned === undefined) throw badOverride(`Must specify provisioned throughput for index ${index.name}`);
    return { ...index, throughput: provisioned };
  });
}

/** @throws {ServiceError} ValidationException, where no index of the source is like it */
function refuseOther({ IndexName, KeySchema, Projection }: IndexOverride, source: TableRow, global: boolean): void {
  const { ProjectionType = 'ALL', NonKeyAttributes } = Projection;
  const wanted = [KeySchema, ProjectionType, [...(NonKeyAttributes ?? [])].sort()];
  const isLike = source.indexes.some((index) => {
    const { type, attributes = [] } = index.projection;
    return index.global === global && isDeepStrictEqual(wanted, [keySchema(index), type, [...attributes].sort()]);
  });
  if (!isLike)
    throw badOverride(
      `Index ${IndexName} does not match a secondary index that existed in the source table and cannot be created during the restore operation`,
    );
}

function copyInto(table: TableRow, past: Past, from: { source?: string }, ctx: Ctx): void {
  const { name, pile, restored: { backup, source = '' } = {} } = table;
  const { region } = placeOf(source);
  ctx.arm('restore', `${pile} 0`, ctx.now, {
    table: name,
    pile,
    past,
    ...from,
    ...(region !== ctx.region && { region }),
    ...(backup !== undefined && { backup }),
    round: 0,
  });
}
