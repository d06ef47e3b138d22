/** Removing what nobody names any more, a bounded part at a time. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { SWEEP_BATCH } from './limits.ts';
import { parts, pieces, uploads } from './state.ts';

function placeOf(payload: Record<string, unknown>, ctx: Ctx): StoreView {
  return ctx.store.in({ account: String(payload.account), region: String(payload.region) });
}

/** The pieces of a body. */
export const sweepBody: TimerHandler = (payload, ctx) => {
  const store = placeOf(payload, ctx);
  const body = String(payload.body);
  const rows = store.list(pieces, { where: { body }, limit: SWEEP_BATCH });
  for (const row of rows) {
    store.delete(pieces, row);
    ctx.blobs.drop(row.ref);
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('sweepBody', body, ctx.now + 1, payload);
};

/** The parts of an upload that was aborted. */
export const sweepParts: TimerHandler = (payload, ctx) => {
  const store = placeOf(payload, ctx);
  const upload = String(payload.upload);
  const rows = store.list(parts, { where: { upload }, limit: SWEEP_BATCH });
  for (const row of rows) {
    store.delete(parts, row);
    ctx.blobs.drop(row.ref);
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('sweepParts', upload, ctx.now + 1, payload);
};

/** The unfinished uploads of a bucket that was deleted. */
export const sweepUploads: TimerHandler = (payload, ctx) => {
  const store = placeOf(payload, ctx);
  const bucket = String(payload.bucket);
  const rows = store.list(uploads, { where: { bucket }, limit: SWEEP_BATCH });
  for (const row of rows) {
    store.delete(uploads, row);
    ctx.arm('sweepParts', row.id, ctx.now, { account: payload.account, region: payload.region, upload: row.id });
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('sweepUploads', bucket, ctx.now + 1, payload);
};
