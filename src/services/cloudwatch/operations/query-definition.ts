/** Queries of metrics that are kept to be used again; nobody looks at what they say. Source: CloudWatch API Reference, PutMetricDataQueryDefinition. */
import { page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { badToken, definitionNotFound, pathTaken, tooManyDefinitions } from '../errors.ts';
import { QUERY_DEFINITIONS_LISTED, QUERY_DEFINITIONS_MAX } from '../limits.ts';
import { type QueryDefinitionRow, queryDefinitions } from '../query-state.ts';

/** The ARN of a kept query. */
export function queryDefinitionArn(id: string, { partition, region, account }: Ctx): string {
  return `arn:${partition}:cloudwatch:${region}:${account}:metric-query-definition/${id}`;
}

const shown = ({ id, arn, path, expression, type, createdAt, updatedAt }: QueryDefinitionRow) => ({
  Id: id,
  Arn: arn,
  Path: path,
  Expression: expression,
  Type: type,
  CreatedAt: createdAt,
  UpdatedAt: updatedAt,
});

function find(id: string, { store }: Ctx): QueryDefinitionRow {
  const row = store.get(queryDefinitions, { id });
  if (row === undefined) throw definitionNotFound(id);
  return row;
}

export const putMetricDataQueryDefinition: Handler<'cloudwatch', 'PutMetricDataQueryDefinition'> = (input, ctx) => {
  const { Id, Path: path, Expression: expression, Type: type, Tags = [] } = input;
  const before = Id === undefined ? undefined : find(Id, ctx);
  if (before === undefined && ctx.store.count(queryDefinitions) >= QUERY_DEFINITIONS_MAX) throw tooManyDefinitions();
  const other = ctx.store.first(queryDefinitions, { index: 'byPath', where: { path } });
  if (other !== undefined && other.id !== Id) throw pathTaken(path);
  const id = before?.id ?? ctx.uuid();
  const row: QueryDefinitionRow = {
    id,
    arn: queryDefinitionArn(id, ctx),
    path,
    expression,
    type,
    createdAt: before?.createdAt ?? ctx.now,
    updatedAt: ctx.now,
    tags: before?.tags ?? Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
  };
  ctx.store.put(queryDefinitions, row);
  return shown(row);
};

export const getMetricDataQueryDefinition: Handler<'cloudwatch', 'GetMetricDataQueryDefinition'> = ({ Id }, ctx) =>
  shown(find(Id, ctx));

export const deleteMetricDataQueryDefinition: Handler<'cloudwatch', 'DeleteMetricDataQueryDefinition'> = (
  { Id: id },
  ctx,
) => {
  ctx.store.delete(queryDefinitions, { id });
  return {};
};

export const listMetricDataQueryDefinitions: Handler<'cloudwatch', 'ListMetricDataQueryDefinitions'> = (input, ctx) => {
  const first = input.NextToken === undefined ? undefined : idIn(input.NextToken);
  const { rows, last } = page<QueryDefinitionRow>((row, limit) => {
    const id = row?.id ?? first;
    return ctx.store.list(queryDefinitions, { ...(id !== undefined && { after: { id } }), limit });
  }, input.MaxResults ?? QUERY_DEFINITIONS_LISTED);
  return {
    Items: rows.map(({ id, path, type, updatedAt }) => ({ Id: id, Path: path, Type: type, UpdatedAt: updatedAt })),
    ...(last !== undefined && { NextToken: Buffer.from(last.id).toString('base64url') }),
  };
};

function idIn(token: string): string {
  const id = Buffer.from(token, 'base64url').toString();
  if (!/^[a-zA-Z0-9-]{1,64}$/.test(id)) throw badToken();
  return id;
}
