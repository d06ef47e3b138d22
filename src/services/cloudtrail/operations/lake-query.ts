/** Queries of event data stores: begun, followed, listed, cancelled. */
import { page } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import { SyntaxFault } from '../domain/lake/tokens.ts';
import { type Translated, translate } from '../domain/lake/translate.ts';
import { pageToken, shownBefore } from '../domain/mark.ts';
import { badDates, badParameter, badStatement, badToken, noSuchQuery, queryEnded, tooManyQueries } from '../errors.ts';
import { checkTarget } from '../lake-delivery.ts';
import { faultOf, readRows } from '../lake-query.ts';
import { type LakeQueryRow, lakeQueries } from '../lake-state.ts';
import { LAKE_LISTED, LAKE_QUERIES_MAX, LAKE_QUERY_KEPT, LAKE_ROWS_LISTED } from '../limits.ts';
import { findActive } from './event-data-store.ts';

export const startQuery: Handler<'cloudtrail', 'StartQuery'> = async (input, ctx) => {
  const statement = statementOf(input);
  const translated = read(statement, ctx);
  const stores = translated.stores.map((id) => findActive(id, ctx));
  for (const { arn } of stores) ctx.authorize({ action: 'cloudtrail:StartQuery', resource: arn });
  const fault = await faultOf(translated, ctx);
  if (fault !== undefined) throw badStatement(` ${fault}`);
  const { DeliveryS3Uri: uri } = input;
  if (uri !== undefined) await checkTarget(uri, stores[0]?.arn ?? '', ctx);
  return ctx.transact((store) => {
    const active = (['QUEUED', 'RUNNING'] as const).reduce(
      (sum, status) => sum + store.count(lakeQueries, { index: 'byStatus', where: { status } }),
      0,
    );
    if (active >= LAKE_QUERIES_MAX) throw tooManyQueries();
    const row: LakeQueryRow = {
      id: ctx.uuid(),
      store: translated.stores[0] ?? '',
      asked: statement,
      ...translated,
      status: 'QUEUED',
      createdAt: ctx.now,
      took: 0,
      scanned: 0,
      bytes: 0,
      columns: [],
      count: 0,
      ...(uri !== undefined && { delivery: { uri, status: 'PENDING' } }),
    };
    store.put(lakeQueries, row);
    ctx.start('runQuery', row.id, { id: row.id });
    ctx.arm('forgetQuery', row.id, ctx.now + LAKE_QUERY_KEPT, { id: row.id });
    return { QueryId: row.id };
  });
};

function statementOf(input: InputOf<'cloudtrail', 'StartQuery'>): string {
  if (input.QueryAlias !== undefined || input.QueryParameters !== undefined)
    throw notBuilt('queries by their aliases (QueryAlias)');
  if (input.QueryStatement === undefined) throw badParameter('QueryStatement is required.');
  return input.QueryStatement;
}

/** @throws {ServiceError} InvalidQueryStatementException */
function read(statement: string, ctx: Ctx): Translated {
  try {
    return translate(statement, ctx.now);
  } catch (error) {
    throw error instanceof SyntaxFault ? badStatement('') : error;
  }
}

/** A query, of the store where one is named. @throws {ServiceError} QueryIdNotFoundException */
function find(QueryId: string | undefined, EventDataStore: string | undefined, ctx: Ctx): LakeQueryRow {
  const store = EventDataStore === undefined ? undefined : findActive(EventDataStore, ctx).id;
  const row = QueryId === undefined ? undefined : ctx.store.get(lakeQueries, { id: QueryId });
  if (row === undefined || (store !== undefined && !row.stores.includes(store))) throw noSuchQuery();
  return row;
}

export const describeQuery: Handler<'cloudtrail', 'DescribeQuery'> = (input, ctx) => {
  if (input.QueryId === undefined) throw badParameter('QueryId or QueryAlias is required.');
  const row = find(input.QueryId, input.EventDataStore, ctx);
  return {
    QueryId: row.id,
    QueryString: row.asked,
    QueryStatus: row.status,
    QueryStatistics: {
      EventsMatched: row.count,
      EventsScanned: row.scanned,
      BytesScanned: row.bytes,
      ExecutionTimeInMillis: row.took,
      CreationTime: row.createdAt,
    },
    ...(row.error !== undefined && { ErrorMessage: row.error }),
    ...(row.delivery !== undefined && { DeliveryS3Uri: row.delivery.uri, DeliveryStatus: row.delivery.status }),
  };
};

/** Deviation: AWS does not say how it shows what is null; here it is an empty text. */
export const getQueryResults: Handler<'cloudtrail', 'GetQueryResults'> = async (input, ctx) => {
  const row = find(input.QueryId, input.EventDataStore, ctx);
  const from = shownBefore(input.NextToken);
  const rows = (await readRows(row, ctx)).slice(from, from + (input.MaxQueryResults ?? LAKE_ROWS_LISTED));
  const next = from + rows.length;
  return {
    QueryStatus: row.status,
    QueryStatistics: { ResultsCount: rows.length, TotalResultsCount: row.count, BytesScanned: row.bytes },
    QueryResultRows: rows.map((cells) => cells.map((cell, index) => ({ [row.columns[index] ?? '']: cell ?? '' }))),
    ...(row.error !== undefined && { ErrorMessage: row.error }),
    ...(next < row.count && { NextToken: pageToken(next) }),
  };
};

export const cancelQuery: Handler<'cloudtrail', 'CancelQuery'> = (input, ctx) => {
  const row = find(input.QueryId, input.EventDataStore, ctx);
  if (row.status !== 'QUEUED' && row.status !== 'RUNNING') throw queryEnded();
  ctx.store.put(lakeQueries, { ...row, status: 'CANCELLED' });
  return { QueryId: row.id, QueryStatus: 'CANCELLED' };
};

export const listQueries: Handler<'cloudtrail', 'ListQueries'> = (input, ctx) => {
  const { id: store } = findActive(input.EventDataStore, ctx);
  // Source: CloudTrail API Reference, ListQueries: those of the last seven days.
  const [from, to] = [Number(input.StartTime ?? ctx.now - LAKE_QUERY_KEPT), Number(input.EndTime ?? ctx.now)];
  if (from > to) throw badDates();
  const first = input.NextToken === undefined ? undefined : ctx.store.get(lakeQueries, { id: input.NextToken });
  if (input.NextToken !== undefined && first === undefined) throw badToken();
  const { rows, last } = page<LakeQueryRow>(
    (past, limit) => {
      const place = past ?? first;
      const end =
        place === undefined ? { to: { createdAt: to } } : { before: { createdAt: place.createdAt, id: place.id } };
      return ctx.store.list(lakeQueries, {
        index: 'byStore',
        where: { store },
        from: { createdAt: from },
        ...end,
        limit,
        reverse: true,
      });
    },
    input.MaxResults ?? LAKE_LISTED,
    ({ status }) => (input.QueryStatus ?? status) === status,
  );
  return {
    Queries: rows.map(({ id, status, createdAt }) => ({ QueryId: id, QueryStatus: status, CreationTime: createdAt })),
    ...(last !== undefined && { NextToken: last.id }),
  };
};
