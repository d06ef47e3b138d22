/** The end of a key: its window, and what goes with it. Source: KMS Developer Guide, "Delete an AWS KMS key". */
import { DAY } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { SWEEP_BATCH } from '../limits.ts';
import {
  aliases,
  externalKeys,
  grantCounts,
  grants,
  type KeyRow,
  keyCounts,
  keys,
  lastUses,
  materials,
} from '../state.ts';
import { announce } from './announce.ts';
import { changeEverywhere } from './multi-region.ts';
import { armRotation } from './rotation.ts';

/** Starts the waiting period of a key. */
export function startWindow(key: KeyRow, days: number, ctx: Ctx): KeyRow {
  const waiting: KeyRow = { ...key, state: 'PendingDeletion', deletionAt: ctx.now + days * DAY, pendingDays: days };
  ctx.store.in({ region: key.region }).put(keys, waiting);
  ctx.arm('delete', `${key.region}/${key.id}`, ctx.now + days * DAY, { region: key.region, id: key.id });
  return waiting;
}

/** Deletes a key whose waiting period is over, its aliases and materials with it; its grants are swept. */
export function deleteKey(region: string, id: string, ctx: Ctx): void {
  const store = ctx.store.in({ region });
  const key = store.get(keys, { id });
  if (key?.state !== 'PendingDeletion' || (key.deletionAt ?? 0) > ctx.now) return;
  store.delete(keys, key);
  announce('KMS CMK Deletion', key, ctx);
  const total = store.get(keyCounts, { id: 'keys' })?.total ?? 1;
  store.put(keyCounts, { id: 'keys', total: total - 1 });
  for (const row of store.list(aliases, { index: 'byKey', where: { key: id } })) store.delete(aliases, row);
  for (const row of store.list(materials, { where: { key: id } })) store.delete(materials, row);
  if (key.external !== undefined) store.delete(externalKeys, key.external);
  store.delete(grantCounts, { key: id });
  store.delete(lastUses, { key: id });
  sweepGrants(region, id, ctx);
  if (key.multiRegion !== undefined) leaveSet(key, key.multiRegion, ctx);
}

/** Removes a bounded part of a key's grants and comes back for the rest. */
export function sweepGrants(region: string, key: string, ctx: Ctx): void {
  const store: StoreView = ctx.store.in({ region });
  const rows = store.list(grants, { where: { key }, limit: SWEEP_BATCH });
  for (const row of rows) store.delete(grants, row);
  if (rows.length === SWEEP_BATCH) ctx.arm('sweep', `${region}/${key}`, ctx.now + 1, { region, id: key });
}

/** A replica has gone: the others forget it, and a primary that only waited for it begins its own waiting period. */
function leaveSet(gone: KeyRow, { primary, replicas }: { primary: string; replicas: string[] }, ctx: Ctx): void {
  const left = replicas.filter((region) => region !== gone.region);
  changeEverywhere(ctx.store, gone, (row) => ({ ...row, multiRegion: { primary, replicas: left } }));
  const first = ctx.store.in({ region: primary }).get(keys, { id: gone.id });
  if (first === undefined) return;
  armRotation(first, ctx);
  if (first.state === 'PendingReplicaDeletion' && left.length === 0) startWindow(first, first.pendingDays ?? 0, ctx);
}
