/** Many items at once, each on its own: BatchGetItem and BatchWriteItem. */
import type { Handler } from '#kernel/contract';
import type {
  AttributeValue,
  ConsumedCapacity,
  ItemCollectionMetrics,
  KeysAndAttributes,
  WriteRequest,
} from '#models/dynamodb';
import {
  addConsumption,
  asked,
  countConsumption,
  readUnits,
  showConsumption,
  spend,
  throttled,
} from '../domain/capacity.ts';
import { project } from '../domain/expression/project.ts';
import { type Found, findTable } from '../domain/find.ts';
import { keyOf, keyValues, type Spot } from '../domain/keys.ts';
import {
  carryOut,
  checkedItem,
  type Draft,
  decide,
  keyMutation,
  type Mutation,
  putMutation,
  touchedBy,
} from '../domain/mutation.ts';
import { type Consumption, refusal } from '../domain/rates.ts';
import { projectionOf, type ReadInput, refuseMixedReads } from '../domain/reading.ts';
import { type Item, showItem } from '../domain/value.ts';
import { invalid, keyMismatch } from '../errors.ts';
import { BATCH_GET_BYTES_MAX, BATCH_KEYS_MAX, BATCH_WRITES_MAX } from '../limits.ts';
import { items } from '../state.ts';
import { noteCollection, showCollections } from './item.ts';

const PLAIN: Draft = { condition: undefined, showOld: false };

/** Keys past 16 MB of items come back as unprocessed. */
export const batchGetItem: Handler<'dynamodb', 'BatchGetItem'> = (input, ctx) => {
  const requests = Object.entries(input.RequestItems);
  if (requests.reduce((sum, [, one]) => sum + one.Keys.length, 0) > BATCH_KEYS_MAX)
    throw invalid('Too many items requested for the BatchGetItem call');
  // Tables may have the names of what objects inherit.
  const responses = new Map<string, { [name: string]: AttributeValue }[]>();
  const unprocessed = new Map<string, KeysAndAttributes>();
  const consumed: ConsumedCapacity[] = [];
  let total = 0;
  let processed = 0;
  let refused: Error | undefined;
  refuseMixedReads(requests.map(([, request]) => request as ReadInput));
  // Nothing is looked for before all that can be said without a table has been said.
  const read = requests.map(([name, request]) => ({
    name,
    request,
    projection: projectionOf(request as ReadInput),
    values: request.Keys.map(keyValues),
  }));
  for (const { values } of read) refuseSameKeys(values);
  for (const { name, request, projection, values } of read) {
    const { table, store } = findTable(name, ctx);
    const spots = values.map((key) => keyOf(table, key));
    const consumption: Consumption = { kind: 'read', table: 0, indexes: {} };
    const found: { [name: string]: AttributeValue }[] = [];
    const left: (typeof request)['Keys'] = [];
    for (const [at, key] of request.Keys.entries()) {
      const { partition, sort } = spots[at] as Spot;
      const about = values[at] as Item;
      const row = store.get(items, { pile: table.pile, partition, sort });
      if (total + (row?.size ?? 0) > BATCH_GET_BYTES_MAX) {
        left.push(...request.Keys.slice(at));
        break;
      }
      const units = readUnits(row?.size ?? 0, request.ConsistentRead === true);
      const short = throttled(table, { ...consumption, table: units, at: { partition } }, ctx, about);
      if (short !== undefined) {
        refused ??= refusal(table, short, 'read');
        left.push(key);
        continue;
      }
      total += row?.size ?? 0;
      consumption.table += units;
      processed += 1;
      if (row === undefined) continue;
      const item = projection === undefined ? row.item : project(row.item, projection.paths, projection.bindings.names);
      found.push(showItem(item, row.binary === true));
    }
    responses.set(name, found);
    if (left.length > 0) unprocessed.set(name, { ...request, Keys: left });
    countConsumption(table, consumption, ctx);
    const shown = showConsumption(input.ReturnConsumedCapacity, name, table, consumption).ConsumedCapacity;
    if (shown !== undefined) consumed.push(shown);
  }
  // With nothing processed there is nothing to answer but the refusal.
  if (processed === 0 && refused !== undefined) throw refused;
  return {
    Responses: Object.fromEntries(responses),
    UnprocessedKeys: Object.fromEntries(unprocessed),
    ...(consumed.length > 0 && { ConsumedCapacity: consumed }),
  };
};

/** @throws {ServiceError} ValidationException */
function refuseSameKeys(keys: readonly Item[]): void {
  const texts = keys.map((key) => JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))));
  if (new Set(texts).size !== texts.length) throw invalid('Provided list of item keys contains duplicates');
}

function refuseDuplicates(spots: readonly Spot[]): void {
  const seen = new Set(spots.map(({ partition, sort }) => JSON.stringify([partition, sort])));
  if (seen.size !== spots.length) throw invalid('Provided list of item keys contains duplicates');
}

export const batchWriteItem: Handler<'dynamodb', 'BatchWriteItem'> = (input, ctx) => {
  const requests = Object.entries(input.RequestItems);
  if (requests.reduce((sum, [, list]) => sum + list.length, 0) > BATCH_WRITES_MAX)
    throw invalid('Too many items requested for the BatchWriteItem call');
  const consumed: ConsumedCapacity[] = [];
  const metrics = new Map<string, ItemCollectionMetrics[]>();
  for (const [, list] of requests) for (const one of list) checkRequest(one);
  const planned = requests.map(([name, list]) => {
    const found = findTable(name, ctx);
    const mutations = list.map((one) => mutationOf(one, () => found));
    refuseDuplicates(mutations.map((one) => one.spot));
    return { name, table: found.table, list, mutations };
  });
  const unprocessed = new Map<string, WriteRequest[]>();
  let processed = 0;
  let refused: Error | undefined;
  for (const { name, table, list, mutations } of planned) {
    const consumption: Consumption = { kind: 'write', table: 0, indexes: {} };
    const left: WriteRequest[] = [];
    for (const [at, mutation] of mutations.entries()) {
      const decided = decide(mutation);
      const about = touchedBy(mutation, decided);
      const { partition } = mutation.spot;
      const short = throttled(table, asked(table, { partition, item: about }), ctx, about);
      if (short !== undefined) {
        refused ??= refusal(table, short, 'write');
        left.push(list[at] as WriteRequest);
        continue;
      }
      const cost = carryOut(mutation, decided, ctx);
      spend(table, cost, ctx, about);
      addConsumption(consumption, cost);
      processed += 1;
      if (input.ReturnItemCollectionMetrics === 'SIZE') noteCollection(metrics, name, mutation);
    }
    if (left.length > 0) unprocessed.set(name, left);
    countConsumption(table, consumption, ctx);
    const shown = showConsumption(input.ReturnConsumedCapacity, name, table, consumption).ConsumedCapacity;
    if (shown !== undefined) consumed.push(shown);
  }
  if (processed === 0 && refused !== undefined) throw refused;
  return {
    UnprocessedItems: Object.fromEntries(unprocessed),
    ...showCollections(metrics),
    ...(consumed.length > 0 && { ConsumedCapacity: consumed }),
  };
};

/** What can be said of a request without its table. @throws {ServiceError} ValidationException */
function checkRequest({ PutRequest: put, DeleteRequest: remove }: WriteRequest): void {
  if ((put === undefined) === (remove === undefined))
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  if (remove !== undefined) keyValues(remove.Key);
  if (put !== undefined) checkedItem(put.Item);
}

/** The table of a put whose keys have its types; a batch says less of that than PutItem. @throws {ServiceError} ValidationException */
function matching(item: { [name: string]: AttributeValue }, found: () => Found): () => Found {
  return () => {
    const place = found();
    for (const key of [place.table.hash, place.table.range])
      if (key !== undefined && item[key.name]?.[key.type] === undefined) throw keyMismatch();
    return place;
  };
}

function mutationOf(
  { PutRequest: put, DeleteRequest: remove }: WriteRequest,
  found: () => ReturnType<typeof findTable>,
): Mutation {
  if (put !== undefined) return putMutation(PLAIN, checkedItem(put.Item), matching(put.Item, found));
  if (remove !== undefined) return keyMutation(PLAIN, 'delete', keyValues(remove.Key), found);
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}
