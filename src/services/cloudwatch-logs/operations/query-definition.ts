/** Queries that are kept by a name. */
import { page } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { invalidParameter, limitExceeded, notFound } from '../errors.ts';
import { QUERIES_LISTED_MAX, QUERY_DEFINITIONS_MAX, QUERY_GROUPS_MAX } from '../limits.ts';
import { type QueryDefinitionRow, queryDefinitions } from '../state.ts';

const noSuchDefinition = () => notFound('The specified query definition does not exist.');

export const putQueryDefinition: Handler<'cloudwatch-logs', 'PutQueryDefinition'> = (input, ctx) => {
  const { clientToken: token } = input;
  const made =
    token === undefined ? undefined : ctx.store.first(queryDefinitions, { index: 'byToken', where: { token } });
  const queryDefinitionId = input.queryDefinitionId ?? made?.id;
  if (queryDefinitionId !== undefined && ctx.store.get(queryDefinitions, { id: queryDefinitionId }) === undefined)
    throw noSuchDefinition();
  if (queryDefinitionId === undefined && ctx.store.count(queryDefinitions) >= QUERY_DEFINITIONS_MAX)
    throw limitExceeded();
  if ((input.logGroupNames ?? []).length > QUERY_GROUPS_MAX) throw invalidParameter('Too many log groups specified');
  const id = queryDefinitionId ?? ctx.uuid();
  ctx.store.put(queryDefinitions, {
    id,
    name: input.name,
    text: input.queryString,
    groups: input.logGroupNames ?? [],
    language: input.queryLanguage ?? 'CWLI',
    ...(input.parameters !== undefined && { parameters: input.parameters }),
    modifiedAt: ctx.now,
    ...(token !== undefined && { token }),
  });
  return { queryDefinitionId: id };
};

export const deleteQueryDefinition: Handler<'cloudwatch-logs', 'DeleteQueryDefinition'> = (input, ctx) => {
  if (!ctx.store.delete(queryDefinitions, { id: input.queryDefinitionId })) throw noSuchDefinition();
  return { success: true };
};

type Place = Pick<QueryDefinitionRow, 'name' | 'id'>;
const isPlace = (value: unknown): value is Place => isText((value as Place | null)?.id);

export const describeQueryDefinitions: Handler<'cloudwatch-logs', 'DescribeQueryDefinitions'> = (input, ctx) => {
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isPlace);
  const { rows, last } = page<Place>(
    (past = first, limit) =>
      ctx.store.list(queryDefinitions, {
        index: 'byName',
        startsWith: input.queryDefinitionNamePrefix ?? '',
        ...(past !== undefined && { after: { name: past.name, id: past.id } }),
        limit,
      }),
    input.maxResults ?? QUERIES_LISTED_MAX,
    (one) => input.queryLanguage === undefined || (one as QueryDefinitionRow).language === input.queryLanguage,
  );
  return {
    queryDefinitions: (rows as QueryDefinitionRow[]).map((row) => ({
      queryLanguage: row.language,
      queryDefinitionId: row.id,
      name: row.name,
      queryString: row.text,
      lastModified: row.modifiedAt,
      logGroupNames: [...row.groups],
      ...(row.parameters !== undefined && { parameters: [...row.parameters] }),
    })),
    ...(last !== undefined && { nextToken: makeToken({ name: last.name, id: last.id }) }),
  };
};
