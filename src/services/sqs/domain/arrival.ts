/** Telling those who wait for a queue's messages: who has asked for them, and who polls without asking. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type QueueRow, watchers } from '../state.ts';
import { arrivalSignal } from './find.ts';

/** In a transaction that has made a message visible, or has sent one that will be. */
export function arrived(queue: QueueRow, store: StoreView, ctx: Ctx): void {
  ctx.signal(arrivalSignal(queue.pile));
  for (const { account, region, id } of store.list(watchers, { where: { queue: queue.name } }))
    ctx.emit('sqs.arrived', { id }, { account, region });
}
