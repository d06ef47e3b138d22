/**
 * Pairs of a key value store: read, and changed by whoever has seen the version that there is.
 *
 * @see CloudFront API Reference, "CloudFront KeyValueStore"; CloudFront Developer Guide, "Work with key value data"
 */
import { parseArn } from '#kernel/base';
import { type AccessRules, type Ctx, type Handler, raise } from '#kernel/contract';
import {
  type Change,
  change,
  contentsOf,
  newVersion,
  type Pair,
  pairs,
  STORE_BYTES_MAX,
  STORE_KEY_MAX,
  STORE_VALUE_MAX,
  type StoreRow,
  stores,
} from '#services/cloudfront/port';
import { invalid, noSuchKey, noSuchStore, outdated, storeFull } from './errors.ts';

type Api = 'cloudfront-keyvaluestore';

/** Source: CloudFront Developer Guide, "Quotas on key value stores"; of 3 MB, the other one, so many keys and values fall short. */
const UPDATE_KEYS_MAX = 50;
/** Source: API Reference, ListKeys. */
const LIST_KEYS = 10;
const ARN = /^key-value-store\/([0-9a-f-]{36})$/;

/** @throws {ServiceError} ValidationException, ResourceNotFoundException */
function find(arn: string, ctx: Ctx): StoreRow {
  const { service, account, resource = '' } = parseArn(arn) ?? {};
  const [, id] = ARN.exec(resource) ?? [];
  if (service !== 'cloudfront' || id === undefined) throw invalid('The ARN of the Key Value Store is not valid.');
  const row = account === ctx.account ? ctx.store.first(stores, { index: 'byId', where: { id } }) : undefined;
  return row ?? raise(noSuchStore());
}

const on = (action: string) => (input: { KvsARN: string }) => ({
  action: `cloudfront-keyvaluestore:${action}`,
  resource: input.KvsARN,
});

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudFront KeyValueStore". */
export const access: AccessRules<Api> = {
  DeleteKey: on('DeleteKey'),
  DescribeKeyValueStore: on('DescribeKeyValueStore'),
  GetKey: on('GetKey'),
  ListKeys: on('ListKeys'),
  PutKey: on('PutKey'),
  UpdateKeys: on('UpdateKeys'),
};

export const describeKeyValueStore: Handler<Api, 'DescribeKeyValueStore'> = ({ KvsARN }, ctx) => {
  const row = find(KvsARN, ctx);
  const { items: ItemCount, bytes: TotalSizeInBytes, etag: ETag, changedAt: LastModified } = contentsOf(ctx.store, row);
  const Created = row.createdAt ?? row.modifiedAt;
  return { ItemCount, TotalSizeInBytes, KvsARN, Created, ETag, LastModified, Status: 'READY' };
};

export const getKey: Handler<Api, 'GetKey'> = ({ KvsARN, Key }, ctx) => {
  const row = find(KvsARN, ctx);
  const { value: Value } = ctx.store.get(pairs, { store: row.id, key: Key }) ?? raise(noSuchKey());
  const { items: ItemCount, bytes: TotalSizeInBytes } = contentsOf(ctx.store, row);
  return { Key, Value, ItemCount, TotalSizeInBytes };
};

export const listKeys: Handler<Api, 'ListKeys'> = ({ KvsARN, NextToken, MaxResults = LIST_KEYS }, ctx) => {
  const { id: store } = find(KvsARN, ctx);
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64url').toString();
  if (after === '') throw invalid('The next token is not valid.');
  const found = ctx.store.list(pairs, {
    where: { store },
    ...(after !== undefined && { after: { key: after } }),
    limit: MaxResults + 1,
  });
  const rows = found.slice(0, MaxResults);
  return {
    Items: rows.map(({ key: Key, value: Value }) => ({ Key, Value })),
    ...(found.length > rows.length && { NextToken: Buffer.from(rows.at(-1)?.key ?? '').toString('base64url') }),
  };
};

/** @throws {ServiceError} ConflictException, ValidationException, ResourceNotFoundException, ServiceQuotaExceededException; nothing is changed then */
function apply(arn: string, ifMatch: string, asked: Change, ctx: Ctx) {
  checkPairs(asked.puts);
  return ctx.transact((store) => {
    const before = contentsOf(store, find(arn, ctx));
    if (ifMatch !== before.etag && ifMatch !== `"${before.etag}"`) throw outdated();
    for (const key of asked.deletes)
      if (store.get(pairs, { store: before.store, key }) === undefined) throw noSuchKey();
    const after = change(store, before, asked, { etag: newVersion(ctx), changedAt: ctx.now });
    if (after.bytes > STORE_BYTES_MAX) throw storeFull();
    return { ItemCount: after.items, TotalSizeInBytes: after.bytes, ETag: after.etag };
  });
}

function checkPairs(puts: readonly Pair[]): void {
  for (const { key, value } of puts) {
    if (key.length > STORE_KEY_MAX) throw invalid(`Keys have at most ${STORE_KEY_MAX} characters.`);
    if (value.length > STORE_VALUE_MAX) throw invalid(`Values have at most ${STORE_VALUE_MAX} characters.`);
  }
}

export const putKey: Handler<Api, 'PutKey'> = ({ KvsARN, Key, Value, IfMatch }, ctx) =>
  apply(KvsARN, IfMatch, { puts: [{ key: Key, value: Value }], deletes: [] }, ctx);

export const deleteKey: Handler<Api, 'DeleteKey'> = ({ KvsARN, Key, IfMatch }, ctx) =>
  apply(KvsARN, IfMatch, { puts: [], deletes: [Key] }, ctx);

/** All or nothing. */
export const updateKeys: Handler<Api, 'UpdateKeys'> = ({ KvsARN, IfMatch, Puts = [], Deletes = [] }, ctx) => {
  const puts = Puts.map(({ Key, Value }) => ({ key: Key, value: Value }));
  const deletes = Deletes.map(({ Key }) => Key);
  const keys = [...puts.map(({ key }) => key), ...deletes];
  if (keys.length === 0) throw invalid('At least one key must be put or deleted.');
  if (keys.length > UPDATE_KEYS_MAX) throw invalid(`At most ${UPDATE_KEYS_MAX} keys can be put and deleted at once.`);
  if (new Set(keys).size < keys.length) throw invalid('A key can be put or deleted only once.');
  return apply(KvsARN, IfMatch, { puts, deletes }, ctx);
};
