/** Single items: get, put, update, delete. */
import type { Ctx, Handler } from '#kernel/contract';
import type {
  ItemCollectionMetrics,
  ReturnConsumedCapacity,
  ReturnItemCollectionMetrics,
  ReturnValue,
} from '#models/dynamodb';
import { consume, readUnits, showConsumption } from '../domain/capacity.ts';
import { project } from '../domain/expression/project.ts';
import { findTable } from '../domain/find.ts';
import { keyOf, keyValues, refuseNestedKeys } from '../domain/keys.ts';
import {
  carryOut,
  checkedItem,
  checkReturnValues,
  checkUpdateSize,
  type Decided,
  decideAlone,
  draftWrite,
  keyMutation,
  type Mutation,
  putMutation,
  refuseMixedWrite,
  touchedBy,
} from '../domain/mutation.ts';
import type { Consumption } from '../domain/rates.ts';
import { projectionOf, type ReadInput, refuseMixedRead } from '../domain/reading.ts';
import { type Item, showItem } from '../domain/value.ts';
import { items } from '../state.ts';

export const getItem: Handler<'dynamodb', 'GetItem'> = (input, ctx) => {
  refuseMixedRead(input as ReadInput);
  const key = keyValues(input.Key);
  const projection = projectionOf(input as ReadInput);
  const { table, store } = findTable(input.TableName, ctx);
  if (projection !== undefined) refuseNestedKeys(table, projection.paths, projection.bindings.names);
  const { partition, sort } = keyOf(table, key);
  const row = store.get(items, { pile: table.pile, partition, sort });
  const consumption: Consumption = {
    kind: 'read',
    table: readUnits(row?.size ?? 0, input.ConsistentRead === true),
    indexes: {},
    at: { partition },
  };
  consume(table, consumption, ctx, key);
  const item =
    row === undefined
      ? undefined
      : projection === undefined
        ? row.item
        : project(row.item, projection.paths, projection.bindings.names);
  return {
    ...(item !== undefined && { Item: showItem(item, row?.binary === true) }),
    ...showConsumption(input.ReturnConsumedCapacity, input.TableName, table, consumption),
  };
};

export const putItem: Handler<'dynamodb', 'PutItem'> = (input, ctx) => {
  refuseMixedWrite(input, false);
  const item = checkedItem(input.Item);
  checkReturnValues(input.ReturnValues);
  const draft = draftWrite(input, false);
  const mutation = putMutation(draft, item, () => findTable(input.TableName, ctx));
  return write(mutation, input, ctx);
};

export const deleteItem: Handler<'dynamodb', 'DeleteItem'> = (input, ctx) => {
  refuseMixedWrite(input, false);
  const key = keyValues(input.Key);
  const draft = draftWrite(input, false);
  checkReturnValues(input.ReturnValues);
  return write(
    keyMutation(draft, 'delete', key, () => findTable(input.TableName, ctx)),
    input,
    ctx,
  );
};

export const updateItem: Handler<'dynamodb', 'UpdateItem'> = (input, ctx) => {
  refuseMixedWrite(input, true);
  const key = keyValues(input.Key);
  const draft = draftWrite(input, true);
  const mutation = keyMutation(draft, 'update', key, () => findTable(input.TableName, ctx));
  return write(mutation, input, ctx);
};

type Asked = {
  TableName: string;
  ReturnValues?: ReturnValue;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
  ReturnItemCollectionMetrics?: ReturnItemCollectionMetrics;
};

function write(mutation: Mutation, input: Asked, ctx: Ctx) {
  const { table } = mutation;
  const decided = decideAlone(mutation, ctx);
  if (mutation.kind === 'update') checkUpdateSize(mutation, decided);
  const consumption = carryOut(mutation, decided, ctx);
  consume(table, consumption, ctx, touchedBy(mutation, decided));
  return {
    ...returned(mutation, decided, input.ReturnValues),
    ...showConsumption(input.ReturnConsumedCapacity, input.TableName, table, consumption),
    ...(input.ReturnItemCollectionMetrics === 'SIZE' && collectionMetrics(mutation)),
  };
}

/** The item before or after, whole or what the update touched. */
function returned(mutation: Mutation, { before, after }: Decided, wanted: ReturnValue | undefined) {
  if (wanted === undefined || wanted === 'NONE') return {};
  const old = wanted.endsWith('_OLD');
  const image = old ? before : after;
  if (image === undefined) return {};
  let item: Item = image.item;
  if (wanted.startsWith('UPDATED')) {
    const { update } = mutation;
    item = update === undefined ? {} : project(item, update.paths, update.bindings.names);
    if (Object.keys(item).length === 0) return {};
  }
  return { Attributes: showItem(item, image.binary === true) };
}

/**
 * The item collection of a table with local indexes.
 * Deviation: its size is not measured; collections stay in the first estimate, 0 to 1 GB.
 */
function collectionMetrics({ table, key }: Mutation): { ItemCollectionMetrics?: ItemCollectionMetrics } {
  const value = key[table.hash.name];
  if (value === undefined || !table.indexes.some((index) => !index.global)) return {};
  return {
    ItemCollectionMetrics: {
      ItemCollectionKey: showItem({ [table.hash.name]: value }, true),
      SizeEstimateRangeGB: [0, 1],
    },
  };
}

type Collections = Map<string, ItemCollectionMetrics[]>;

/** Adds the collection of an item to those of its table, where it has one; each is told once. Source: AWS CLI, example of batch-write-item. */
export function noteCollection(collections: Collections, name: string, mutation: Mutation): void {
  const { ItemCollectionMetrics: one } = collectionMetrics(mutation);
  const known = collections.get(name) ?? [];
  const key = JSON.stringify(one);
  if (one !== undefined && !known.some((other) => JSON.stringify(other) === key))
    collections.set(name, [...known, one]);
}

/** The collections by table; nothing where there are none. */
export function showCollections(collections: Collections) {
  return collections.size === 0 ? {} : { ItemCollectionMetrics: Object.fromEntries(collections) };
}
