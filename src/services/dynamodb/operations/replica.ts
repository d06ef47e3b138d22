/**
 * Replicas of a global table (version 2019.11.21): added and removed by UpdateTable.
 *
 * Deviation: replicas share the account; their capacity is on demand, as AWS wants it where nothing scales it; strong
 * consistency over Regions is not built.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Ctx, notBuilt } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import type {
  CreateReplicationGroupMemberAction as Create,
  ReplicationGroupUpdate,
  UpdateTableInput,
} from '#models/dynamodb';
import { type Found, placeOf } from '../domain/find.ts';
import { openStream } from '../domain/stream.ts';
import {
  badReplicaRegion,
  invalid,
  localRegion,
  manyReplicaActions,
  noReplicaAction,
  recentSource,
  replicaExists,
  replicaNotFound,
  replicaProtected,
} from '../errors.ts';
import { DAY_MILLIS } from '../limits.ts';
import { type TableRow, tables } from '../state.ts';
import { arnIn, changeReplica, type Keys, refuseUnbuiltSettings, withSettings } from './replica-settings.ts';

/** The other replicas of a global table. */
export function replicasOf({ name, replicas = [] }: TableRow, store: StoreView): Found[] {
  return replicas.flatMap(({ region }) => {
    const there = store.in({ region });
    const table = there.get(tables, { name });
    return table === undefined ? [] : [{ table, store: there }];
  });
}

/** What of replicas is not built. @throws {ServiceError} NotImplemented */
export function refuseUnbuiltReplicas(input: UpdateTableInput): void {
  if (input.MultiRegionConsistency === 'STRONG') throw notBuilt('strong consistency over Regions');
  if (input.GlobalTableWitnessUpdates !== undefined)
    throw invalid('MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.');
  for (const { Create: create, Update: update, Delete: remove, Disassociate: leave } of input.ReplicaUpdates ?? []) {
    const [one, ...more] = [create, update, remove, leave].filter((action) => action !== undefined);
    if (one === undefined) throw noReplicaAction();
    if (more.length > 0) throw manyReplicaActions();
    if (leave !== undefined) throw notBuilt('global tables of several accounts');
    for (const given of [create, update]) if (given !== undefined) refuseUnbuiltSettings(given);
  }
  // Source: findings of ack-api-quirks, measured against AWS.
  if (distinct(input.ReplicaUpdates ?? []).filter((one) => one.Update === undefined).length > 1)
    throw invalid('Update table operation with more than one create or delete replica actions not allowed');
}

/** What is asked for twice in the same words is asked for once. */
function distinct(updates: readonly ReplicationGroupUpdate[]): ReplicationGroupUpdate[] {
  return updates.filter((one, at) => updates.findIndex((other) => isDeepStrictEqual(one, other)) === at);
}

/** In a transaction: adds, changes and removes replicas. @returns the table with its replicas, not stored yet */
export function withReplicas(
  table: TableRow,
  updates: readonly ReplicationGroupUpdate[],
  keys: Keys,
  store: StoreView,
  ctx: Ctx,
  drop: (replica: TableRow, store: StoreView) => void,
): TableRow {
  let changed = table;
  for (const { Create: create, Update: update, Delete: remove } of distinct(updates)) {
    if (update !== undefined) {
      changeReplica(changed, update, store, ctx);
      continue;
    }
    const region = create?.RegionName ?? remove?.RegionName ?? '';
    if (!REGIONS.has(region)) throw badReplicaRegion(region, [...REGIONS.keys()]);
    if (region === placeOf(table.arn).region) throw localRegion();
    if (create !== undefined) changed = added(changed, create, keys, store, ctx);
    else changed = removed(changed, region, store, ctx, drop);
  }
  return changed;
}

function added(table: TableRow, create: Create, keys: Keys, store: StoreView, ctx: Ctx): TableRow {
  const { RegionName: region } = create;
  if (table.billing !== 'PAY_PER_REQUEST')
    throw invalid('Table write capacity should either be Pay-Per-Request or AutoScaled.');
  const there = store.in({ region });
  if (there.get(tables, table) !== undefined) throw replicaExists(table.name);
  const source = streaming(table, store, ctx);
  const { region: own } = placeOf(table.arn);
  const { name, hash, range, attributes, indexes, billing, tableClass, onDemand, warm, expiry } = source;
  const members = [...(source.replicas ?? []), { region: own }];
  const bare = {
    hash,
    ...(range !== undefined && { range }),
    name,
    arn: arnIn(region, table, ctx),
  };
  const bareReplica: TableRow = {
    ...bare,
    id: ctx.uuid(),
    pile: ctx.uuid(),
    attributes,
    indexes: indexes.map((index) => ({ ...index, pile: ctx.uuid(), status: 'ACTIVE' as const })),
    billing,
    ...(onDemand !== undefined && { onDemand }),
    ...(warm !== undefined && { warm }),
    ...(tableClass !== undefined && { tableClass }),
    ...(expiry !== undefined && { expiry: { attribute: expiry.attribute, pile: ctx.uuid() } }),
    deletionProtected: false,
    tags: {},
    createdAt: ctx.now,
    stream: openStream(bare, { StreamEnabled: true, StreamViewType: source.stream.view }, there, ctx),
    replicas: members,
    addedFrom: { region: own, at: ctx.now },
    filling: true,
    ...keys.get(region),
  };
  const replica = withSettings(bareReplica, create, ctx);
  there.put(tables, replica);
  tell(source, store, (row) => ({ ...row, replicas: [...(row.replicas ?? []), { region }] }));
  ctx.arm('fill', `${replica.pile} 0`, ctx.now, { arn: table.arn, table: name, region, pile: replica.pile, round: 0 });
  for (const { arn, pile } of table.replicas === undefined ? [source, replica] : [replica])
    ctx.arm('forgetStamps', pile, ctx.now + DAY_MILLIS, { arn, table: name, pile });
  return { ...source, replicas: [...(source.replicas ?? []), { region }] };
}

/** Replicas have streams: what there is stays as it is. Source: Developer Guide, "Global tables core concepts", "DynamoDB Streams"; findings of ack-api-quirks, measured against AWS. */
function streaming(table: TableRow, store: StoreView, ctx: Ctx): TableRow & Required<Pick<TableRow, 'stream'>> {
  const { stream } = table;
  if (stream?.enabled === true) return { ...table, stream };
  return {
    ...table,
    stream: openStream(table, { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }, store, ctx),
  };
}

function removed(
  table: TableRow,
  region: string,
  store: StoreView,
  ctx: Ctx,
  drop: (replica: TableRow, store: StoreView) => void,
): TableRow {
  const there = store.in({ region });
  const replica = there.get(tables, table);
  if (table.replicas?.some((one) => one.region === region) !== true || replica === undefined)
    throw replicaNotFound(region, table.replicas !== undefined);
  if (replica.deletionProtected) throw replicaProtected(table.name, region);
  refuseRecentSource(replica, there, ctx);
  drop(replica, there);
  const rest = left(table, region);
  tell(rest, store, (row) => left(row, region));
  return rest;
}

/** A replica that is about to be deleted leaves its global table. @throws {ServiceError} ValidationException */
export function leave(table: TableRow, store: StoreView, ctx: Ctx): void {
  if (table.replicas === undefined) return;
  refuseRecentSource(table, store, ctx);
  const { region } = placeOf(table.arn);
  tell(table, store, (row) => left(row, region));
}

/** One that others were added from stays for a day, while they are there. Source: findings of ack-api-quirks, measured against AWS. @throws {ServiceError} ValidationException */
function refuseRecentSource(table: TableRow, store: StoreView, ctx: Ctx): void {
  const { region } = placeOf(table.arn);
  const isOfIt = ({ addedFrom }: TableRow) => addedFrom?.region === region && ctx.now < addedFrom.at + DAY_MILLIS;
  if (replicasOf(table, store).some((one) => isOfIt(one.table))) throw recentSource();
}

/** Changes the rows of all other replicas. */
function tell(table: TableRow, store: StoreView, change: (row: TableRow) => TableRow): void {
  for (const one of replicasOf(table, store)) one.store.put(tables, change(one.table));
}

function left({ replicas = [], ...rest }: TableRow, region: string): TableRow {
  const others = replicas.filter((one) => one.region !== region);
  return { ...rest, ...(others.length > 0 && { replicas: others }) };
}
