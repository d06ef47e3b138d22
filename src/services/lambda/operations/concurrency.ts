/** Concurrency: what a function reserves, what is kept started for a version or an alias, and what the account has. */
import type { Handler, OutputOf } from '#kernel/contract';
import { instantOf } from '../domain/describe.ts';
import { findFunction } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';

import { addTotals, totalsOf } from '../domain/versions.ts';
import { invalid, noProvisioned, overReserved, overUnreserved } from '../errors.ts';
import {
  CODE_STORAGE,
  CONCURRENT_EXECUTIONS,
  LIST_DEFAULT,
  UNPACKED_BYTES_MAX,
  UNRESERVED_MIN,
  ZIP_BYTES_MAX,
} from '../limits.ts';
import { functions, LATEST, type ProvisionedRow, provisioned } from '../state.ts';

export const putFunctionConcurrency: Handler<'lambda', 'PutFunctionConcurrency'> = (input, ctx) => {
  const { function: row, store } = findFunction(input.FunctionName, undefined, ctx);
  const reserved = input.ReservedConcurrentExecutions;
  const others = totalsOf(store).reserved - (row.reserved ?? 0);
  if (others + reserved > ctx.quota(CONCURRENT_EXECUTIONS) - UNRESERVED_MIN) throw overUnreserved(UNRESERVED_MIN);
  const kept = store.list(provisioned, { where: { name: row.name } }).reduce((sum, { count }) => sum + count, 0);
  if (reserved < kept) throw overReserved();
  addTotals({ reserved: reserved - (row.reserved ?? 0) }, store, ctx);
  store.put(functions, { ...row, reserved });
  return { ReservedConcurrentExecutions: reserved };
};

export const getFunctionConcurrency: Handler<'lambda', 'GetFunctionConcurrency'> = (input, ctx) => {
  const { function: row } = findFunction(input.FunctionName, undefined, ctx);
  return row.reserved === undefined ? {} : { ReservedConcurrentExecutions: row.reserved };
};

export const deleteFunctionConcurrency: Handler<'lambda', 'DeleteFunctionConcurrency'> = (input, ctx) => {
  const { function: row, store } = findFunction(input.FunctionName, undefined, ctx);
  const { reserved = 0, ...rest } = row;
  addTotals({ reserved: -reserved }, store, ctx);
  store.put(functions, rest);
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
  const { function: row, named, store } = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { qualifier = LATEST, account } = named;
  if (qualifier === LATEST)
    throw invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
  const count = input.ProvisionedConcurrentExecutions;
  const others = store
    .list(provisioned, { where: { name: row.name } })
    .reduce((sum, one) => sum + (one.qualifier === qualifier ? 0 : one.count), 0);
  if (row.reserved !== undefined && others + count > row.reserved) throw overReserved();
  if (row.reserved === undefined) {
    const free = ctx.quota(CONCURRENT_EXECUTIONS) - totalsOf(store).reserved;
    if (others + count > free - UNRESERVED_MIN) throw overUnreserved(UNRESERVED_MIN);
  }
  const kept: ProvisionedRow = { name: row.name, qualifier, count, modifiedAt: ctx.now };
  store.put(provisioned, kept);
  ctx.start('provision', `${row.name}:${qualifier}`, { name: row.name, qualifier }, { account, region: ctx.region });
  return {
    ...shown(kept),
    Status: 'IN_PROGRESS',
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
  };
};

export const getProvisionedConcurrencyConfig: Handler<'lambda', 'GetProvisionedConcurrencyConfig'> = (input, ctx) => {
  const { named, store } = findFunction(input.FunctionName, input.Qualifier, ctx);
  const row = store.get(provisioned, { name: named.name, qualifier: named.qualifier ?? LATEST });
  if (row === undefined) throw noProvisioned();
  return shown(row);
};

export const deleteProvisionedConcurrencyConfig: Handler<'lambda', 'DeleteProvisionedConcurrencyConfig'> = (
  input,
  ctx,
) => {
  const { named, store } = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { name, qualifier = LATEST, account } = named;
  if (store.delete(provisioned, { name, qualifier }))
    ctx.start('provision', `${name}:${qualifier}`, { name, qualifier }, { account, region: ctx.region });
  return {};
};

export const listProvisionedConcurrencyConfigs: Handler<'lambda', 'ListProvisionedConcurrencyConfigs'> = (
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
      ...shown(row),
    })),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.qualifier }),
  };
};

/** Deviation: environments are started as far as this machine has room for them; what is allocated is what was asked for. */
function shown(row: ProvisionedRow): OutputOf<'lambda', 'GetProvisionedConcurrencyConfig'> {
  return {
    RequestedProvisionedConcurrentExecutions: row.count,
    AvailableProvisionedConcurrentExecutions: row.count,
    AllocatedProvisionedConcurrentExecutions: row.count,
    // Deviation: also where no environment could be started, which AWS tells as FAILED.
    Status: 'READY',
    LastModified: instantOf(row.modifiedAt),
  };
}
