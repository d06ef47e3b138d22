/** What each operation must be allowed: the table or index, and what the request would see or change. */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import type { AttributeValue } from '#models/dynamodb';
import { tableRef } from './domain/find.ts';
import { tables } from './state.ts';

type Named = { TableName: string };
type Values = { readonly [name: string]: AttributeValue };

/** Root of the account may do everything, so nothing need be worked out for it. */
function isOwnRoot(ctx: Ctx): boolean {
  return ctx.caller.principal.kind === 'root';
}

function tableAccess(action: string, given: string, ctx: Ctx, suffix = '', context?: Access['context']): Access {
  const { name, account, region } = tableRef(given, ctx);
  return {
    action: `dynamodb:${action}`,
    resource: `arn:${ctx.partition}:dynamodb:${region}:${account}:table/${name}${suffix}`,
    account,
    ...(context !== undefined && { context }),
  };
}

/** An operation on one table as a whole. */
const onTable = (action: string) => (input: Named, ctx: Ctx) => tableAccess(action, input.TableName, ctx);

/** The partition keys a request names, as condition keys see them. */
function leadingKeys(given: string, keys: readonly Values[], ctx: Ctx): string[] {
  const { name, account, region } = tableRef(given, ctx);
  const table = ctx.store.in({ account, region }).get(tables, { name });
  if (table === undefined) return [];
  return keys.flatMap((key) => {
    const value = Object.hasOwn(key, table.hash.name) ? key[table.hash.name] : undefined;
    const text = value?.S ?? value?.N ?? (value?.B === undefined ? undefined : Buffer.from(value.B).toString('base64'));
    return text === undefined ? [] : [text];
  });
}

type Detail = {
  keys?: readonly Values[];
  attributes?: readonly string[];
  select?: string | undefined;
  returns?: string | undefined;
  index?: string | undefined;
};

function detailed(action: string, table: string, detail: Detail, ctx: Ctx): readonly Access[] {
  if (isOwnRoot(ctx) && tableRef(table, ctx).account === ctx.account) return [];
  const keys = leadingKeys(table, detail.keys ?? [], ctx);
  const context: { [key: string]: string | readonly string[] } = {};
  if (keys.length > 0) context['dynamodb:LeadingKeys'] = keys;
  if (detail.attributes !== undefined) context['dynamodb:Attributes'] = detail.attributes;
  if (detail.select !== undefined) context['dynamodb:Select'] = detail.select;
  if (detail.returns !== undefined) context['dynamodb:ReturnValues'] = detail.returns;
  return [tableAccess(action, table, ctx, detail.index === undefined ? '' : `/index/${detail.index}`, context)];
}

/** Attributes an expression or a list names, placeholders replaced; undefined where all are meant. */
function namedAttributes(input: {
  ProjectionExpression?: string;
  AttributesToGet?: readonly string[];
  ExpressionAttributeNames?: { [key: string]: string };
}): string[] | undefined {
  if (input.AttributesToGet !== undefined) return [...input.AttributesToGet];
  if (input.ProjectionExpression === undefined) return undefined;
  return input.ProjectionExpression.split(',').map((path) => {
    const [first = ''] = path.trim().split(/[.[]/);
    return input.ExpressionAttributeNames?.[first] ?? first;
  });
}

function withAttributes(attributes: string[] | undefined): Pick<Detail, 'attributes'> {
  return attributes === undefined ? {} : { attributes };
}

/** The partition key a Query asks for, where it is one comparison with a placeholder. */
function queriedKeys(input: {
  KeyConditionExpression?: string;
  ExpressionAttributeValues?: Values;
  ExpressionAttributeNames?: { [key: string]: string };
  KeyConditions?: { [name: string]: { AttributeValueList?: AttributeValue[] } };
}): Values[] {
  const keys: Values[] = Object.entries(input.KeyConditions ?? {}).flatMap(([name, one]) =>
    one.AttributeValueList?.[0] === undefined ? [] : [{ [name]: one.AttributeValueList[0] }],
  );
  for (const [, name = '', value = ''] of input.KeyConditionExpression?.matchAll(/([#\w]+)\s*=\s*(:\w+)/g) ?? []) {
    const given = input.ExpressionAttributeValues?.[value];
    if (given !== undefined) keys.push({ [input.ExpressionAttributeNames?.[name] ?? name]: given });
  }
  return keys;
}

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB". */
export const access: AccessRules<'dynamodb'> = {
  CreateTable: onTable('CreateTable'),
  DescribeTable: onTable('DescribeTable'),
  UpdateTable: onTable('UpdateTable'),
  DeleteTable: onTable('DeleteTable'),
  DescribeTimeToLive: onTable('DescribeTimeToLive'),
  UpdateTimeToLive: onTable('UpdateTimeToLive'),
  DescribeContinuousBackups: onTable('DescribeContinuousBackups'),
  TagResource: (input) => ({ action: 'dynamodb:TagResource', resource: input.ResourceArn }),
  UntagResource: (input) => ({ action: 'dynamodb:UntagResource', resource: input.ResourceArn }),
  ListTagsOfResource: (input) => ({ action: 'dynamodb:ListTagsOfResource', resource: input.ResourceArn }),
  GetItem: (input, ctx) =>
    detailed('GetItem', input.TableName, { keys: [input.Key], ...withAttributes(namedAttributes(input)) }, ctx),
  PutItem: (input, ctx) =>
    detailed(
      'PutItem',
      input.TableName,
      { keys: [input.Item], attributes: Object.keys(input.Item), returns: input.ReturnValues ?? 'NONE' },
      ctx,
    ),
  UpdateItem: (input, ctx) =>
    detailed('UpdateItem', input.TableName, { keys: [input.Key], returns: input.ReturnValues ?? 'NONE' }, ctx),
  DeleteItem: (input, ctx) =>
    detailed('DeleteItem', input.TableName, { keys: [input.Key], returns: input.ReturnValues ?? 'NONE' }, ctx),
  Query: (input, ctx) =>
    detailed(
      'Query',
      input.TableName,
      {
        keys: queriedKeys(input),
        index: input.IndexName,
        select: input.Select,
        ...withAttributes(namedAttributes(input)),
      },
      ctx,
    ),
  Scan: (input, ctx) =>
    detailed(
      'Scan',
      input.TableName,
      { index: input.IndexName, select: input.Select, ...withAttributes(namedAttributes(input)) },
      ctx,
    ),
  BatchGetItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, one]) =>
      detailed('BatchGetItem', name, { keys: one.Keys, ...withAttributes(namedAttributes(one)) }, ctx),
    ),
  BatchWriteItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, list]) =>
      detailed(
        'BatchWriteItem',
        name,
        {
          keys: list.flatMap((one) =>
            one.PutRequest !== undefined
              ? [one.PutRequest.Item]
              : one.DeleteRequest !== undefined
                ? [one.DeleteRequest.Key]
                : [],
          ),
        },
        ctx,
      ),
    ),
  TransactGetItems: (input, ctx) =>
    input.TransactItems.flatMap(({ Get: get }) => detailed('GetItem', get.TableName, { keys: [get.Key] }, ctx)),
  TransactWriteItems: (input, ctx) =>
    input.TransactItems.flatMap(({ Put: put, Update: update, Delete: remove, ConditionCheck: check }) => [
      ...(put === undefined
        ? []
        : detailed('PutItem', put.TableName, { keys: [put.Item], attributes: Object.keys(put.Item) }, ctx)),
      ...(update === undefined ? [] : detailed('UpdateItem', update.TableName, { keys: [update.Key] }, ctx)),
      ...(remove === undefined ? [] : detailed('DeleteItem', remove.TableName, { keys: [remove.Key] }, ctx)),
      ...(check === undefined ? [] : detailed('ConditionCheckItem', check.TableName, { keys: [check.Key] }, ctx)),
    ]),
};
