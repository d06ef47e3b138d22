/** Sweeping piles that nobody points to any more. */
import type { TimerHandler } from '#kernel/contract';
import { SWEEP_BATCH } from './limits.ts';
import { deduplications, groups, messages, tails } from './state.ts';

/** Removes a bounded part of a pile and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const rows = ctx.store.list(messages, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of rows) ctx.store.delete(messages, row);
  const memories = ctx.store.list(deduplications, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of memories) ctx.store.delete(deduplications, row);
  const left = ctx.store.list(groups, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of left) ctx.store.delete(groups, row);
  if (rows.length + memories.length + left.length === 0) ctx.store.delete(tails, { pile });
  else ctx.arm('sweep', pile, ctx.now + 1, { pile });
};
