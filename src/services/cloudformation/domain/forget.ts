/** What is kept for a while only: stacks that are gone, and what scans have found. */
import type { Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import { DELETED_LIFE } from '../limits.ts';
import {
  detections,
  drifts,
  issues,
  notified,
  type StackRow,
  signals,
  stackEvents,
  stackResources,
  stacks,
} from '../state.ts';
import { dropSource } from './kept.ts';

/** A stack is gone: so long it can be asked for by its id. In a transaction. */
export function forgetLater({ id: stackId }: StackRow, ctx: Ctx): void {
  ctx.arm('expire', stackId, ctx.clock() + DELETED_LIFE, { stackId });
}

/** Its time is over. */
export const expire: TimerHandler = ({ stackId }, ctx) => {
  ctx.start('forget', String(stackId), { stackId });
};

/** Removes all that is known of a stack that is gone. */
export const forget: TaskHandler = ({ stackId: given }, ctx) => {
  const stackId = String(given);
  ctx.transact((store) => {
    const stack = store.get(stacks, { id: stackId });
    if (stack?.status !== 'DELETE_COMPLETE') return;
    const where = { stackId };
    for (const row of store.list(stackResources, { where })) store.delete(stackResources, row);
    for (const row of store.list(stackEvents, { where })) store.delete(stackEvents, row);
    for (const row of store.list(issues, { index: 'byStack', where })) store.delete(issues, row);
    for (const row of store.list(drifts, { where })) store.delete(drifts, row);
    for (const row of store.list(detections, { index: 'byStack', where })) store.delete(detections, row);
    for (const row of store.list(signals, { where })) store.delete(signals, row);
    store.delete(notified, { stackId });
    store.delete(stacks, { id: stackId });
    dropSource(stack.source, ctx);
  });
};
