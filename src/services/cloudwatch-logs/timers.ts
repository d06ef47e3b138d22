/** What happens unprompted: what is past its retention goes, and what lay in groups and streams that were deleted. */
import { DAY } from '#kernel/base';
import type { Ctx, TimerHandler } from '#kernel/contract';
import { LEVEL_SPANS } from './domain/levels.ts';
import { cutoffOf } from './domain/reader.ts';
import { SWEEP_BATCH } from './limits.ts';
import { type BatchRow, batches, groups, metricFilters, type SizeRow, sizes, streams, subscriptions } from './state.ts';

/** Removes batches of which every event is past the group's retention, a bounded part at a time; looks again each day. */
export const expire: TimerHandler = (payload, ctx) => {
  const pile = String(payload.group);
  const group = ctx.store.first(groups, { index: 'byPile', where: { pile } });
  if (group === undefined) return;
  const size = ctx.store.get(sizes, { group: pile }) ?? { group: pile, bytes: 0 };
  const { sweeping: _, ...rest } = size;
  if (group.retentionDays === undefined) {
    ctx.store.put(sizes, rest);
    return;
  }
  const cutoff = cutoffOf(group, ctx.now);
  let left = SWEEP_BATCH;
  let more = false;
  for (const [level, span] of LEVEL_SPANS.entries()) {
    const where = { group: pile, level };
    const old = ctx.store.list(batches, { where, before: { firstAt: Math.max(0, cutoff - span) }, limit: left });
    for (const row of old) drop(row, ctx);
    left -= old.length;
    more ||= left === 0 || ctx.store.first(batches, { where }) !== undefined;
    if (left === 0) break;
  }
  const now: SizeRow = ctx.store.get(sizes, { group: pile }) ?? rest;
  if (!more) {
    const { sweeping: __, ...idle } = now;
    ctx.store.put(sizes, idle);
    return;
  }
  ctx.store.put(sizes, { ...now, sweeping: true });
  ctx.arm('expire', pile, left === 0 ? ctx.now + 1 : ctx.now + DAY, payload);
};

function drop(row: BatchRow, ctx: Ctx): void {
  ctx.store.delete(batches, row);
  ctx.blobs.drop(row.body);
  const size = ctx.store.get(sizes, { group: row.group });
  if (size !== undefined) ctx.store.put(sizes, { ...size, bytes: Math.max(0, size.bytes - row.bytes) });
}

/** Removes what lay in a group that was deleted, a bounded part at a time. */
export const sweep: TimerHandler = (payload, ctx) => {
  const group = String(payload.group);
  const rows = ctx.store.list(batches, { where: { group }, limit: SWEEP_BATCH });
  for (const row of rows) drop(row, ctx);
  const gone = ctx.store.list(streams, { where: { group }, limit: SWEEP_BATCH });
  for (const row of gone) ctx.store.delete(streams, row);
  const filters = ctx.store.list(metricFilters, { where: { group }, limit: SWEEP_BATCH });
  for (const row of filters) ctx.store.delete(metricFilters, row);
  for (const row of ctx.store.list(subscriptions, { where: { group } })) ctx.store.delete(subscriptions, row);
  if (rows.length + gone.length + filters.length > 0) ctx.arm('sweep', group, ctx.now + 1, payload);
  else ctx.store.delete(sizes, { group });
};

/** Removes the events of a stream that was deleted, a bounded part at a time. */
export const sweepStream: TimerHandler = (payload, ctx) => {
  const stream = String(payload.stream);
  const rows = ctx.store.list(batches, { index: 'byStream', where: { stream }, limit: SWEEP_BATCH });
  for (const row of rows) drop(row, ctx);
  if (rows.length === SWEEP_BATCH) ctx.arm('sweepStream', stream, ctx.now + 1, payload);
};
