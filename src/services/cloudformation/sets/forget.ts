/** What is kept of stack sets for a while only: operations that are long over, and sets that are gone. */
import type { Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { dropSource } from '../domain/kept.ts';
import { DELETED_LIFE } from '../limits.ts';
import { instanceDrifts, type SetOperationRow, type SetRow, setOperations, sets, units } from './state.ts';

/** Removes operations of a set that have lower numbers and are over; two for each that begins. In a transaction. */
export function forgetBefore({ id: setId }: SetRow, number: number, store: StoreView): void {
  const query = { index: 'byNumber', where: { setId }, before: { number: number + 1 }, limit: 2 };
  for (const row of store.list(setOperations, query)) if (row.endedAt !== undefined) forgetOperation(row, store);
}

function forgetOperation({ setId, id: operationId }: SetOperationRow, store: StoreView): void {
  for (const row of store.list(units, { where: { setId, operationId } })) store.delete(units, row);
  for (const row of store.list(instanceDrifts, { where: { setId, operationId } })) store.delete(instanceDrifts, row);
  store.delete(setOperations, { setId, id: operationId });
}

/** A set is gone: so long it can be asked for by its id. In a transaction. Deviation: AWS tells no figure; it is that of stacks. */
export function forgetSetLater({ id }: SetRow, ctx: Ctx): void {
  ctx.arm('expire-set', id, ctx.clock() + DELETED_LIFE, { setId: id });
}

/** Its time is over. */
export const expireSet: TimerHandler = ({ setId }, ctx) => {
  ctx.start('forget-set', String(setId), { setId });
};

/** Removes all that is known of a set that is gone. */
export const forgetSet: TaskHandler = ({ setId }, ctx) => {
  ctx.transact((store) => {
    const set = store.get(sets, { id: String(setId) });
    if (set === undefined || set.liveName !== undefined) return;
    for (const row of store.list(setOperations, { where: { setId: set.id } })) forgetOperation(row, store);
    store.delete(sets, set);
    dropSource(set.source, ctx);
  });
};
