/** Queries of Logs Insights: start, results, stop, list. */
import { DAY, type Millis, SECOND } from '#kernel/base';
import { type Ctx, commonError, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import type { GroupSource, Query, Window } from '../domain/insights/plan.ts';
import { LIMIT_MAX, parseQuery, RESULTS_MAX } from '../domain/insights/query.ts';
import { NotBuiltError, QueryError } from '../domain/insights/scanner.ts';
import { groupOfIdentifier } from '../domain/names.ts';
import { makeToken, newestPage, readToken } from '../domain/pages.ts';
import { cutoffOf } from '../domain/reader.ts';
import { readResults } from '../domain/results.ts';
import { invalidParameter, malformedQuery, noSuchGroupAsked, noSuchQuery, notFound, queryTooEarly } from '../errors.ts';
import { QUERIES_LISTED_MAX, QUERY_GROUPS_MAX, QUERY_KEPT_FOR } from '../limits.ts';
import { type GroupRow, groups, lookupTables, type QueryRow, queries } from '../state.ts';

/** Instants from here on are milliseconds, whatever their operation says of seconds. */
const MILLIS_FROM = 100_000_000_000;

export const startQuery: Handler<'cloudwatch-logs', 'StartQuery'> = (input, ctx) => {
  if ((input.queryLanguage ?? 'CWLI') !== 'CWLI') throw notBuilt(`queries in ${input.queryLanguage}`);
  const [from, to] = [instant(input.startTime), endOf(input.endTime)];
  if (to < from) throw invalidParameter('The specified time range is invalid: end time is before start time.');
  const query = readQuery(input.queryString, { now: ctx.now, window: { from, to: to + 1 } });
  const asked = askedGroups(input, query);
  const named = asked.length > 0 ? asked.map((one) => groupAsked(one, ctx)) : bySource(query.source, ctx);
  const inner = query.needs.subqueries.map((one) => (one.query.source ? bySource(one.query.source, ctx) : named));
  authorizeGroups(query, named, ctx);
  for (const [index, subquery] of query.needs.subqueries.entries())
    authorizeGroups(subquery.query, inner[index] ?? [], ctx);
  checkTables(query, ctx);
  if (named.length > 0 && named.every((group) => to < group.createdAt - DAY || to < cutoffOf(group, ctx.now)))
    throw queryTooEarly();
  const row: QueryRow = {
    id: ctx.uuid(),
    createdAt: ctx.now,
    by: ctx.caller.principal.arn,
    status: 'Scheduled',
    text: input.queryString,
    groups: named.map(({ name }) => name),
    ...(inner.length > 0 && { inner: inner.map((some) => some.map(({ name }) => name)) }),
    asked: asked.length > 0 ? asked : named.map(({ arn }) => arn),
    from,
    to: to + 1,
    limit: input.limit ?? (query.commands.some(({ kind }) => kind === 'limit') ? LIMIT_MAX : RESULTS_MAX),
    recordsMatched: 0,
    recordsScanned: 0,
    bytesScanned: 0,
  };
  ctx.store.put(queries, row);
  ctx.start('query', row.id, { id: row.id });
  ctx.arm('forgetQuery', row.id, ctx.now + QUERY_KEPT_FOR, { id: row.id });
  return { queryId: row.id };
};

const instant = (time: number) => (time >= MILLIS_FROM ? time : time * SECOND);
/** The last millisecond: a second ends with its own. Source: answer of DescribeQueries as recorded, `END=1770399177999`. */
const endOf = (time: number) => (time >= MILLIS_FROM ? time : time * SECOND + SECOND - 1);

/** @throws {ServiceError} the denial that the caller gets; MalformedQueryException for what a group of another class has not */
function authorizeGroups({ needs }: Query, named: readonly GroupRow[], ctx: Ctx): void {
  for (const group of named) {
    ctx.authorize({ action: 'logs:StartQuery', resource: `${group.arn}:log-stream:` });
    if (needs.unmasks) ctx.authorize({ action: 'logs:Unmask', resource: `${group.arn}:log-stream:` });
    const [command] = needs.standardOnly;
    if (command !== undefined && group.class === 'INFREQUENT_ACCESS')
      throw malformedQuery(`${command} is not supported for log groups of the class INFREQUENT_ACCESS`);
  }
}

/**
 * Source: User Guide, "lookup": who reads a table that is under a key of KMS must be allowed to decrypt with that.
 *
 * @throws {ServiceError} ResourceNotFoundException, MalformedQueryException
 */
function checkTables({ needs }: Query, ctx: Ctx): void {
  for (const { tables } of [needs, ...needs.subqueries.map(({ query }) => query.needs)])
    for (const [name, { columns }] of tables) {
      const row = ctx.store.get(lookupTables, { name });
      if (row === undefined) throw notFound(`Lookup table ${name} does not exist.`);
      const missing = [...columns].find((column) => !row.columns.includes(column));
      if (missing !== undefined) throw malformedQuery(`Lookup table ${name} has no field ${missing}`);
      if (row.kmsKeyId !== undefined) ctx.authorize({ action: 'kms:Decrypt', resource: row.kmsKeyId });
    }
}

/** A query's text, read. @throws {ServiceError} MalformedQueryException */
export function readQuery(text: string, { now, window }: { now: Millis; window: Window }): Query {
  try {
    return parseQuery(text, now, window);
  } catch (error) {
    if (error instanceof NotBuiltError) throw commonError('NotImplemented', error.message);
    throw error instanceof QueryError ? malformedQuery(error.message, error.start, error.end) : error;
  }
}

function askedGroups(input: InputOf<'cloudwatch-logs', 'StartQuery'>, { source }: Query): readonly string[] {
  const { logGroupName: one, logGroupNames: names, logGroupIdentifiers: ids } = input;
  const given = [one === undefined ? undefined : [one], names, ids].filter((list) => list !== undefined);
  if (given.length > 1 || (given.length === 1 && source !== undefined))
    throw invalidParameter('Only one of logGroupName, logGroupNames, logGroupIdentifiers and SOURCE can be specified.');
  const asked = given[0] ?? [];
  if (asked.length === 0 && source === undefined) throw invalidParameter('At least one log group must be specified.');
  if (asked.length > QUERY_GROUPS_MAX)
    throw invalidParameter(`A query can have at most ${QUERY_GROUPS_MAX} log groups.`);
  return asked;
}

/** @throws {ServiceError} ResourceNotFoundException */
function groupAsked(identifier: string, ctx: Ctx): GroupRow {
  const { name } = groupOfIdentifier(identifier, ctx);
  const group = ctx.store.get(groups, { name });
  if (group === undefined) throw noSuchGroupAsked(name, ctx);
  return group;
}

/** The groups that a query names itself. @throws {ServiceError} ResourceNotFoundException, InvalidParameterException */
function bySource(source: GroupSource | undefined, ctx: Ctx): GroupRow[] {
  const { names, prefixes = [], class: wantedClass, accounts } = source ?? {};
  if (names !== undefined) return names.map((name) => groupAsked(name, ctx));
  const isOwn = accounts === undefined || accounts.includes(ctx.account);
  const found = isOwn
    ? prefixes.flatMap((startsWith) => ctx.store.list(groups, { startsWith, limit: QUERY_GROUPS_MAX }))
    : [];
  const wanted = found.filter((group) => wantedClass === undefined || group.class === wantedClass);
  if (wanted.length === 0) throw invalidParameter('No log groups match the SOURCE of the query.');
  return wanted.slice(0, QUERY_GROUPS_MAX);
}

/** Source: answers recorded from AWS, which are of one group; dashboards join several in this way. */
function textOf({ text, groups: named, from, to }: QueryRow): string {
  if (/^\s*SOURCE\b/i.test(text)) return text;
  const sources = named.map((name) => `SOURCE "${name}"`).join(' | ');
  return `${sources} START=${from} END=${to - 1} | ${text}`;
}

function find(id: string, ctx: Ctx): QueryRow {
  const row = ctx.store.get(queries, { id });
  if (row === undefined) throw noSuchQuery();
  return row;
}

export const getQueryResults: Handler<'cloudwatch-logs', 'GetQueryResults'> = async (input, ctx) => {
  const row = find(input.queryId, ctx);
  const from = input.nextToken === undefined ? 0 : readToken(input.nextToken, (value) => typeof value === 'number');
  const all = row.results === undefined ? [] : await readResults(row, ctx);
  const until = input.maxItems === undefined || input.maxItems === 0 ? all.length : from + input.maxItems;
  return {
    queryLanguage: 'CWLI',
    results: all.slice(from, until),
    statistics: {
      recordsMatched: row.recordsMatched,
      recordsScanned: row.recordsScanned,
      estimatedRecordsSkipped: 0,
      bytesScanned: row.bytesScanned,
      estimatedBytesSkipped: 0,
      logGroupsScanned: row.groups.length,
      ...(row.resultCount !== undefined && { resultCount: row.resultCount }),
    },
    status: row.status,
    ...(until < all.length && { nextToken: makeToken(until) }),
  };
};

export const stopQuery: Handler<'cloudwatch-logs', 'StopQuery'> = (input, ctx) => {
  const row = find(input.queryId, ctx);
  if (row.status !== 'Scheduled' && row.status !== 'Running')
    throw invalidParameter(`Query with id: ${row.id} has already ended.`);
  ctx.store.put(queries, { ...row, status: 'Cancelled', endedAt: ctx.now });
  return { success: true };
};

export const describeQueries: Handler<'cloudwatch-logs', 'DescribeQueries'> = (input, ctx) => {
  const { rows, ...more } = newestPage<QueryRow>(
    (range) => ctx.store.list(queries, range),
    input.nextToken,
    input.maxResults ?? QUERIES_LISTED_MAX,
    ({ status, groups }) =>
      (input.status === undefined || status === input.status) &&
      (input.logGroupName === undefined || groups.includes(input.logGroupName)) &&
      (input.queryLanguage ?? 'CWLI') === 'CWLI',
  );
  return {
    queries: rows.map((row) => ({
      queryLanguage: 'CWLI',
      queryId: row.id,
      queryString: textOf(row),
      status: row.status,
      createTime: row.createdAt,
      bytesScanned: row.bytesScanned,
      userIdentity: row.by,
      ...(row.endedAt !== undefined && { queryDuration: row.endedAt - row.createdAt }),
      ...(row.groups[0] !== undefined && { logGroupName: row.groups[0] }),
    })),
    ...more,
  };
};

export const listLogGroupsForQuery: Handler<'cloudwatch-logs', 'ListLogGroupsForQuery'> = (input, ctx) => {
  const row = find(input.queryId, ctx);
  const from = input.nextToken === undefined ? 0 : readToken(input.nextToken, (value) => typeof value === 'number');
  const until = from + (input.maxResults ?? QUERY_GROUPS_MAX);
  return {
    logGroupIdentifiers: row.asked.slice(from, until),
    ...(until < row.asked.length && { nextToken: makeToken(until) }),
  };
};
