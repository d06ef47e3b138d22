/**
 * What replicas of a global table have of their own: a KMS key of their Region, a table class, and limits of reads on demand.
 *
 * @see Developer Guide, "DynamoDB global tables security"; API Reference, UpdateReplicationGroupMemberAction
 */
import type { Millis } from '#kernel/base';
import { type Ctx, notBuilt } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import type {
  CreateReplicationGroupMemberAction,
  SSESpecification,
  UpdateReplicationGroupMemberAction,
  UpdateTableInput,
} from '#models/dynamodb';
import { keyFor, type TableKey, wantsKey } from '../domain/encryption.ts';
import { findTable, placeOf } from '../domain/find.ts';
import {
  customerKeyOfReplica,
  keyOfEachReplica,
  keysOfOneKind,
  localRegion,
  noReplicaAction,
  replicaKeyUnusable,
  replicaNotFound,
  sealedAlready,
  sealedByDefault,
  tableNotFound,
  tooManyKeys,
} from '../errors.ts';
import { DAY_MILLIS, KEY_CHANGE_INTERVAL, KEY_CHANGES_FREE } from '../limits.ts';
import { type TableRow, tables } from '../state.ts';
import { changedClass, changedOnDemand, checkOnDemand, since } from './throughput.ts';

/** Keys by Region; one that has none of its own is under the key that AWS owns. */
export type Keys = ReadonlyMap<string, TableKey>;

type Create = CreateReplicationGroupMemberAction;
type Update = UpdateReplicationGroupMemberAction;

/** What an update asks for of keys, found and tried in each Region. @throws {ServiceError} ValidationException, AccessDeniedException */
export async function newKeys(input: UpdateTableInput, ctx: Ctx): Promise<Keys> {
  const { SSESpecification: wanted, ReplicaUpdates: updates = [] } = input;
  if (wanted === undefined && updates.every((one) => one.Create === undefined && one.Update === undefined))
    return new Map();
  const { table } = findTable(input.TableName, ctx, tableNotFound);
  const own = placeOf(table.arn).region;
  const members = [own, ...(table.replicas ?? []).map(({ region }) => region)];
  const specs = new Map<string, SSESpecification>();
  if (wanted !== undefined) {
    if (members.length > 1 && wanted.KMSMasterKeyId !== undefined) throw customerKeyOfReplica();
    refuseSameKey(table, wanted);
    refuseManyKeys(table, ctx);
    for (const region of members) specs.set(region, wanted);
  }
  const changed = updates.flatMap(({ Update: one }) => (one?.KMSMasterKeyId === undefined ? [] : [one]));
  if (changed.length > 0 && members.some((region) => !changed.some((one) => one.RegionName === region)))
    throw keyOfEachReplica();
  for (const { RegionName, KMSMasterKeyId } of changed)
    if (members.includes(RegionName)) specs.set(RegionName, { Enabled: true, SSEType: 'KMS', KMSMasterKeyId });
  for (const { Create: one } of updates) {
    // Of others it is told in the transaction what is wrong.
    if (one === undefined || !REGIONS.has(one.RegionName) || members.includes(one.RegionName)) continue;
    const spec = sealingOf(table, one);
    if (spec !== undefined) specs.set(one.RegionName, spec);
  }
  const keys = new Map<string, TableKey>();
  for (const [region, spec] of specs) {
    const key = keyFor(spec, arnIn(region, table, ctx), ctx);
    keys.set(region, await (members.includes(region) ? key : key.catch(ofNewReplica)));
  }
  return keys;
}

/** Source: findings of ack-api-quirks, measured against AWS. */
function ofNewReplica(error: Error): never {
  throw error.message.startsWith('KMS key disabled error') ? replicaKeyUnusable() : error;
}

/** The same key by its id or alias, or AWS's by no name, is taken again. @throws {ServiceError} ValidationException */
function refuseSameKey({ encryptionKey }: TableRow, wanted: SSESpecification): void {
  const isWanted = wantsKey(wanted);
  if (!isWanted && encryptionKey === undefined) throw sealedByDefault();
  if (isWanted && encryptionKey !== undefined && encryptionKey === wanted.KMSMasterKeyId) throw sealedAlready();
}

/** @throws {ServiceError} LimitExceededException */
function refuseManyKeys({ keyChanges }: TableRow, ctx: Ctx): void {
  const recent = keyChangesOf(keyChanges, ctx.now);
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined) return;
  if (recent.length >= KEY_CHANGES_FREE && ctx.now < last + KEY_CHANGE_INTERVAL)
    throw tooManyKeys(recent.length, first + DAY_MILLIS, last);
}

/** When keys were changed in the last day. */
export const keyChangesOf = (changes: readonly Millis[] | undefined, now: Millis): readonly Millis[] =>
  since(now - DAY_MILLIS, changes);

const AWS_KEY = 'alias/aws/dynamodb';

/** All replicas are under the same kind of key. @throws {ServiceError} ValidationException */
function sealingOf({ encryptionKey, keyCheck }: TableRow, { KMSMasterKeyId }: Create): SSESpecification | undefined {
  if (keyCheck !== undefined) {
    if (KMSMasterKeyId === undefined) throw keyOfEachReplica();
    if (KMSMasterKeyId === AWS_KEY) throw keysOfOneKind();
    return { Enabled: true, SSEType: 'KMS', KMSMasterKeyId };
  }
  if (KMSMasterKeyId !== undefined) throw keyOfEachReplica();
  return encryptionKey === undefined ? undefined : { Enabled: true };
}

/** A table of the same name and account in another Region. */
export function arnIn(region: string, { name, arn }: Pick<TableRow, 'name' | 'arn'>, ctx: Ctx): string {
  return `arn:${ctx.partition}:dynamodb:${region}:${placeOf(arn).account}:table/${name}`;
}

/** A table under another key. */
export function withKey({ encryptionKey: _, keyCheck: __, ...plain }: TableRow, key: TableKey): TableRow {
  return { ...plain, ...key };
}

/** What of a replica's settings is not built. @throws {ServiceError} NotImplemented */
export function refuseUnbuiltSettings(given: Create | Update): void {
  const overrides = [given, ...(given.GlobalSecondaryIndexes ?? [])];
  if (overrides.some((one) => one.ProvisionedThroughputOverride !== undefined))
    throw notBuilt('replicas whose throughput is provisioned');
}

/** A replica with its settings. @throws {ServiceError} ValidationException */
export function withSettings(table: TableRow, given: Create | Update, ctx: Ctx): TableRow {
  const { TableClassOverride: tableClass, GlobalSecondaryIndexes: indexes = [], RegionName: region } = given;
  const limited = <Row extends Pick<TableRow, 'onDemand'>>(
    { onDemand, ...row }: Row,
    limits: Update['OnDemandThroughputOverride'],
  ) => {
    checkOnDemand('PAY_PER_REQUEST', limits, true);
    return { ...row, ...changedOnDemand(onDemand, limits) };
  };
  return {
    ...(limited(table, given.OnDemandThroughputOverride) as TableRow),
    ...changedClass(table, tableClass, ctx, region),
    indexes: table.indexes.map((index) => {
      const own = indexes.find(({ IndexName }) => IndexName === index.name);
      return own === undefined ? index : (limited(index, own.OnDemandThroughputOverride) as typeof index);
    }),
  };
}

/** Of an index nothing is to be changed. */
const isBare = ({ IndexName: _, ...settings }: NonNullable<Update['GlobalSecondaryIndexes']>[number]) =>
  !isAny(settings);

const isAny = (of: object) => Object.values(of).some((one) => one !== undefined);

/** In a transaction: changes what a replica elsewhere has of its own. @throws {ServiceError} ValidationException */
export function changeReplica(table: TableRow, given: Update, store: StoreView, ctx: Ctx): void {
  const { RegionName: region, ...settings } = given;
  const { KMSMasterKeyId: _, ...others } = settings;
  if (region === placeOf(table.arn).region) {
    // Its key is changed with those of the others.
    if (isAny(others) || !isAny(settings)) throw localRegion();
    return;
  }
  if (table.replicas?.some((one) => one.region === region) !== true)
    throw replicaNotFound(region, table.replicas !== undefined);
  if (!isAny(settings) || settings.GlobalSecondaryIndexes?.some(isBare) === true) throw noReplicaAction();
  const there = store.in({ region });
  const replica = there.get(tables, table);
  if (replica !== undefined && isAny(others)) there.put(tables, withSettings(replica, given, ctx));
}
