/** Who uses a layer: one that is deleted goes with its last user. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type LayerVersionRow, layerVersions } from '../layer-state.ts';
import { layerOf, parseLayer } from './layers.ts';

/** In a transaction: a version of a function uses other layers now; none before it was made, none after it is gone. */
export function moveLayers(before: readonly string[], after: readonly string[], ctx: Ctx): void {
  for (const arn of after) if (!before.includes(arn)) count(arn, 1, ctx);
  for (const arn of before) if (!after.includes(arn)) count(arn, -1, ctx);
}

function count(arn: string, added: 1 | -1, ctx: Ctx): void {
  const row = layerOf(arn, ctx);
  if (row?.users === undefined) return;
  const store = ctx.store.in({ account: parseLayer(arn, ctx)?.account ?? ctx.account });
  const users = row.users + added;
  if (users === 0 && row.deleted === true) dropLayer(row, store, ctx);
  else store.put(layerVersions, { ...row, users });
}

/** In a transaction: nothing is left of a version of a layer. */
export function dropLayer(row: LayerVersionRow, store: StoreView, ctx: Ctx): void {
  store.delete(layerVersions, row);
  ctx.blobs.drop(row.code);
}
