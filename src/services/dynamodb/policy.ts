/** What each operation must be allowed: the table or index, and what the request would see or change. */
import { type Access, type AccessRules, type ConditionKeys, type Ctx, ServiceError } from '#kernel/contract';
import type { AttributeValue } from '#models/dynamodb';
import {
  checkBackupArn,
  checkOwner,
  checkResourceArn,
  checkRestoredArn,
  checkTablePlace,
  exportedTable,
} from './domain/arns.ts';
import { type Condition, stepOf } from './domain/expression/ast.ts';
import { conditionOf } from './domain/expression/bind.ts';
import { tableRef } from './domain/find.ts';
import { hashesOf } from './domain/keys.ts';
import { bothSources, noSource } from './errors-copies.ts';
import { shownBy, statementAccess } from './partiql-policy.ts';
import { tables } from './state.ts';
import { streams } from './stream-state.ts';
import { tableAccess } from './table-policy.ts';

type Named = { TableName: string };
type Values = { readonly [name: string]: AttributeValue };

/** An operation on a table or a stream by its ARN. */
const onResource =
  (action: string) =>
  ({ ResourceArn: arn }: { ResourceArn: string }, ctx: Ctx): Access => {
    const [, stream] = arn.split('/stream/');
    checkResourceArn(arn, action.endsWith('Policy') ? 'policy' : 'tags', ctx);
    if (stream === undefined) return tableAccess(action, arn, ctx);
    const account = arn.split(':')[4] ?? ctx.account;
    const policy = ctx.store.in({ account }).get(streams, { arn })?.policy?.text;
    return { action: `dynamodb:${action}`, resource: arn, account, policy };
  };

const onBackup =
  (action: string) =>
  ({ BackupArn: arn }: { BackupArn: string }, ctx: Ctx): Access => {
    checkBackupArn(arn, ctx);
    return { action: `dynamodb:${action}`, resource: arn };
  };

function onInsights(action: string, input: Named & { IndexName?: string }, ctx: Ctx): Access {
  checkTablePlace(input.TableName, ctx);
  return tableAccess(action, input.TableName, ctx, input.IndexName === undefined ? '' : `/index/${input.IndexName}`);
}

/** An operation on one table as a whole. */
const onTable = (action: string) => (input: Named, ctx: Ctx) => {
  checkTablePlace(input.TableName, ctx);
  return tableAccess(action, input.TableName, ctx);
};

/** Keys by their place in a partition key of several attributes; the first one is called so, too. */
const PARTITION_KEYS = [
  'dynamodb:FirstPartitionKeyValues',
  'dynamodb:SecondPartitionKeyValues',
  'dynamodb:ThirdPartitionKeyValues',
  'dynamodb:FourthPartitionKeyValues',
];

/** The partition keys a request names, as condition keys see them. @param index that is asked, whose keys then count */
function leadingKeys(given: string, index: string | undefined, keys: readonly Values[], ctx: Ctx): ConditionKeys {
  const { name, account, region } = tableRef(given, ctx);
  const table = ctx.store.in({ account, region }).get(tables, { name });
  const spec = table?.indexes.find((one) => one.name === index) ?? table;
  if (spec === undefined) return {};
  const seen = hashesOf(spec).map((hash) => keys.flatMap((key) => textOf(key, hash.name)));
  const named = PARTITION_KEYS.flatMap((key, at) => ((seen[at]?.length ?? 0) > 0 ? [[key, seen[at] ?? []]] : []));
  return {
    ...Object.fromEntries(named),
    ...((seen[0]?.length ?? 0) > 0 && { 'dynamodb:LeadingKeys': seen[0] ?? [] }),
  };
}

function textOf(key: Values, name: string): string[] {
  const value = Object.hasOwn(key, name) ? key[name] : undefined;
  const text = value?.S ?? value?.N ?? (value?.B === undefined ? undefined : Buffer.from(value.B).toString('base64'));
  return text === undefined ? [] : [text];
}

type Detail = {
  keys?: readonly Values[];
  attributes?: readonly string[];
  select?: string | undefined;
  returns?: string | undefined;
};

/** What a request says as a whole. `enclosing`: the transaction that an operation is part of. */
type Whole = { ReturnConsumedCapacity?: string; enclosing?: string };

/** @param look what only policies with conditions ask for */
function detailed(
  action: string,
  table: string,
  look: () => Detail,
  { ReturnConsumedCapacity: capacity = 'NONE', enclosing }: Whole,
  ctx: Ctx,
  index?: string,
): readonly Access[] {
  const context = () => {
    const { keys: given = [], attributes, select, returns } = look();
    return {
      'dynamodb:ReturnConsumedCapacity': capacity,
      ...leadingKeys(table, index, given, ctx),
      ...(attributes !== undefined && { 'dynamodb:Attributes': attributes }),
      ...(select !== undefined && { 'dynamodb:Select': select }),
      ...(returns !== undefined && { 'dynamodb:ReturnValues': returns }),
      ...(enclosing !== undefined && { 'dynamodb:EnclosingOperation': enclosing }),
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
function written(
  input: Naming & { ReturnValues?: string; ReturnValuesOnConditionCheckFailure?: string },
): Pick<Detail, 'attributes' | 'returns'> {
  const { ReturnValues: shown = 'NONE', ReturnValuesOnConditionCheckFailure: failed } = input;
  return { attributes: attributesIn(input), returns: shownBy(shown, failed) };
}

type Keyed = {
  KeyConditionExpression?: string;
  ExpressionAttributeValues?: Values;
  ExpressionAttributeNames?: { [key: string]: string };
  KeyConditions?: { [name: string]: { AttributeValueList?: AttributeValue[] } };
};

/** The keys that a Query names, whichever side of the comparison they stand on. */
function queriedKeys(input: Keyed): Values[] {
  const keys: Values[] = Object.entries(input.KeyConditions ?? {}).flatMap(([name, one]) =>
    one.AttributeValueList?.[0] === undefined ? [] : [{ [name]: one.AttributeValueList[0] }],
  );
  if (input.KeyConditionExpression === undefined) return keys;
  try {
    return [...keys, ...equalities(conditionOf('KeyConditionExpression', input.KeyConditionExpression).tree, input)];
  } catch (error) {
    // What can't be parsed reads nothing.
    if (!(error instanceof ServiceError)) throw error;
    return keys;
  }
}

function equalities(tree: Condition, { ExpressionAttributeNames: names = {}, ...given }: Keyed): Values[] {
  if (tree.kind === 'and' || tree.kind === 'or')
    return [tree.left, tree.right].flatMap((one) => equalities(one, { ...given, ExpressionAttributeNames: names }));
  if (tree.kind !== 'compare' || tree.operator !== '=') return [];
  const sides = [tree.left, tree.right];
  const path = sides.find((one) => one.kind === 'path')?.path[0];
  const value = sides.find((one) => one.kind === 'value')?.name;
  const found = value === undefined ? undefined : given.ExpressionAttributeValues?.[value];
  return path === undefined || found === undefined ? [] : [{ [stepOf(path, names)]: found }];
}

function onTransfer(action: string, arn: string, ctx: Ctx): Access {
  checkOwner(arn, ctx);
  return { action: `dynamodb:${action}`, resource: arn };
}

/** The table that is to be as it was, by its name or its ARN. @throws {ServiceError} ValidationException */
function restoredTable(given: { SourceTableName?: string; SourceTableArn?: string }, ctx: Ctx): string {
  const { SourceTableName: name, SourceTableArn: arn } = given;
  if (name !== undefined && arn !== undefined) throw bothSources();
  if (arn !== undefined) checkRestoredArn(arn, ctx);
  const source = name ?? arn;
  if (source === undefined) throw noSource();
  return source;
}

/** A table is restored with the permissions to fill it. Source: Developer Guide, "Using IAM with DynamoDB backup and restore". */
const FILLING = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];
const restoring = (action: string, table: string, ctx: Ctx): Access[] =>
  [action, ...FILLING].map((one) => tableAccess(one, table, ctx));

/** What it takes to have a replica in its Region, and to remove it there. Source: Developer Guide, "Using IAM with global tables". */
const REPLICATING = ['CreateTable', 'CreateTableReplica', ...FILLING];
const UNREPLICATING = ['DeleteTable', 'DeleteTableReplica'];

function inRegion(actions: readonly string[], given: string, region: string, ctx: Ctx): Access[] {
  const { name, account } = tableRef(given, ctx);
  const arn = `arn:${ctx.partition}:dynamodb:${region}:${account}:table/${name}`;
  return actions.map((action) => tableAccess(action, arn, ctx));
}

function replicaRegions(given: string, ctx: Ctx): string[] {
  const { name, account, region } = tableRef(given, ctx);
  const table = ctx.store.in({ account, region }).get(tables, { name });
  return (table?.replicas ?? []).map((one) => one.region);
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
      ...(create === undefined ? [] : inRegion(REPLICATING, input.TableName, create.RegionName, ctx)),
      ...(remove === undefined ? [] : inRegion(UNREPLICATING, input.TableName, remove.RegionName, ctx)),
    ]),
  ],
  DeleteTable: onTable('DeleteTable'),
  DescribeTimeToLive: onTable('DescribeTimeToLive'),
  UpdateTimeToLive: (input, ctx) => [
    onTable('UpdateTimeToLive')(input, ctx),
    ...replicaRegions(input.TableName, ctx).flatMap((region) =>
      inRegion(['UpdateTimeToLive'], input.TableName, region, ctx),
    ),
  ],
  DescribeContinuousBackups: onTable('DescribeContinuousBackups'),
  UpdateContinuousBackups: onTable('UpdateContinuousBackups'),
  CreateBackup: onTable('CreateBackup'),
  EnableKinesisStreamingDestination: onTable('EnableKinesisStreamingDestination'),
  DisableKinesisStreamingDestination: onTable('DisableKinesisStreamingDestination'),
  DescribeKinesisStreamingDestination: onTable('DescribeKinesisStreamingDestination'),
  UpdateKinesisStreamingDestination: onTable('UpdateKinesisStreamingDestination'),
  UpdateContributorInsights: (input, ctx) => onInsights('UpdateContributorInsights', input, ctx),
  DescribeContributorInsights: (input, ctx) => onInsights('DescribeContributorInsights', input, ctx),
  ExportTableToPointInTime: (input, ctx) =>
    tableAccess('ExportTableToPointInTime', exportedTable(input.TableArn, ctx), ctx),
  DescribeExport: (input, ctx) => onTransfer('DescribeExport', input.ExportArn, ctx),
  ImportTable: (input, ctx) => tableAccess('ImportTable', input.TableCreationParameters.TableName, ctx),
  DescribeImport: (input, ctx) => onTransfer('DescribeImport', input.ImportArn, ctx),
  DescribeBackup: onBackup('DescribeBackup'),
  DeleteBackup: onBackup('DeleteBackup'),
  RestoreTableFromBackup: (input, ctx) => [
    onBackup('RestoreTableFromBackup')(input, ctx),
    ...restoring('RestoreTableFromBackup', input.TargetTableName, ctx),
  ],
  RestoreTableToPointInTime: (input, ctx) => [
    tableAccess('RestoreTableToPointInTime', restoredTable(input, ctx), ctx),
    ...restoring('RestoreTableToPointInTime', input.TargetTableName, ctx),
  ],
  TagResource: onResource('TagResource'),
  UntagResource: onResource('UntagResource'),
  ListTagsOfResource: onResource('ListTagsOfResource'),
  GetItem: (input, ctx) =>
    detailed('GetItem', input.TableName, () => ({ keys: [input.Key], ...selected(input) }), input, ctx),
  PutItem: (input, ctx) =>
    detailed('PutItem', input.TableName, () => ({ keys: [input.Item], ...written(input) }), input, ctx),
  UpdateItem: (input, ctx) =>
    detailed('UpdateItem', input.TableName, () => ({ keys: [input.Key], ...written(input) }), input, ctx),
  DeleteItem: (input, ctx) =>
    detailed('DeleteItem', input.TableName, () => ({ keys: [input.Key], ...written(input) }), input, ctx),
  Query: (input, ctx) => {
    const look = () => ({ keys: queriedKeys(input), ...selected(input) });
    return detailed('Query', input.TableName, look, input, ctx, input.IndexName);
  },
  Scan: (input, ctx) => detailed('Scan', input.TableName, () => selected(input), input, ctx, input.IndexName),
  BatchGetItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, one]) => {
      const asked = one.Keys[0] === undefined ? one : { ...one, Key: one.Keys[0] };
      return detailed('BatchGetItem', name, () => ({ keys: one.Keys, ...selected(asked) }), input, ctx);
    }),
  BatchWriteItem: (input, ctx) =>
    Object.entries(input.RequestItems).flatMap(([name, list]) => {
      const images = () =>
        list.map(({ PutRequest: put, DeleteRequest: remove }): Values => put?.Item ?? remove?.Key ?? {});
      const look = () => ({ keys: images(), attributes: [...new Set(images().flatMap((one) => Object.keys(one)))] });
      return detailed('BatchWriteItem', name, look, input, ctx);
    }),
  TransactGetItems: (input, ctx) => {
    const whole = { ...input, enclosing: 'TransactGetItems' };
    return input.TransactItems.flatMap(({ Get: get }) =>
      detailed('GetItem', get.TableName, () => ({ keys: [get.Key], ...selected(get) }), whole, ctx),
    );
  },
  TransactWriteItems: (input, ctx) => {
    const whole = { ...input, enclosing: 'TransactWriteItems' };
    return input.TransactItems.flatMap(({ Put: put, Update: update, Delete: remove, ConditionCheck: check }) => [
      ...(put === undefined
        ? []
        : detailed('PutItem', put.TableName, () => ({ keys: [put.Item], ...written(put) }), whole, ctx)),
      ...[
        ['UpdateItem', update] as const,
        ['DeleteItem', remove] as const,
        ['ConditionCheckItem', check] as const,
      ].flatMap(([action, one]) =>
        one === undefined
          ? []
          : detailed(action, one.TableName, () => ({ keys: [one.Key], ...written(one) }), whole, ctx),
      ),
    ]);
  },
  ExecuteStatement: (input, ctx) => statementAccess(input, 'ExecuteStatement', ctx),
  // Each statement is asked for on its own: one that is denied does not stop the others.
  BatchExecuteStatement: () => [],
  ExecuteTransaction: (input, ctx) =>
    input.TransactStatements.map((one) => statementAccess(one, 'ExecuteTransaction', ctx)),
};
