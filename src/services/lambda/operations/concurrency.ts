/** Concurrency: what a function reserves, what is kept started for a version or an alias, and what the account has. */
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { instantOf } from '../domain/describe.ts';
import { type Found, findFunction, findWhole, versionOf } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { provisionEnded, startProvision } from '../domain/provision.ts';
import { revise } from '../domain/revision.ts';
import { addTotals, totalsOf } from '../domain/versions.ts';
import {
  aliasNotFound,
  aliasOfProvisioned,
  invalid,
  noProvisioned,
  notWithTenants,
  overAccount,
  overReserved,
  overUnreserved,
  snapStartProvisioned,
  underProvisioned,
  unprovisionable,
  versionOfProvisioned,
  weightedProvisioned,
} from '../errors.ts';
import {
  CODE_STORAGE,
  CONCURRENT_EXECUTIONS,
  LIST_DEFAULT,
  UNPACKED_BYTES_MAX,
  UNRESERVED_MIN,
  ZIP_BYTES_MAX,
} from '../limits.ts';
import { aliases, functions, LATEST, type ProvisionedRow, provisioned } from '../state.ts';

/** Who asks whether environments have started waits for them so long. */
const LINGER_MAX: Millis = 5 * SECOND;

export const putFunctionConcurrency: Handler<'lambda', 'PutFunctionConcurrency'> = (input, ctx) => {
  const found = findWhole(input.FunctionName, ctx);
  const { function: row, store } = found;
  const reserved = input.ReservedConcurrentExecutions;
  const others = totalsOf(store).reserved - (row.reserved ?? 0);
  if (others + reserved > ctx.quota(CONCURRENT_EXECUTIONS) - UNRESERVED_MIN)
    throw overUnreserved('ReservedConcurrentExecutions', UNRESERVED_MIN);
  const kept = store.list(provisioned, { where: { name: row.name } }).reduce((sum, { count }) => sum + count, 0);
  if (reserved < kept) throw underProvisioned(reserved, kept);
  addTotals({ reserved: reserved - (row.reserved ?? 0) }, store, ctx);
  store.put(functions, { ...row, reserved });
  // Source: radkawar/stackd, measured in 2026: a change makes a revision, the same again does not.
  if (reserved !== row.reserved) revise(found, ctx);
  return { ReservedConcurrentExecutions: reserved };
};

export const getFunctionConcurrency: Handler<'lambda', 'GetFunctionConcurrency'> = (input, ctx) => {
  const { function: row } = findWhole(input.FunctionName, ctx);
  return row.reserved === undefined ? {} : { ReservedConcurrentExecutions: row.reserved };
};

export const deleteFunctionConcurrency: Handler<'lambda', 'DeleteFunctionConcurrency'> = (input, ctx) => {
  const found = findWhole(input.FunctionName, ctx);
  const { function: row, store } = found;
  const { reserved = 0, ...rest } = row;
  addTotals({ reserved: -reserved }, store, ctx);
  store.put(functions, rest);
  if (row.reserved !== undefined) revise(found, ctx);
  return {};
};

export const getAccountSettings: Handler<'lambda', 'GetAccountSettings'> = (_, ctx) => {
  const { functions: count, codeSize, reserved } = totalsOf(ctx.store);
  const concurrency = ctx.quota(CONCURRENT_EXECUTIONS);
  return {
    AccountLimit: {
      TotalCodeSize: ctx.quota(CODE_STORAGE),
      CodeSizeUnzipped: UNPACKED_BYTES_MAX,
      CodeSizeZipped: ZIP_BYTES_MAX,
      ConcurrentExecutions: concurrency,
      UnreservedConcurrentExecutions: concurrency - reserved,
    },
    AccountUsage: { TotalCodeSize: codeSize, FunctionCount: count },
  };
};

export const putProvisionedConcurrencyConfig: Handler<'lambda', 'PutProvisionedConcurrencyConfig'> = (input, ctx) => {
  const {
    function: row,
    version,
    alias,
    named,
    store,
  } = findFunction(input.FunctionName, input.Qualifier, ctx, aliasNotFound);
  const { qualifier = LATEST, account } = named;
  if (version.version === LATEST)
    throw invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
  if (store.get(aliases, { name: row.name, alias: qualifier })?.routing !== undefined) throw weightedProvisioned();
  if (version.tenancy !== undefined) throw notWithTenants('Provisioned concurrency');
  if (version.snapStart === true) throw snapStartProvisioned();
  const count = input.ProvisionedConcurrentExecutions;
  const others = store.list(provisioned, { where: { name: row.name } }).filter((one) => one.qualifier !== qualifier);
  for (const other of others) {
    if (alias !== undefined && other.qualifier === version.version) throw aliasOfProvisioned();
    const named = store.get(aliases, { name: row.name, alias: other.qualifier });
    if (alias === undefined && named?.version === qualifier) throw versionOfProvisioned();
  }
  const all = others.reduce((sum, one) => sum + one.count, count);
  if (row.reserved !== undefined && all > row.reserved) throw overReserved();
  if (row.reserved === undefined) {
    const free = ctx.quota(CONCURRENT_EXECUTIONS) - totalsOf(store).reserved;
    if (all > free) throw overAccount(free);
    if (all > free - UNRESERVED_MIN) throw overUnreserved('ConcurrentExecutions', UNRESERVED_MIN);
  }
  const kept: ProvisionedRow = { name: row.name, qualifier, count, modifiedAt: ctx.now };
  store.put(provisioned, kept);
  startProvision(row.name, qualifier, account, ctx);
  return shown(kept, 0);
};

export const getProvisionedConcurrencyConfig: Handler<'lambda', 'GetProvisionedConcurrencyConfig'> = async (
  input,
  ctx,
) => {
  const { named, store } = findProvisionable(input, ctx);
  const find = () => store.get(provisioned, { name: named.name, qualifier: named.qualifier ?? LATEST });
  const row = find();
  if (row === undefined) throw noProvisioned();
  if (row.ended === undefined) await ctx.linger(provisionEnded(row), LINGER_MAX);
  return asItIs(find() ?? row, named.account, ctx);
};

export const deleteProvisionedConcurrencyConfig: Handler<'lambda', 'DeleteProvisionedConcurrencyConfig'> = (
  input,
  ctx,
) => {
  const { named, store } = findProvisionable(input, ctx);
  const { name, qualifier = LATEST, account } = named;
  if (store.delete(provisioned, { name, qualifier })) startProvision(name, qualifier, account, ctx);
  return {};
};

export const listProvisionedConcurrencyConfigs: Handler<'lambda', 'ListProvisionedConcurrencyConfigs'> = async (
  input,
  ctx,
) => {
  const { named, store } = findFunction(input.FunctionName, undefined, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const after = input.Marker === undefined ? {} : { after: { qualifier: input.Marker } };
  const rows = store.list(provisioned, { where: { name: named.name }, ...after, limit: limit + 1 });
  return {
    ProvisionedConcurrencyConfigs: rows.slice(0, limit).map((row) => ({
      FunctionArn: arnOf(ctx, named.account, row.name, row.qualifier),
      ...asItIs(row, named.account, ctx),
    })),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.qualifier }),
  };
};

/** @throws {ServiceError} InvalidParameterValueException, ResourceNotFoundException */
function findProvisionable({ FunctionName, Qualifier }: { FunctionName: string; Qualifier: string }, ctx: Ctx): Found {
  if (Qualifier === LATEST) throw unprovisionable();
  return findFunction(FunctionName, Qualifier, ctx, aliasNotFound);
}

type Shown = OutputOf<'lambda', 'GetProvisionedConcurrencyConfig'>;

/** With the environments that there are now. Where they are gone since, as after a start of the cloud, they are started again. */
function asItIs(row: ProvisionedRow, account: string, ctx: Ctx): Shown {
  const version = versionOf(ctx.store.in({ account }), row.name, row.qualifier);
  const arn = arnOf(ctx, account, row.name, version?.version ?? row.qualifier);
  const started = Math.min(row.count, ctx.engines.function.provisioned({ arn }));
  if (row.ended !== 'READY' || started === row.count) return shown(row, started);
  ctx.transact(() => startProvision(row.name, row.qualifier, account, ctx));
  const { ended: _, ...asked } = row;
  return shown(asked, started);
}

function shown({ count, ended, reason, modifiedAt }: ProvisionedRow, started: number): Shown {
  return {
    RequestedProvisionedConcurrentExecutions: count,
    AvailableProvisionedConcurrentExecutions: started,
    AllocatedProvisionedConcurrentExecutions: started,
    Status: ended ?? 'IN_PROGRESS',
    ...(reason !== undefined && { StatusReason: reason }),
    // Of this alone Lambda tells no milliseconds. Source: AWS CLI, example of `get-provisioned-concurrency-config`.
    LastModified: instantOf(modifiedAt).replace(/\.\d{3}/, ''),
  };
}
