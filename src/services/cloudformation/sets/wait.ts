/** What an operation on a stack set has begun in another account or Region tells it when it is over. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type UnitRow, waits } from './state.ts';

/** Has a unit of an operation looked at. In a transaction, in the set's account and Region. */
export function unitLater({ setId, operationId, order }: UnitRow, ctx: Ctx): void {
  ctx.start('unit', keyOf(setId, operationId, order), { setId, operationId, order });
}

function keyOf(setId: string, operationId: string, order: number): string {
  return `${setId} ${operationId} ${order}`;
}

/**
 * A unit waits for a stack, or for a detection of drift. In a transaction.
 *
 * @param there the store of the account and Region in which that is
 */
export function waitFor(id: string, { setId, operationId, order }: UnitRow, there: StoreView, ctx: Ctx): void {
  there.put(waits, { id, account: ctx.account, region: ctx.region, setId, operationId, order });
}

/** A stack has come to rest, or a detection is done: who waits for it goes on. In a transaction. */
export function tellWaiting(id: string, ctx: Ctx): void {
  const row = ctx.store.get(waits, { id });
  if (row === undefined) return;
  const { setId, operationId, order, account, region } = row;
  ctx.store.delete(waits, row);
  ctx.start('unit', keyOf(setId, operationId, order), { setId, operationId, order }, { account, region });
}
