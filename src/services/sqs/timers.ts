/** What happens unprompted: sweeping piles that nobody points to any more, and redrive tasks. */
import type { TimerHandler } from '#kernel/contract';
import { moveSome } from './domain/move.ts';
import { SWEEP_BATCH } from './limits.ts';
import { attempts, deduplications, groups, type MoveTaskRow, messages, moveTasks, tails } from './state.ts';

/** Removes a bounded part of a pile and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const rows = ctx.store.list(messages, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of rows) ctx.store.delete(messages, row);
  const memories = ctx.store.list(deduplications, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of memories) ctx.store.delete(deduplications, row);
  const left = ctx.store.list(groups, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of left) ctx.store.delete(groups, row);
  const tries = ctx.store.list(attempts, { where: { pile }, limit: SWEEP_BATCH });
  for (const row of tries) ctx.store.delete(attempts, row);
  if (rows.length + memories.length + left.length + tries.length === 0) ctx.store.delete(tails, { pile });
  else ctx.arm('sweep', pile, ctx.now + 1, { pile });
};

/** Moves the next messages of a redrive task and comes back until it is over. */
export const move: TimerHandler = (payload, ctx) => {
  const task = ctx.store.get(moveTasks, payload as Pick<MoveTaskRow, 'source' | 'startedAt' | 'id'>);
  if (task?.status !== 'RUNNING') return;
  const next = moveSome(task, ctx);
  if (next !== undefined) ctx.arm('move', task.id, next, payload);
};
