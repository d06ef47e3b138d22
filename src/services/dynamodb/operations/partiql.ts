/** PartiQL: one statement, a batch of them each on its own, or a transaction. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type {
  BatchStatementErrorCodeEnum,
  BatchStatementRequest,
  BatchStatementResponse,
  ConsumedCapacity,
} from '#models/dynamodb';
import { consume, readUnits, showConsumption } from '../domain/capacity.ts';
import { project } from '../domain/expression/project.ts';
import { type Found, findTable } from '../domain/find.ts';
import { readKey } from '../domain/keys.ts';
import { carryOut, type Decided, decideAlone, type Mutation, refusedUnits, wasTried } from '../domain/mutation.ts';
import { writtenKey } from '../domain/partiql/plan.ts';
import { isRead, type Prepared, prepare } from '../domain/partiql/prepare.ts';
import type { Select } from '../domain/partiql/statement.ts';
import { digestOf, readToken, writeToken } from '../domain/partiql/token.ts';
import { returned, statementMutation } from '../domain/partiql/write.ts';
import type { Consumption } from '../domain/rates.ts';
import { showItem } from '../domain/value.ts';
import {
  batchSelectNeedsKey,
  existsNeedsCondition,
  existsOutside,
  invalid,
  mixedBatch,
  mixedTransaction,
  tokenWithoutSelect,
  transactIndex,
  transactReturning,
  transactSelectNeedsKey,
} from '../errors.ts';
import { statementAccess } from '../partiql-policy.ts';
import { items, type TableRow } from '../state.ts';
import { namesOneItem, runSelect } from './partiql-select.ts';
import { consumptionOf, decideAll, doubled, refuseDuplicates, remember, repeated, reread } from './transaction.ts';

export const executeStatement: Handler<'dynamodb', 'ExecuteStatement'> = (input, ctx) => {
  const prepared = prepare(input.Statement, input.Parameters);
  const { statement } = prepared;
  if (statement.kind === 'exists') throw existsOutside();
  if (statement.kind !== 'select' && input.NextToken !== undefined) throw tokenWithoutSelect();
  const wanted = input.ReturnConsumedCapacity;
  if (statement.kind === 'select') {
    const digest = digestOf(input.Statement, prepared.parameters);
    const from = input.NextToken === undefined ? undefined : readToken(digest, input.NextToken);
    const { ConsistentRead: consistent, Limit: limit } = input;
    const found = findTable(statement.table, ctx);
    const { shown, next } = runSelect(prepared, statement, found, { consistent, limit, wanted, from }, ctx);
    return {
      Items: shown.Items ?? [],
      ...(next !== undefined && { NextToken: writeToken(digest, next) }),
      ...(next !== undefined && limit !== undefined && { LastEvaluatedKey: shown.LastEvaluatedKey }),
      ...(shown.ConsumedCapacity !== undefined && { ConsumedCapacity: shown.ConsumedCapacity }),
    };
  }
  const showOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const mutation = statementMutation(prepared, showOld, () => findTable(statement.table, ctx));
  const decided = decideAlone(mutation, ctx);
  const consumption = carryOut(mutation, decided, ctx);
  consume(mutation.table, consumption, ctx);
  const item = returned(prepared, decided);
  return {
    Items: item === undefined ? [] : [item],
    ...showConsumption(wanted, statement.table, mutation.table, consumption),
  };
};

const CODES: { readonly [error: string]: BatchStatementErrorCodeEnum | undefined } = {
  AccessDeniedException: 'AccessDenied',
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ResourceNotFoundException: 'ResourceNotFound',
  ThrottlingException: 'ThrottlingError',
};

type Consumed = { name: string; table: TableRow; consumption: Consumption };

/** Units of statements that were refused for what is there, by table. */
type Refused = Map<string, number>;

/** Each statement answers for itself; what is wrong with one is told in its place. */
export const batchExecuteStatement: Handler<'dynamodb', 'BatchExecuteStatement'> = (input, ctx) => {
  const kinds = new Set(input.Statements.flatMap(({ Statement, Parameters }) => kindOf(Statement, Parameters)));
  if (kinds.size > 1) throw mixedBatch();
  const seen = new Set<string>();
  const consumed: Consumed[] = [];
  const refused: Refused = new Map();
  const responses = input.Statements.map((one): BatchStatementResponse => {
    let table: string | undefined;
    try {
      const prepared = prepare(one.Statement, one.Parameters);
      table = prepared.statement.table;
      ctx.authorize(statementAccess(one, 'BatchExecuteStatement', ctx));
      const { item, ...cost } = runOne(prepared, one, seen, refused, ctx);
      consumed.push({ name: table, ...cost });
      return { TableName: table, ...(item !== undefined && { Item: item }) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error === duplicates) throw duplicates;
      const Code = CODES[error.code];
      return {
        Error: { Code: Code ?? 'ValidationError', Message: error.message, ...error.fields },
        // Source: recorded answers: of what could not be carried out at all the table is not told.
        ...(Code !== undefined && { TableName: table }),
      };
    }
  });
  const { ConsumedCapacity: shown } = consumptionOf(consumed, input.ReturnConsumedCapacity, ctx, false);
  return {
    Responses: responses,
    ...(shown !== undefined && { ConsumedCapacity: shown.map((one) => withRefused(one, refused)) }),
  };
};

/** What a table consumed with what was refused of it, which stays untold where all was. Source: nubo-db/dynoxide, its changes after 0.13.0. */
function withRefused(one: ConsumedCapacity, refused: Refused): ConsumedCapacity {
  const { TableName: name = '', CapacityUnits: units = 0, Table: table } = one;
  const more = refused.get(name) ?? 0;
  return {
    ...one,
    CapacityUnits: units + more,
    ...(table !== undefined && { Table: { ...table, CapacityUnits: (table.CapacityUnits ?? 0) + more } }),
  };
}

/** Whether a statement reads; nothing of one that can't be parsed. */
function kindOf(text: string, parameters: BatchStatementRequest['Parameters']): boolean[] {
  try {
    return [isRead(prepare(text, parameters).statement)];
  } catch {
    return [];
  }
}

const duplicates = invalid('Provided list of item keys contains duplicates');

function runOne(prepared: Prepared, request: BatchStatementRequest, seen: Set<string>, refused: Refused, ctx: Ctx) {
  const { statement } = prepared;
  if (statement.kind === 'exists') throw existsOutside();
  const found = findTable(statement.table, ctx);
  if (statement.kind === 'select') {
    if (!namesOneItem(prepared, statement, found.table)) throw batchSelectNeedsKey();
    const read = readOne(prepared, statement, found, request.ConsistentRead === true);
    refuseRepeated(read.id, seen);
    return { table: found.table, consumption: read.consumption, item: read.item };
  }
  // AWS takes ReturnValuesOnConditionCheckFailure here, and shows nothing for it. Source: nubo-db/dynoxide, issue 184.
  const mutation = statementMutation(prepared, false, () => found);
  refuseRepeated(JSON.stringify([mutation.table.pile, mutation.spot.partition, mutation.spot.sort]), seen);
  try {
    const decided = decideAlone(mutation, ctx);
    return { table: found.table, consumption: carryOut(mutation, decided, ctx), item: returned(prepared, decided) };
  } catch (error) {
    const { table: name } = statement;
    if (wasTried(error)) refused.set(name, (refused.get(name) ?? 0) + refusedUnits(mutation));
    throw error;
  }
}

function refuseRepeated(id: string, seen: Set<string>): void {
  if (seen.has(id)) throw duplicates;
  seen.add(id);
}

/** The item that a SELECT by its whole key finds. */
function readOne({ bindings }: Prepared, select: Select, { table, store }: Found, consistent: boolean) {
  const key = showItem(writtenKey(select.where, table, bindings), true);
  const { partition, sort } = readKey(table, key);
  const row = store.get(items, { pile: table.pile, partition, sort });
  const consumption: Consumption = { kind: 'read', table: readUnits(row?.size ?? 0, consistent), indexes: {} };
  const id = JSON.stringify([table.pile, partition, sort]);
  if (row === undefined) return { id, consumption, item: undefined };
  const item = select.projection === undefined ? row.item : project(row.item, select.projection, bindings.names);
  return { id, consumption, item: showItem(item, row.binary === true) };
}

/** All or nothing; all read or all write. */
export const executeTransaction: Handler<'dynamodb', 'ExecuteTransaction'> = (input, ctx) => {
  const { ReturnConsumedCapacity: wanted, ClientRequestToken: token } = input;
  const prepared = input.TransactStatements.map((one, at) => {
    const found = prepare(one.Statement, one.Parameters);
    const { statement } = found;
    if ('returning' in statement && statement.returning !== undefined) throw transactReturning(at);
    if (statement.kind === 'select' && statement.index !== undefined) throw transactIndex(at);
    return found;
  });
  const reads = prepared.filter(({ statement }) => isRead(statement)).length;
  if (reads > 0 && reads < prepared.length) throw mixedTransaction();
  if (reads > 0) return readAll(prepared, wanted, ctx);
  const mutations = prepared.map((one, at): Mutation => {
    const showOld = input.TransactStatements[at]?.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    const { statement } = one;
    return statementMutation(one, showOld, () => {
      const found = findTable(statement.table, ctx);
      if (statement.kind === 'exists' && !namesOneItem(one, statement, found.table, true))
        throw existsNeedsCondition(at);
      return found;
    });
  });
  refuseDuplicates(mutations);
  const named = mutations.map((mutation, at) => ({
    name: prepared[at]?.statement.table ?? '',
    table: mutation.table,
    mutation,
  }));
  const before = token === undefined ? undefined : repeated(`partiql ${token}`, input.TransactStatements, ctx);
  if (before !== undefined) return { Responses: [], ...consumptionOf(reread(named, before), wanted, ctx) };
  const decided = decideAll(mutations);
  if (token !== undefined) remember(`partiql ${token}`, input.TransactStatements, decided, ctx);
  const costs = named.map(({ name, table, mutation }, at) => ({
    name,
    table,
    consumption: doubled(mutation.table, carryOut(mutation, decided[at] as Decided, ctx)),
  }));
  // Source: recorded answers: writes have none of their own.
  return { Responses: [], ...consumptionOf(costs, wanted, ctx) };
};

function readAll(prepared: readonly Prepared[], wanted: Parameters<typeof consumptionOf>[1], ctx: Ctx) {
  const seen = new Set<string>();
  const read = prepared.map((one, at) => {
    const { statement } = one;
    if (statement.kind !== 'select') throw mixedTransaction();
    const found = findTable(statement.table, ctx);
    if (!namesOneItem(one, statement, found.table)) throw transactSelectNeedsKey(at);
    const { id, item, consumption } = readOne(one, statement, found, true);
    if (seen.has(id)) throw invalid('Transaction request cannot include multiple operations on one item');
    seen.add(id);
    return { name: statement.table, table: found.table, consumption: doubled(found.table, consumption), item };
  });
  return {
    Responses: read.map(({ item }) => (item === undefined ? {} : { Item: item })),
    ...consumptionOf(read, wanted, ctx),
  };
}
