/** Key value stores, which functions read. */
import { type Ctx, type Handler, raise, ServiceError } from '#kernel/contract';
import { change, clear, type Pair } from '../domain/contents.ts';
import { checkMatch } from '../domain/find.ts';
import { arnOf, newEtag, newVersion } from '../domain/ids.ts';
import { pageSize, shortPageOf } from '../domain/page.ts';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { STORE_BYTES_MAX, STORE_KEY_MAX, STORE_VALUE_MAX, STORES_MAX } from '../limits.ts';
import { connectionFunctions, functions, type StoreRow, stores, tags } from '../state.ts';

function show(row: StoreRow, ctx: Ctx) {
  return {
    Name: row.name,
    Id: row.id,
    Comment: row.comment,
    ARN: arnOf(ctx, 'key-value-store', row.id),
    Status: 'READY',
    LastModifiedTime: row.modifiedAt,
  };
}

function find(name: string, ctx: Ctx): StoreRow {
  return ctx.store.get(stores, { name }) ?? raise(errors.noSuchEntity());
}

/** The pairs of a file in S3. Source: CloudFront Developer Guide, "File format for key-value pairs". */
async function imported(arn: string, ctx: Ctx): Promise<Pair[]> {
  const [, Bucket, Key] = /^arn:aws[a-z-]*:s3:::([^/]+)\/(.+)$/.exec(arn) ?? [];
  // Source: badmintoncryer/cdk-preflight.
  const missing = () => errors.invalidArgument('The parameter SourceARN is invalid.');
  if (Bucket === undefined || Key === undefined) throw missing();
  const { Body } = await ctx
    .awsForCaller()
    .s3.GetObject({ Bucket, Key })
    .catch((error: unknown) => {
      throw error instanceof ServiceError && error.code.startsWith('NoSuch') ? missing() : error;
    });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of Body ?? []) {
    size += part.length;
    if (size > STORE_BYTES_MAX) throw errors.storeTooLarge();
    parts.push(part);
  }
  try {
    const { data } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { data: Pair[] };
    const isGood = ({ key, value }: Pair) =>
      typeof key === 'string' &&
      typeof value === 'string' &&
      key !== '' &&
      key.length <= STORE_KEY_MAX &&
      value.length <= STORE_VALUE_MAX;
    if (Array.isArray(data) && data.every(isGood) && new Set(data.map(({ key }) => key)).size === data.length)
      return data.map(({ key, value }) => ({ key, value }));
  } catch {
    // Said below.
  }
  throw errors.invalidArgument('The import source is not a valid file of key-value pairs.');
}

export const createKeyValueStore: Handler<'cloudfront', 'CreateKeyValueStore'> = async (input, ctx) => {
  const { Name: name, Comment: comment = '', ImportSource, Tags } = input;
  if (ctx.store.get(stores, { name }) !== undefined) throw errors.entityExists();
  const data = ImportSource === undefined ? [] : await imported(ImportSource.SourceARN, ctx);
  return ctx.transact((store) => {
    if (store.get(stores, { name }) !== undefined) throw errors.entityExists();
    if (store.count(stores) >= STORES_MAX) throw errors.tooManyEntities();
    const row: StoreRow = {
      name,
      id: ctx.uuid(),
      comment,
      etag: newEtag(ctx),
      createdAt: ctx.now,
      modifiedAt: ctx.now,
    };
    store.put(stores, row);
    const empty = { store: row.id, etag: '', items: 0, bytes: 0, changedAt: ctx.now };
    change(store, empty, { puts: data, deletes: [] }, { etag: newVersion(ctx), changedAt: ctx.now });
    setTags(arnOf(ctx, 'key-value-store', row.id), Tags?.Items ?? [], ctx);
    const Location = `https://cloudfront.amazonaws.com/2020-05-31/key-value-store/${name}`;
    return { KeyValueStore: show(row, ctx), ETag: row.etag, Location };
  });
};

export const describeKeyValueStore: Handler<'cloudfront', 'DescribeKeyValueStore'> = ({ Name }, ctx) => {
  const row = find(Name, ctx);
  return { KeyValueStore: show(row, ctx), ETag: row.etag };
};

export const updateKeyValueStore: Handler<'cloudfront', 'UpdateKeyValueStore'> = ({ Name, Comment, IfMatch }, ctx) => {
  const before = find(Name, ctx);
  checkMatch(IfMatch, before.etag);
  const row = { ...before, comment: Comment, etag: newEtag(ctx), modifiedAt: ctx.now };
  ctx.store.put(stores, row);
  return { KeyValueStore: show(row, ctx), ETag: row.etag };
};

export const deleteKeyValueStore: Handler<'cloudfront', 'DeleteKeyValueStore'> = ({ Name, IfMatch }, ctx) => {
  const row = find(Name, ctx);
  checkMatch(IfMatch, row.etag);
  const arn = arnOf(ctx, 'key-value-store', row.id);
  const readers = [...ctx.store.list(functions), ...ctx.store.list(connectionFunctions)];
  const isUsed = readers.some(({ config }) =>
    config.KeyValueStoreAssociations?.Items?.some((one) => one.KeyValueStoreARN === arn),
  );
  if (isUsed) throw errors.entityInUse();
  clear(ctx.store, row.id);
  for (const tag of ctx.store.list(tags, { where: { arn } })) ctx.store.delete(tags, tag);
  ctx.store.delete(stores, row);
  return {};
};

export const listKeyValueStores: Handler<'cloudfront', 'ListKeyValueStores'> = (input, ctx) => {
  const { Marker, Status } = input;
  const rows =
    Status !== undefined && Status !== 'READY'
      ? []
      : ctx.store.list(stores, {
          ...(Marker !== undefined && Marker !== '' && { after: { name: Marker } }),
          limit: pageSize(input) + 1,
        });
  return {
    KeyValueStoreList: shortPageOf(
      input,
      rows,
      (row) => row.name,
      (row) => show(row, ctx),
    ),
  };
};
