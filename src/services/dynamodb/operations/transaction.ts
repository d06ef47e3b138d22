/**
 * All or nothing over many items: TransactWriteItems and TransactGetItems.
 * Deviation: transactions never meet each other here, so none is cancelled for a conflict; and one that is cancelled consumes nothing, where AWS charges for it.
 */
import { digestOfRequest } from '#kernel/base';
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type {
  ConsumedCapacity,
  ItemCollectionMetrics,
  ReturnConsumedCapacity,
  TransactWriteItem,
} from '#models/dynamodb';
import { addConsumption, consume, countThrottled, readUnits, showConsumption } from '../domain/capacity.ts';
import { project } from '../domain/expression/project.ts';
import { findTable } from '../domain/find.ts';
import { noteAccess, noteThrottle } from '../domain/insights.ts';
import { keyOf, keyValues } from '../domain/keys.ts';
import {
  carryOut,
  checkedItem,
  type Decided,
  decide,
  draftWrite,
  keyMutation,
  type Mutation,
  putMutation,
  touchedBy,
} from '../domain/mutation.ts';
import { type Consumption, refusal, shortOfPartition } from '../domain/rates.ts';
import { projectionOf, type ReadInput } from '../domain/reading.ts';
import { type Item, itemSize, showItem } from '../domain/value.ts';
import { cancels, invalid, tokenReused, transactionCanceled, transactionTooLarge } from '../errors.ts';
import { TOKEN_LIFETIME, TRANSACTION_BYTES_MAX } from '../limits.ts';
import { items, type TableRow, type TokenRow, tokens } from '../state.ts';
import { noteCollection, showCollections } from './item.ts';

/** Tokens that have run out are removed a few at a time, when new ones come. */
const TOKENS_SWEPT = 10;

export const transactWriteItems: Handler<'dynamodb', 'TransactWriteItems'> = (input, ctx) => {
  const { ClientRequestToken: token, ReturnConsumedCapacity: wanted } = input;
  // What can be said of all parts without their tables comes before any table is looked for.
  const drafts = input.TransactItems.map((one) => ({ name: tableNameOf(one), bring: draftOf(one, ctx) }));
  const requests = preparedAll(drafts, ({ name, bring }) => ({ name, mutation: bring() }));
  refuseDuplicates(requests.map((one) => one.mutation));
  const before = token === undefined ? undefined : repeated(token, input.TransactItems, ctx);
  // The writes are not done again.
  if (before !== undefined) return consumptionOf(reread(requests, before), wanted, ctx);
  const decided = decideAll(requests.map((one) => one.mutation));
  const metrics = new Map<string, ItemCollectionMetrics[]>();
  const consumptions = requests.map(({ name, mutation }, at) => {
    const consumption = carryOut(mutation, decided[at] as Decided, ctx);
    if (input.ReturnItemCollectionMetrics === 'SIZE') noteCollection(metrics, name, mutation);
    const item = touchedBy(mutation, decided[at] as Decided);
    return { name, table: mutation.table, consumption: doubled(mutation.table, consumption), about: item };
  });
  if (token !== undefined) remember(token, input.TransactItems, decided, ctx);
  return {
    ...consumptionOf(consumptions, wanted, ctx),
    ...showCollections(metrics),
  };
};

/**
 * What each part asks for. What is wrong with a part's key cancels the whole; of the parts behind it nothing is told. What is wrong
 * with the request itself comes first.
 *
 * @throws {ServiceError} TransactionCanceledException, ValidationException
 */
function preparedAll<Part, Prepared>(parts: readonly Part[], prepare: (part: Part) => Prepared): Prepared[] {
  let fault: { at: number; message: string } | undefined;
  const prepared = parts.flatMap((part, at) => {
    try {
      return [prepare(part)];
    } catch (error) {
      if (!(error instanceof ServiceError) || !cancels(error)) throw error;
      fault ??= { at, message: error.message };
      return [];
    }
  });
  if (fault === undefined) return prepared;
  const { at: faulty, message } = fault;
  throw transactionCanceled(
    parts.map((_, at) => (at === faulty ? { Code: 'ValidationError', Message: message } : { Code: 'None' })),
  );
}

/**
 * Transactions prepare and commit: what they cost the table and its local indexes they cost twice; global indexes follow as they always do.
 * Source: recorded answers; AWS CLI, example of transact-write-items.
 */
export function doubled({ indexes }: TableRow, consumption: Consumption): Consumption {
  const local = new Set(indexes.filter((index) => !index.global).map((index) => index.name));
  const units = Object.entries(consumption.indexes);
  return {
    ...consumption,
    table: consumption.table * 2,
    indexes: Object.fromEntries(units.map(([name, count]) => [name, local.has(name) ? count * 2 : count])),
  };
}

function tableNameOf({ ConditionCheck, Put, Update, Delete }: TransactWriteItem): string {
  return (ConditionCheck ?? Put ?? Update ?? Delete)?.TableName ?? '';
}

/** A part, checked as far as that goes without its table; what it gives looks for that and goes on. @throws {ServiceError} ValidationException */
function draftOf(item: TransactWriteItem, ctx: Ctx): () => Mutation {
  const { ConditionCheck: check, Put: put, Update: update, Delete: remove } = item;
  const [one, other] = [check, put, update, remove].filter((part) => part !== undefined);
  if (one === undefined || other !== undefined)
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  const found = () => findTable(one.TableName, ctx);
  const draft = draftWrite(one, update !== undefined);
  if (put !== undefined) {
    const item = checkedItem(put.Item);
    return () => putMutation(draft, item, found);
  }
  const kind = update !== undefined ? 'update' : remove !== undefined ? 'delete' : 'check';
  const values = keyValues((check ?? update ?? remove)?.Key ?? {});
  return () => keyMutation(draft, kind, values, found);
}

/** @throws {ServiceError} ValidationException when two are about one item */
export function refuseDuplicates(mutations: readonly Mutation[]): void {
  const spots = new Set(mutations.map(({ table, spot }) => JSON.stringify([table.pile, spot.partition, spot.sort])));
  if (spots.size !== mutations.length)
    throw invalid('Transaction request cannot include multiple operations on one item');
}

/** The same request that has been carried out with this token before. @throws {ServiceError} IdempotentParameterMismatchException */
export function repeated(token: string, request: readonly object[], ctx: Ctx): TokenRow | undefined {
  const known = ctx.store.get(tokens, { token });
  if (known === undefined || known.expiresAt <= ctx.now) return undefined;
  if (known.request !== digestOfRequest(request)) throw tokenReused();
  return known;
}

/** Notes a token with what its transaction did. */
export function remember(token: string, request: readonly object[], decided: readonly Decided[], ctx: Ctx): void {
  for (const old of ctx.store.list(tokens, { index: 'byExpiry', to: { expiresAt: ctx.now }, limit: TOKENS_SWEPT }))
    ctx.store.delete(tokens, old);
  const sizes = decided.map(({ before, after }) => Math.max(before?.size ?? 0, after?.size ?? 0));
  ctx.store.put(tokens, { token, request: digestOfRequest(request), expiresAt: ctx.now + TOKEN_LIFETIME, sizes });
}

const REASONS: { readonly [error: string]: string | undefined } = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
};

/** Decides all before any is carried out; what is refused is told of each. @throws {ServiceError} TransactionCanceledException */
export function decideAll(mutations: readonly Mutation[]): Decided[] {
  const decided: Decided[] = [];
  const reasons: { Code: string; Message?: string; Item?: unknown }[] = [];
  if (mutations.reduce((sum, one) => sum + payloadOf(one), 0) > TRANSACTION_BYTES_MAX) throw transactionTooLarge();
  for (const mutation of mutations) {
    try {
      decided.push(decide(mutation));
      reasons.push({ Code: 'None' });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const code = REASONS[error.code] ?? 'ValidationError';
      reasons.push({ Code: code, Message: error.message, ...error.fields });
    }
  }
  if (decided.length !== mutations.length) throw transactionCanceled(reasons);
  return decided;
}

/** Bytes of what a part brings, not of what it makes of it. */
function payloadOf({ image, key, update }: Mutation): number {
  return image?.size ?? itemSize(key) + (update === undefined ? 0 : itemSize(update.bindings.values));
}

/** What it costs to find out that a transaction has been carried out before: reading what it was about then. Source: nubo-db/dynoxide, pull request 188. */
export function reread(parts: readonly { name: string; mutation: Mutation }[], { sizes }: TokenRow): Consumed[] {
  return parts.map(({ name, mutation: { table, spot } }, at) => {
    const units = readUnits(sizes?.[at] ?? 0, true) * 2;
    return { name, table, consumption: { kind: 'read', table: units, indexes: {}, at: { partition: spot.partition } } };
  });
}

/** A throttled transaction says of each of its parts whether that was throttled. */
function withReasons<Part>(list: readonly Part[], isThrottled: (part: Part) => boolean, error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const code =
    error.code === 'ProvisionedThroughputExceededException' ? 'ProvisionedThroughputExceeded' : 'ThrottlingError';
  const { message } = error;
  return transactionCanceled(
    list.map((part) => (isThrottled(part) ? { Code: code, Message: message } : { Code: 'None' })),
  );
}

/** What one part of a request consumes; `about` which item, where contributor insights count it. */
type Consumed = { name: string; table: TableRow; consumption: Consumption; about?: Item };

/** Tells the insights of those tables that have them. */
function noteAll(list: readonly Consumed[], isRefused: boolean, ctx: Ctx): void {
  for (const { table, consumption, about } of list) {
    if (table.insights === undefined || about === undefined) continue;
    if (isRefused) noteThrottle(table, consumption.kind, undefined, about, ctx);
    else noteAccess(table, consumption, about, ctx);
  }
}

/** The consumption by table, in the order the tables were first named. */
export function consumptionOf(
  list: readonly Consumed[],
  wanted: ReturnConsumedCapacity | undefined,
  ctx: Ctx,
  split = true,
): { ConsumedCapacity?: ConsumedCapacity[] } {
  const byTable = new Map<string, { table: TableRow; consumption: Consumption }>();
  for (const part of list) {
    const { name, table, consumption } = part;
    const short = shortOfPartition(table, consumption, ctx);
    if (short !== undefined) {
      countThrottled(table, short, consumption.kind, ctx);
      noteAll([part], true, ctx);
      const error = refusal(table, short, consumption.kind);
      throw split ? withReasons(list, (one) => one === part, error) : error;
    }
    const known = byTable.get(name);
    if (known === undefined)
      byTable.set(name, { table, consumption: { ...consumption, indexes: { ...consumption.indexes }, at: undefined } });
    else addConsumption(known.consumption, consumption);
  }
  const shown: ConsumedCapacity[] = [];
  for (const [name, { table, consumption }] of byTable) {
    try {
      consume(table, consumption, ctx);
    } catch (error) {
      noteAll(
        list.filter((one) => one.table === table),
        true,
        ctx,
      );
      throw split ? withReasons(list, (one) => one.table === table, error) : error;
    }
    const one = showConsumption(wanted, name, table, consumption, split).ConsumedCapacity;
    if (one !== undefined) shown.push(one);
  }
  noteAll(list, false, ctx);
  return shown.length === 0 ? {} : { ConsumedCapacity: shown };
}

export const transactGetItems: Handler<'dynamodb', 'TransactGetItems'> = (input, ctx) => {
  const seen = new Set<string>();
  let bytes = 0;
  const drafts = input.TransactItems.map(({ Get: get }) => ({
    get,
    projection: projectionOf(get as ReadInput),
    values: keyValues(get.Key),
  }));
  const read = preparedAll(drafts, ({ get, projection, values }) => {
    const { table, store } = findTable(get.TableName, ctx);
    const { partition, sort } = keyOf(table, values);
    const id = JSON.stringify([table.pile, partition, sort]);
    if (seen.has(id)) throw invalid('Transaction request cannot include multiple operations on one item');
    seen.add(id);
    const row = store.get(items, { pile: table.pile, partition, sort });
    bytes += row?.size ?? 0;
    const item =
      row === undefined || projection === undefined
        ? row?.item
        : project(row.item, projection.paths, projection.bindings.names);
    const units = readUnits(row?.size ?? 0, true) * 2;
    const consumption: Consumption = { kind: 'read', table: units, indexes: {}, at: { partition } };
    return {
      name: get.TableName,
      table,
      consumption,
      about: values,
      response: item === undefined ? {} : { Item: showItem(item, row?.binary === true) },
    };
  });
  if (bytes > TRANSACTION_BYTES_MAX)
    throw invalid('Collection size of items in a transaction exceeds the maximum allowed size of 4 MB');
  return { Responses: read.map((one) => one.response), ...consumptionOf(read, input.ReturnConsumedCapacity, ctx) };
};
