/** Addresses of functions. */
import { type Ctx, type Handler, type OutputOf, ServiceError } from '#kernel/contract';
import { findFunction } from '../domain/find.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { noPolicy, notWithTenants, urlExists, urlWithoutFunction, wildcardAmong } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type UrlRow, urls } from '../state.ts';

type Shown = OutputOf<'lambda', 'GetFunctionUrlConfig'>;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 32;

export const createFunctionUrlConfig: Handler<'lambda', 'CreateFunctionUrlConfig'> = (input, ctx) => {
  const { named, version, store } = withFunction(input, ctx);
  checkCors(input.Cors);
  if (version.tenancy !== undefined) throw notWithTenants('Function URL');
  const key = { name: named.name, qualifier: named.qualifier ?? '' };
  if (store.get(urls, key) !== undefined) throw urlExists(arnOf(ctx, named.account, key.name, key.qualifier));
  const id = Array.from({ length: ID_LENGTH }, () => LETTERS[ctx.random.below(LETTERS.length)]).join('');
  const row: UrlRow = {
    ...key,
    id,
    authType: input.AuthType,
    invokeMode: input.InvokeMode ?? 'BUFFERED',
    ...corsPart(input.Cors),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  ctx.claim('lambda-url', id, `${key.name}:${key.qualifier}`);
  store.put(urls, row);
  const { LastModifiedTime: _, ...made } = shown(row, ctx);
  return made;
};

/** An empty configuration is none: an update with it takes away what was. Source: measured by users, go-to-k/cdkd #1261. */
function corsPart(cors: UrlRow['cors']): Pick<UrlRow, 'cors'> {
  return cors === undefined || Object.keys(cors).length === 0 ? {} : { cors };
}

/** @throws {ServiceError} InvalidParameterValueException */
function checkCors(cors: Shown['Cors']): void {
  const mixed = (['AllowMethods', 'AllowHeaders', 'AllowOrigins', 'ExposeHeaders'] as const).find((name) => {
    const values = cors?.[name] ?? [];
    return values.length > 1 && values.includes('*');
  });
  if (mixed !== undefined) throw wildcardAmong(mixed);
}

/** Here, what is missing has a text of its own. @throws {ServiceError} ResourceNotFoundException */
function withFunction({ FunctionName, Qualifier }: { FunctionName: string; Qualifier?: string | undefined }, ctx: Ctx) {
  try {
    return findFunction(FunctionName, Qualifier, ctx);
  } catch (error) {
    throw error instanceof ServiceError && error.code === 'ResourceNotFoundException' ? urlWithoutFunction() : error;
  }
}

export const getFunctionUrlConfig: Handler<'lambda', 'GetFunctionUrlConfig'> = (input, ctx) =>
  shown(find(input, ctx), ctx);

export const updateFunctionUrlConfig: Handler<'lambda', 'UpdateFunctionUrlConfig'> = (input, ctx) => {
  withFunction(input, ctx);
  const { cors, ...row } = find(input, ctx);
  checkCors(input.Cors);
  const changed: UrlRow = {
    ...row,
    authType: input.AuthType ?? row.authType,
    invokeMode: input.InvokeMode ?? row.invokeMode,
    ...corsPart(input.Cors ?? cors),
    modifiedAt: ctx.now,
  };
  ctx.store.put(urls, changed);
  return shown(changed, ctx);
};

export const deleteFunctionUrlConfig: Handler<'lambda', 'DeleteFunctionUrlConfig'> = (input, ctx) => {
  const row = find(input, ctx);
  ctx.release('lambda-url', row.id);
  ctx.store.delete(urls, row);
  return {};
};

export const listFunctionUrlConfigs: Handler<'lambda', 'ListFunctionUrlConfigs'> = (input, ctx) => {
  const { named, store } = withFunction({ FunctionName: input.FunctionName }, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const after = input.Marker === undefined ? undefined : { qualifier: input.Marker };
  const rows = store.list(urls, { where: { name: named.name }, after, limit: limit + 1 });
  return {
    FunctionUrlConfigs: rows.slice(0, limit).map((row) => shown(row, ctx)),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.qualifier }),
  };
};

function find(input: { FunctionName: string; Qualifier?: string | undefined }, ctx: Ctx): UrlRow {
  const { account, name, qualifier = '' } = parseName(input.FunctionName, input.Qualifier, ctx);
  const row = ctx.store.in({ account }).get(urls, { name, qualifier });
  if (row === undefined) throw noPolicy();
  return row;
}

/** The address is that of this cloud: the client's own port, under a name that leads here. */
function shown(row: UrlRow, ctx: Ctx): Shown {
  const { protocol, port } = new URL(ctx.endpoint);
  return {
    FunctionUrl: `${protocol}//${row.id}.lambda-url.${ctx.region}.localhost${port === '' ? '' : `:${port}`}/`,
    FunctionArn: arnOf(ctx, ctx.account, row.name, row.qualifier),
    AuthType: row.authType,
    ...(row.cors !== undefined && { Cors: row.cors }),
    CreationTime: new Date(row.createdAt).toISOString(),
    LastModifiedTime: new Date(row.modifiedAt).toISOString(),
    InvokeMode: row.invokeMode,
  };
}
