/** Changes of a table: throughput, billing, protection, and its global indexes. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  AttributeDefinition,
  CreateGlobalSecondaryIndexAction,
  GlobalSecondaryIndexUpdate,
  KeySchemaElement,
  ProvisionedThroughput,
  UpdateGlobalSecondaryIndexAction,
  UpdateTableInput,
  WarmThroughput,
} from '#models/dynamodb';
import { keySchema } from '../domain/describe.ts';
import { describeChange } from '../domain/describe-change.ts';
import { discard } from '../domain/discard.ts';
import { findTable, placeOf } from '../domain/find.ts';
import { keysOf } from '../domain/keys.ts';
import { checkSchema, checkThroughput, indexSpec, refuseUndefined } from '../domain/schema.ts';
import { closeStream, openStream, wantsStream } from '../domain/stream.ts';
import {
  indexNotFound,
  indexUpdateBlocked,
  invalid,
  invalidParameter,
  onlyOneIndexChange,
  streamNeeded,
  subscriberLimit,
  tableBeingCreated,
  tableBeingUpdated,
  tableNotFound,
} from '../errors.ts';
import { settleRules } from '../insight-rules.ts';
import { CAPACITY_UNITS_MAX, GLOBAL_INDEXES_MAX } from '../limits.ts';
import { type IndexSpec, type TableRow, tables } from '../state.ts';
import { refuseOverMost } from './caps.ts';
import { refuseUnbuiltReplicas, replicasOf, withReplicas } from './replica.ts';
import { type Keys, keyChangesOf, newKeys, withKey } from './replica-settings.ts';
import { dropTable, releaseKeyOf } from './table.ts';
import {
  changedClass,
  changedOnDemand,
  changedThroughput,
  checkOnDemand,
  keptWarm,
  refuseSame,
  units,
  warmer,
  withBilling,
} from './throughput.ts';
import { refuseTogether } from './together.ts';

/** Deviation: all but the building of an index is complete at once; AWS takes minutes in UPDATING, and removes an index as slowly. */
export const updateTable: Handler<'dynamodb', 'UpdateTable'> = async (input, ctx) => {
  refuseNothing(input);
  refuseUnbuiltReplicas(input);
  checkAlone(input);
  const keys = await newKeys(input, ctx);
  return ctx.transact(() => changeTable(input, keys, ctx));
};

function changeTable(input: UpdateTableInput, keys: Keys, ctx: Ctx) {
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  if (table.importing === true) throw tableBeingCreated(table.name);
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  if (table.replicas !== undefined) refuseOfReplica(input);
  const others = replicasOf(table, store);
  refuseBusy([table, ...others.map((one) => one.table)], input);
  const billed = withBilling(table, input, ctx);
  const { onDemand, ...indexed } = withIndexes(billed, updates, input, ctx);
  refuseOverMost(input, ctx);
  for (const { Create: create, Update: update } of updates)
    for (const one of [create, update]) if (one !== undefined) refuseOverMost(one, ctx, one.IndexName);
  const changed: TableRow = {
    ...indexed,
    ...changedOnDemand(onDemand, input.OnDemandThroughput),
    ...(input.StreamSpecification !== undefined && {
      stream: wantsStream(input.StreamSpecification)
        ? openStream(table, input.StreamSpecification, store, ctx)
        : closeStream(table, store, ctx),
    }),
    ...(input.DeletionProtectionEnabled !== undefined && { deletionProtected: input.DeletionProtectionEnabled }),
    ...changedClass(table, input.TableClass, ctx),
    ...warmer(table, input.WarmThroughput, 'table'),
    ...(input.SSESpecification !== undefined && { keyChanges: [...keyChangesOf(table.keyChanges, ctx.now), ctx.now] }),
  };
  const key = keys.get(placeOf(table.arn).region);
  if (key !== undefined) releaseKeyOf(table, ctx);
  const keyed = key === undefined ? changed : withKey(changed, key);
  const row = withReplicas(keyed, input.ReplicaUpdates ?? [], keys, store, ctx, (replica, there) =>
    dropTable(replica, there, ctx),
  );
  putTable(table, row, store);
  for (const one of replicasOf(table, store))
    putTable(one.table, followed(one.table, table, input, keys, ctx), one.store);
  return { TableDescription: describeChange(table, row, input, store, ctx.now) };
}

/**
 * While an index is built, only that can be given up, and no replica is added.
 *
 * Source: Developer Guide, "Managing Global Secondary Indexes in DynamoDB", "Phases of index creation"; findings of ack-api-quirks, measured against AWS.
 *
 * @throws {ServiceError} LimitExceededException, ResourceInUseException
 */
function refuseBusy(tables: readonly [TableRow, ...TableRow[]], input: UpdateTableInput): void {
  const { GlobalSecondaryIndexUpdates: updates = [], ReplicaUpdates: replicas } = input;
  const changed = updates.filter(({ Create: create, Delete: remove }) => create !== undefined || remove !== undefined);
  const built = tables.flatMap(({ indexes }) => indexes.filter(({ status }) => status === 'CREATING'));
  const isGivenUp = built.some(({ name }) => name === changed[0]?.Delete?.IndexName);
  if (changed.length > 1 || (built.length > 0 && changed.length > 0 && !isGivenUp)) throw onlyOneIndexChange();
  if (built.length > 0 && replicas !== undefined) throw tableBeingUpdated(tables[0].name);
}

/** With the rules of the indexes that are still there. */
function putTable(before: TableRow, after: TableRow, store: StoreView): void {
  store.put(tables, after);
  settleRules(before, after, store);
}

/** A replica after a change of another: indexes are the same everywhere, and so are limits, but for those of reads that are its own. */
function followed(replica: TableRow, table: TableRow, input: UpdateTableInput, keys: Keys, ctx: Ctx): TableRow {
  const key = keys.get(placeOf(replica.arn).region);
  if (key !== undefined) releaseKeyOf(replica, ctx);
  const keyed = key === undefined ? replica : withKey(replica, key);
  const { onDemand, ...indexed } = withIndexes(keyed, input.GlobalSecondaryIndexUpdates ?? [], input, ctx);
  const { MaxReadRequestUnits: read, MaxWriteRequestUnits: write } = input.OnDemandThroughput ?? {};
  const isAlike = onDemand?.MaxReadRequestUnits === table.onDemand?.MaxReadRequestUnits;
  return {
    ...indexed,
    ...changedClass(replica, input.TableClass, ctx, placeOf(replica.arn).region),
    ...changedOnDemand(onDemand, {
      ...(read !== undefined && isAlike && { MaxReadRequestUnits: read }),
      ...(write !== undefined && { MaxWriteRequestUnits: write }),
    }),
  };
}

/** What a replica can't do. @throws {ServiceError} ValidationException */
function refuseOfReplica(input: UpdateTableInput): void {
  if (input.StreamSpecification?.StreamEnabled === false) throw streamNeeded();
  if (input.BillingMode === 'PROVISIONED')
    throw invalid('Table write capacity should either be Pay-Per-Request or AutoScaled.');
}

function refuseNothing(input: UpdateTableInput): void {
  const { MultiRegionConsistency: consistency, GlobalTableWitnessUpdates: _, TableName: __, ...more } = input;
  const { AttributeDefinitions: ___, ...rest } = more;
  if (Object.values(rest).some((value) => value !== undefined && !(Array.isArray(value) && value.length === 0))) return;
  throw invalid(
    `At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, ${consistency === undefined ? 'MultiRegionConsistency, ' : ''}DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required`,
  );
}

/** What can be told without the table. @throws {ServiceError} ValidationException */
function checkAlone(input: UpdateTableInput): void {
  const { ProvisionedThroughput: wanted, GlobalSecondaryIndexUpdates: updates = [] } = input;
  for (const { Update: update } of updates)
    if (update?.WarmThroughput !== undefined) refuseNoWarmth(update.IndexName, update.WarmThroughput);
  refuseTogether(input);
  if (input.GlobalSecondaryIndexUpdates?.length === 0)
    throw invalidParameter('List of GlobalSecondaryIndexUpdates is empty');
  if (wanted !== undefined) checkThroughput('PROVISIONED', wanted, []);
  const seen = new Set<string>();
  for (const { Create: create, Update: update, Delete: remove } of updates) {
    const [one, ...more] = [create, update, remove].filter((action) => action !== undefined);
    if (more.length > 0)
      throw invalidParameter('Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object');
    if (one === undefined)
      throw invalidParameter(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    if (seen.has(one.IndexName))
      throw invalidParameter(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${one.IndexName}`,
      );
    seen.add(one.IndexName);
  }
}

function refuseNoWarmth(index: string, { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write }: WarmThroughput): void {
  if (read !== undefined || write !== undefined) return;
  throw invalidParameter(
    `WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: ${index}`,
  );
}

function withIndexes(
  table: TableRow,
  updates: readonly GlobalSecondaryIndexUpdate[],
  input: UpdateTableInput,
  ctx: Ctx,
): TableRow {
  let changed = table;
  for (const { Create: create, Update: update, Delete: remove } of updates) {
    if (create !== undefined) changed = withCreated(changed, create, input, ctx);
    if (remove !== undefined) {
      const index = globalIndex(changed, remove.IndexName, true);
      discard(index.pile, table, ctx);
      const indexes = changed.indexes.filter((one) => one !== index);
      const { [index.name]: _, ...insights } = changed.insights ?? {};
      changed = { ...changed, indexes, attributes: usedAttributes(changed, indexes) };
      if (changed.insights !== undefined) changed = { ...changed, insights };
    }
    if (update !== undefined) {
      const index = globalIndex(changed, update.IndexName, false, update.ProvisionedThroughput);
      const next = limited(index, update, changed, ctx);
      changed = { ...changed, indexes: changed.indexes.map((one) => (one === index ? next : one)) };
    }
  }
  return changed;
}

/** An index with other limits. @throws {ServiceError} ValidationException, LimitExceededException */
function limited(
  { onDemand, pastThroughput, ...index }: IndexSpec,
  { ProvisionedThroughput: wanted, OnDemandThroughput: given, WarmThroughput: warm }: UpdateGlobalSecondaryIndexAction,
  { billing }: TableRow,
  ctx: Ctx,
): IndexSpec {
  const isEmpty = Object.values({ ...given, ...warm }).every((one) => one === undefined);
  if (billing === 'PAY_PER_REQUEST' && (wanted !== undefined || isEmpty))
    throw invalidParameter(
      `The only Updates for index: ${index.name} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput`,
    );
  if (wanted !== undefined) {
    // As for a new index.
    checkThroughput(billing, wanted, [{ IndexName: index.name, ProvisionedThroughput: wanted }], true);
    if (index.throughput !== undefined) refuseSame(index.throughput, wanted, `index ${index.name}`);
  }
  checkOnDemand(billing, given, true, index.name);
  const past = pastThroughput !== undefined && { pastThroughput };
  return {
    ...index,
    ...(wanted === undefined
      ? past
      : { ...keptWarm(index, wanted), throughput: changedThroughput({ ...index, ...past }, wanted, ctx) }),
    ...changedOnDemand(onDemand, given),
    ...warmer(index, warm, `index ${index.name}`),
  };
}

function globalIndex(table: TableRow, name: string, isDeleted: boolean, wanted?: ProvisionedThroughput): IndexSpec {
  const index = table.indexes.find((one) => one.name === name);
  if (index?.global === false)
    throw invalid(`Cannot ${isDeleted ? 'delete' : 'update'} an index that is not a GlobalSecondaryIndex: ${name}`);
  const units = Math.max(wanted?.ReadCapacityUnits ?? 0, wanted?.WriteCapacityUnits ?? 0);
  if (index === undefined) throw units > CAPACITY_UNITS_MAX ? indexUpdateBlocked() : indexNotFound(name, table.name);
  return index;
}

/** Definitions of attributes that are keys of nothing any more go with their index. */
function usedAttributes(table: TableRow, indexes: readonly IndexSpec[]): TableRow['attributes'] {
  const used = new Set([table, ...indexes].flatMap((spec) => keysOf(spec).map(({ name }) => name)));
  return table.attributes.filter((one) => used.has(one.AttributeName));
}

/** An attribute has one type in all keys. Text: as recorded from AWS. */
function refuseRedefined(
  table: TableRow,
  { KeySchema }: CreateGlobalSecondaryIndexAction,
  given: readonly AttributeDefinition[],
): void {
  const changed = given.find(({ AttributeName: name, AttributeType: type }) =>
    table.attributes.some((one) => one.AttributeName === name && one.AttributeType !== type),
  );
  if (changed === undefined) return;
  const { AttributeName: name } = changed;
  const [first] = [table, ...table.indexes].flatMap((spec) =>
    keySchema(spec).some((key) => key.AttributeName === name) ? [keySchema(spec)] : [],
  );
  const shown = (keys: readonly KeySchemaElement[], attributes: readonly AttributeDefinition[]) =>
    keys
      .map((key) => {
        const type = attributes.find((one) => one.AttributeName === key.AttributeName)?.AttributeType;
        return `SchemaElement: key{${key.AttributeName}:${type}:${key.KeyType}}`;
      })
      .join(', ');
  throw invalidParameter(
    'Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. ' +
      `Existing schema: Schema:[${shown(first ?? [], table.attributes)}] New schema: Schema:[${shown(KeySchema, given)}]`,
  );
}

/** The index is there at once, empty and CREATING; timers put the existing items in. */
function withCreated(
  table: TableRow,
  create: CreateGlobalSecondaryIndexAction,
  input: UpdateTableInput,
  ctx: Ctx,
): TableRow {
  if (table.indexes.some((one) => one.name === create.IndexName))
    throw invalid('Attempting to create an index which already exists');
  const all = input.AttributeDefinitions ?? [];
  if (all.length === 0) throw invalidParameter(`AttributeDefinitions is not specified for index: ${create.IndexName}`);
  // Of those that the new index has no use for, nothing is said.
  const given = all.filter((one) => create.KeySchema.some((key) => key.AttributeName === one.AttributeName));
  refuseUndefined(
    create.KeySchema.map((one) => one.AttributeName),
    all.map((one) => one.AttributeName),
  );
  refuseRedefined(table, create, given);
  const attributes = [
    ...table.attributes.filter((one) => !given.some((other) => other.AttributeName === one.AttributeName)),
    ...given,
  ];
  const shown = table.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: {
      ProjectionType: index.projection.type,
      ...(index.projection.attributes !== undefined && { NonKeyAttributes: [...index.projection.attributes] }),
    },
  }));
  const local = shown.filter((_, at) => table.indexes[at]?.global === false);
  const global = shown.filter((_, at) => table.indexes[at]?.global === true);
  // Source: findings of ack-api-quirks, DDB-TABLE-169, measured against AWS.
  if (global.length >= GLOBAL_INDEXES_MAX)
    throw subscriberLimit(`Number of global secondary indexes exceeds per-table limit of ${GLOBAL_INDEXES_MAX}`);
  checkSchema({ attributes, keys: keySchema(table), local, global: [...global, create] });
  checkThroughput(table.billing, units(table.throughput), [create], true);
  const index = indexSpec(create, attributes, true, ctx.uuid(), 'CREATING');
  ctx.arm('build', `${index.pile} 0`, ctx.now, {
    table: table.name,
    ...placeOf(table.arn),
    pile: table.pile,
    index: index.pile,
    round: 0,
  });
  return { ...table, attributes, indexes: [...table.indexes, index] };
}
