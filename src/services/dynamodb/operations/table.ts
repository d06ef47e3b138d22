/** Tables: create, describe, list, delete. Their change is in table-update.ts. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateTableInput, Tag } from '#models/dynamodb';
import { describeTable as describe, describeMade } from '../domain/describe.ts';
import { discard } from '../domain/discard.ts';
import { keyFor, type TableKey } from '../domain/encryption.ts';
import { findBegunTable, tableRef } from '../domain/find.ts';
import { checkSchema, checkThroughput, indexSpec, keySpec, throughputOf } from '../domain/schema.ts';
import { closeStream, openStream, wantsStream } from '../domain/stream.ts';
import {
  badTagKey,
  badTagValue,
  copyUnderWay,
  deletionProtected,
  duplicateTag,
  indexesChanging,
  invalidParameter,
  notGiven,
  reservedTagKey,
  tableBeingCreated,
  tableBeingUsed,
  tableExists,
  tableNotFound,
  tooManyTags,
} from '../errors.ts';
import { settleRules } from '../insight-rules.ts';
import { LIST_TABLES_MAX, TAGS_MAX } from '../limits.ts';
import { type IndexSpec, type TableRow, tables } from '../state.ts';
import { backupDeleted } from './backup.ts';
import { refuseOverMost } from './caps.ts';
import { leave } from './replica.ts';
import { checkedPolicy } from './resource-policy.ts';
import { changedOnDemand, checkOnDemand, checkWarm } from './throughput.ts';

/** Deviation: the table is ACTIVE with its answer, which still says CREATING, so that a client under a frozen clock need not wait; AWS takes seconds. */
export const createTable: Handler<'dynamodb', 'CreateTable'> = async (input, ctx) => {
  const key = await keyOfNew(input, ctx);
  return ctx.transact(() => makeTable(input, key, ctx));
};

/** The KMS key of a table that is about to be made. @throws {ServiceError} what is wrong with the table, or with the key */
export async function keyOfNew(input: CreateTableInput, ctx: Ctx): Promise<TableKey> {
  if (input.SSESpecification === undefined) return {};
  checkTable(input, ctx);
  return keyFor(input.SSESpecification, arnOf(input.TableName, ctx), ctx);
}

function arnOf(given: string, ctx: Ctx): string {
  return `arn:${ctx.partition}:dynamodb:${ctx.region}:${ctx.account}:table/${tableRef(given, ctx).name}`;
}

function checkTable(input: CreateTableInput, ctx: Ctx) {
  const { name } = tableRef(input.TableName, ctx);
  const { AttributeDefinitions: attributes, KeySchema: keys } = input;
  if (attributes === undefined || keys === undefined)
    throw notGiven(...(attributes ? [] : ['attributeDefinitions']), ...(keys ? [] : ['keySchema']));
  const billing = input.BillingMode ?? 'PROVISIONED';
  if (input.LocalSecondaryIndexes?.length === 0) throw invalidParameter('List of LocalSecondaryIndexes is empty');
  if (input.GlobalSecondaryIndexes?.length === 0) throw invalidParameter('List of GlobalSecondaryIndexes is empty');
  const local = input.LocalSecondaryIndexes ?? [];
  const global = input.GlobalSecondaryIndexes ?? [];
  checkThroughput(billing, input.ProvisionedThroughput, global);
  checkOnDemand(billing, input.OnDemandThroughput, false);
  for (const one of global) checkOnDemand(billing, one.OnDemandThroughput, false, one.IndexName);
  checkSchema({ attributes, keys, local, global });
  checkWarm(input.WarmThroughput, input.ProvisionedThroughput, 'table');
  for (const one of global) checkWarm(one.WarmThroughput, one.ProvisionedThroughput, `index ${one.IndexName}`);
  const there = ctx.store.get(tables, { name });
  if (there !== undefined) throw there.restored?.inProgress === true ? tableBeingUsed(name) : tableExists(name);
  refuseOverMost(input, ctx);
  for (const one of global) refuseOverMost(one, ctx, one.IndexName);
  return { name, attributes, keys, billing, local, global };
}

/** In a transaction: the table. @throws {ServiceError} ValidationException, ResourceInUseException */
export function makeTable(input: CreateTableInput, key: TableKey, ctx: Ctx) {
  const { name, attributes, keys, billing, local, global } = checkTable(input, ctx);
  const named = { ...keySpec(keys, attributes), name, arn: arnOf(name, ctx) };
  const table: TableRow = {
    ...named,
    id: ctx.uuid(),
    pile: ctx.uuid(),
    attributes,
    indexes: [
      ...local.map((one): IndexSpec => indexSpec(one, attributes, false, ctx.uuid(), 'ACTIVE')),
      ...global.map((one) => indexSpec(one, attributes, true, ctx.uuid(), 'ACTIVE')),
    ],
    billing,
    // Counts as a switch, too. Source: radkawar/stackd, measured in 2026.
    ...(billing === 'PAY_PER_REQUEST' && { switches: [ctx.now] }),
    ...(input.ProvisionedThroughput !== undefined && { throughput: throughputOf(input.ProvisionedThroughput) }),
    ...changedOnDemand(undefined, input.OnDemandThroughput),
    ...(input.WarmThroughput !== undefined && { warm: input.WarmThroughput }),
    ...(input.TableClass !== undefined && { tableClass: input.TableClass }),
    ...key,
    ...(wantsStream(input.StreamSpecification, true) && {
      stream: openStream(named, input.StreamSpecification, ctx.store, ctx),
    }),
    ...(input.ResourcePolicy !== undefined && { policy: checkedPolicy(input.ResourcePolicy, 'table', ctx) }),
    deletionProtected: input.DeletionProtectionEnabled ?? false,
    tags: tagsOf(input.Tags ?? []),
    createdAt: ctx.now,
  };
  ctx.store.put(tables, table);
  return { TableDescription: describeMade(table, ctx.store, ctx.now) };
}

/** What keys and values of tags consist of. Source: API Reference of Resource Groups Tagging, "Tag naming limits and requirements". */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** In whatever case it is written. */
export const isReserved = (key: string): boolean => /^aws:/i.test(key);

/** @throws {ServiceError} ValidationException */
export function tagsOf(tags: readonly Tag[]): { [key: string]: string } {
  if (tags.length > TAGS_MAX) throw tooManyTags();
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of tags) {
    if (!TAG_TEXT.test(key)) throw badTagKey(key);
    if (isReserved(key)) throw reservedTagKey(key);
    if (!TAG_TEXT.test(value)) throw badTagValue(value);
    if (seen.has(key)) throw duplicateTag(key);
    seen.add(key);
  }
  return Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
}

export const describeTable: Handler<'dynamodb', 'DescribeTable'> = (input, ctx) => {
  const { table, store } = findBegunTable(input.TableName, ctx, tableNotFound);
  return { Table: describe(table, store, ctx.now) };
};

export const listTables: Handler<'dynamodb', 'ListTables'> = (input, ctx) => {
  const limit = input.Limit ?? LIST_TABLES_MAX;
  const found = ctx.store.list(tables, {
    ...(input.ExclusiveStartTableName !== undefined && { after: { name: input.ExclusiveStartTableName } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit).map((table) => table.name);
  const last = page.at(-1);
  return { TableNames: page, ...(found.length > limit && last !== undefined && { LastEvaluatedTableName: last }) };
};

/** DynamoDB's grant on the key of a table ends. */
export function releaseKeyOf({ arn, pile, encryptionKey: key, keyCheck }: TableRow, ctx: Ctx): void {
  if (keyCheck !== undefined)
    ctx.arm('releaseKey', `${pile} ${keyCheck.grant}`, ctx.now, { arn, key, grant: keyCheck.grant });
}

/** In a transaction: removes a table; what lies in it is swept. */
export function dropTable(table: TableRow, store: StoreView, ctx: Ctx): void {
  store.delete(tables, table);
  settleRules(table, undefined, store);
  releaseKeyOf(table, ctx);
  if (table.stream?.enabled === true) closeStream(table, store, ctx);
  if (table.expiry !== undefined) {
    ctx.disarm('expire', table.expiry.pile);
    discard(table.expiry.pile, table, ctx);
  }
  if (table.history !== undefined) discard(table.history.pile, table, ctx);
  if (table.history?.recovery !== undefined) backupDeleted(table, store, ctx);
  else discard(table.pile, table, ctx);
  for (const index of table.indexes) discard(index.pile, table, ctx);
}

/** Whatever lies in it; its piles are swept. Deviation: the table is gone with its answer, which says DELETING; on AWS it is still described so for some seconds. */
export const deleteTable: Handler<'dynamodb', 'DeleteTable'> = (input, ctx) => {
  const { table, store } = findBegunTable(input.TableName, ctx, tableNotFound);
  if (table.deletionProtected) throw deletionProtected();
  if (table.restored?.inProgress === true || table.importing === true) throw tableBeingCreated(table.name);
  if (table.indexes.some(({ status }) => status === 'CREATING')) throw indexesChanging();
  if ((table.history?.copies ?? 0) > 0) throw copyUnderWay(table.name);
  const description = describe(table, store, ctx.now, 'DELETING');
  leave(table, store, ctx);
  dropTable(table, store, ctx);
  const {
    GlobalSecondaryIndexes: _,
    LocalSecondaryIndexes: __,
    AttributeDefinitions: ___,
    KeySchema: ____,
    CreationDateTime: _____,
    WarmThroughput: ______,
    ...rest
  } = description;
  return { TableDescription: rest };
};
