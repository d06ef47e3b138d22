/** Operations that wait are taken up again. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { stackOperations } from '../state.ts';

/** Something that an operation on the stack waits for may have happened. In a transaction. */
export function wake(stackId: string, ctx: Ctx): void {
  ctx.start('deploy', stackId, { stackId });
}

/** A nested stack that is being updated goes back with the one above. In a transaction. */
export function stopBelow(stackId: string, stopped: string, ctx: Ctx): void {
  const operation = ctx.store.get(stackOperations, { stackId });
  if (operation?.kind !== 'update' || operation.phase !== 'forward' || operation.stopped !== undefined) return;
  ctx.store.put(stackOperations, { ...operation, stopped });
  wake(stackId, ctx);
}

/** It is time to look again. */
export const resume: TimerHandler = ({ stackId }, ctx) => wake(String(stackId), ctx);

/** A stack that is still being made has had its time. Source: CloudFormation API Reference, CreateStack, "TimeoutInMinutes". */
export const timeout: TimerHandler = ({ stackId }, ctx) => {
  const operation = ctx.store.get(stackOperations, { stackId: String(stackId) });
  if (operation?.kind !== 'create' || operation.phase !== 'forward') return;
  ctx.store.put(stackOperations, { ...operation, stopped: 'Stack creation time exceeded the specified timeout. ' });
  wake(String(stackId), ctx);
};
