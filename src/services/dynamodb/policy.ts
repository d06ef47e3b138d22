/** What each operation must be allowed: the table or index, and what the request would see or change. */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import type { AttributeValue } from '#models/dynamodb';
import { tableRef } from './domain/find.ts';
import { badArn, notAllowed } from './errors.ts';
import { statementAccess } from './partiql-policy.ts';
import { tables } from './state.ts';
import { streams } from './stream-state.ts';
import { tableAccess } from './table-policy.ts';
import { isNoArn } from './voice.ts';

type Named = { TableName: string };
type Values = { readonly [name: string]: AttributeValue };

/** An operation on a table or a stream by its ARN. */
const onResource =
  (action: string) =>
  ({ ResourceArn: arn }: { ResourceArn: string }, ctx: Ctx): Access => {
    const [, stream] = arn.split('/stream/');
    if (isNoArn(arn)) throw notAllowed(ctx.caller.principal.arn, action, arn);
    if (!arn.startsWith('arn:')) throw badArn(arn);
    if (stream === undefined) return tableAccess(action, arn, ctx);
    const account = arn.split(':')[4] ?? ctx.account;
    const policy = ctx.store.in({ account }).get(streams, { arn })?.policy?.text;
    return { action: `dynamodb:${action}`, resource: arn, account, policy };
  };

const onBackup =
  (action: string) =>
  ({ BackupArn: arn }: { BackupArn: string }): Access => ({ action: `dynamodb:${action}`, resource: arn });

function onInsights(action: string, input: Named & { IndexName?: string }, ctx: Ctx): Access {
  return tableAccess(action, input.TableName, ctx, input.IndexName === undefined ? '' : `/index/${input.IndexName}`);
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
};

/** @param look what only policies with conditions ask for */
function detailed(action: string, table: string, look: () => Detail, ctx: Ctx, index?: string): readonly Access[] {
  const context = () => {
    const { keys: given = [], attributes, select, returns } = look();
    const keys = leadingKeys(table, given, ctx);
    return {
      ...(keys.length > 0 && { 'dynamodb:LeadingKeys': keys }),
      ...(attributes !== undefined && { 'dynamodb:Attributes': attributes }),
      ...(select !== undefined && { 'dynamodb:Select': select }),
      ...(returns !== undefined && { 'dynamodb:ReturnValues': returns }),
    };
  };
  return [tableAccess(action, table, ctx, index === undefined ? '' : `/index/${index}`, context)];
}

/** The parameters of a request that name attributes. */
type Naming = {
  ProjectionExpression?: string;
  FilterExpression?: string;
  ConditionExpression?: string;
  UpdateExpression?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: { [placeholder: string]: string };
  AttributesToGet?: readonly string[];
  Expected?: object;
  AttributeUpdates?: object;
  QueryFilter?: object;
  ScanFilter?: object;
  KeyConditions?: object;
  Key?: Values;
  Item?: Values;
};

/** A name or placeholder at the beginning of a path: nothing nested, no function, no value. */
const NAME = /(?<![.\w#:])(#?\w+)(?!\s*\(|\w)/g;
const NO_NAMES = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

/** Every attribute a request touches by name. */
function attributesIn(input: Naming): string[] {
  const names = new Set<string>();
  for (const text of [
    input.ProjectionExpression,
    input.FilterExpression,
    input.ConditionExpression,
    input.UpdateExpression,
    input.KeyConditionExpression,
  ]) {
    for (const [, name = ''] of text?.matchAll(NAME) ?? []) {
      if (!NO_NAMES.has(name.toUpperCase()) && !/^\d/.test(name))
        names.add(input.ExpressionAttributeNames?.[name] ?? name);
    }
  }
  for (const name of input.AttributesToGet ?? []) names.add(name);
  for (const map of [
    input.Expected,
    input.AttributeUpdates,
    input.QueryFilter,
    input.ScanFilter,
    input.KeyConditions,
    input.Key,
    input.Item,
  ]) {
    for (const name in map) names.add(name);
  }
  return [...names];
}

/** What a read asks to see, also where the request leaves it to the default. */
function selected(input: Naming & { Select?: string; IndexName?: string }): Pick<Detail, 'attributes' | 'select'> {
  const specific = input.ProjectionExpression !== undefined || input.AttributesToGet !== undefined;
  const otherwise = input.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
  return { attributes: attributesIn(input), select: input.Select ?? (specific ? 'SPECIFIC_ATTRIBUTES' : otherwise) };
}

/** What a write touches and shows. */
function written(input: Naming & { ReturnValues?: string }): Pick<Detail, 'attributes' | 'returns'> {
  return { attributes: attributesIn(input), returns: input.ReturnValues ?? 'NONE' };
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
  CreateTable: (input, ctx) => [
    onTable('CreateTable')(input, ctx),
    ...(input.ResourcePolicy === undefined ? [] : [onTable('PutResourcePolicy')(input, ctx)]),
  ],
  PutResourcePolicy: onResource('PutResourcePolicy'),
  GetResourcePolicy: onResource('GetResourcePolicy'),
  DeleteResourcePolicy: onResource('DeleteResourcePolicy'),
  DescribeTable: onTable('DescribeTable'),
  UpdateTable: (input, ctx) => [
    onTable('UpdateTable')(input, ctx),
    ...(input.ReplicaUpdates ?? []).flatMap(({ Create: create, Delete: remove }) => [
      ...(create === undefined ? [] : [onTable('CreateTableReplica')(input, ctx)]),
      ...(remove === undefined ? [] : [onTable('DeleteTableReplica')(input, ctx)]),
    ]),
  ],
  DeleteTable: onTable('DeleteTable'),
  DescribeTimeToLive: onTable('DescribeTimeToLive'),
  UpdateTimeToLive: onTable('UpdateTimeToLive'),
  DescribeContinuousBackups: onTable('DescribeContinuousBackups'),
  UpdateContinuousBackups: onTable('UpdateContinuousBackups'),
  CreateBackup: onTable('CreateBackup'),
  EnableKinesisStreamingDestination: onTable('EnableKinesisStreamingDestination'),
  DisableKinesisStreamingDestination: onTable('DisableKinesisStreamingDestination'),
  DescribeKinesisStreamingDestination: onTable('DescribeKinesisStreamingDestination'),
  UpdateKinesisStreamingDestination: onTable('UpdateKinesisStreamingDestination'),
  UpdateContributorInsights: (input, ctx) => onInsights('UpdateContributorInsights', input, ctx),
  DescribeContributorInsights: (input, ctx) => onInsights('DescribeContributorInsights', input, ctx),
  ExportTableToPointInTime: (input, ctx) => tableAccess('ExportTableToPointInTime', input.TableArn, ctx),
  DescribeExport: (input) => ({ action: 'dynamodb:DescribeExport', resource: input.ExportArn }),
  ImportTable: (input, ctx) => tableAccess('ImportTable', input.TableCreationParameters.TableName, ctx),
  DescribeImport: (input) => ({ action: 'dynamodb:DescribeImport', resource: input.ImportArn }),
  DescribeBackup: onBackup('DescribeBackup'),
  DeleteBackup: onBackup('DeleteBackup'),
  RestoreTableFromBackup: (input, ctx) => [
    onBackup('RestoreTableFromBackup')(input),
    tableAccess('RestoreTableFromBackup', input.TargetTableName, ctx),
  ],
  RestoreTableToPointInTime: (input, ctx) => [
    tableAccess('RestoreTableToPointInTime', input.SourceTableName ?? input.SourceTableArn ?? '', ctx),
    tableAccess('RestoreTableToPointInTime', input.TargetTableName, ctx),
  ],
  TagResource: onResource('TagResource'),
  UntagResource: onResource('UntagResource'),
  ListTagsOfResource: onResource('ListTagsOfResource'),
  GetItem: (input, ctx) => detailed('GetItem', input.TableName, () => ({ keys: [input.Key], ...selected(input) }), ctx),
  PutItem: (input, ctx) => detailed('PutItem', input.TableName, () => ({ keys: [input.Item], ...written(input) }), ctx),
  UpdateItem: (input, ctx) =>
    detailed('UpdateItem', input.TableName, () => ({ keys: [input.Key], ...written(input) }), ctx),
  DeleteItem: (input, ctx) =>
    detailed('DeleteItem', input.TableName, () => ({ keys: [input.Key], ...written(input) }), ctx),
  Query: (input, ctx) =>
    detailed('Query', input.TableName, () => ({ keys: queriedKeys(input), ...selected(input) }), ctx, input.IndexName),
  Scan: (input, ctx) => detailed('Scan', input.TableName, () => selected(input), ctx, input.IndexName),
  BatchGetItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, one]) =>
      detailed(
        'BatchGetItem',
        name,
        () => ({ keys: one.Keys, ...selected(one.Keys[0] === undefined ? one : { ...one, Key: one.Keys[0] }) }),
        ctx,
      ),
    ),
  BatchWriteItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, list]) => {
      const images = () =>
        list.map(({ PutRequest: put, DeleteRequest: remove }): Values => put?.Item ?? remove?.Key ?? {});
      return detailed(
        'BatchWriteItem',
        name,
        () => ({ keys: images(), attributes: [...new Set(images().flatMap((image) => Object.keys(image)))] }),
        ctx,
      );
    }),
  TransactGetItems: (input, ctx) =>
    input.TransactItems.flatMap(({ Get: get }) =>
      detailed('GetItem', get.TableName, () => ({ keys: [get.Key], ...selected(get) }), ctx),
    ),
  TransactWriteItems: (input, ctx) =>
    input.TransactItems.flatMap(({ Put: put, Update: update, Delete: remove, ConditionCheck: check }) => [
      ...(put === undefined
        ? []
        : detailed('PutItem', put.TableName, () => ({ keys: [put.Item], ...written(put) }), ctx)),
      ...[
        ['UpdateItem', update] as const,
        ['DeleteItem', remove] as const,
        ['ConditionCheckItem', check] as const,
      ].flatMap(([action, one]) =>
        one === undefined ? [] : detailed(action, one.TableName, () => ({ keys: [one.Key], ...written(one) }), ctx),
      ),
    ]),
  ExecuteStatement: (input, ctx) => statementAccess(input, 'ExecuteStatement', ctx),
  // Each statement is asked for on its own: one that is denied does not stop the others.
  BatchExecuteStatement: () => [],
  ExecuteTransaction: (input, ctx) =>
    input.TransactStatements.map((one) => statementAccess(one, 'ExecuteTransaction', ctx)),
};
