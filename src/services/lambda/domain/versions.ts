/** Publishing: what `$LATEST` is now becomes a version that never changes; and what goes with a version or an alias. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { codeStorageExceeded } from '../errors.ts';
import { CODE_STORAGE } from '../limits.ts';
import {
  eventConfigs,
  type FunctionRow,
  functions,
  policies,
  provisioned,
  type TotalsRow,
  totals,
  type VersionRow,
  versions,
} from '../state.ts';
import { moveLayers } from './layer-users.ts';
import { revise } from './revision.ts';
import { startSnapshot } from './snap-start.ts';

/**
 * The version that `latest` is: the one published last where nothing was updated since, else a new one, though an update may have
 * changed nothing. Source: radkawar/stackd, measured in 2026.
 */
export function publish(
  row: FunctionRow,
  latest: VersionRow,
  description: string | undefined,
  store: StoreView,
  ctx: Ctx,
): VersionRow {
  const last = row.published === 0 ? undefined : store.get(versions, { name: row.name, number: row.published });
  if (last?.build !== undefined && last.build === latest.build) return last;
  const number = row.published + 1;
  const version: VersionRow = {
    ...latest,
    number,
    version: String(number),
    description: description ?? latest.description,
    revisionId: ctx.uuid(),
    modifiedAt: ctx.now,
    ...(latest.snapStart === true && { state: 'Pending' }),
  };
  ctx.blobs.keep(version.code);
  store.put(versions, version);
  // Publishing makes a revision of `$LATEST`, too, though nothing of it has changed.
  revise({ version: latest, alias: undefined, store }, ctx);
  moveLayers([], version.layers, ctx);
  if (version.state === 'Pending') startSnapshot(version, row.arn.split(':')[4] ?? ctx.account, ctx);
  addTotals({ codeSize: version.codeSize }, store, ctx);
  store.put(functions, { ...row, published: number, codeSize: row.codeSize + version.codeSize });
  return version;
}

/**
 * In a transaction: a version or an alias is gone, and with it what was said of it, but for its address, which waits for an alias of
 * that name. Source: radkawar/stackd, measured in 2026.
 */
export function forgetQualifier(name: string, qualifier: string, store: StoreView): { wasProvisioned: boolean } {
  const key = { name, qualifier };
  store.delete(policies, key);
  store.delete(eventConfigs, key);
  return { wasProvisioned: store.delete(provisioned, key) };
}

/**
 * Counts what functions come to together.
 *
 * @throws {ServiceError} CodeStorageExceededException
 */
export function addTotals(added: Partial<Omit<TotalsRow, 'id'>>, store: StoreView, ctx: Ctx): void {
  const { functions: count = 0, codeSize = 0, reserved = 0 } = added;
  const row = totalsOf(store);
  if (codeSize > 0 && row.codeSize + codeSize > ctx.quota(CODE_STORAGE)) throw codeStorageExceeded();
  store.put(totals, {
    id: 'all',
    functions: row.functions + count,
    codeSize: row.codeSize + codeSize,
    reserved: row.reserved + reserved,
  });
}

/** What functions come to together. */
export function totalsOf(store: StoreView): TotalsRow {
  return store.get(totals, { id: 'all' }) ?? { id: 'all', functions: 0, codeSize: 0, reserved: 0 };
}
