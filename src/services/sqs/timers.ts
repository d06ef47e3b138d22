/** What happens unprompted: sweeping piles that nobody points to any more, forgetting queues that were deleted, and redrive tasks. */
import type { TimerHandler } from '#kernel/contract';
import type { AnyTable, Table } from '#kernel/store';
import { gauge as tell } from './domain/metrics.ts';
import { moveSome } from './domain/move.ts';
import { DELETED_RECENTLY, SWEEP_BATCH } from './limits.ts';
import { delayAnew } from './operations/queue.ts';
import {
  attempts,
  deduplications,
  groups,
  type MoveTaskRow,
  messages,
  moveTasks,
  queues,
  tails,
  tombstones,
} from './state.ts';

const PILED = [messages, deduplications, groups, attempts] as readonly AnyTable[] as readonly Table<{ pile: string }>[];

/** Removes a bounded part of a pile and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const { pile, account = ctx.account } = payload as { pile: string; account?: string };
  const store = ctx.store.in({ account });
  let swept = 0;
  for (const table of PILED) {
    const rows = store.list(table, { where: { pile }, limit: SWEEP_BATCH });
    for (const row of rows) store.delete(table, row);
    swept += rows.length;
  }
  if (swept > 0) ctx.arm('sweep', pile, ctx.now + 1, payload);
};

/** Forgets that there was a queue, once another may have its name. */
export const forget: TimerHandler = (payload, ctx) => {
  const { name, account } = payload as { name: string; account: string };
  const store = ctx.store.in({ account });
  const tombstone = store.get(tombstones, { name });
  if (tombstone !== undefined && ctx.now - tombstone.deletedAt >= DELETED_RECENTLY) store.delete(tombstones, tombstone);
};

/** The messages of a FIFO queue that did not get its new delay yet. */
export const redelay: TimerHandler = (payload, ctx) => {
  const { name, pile, account, after } = payload as { name: string; pile: string; account: string; after: number };
  const store = ctx.store.in({ account });
  const queue = store.get(queues, { name });
  if (queue?.pile === pile) delayAnew({ queue, account, store }, ctx, after);
};

/** Tells CloudWatch what lies in a queue. */
export const gauge: TimerHandler = (payload, ctx) => {
  const { name, pile, arn } = payload as { name: string; pile: string; arn: string };
  const [, , , region = '', account = ''] = arn.split(':');
  const store = ctx.store.in({ account, region });
  const queue = store.get(queues, { name });
  const tail = store.get(tails, { pile });
  if (queue?.pile === pile && tail !== undefined) tell(queue, tail, store, ctx);
};

/** Moves the next messages of a redrive task and comes back until it is over. */
export const move: TimerHandler = (payload, ctx) => {
  const task = ctx.store.get(moveTasks, payload as Pick<MoveTaskRow, 'source' | 'startedAt' | 'id'>);
  if (task?.status !== 'RUNNING') return;
  const next = moveSome(task, ctx);
  if (next !== undefined) ctx.arm('move', task.id, next, payload);
};
