/** The safety lever of an account in a Region: engaged, it stops all experiments and keeps others from starting. */
import type { Ctx, Handler } from '#kernel/contract';
import { arnOf } from '../domain/find.ts';
import { leverEngaging, leverUnchanged, noLever } from '../errors.ts';
import { stop } from '../run/change.ts';
import { experiments, type LeverRow, levers } from '../state.ts';

const NEVER_TOUCHED: LeverRow = { id: 'default', status: 'disengaged' };

export const getSafetyLever: Handler<'fis', 'GetSafetyLever'> = ({ id }, ctx) => ({
  safetyLever: show(leverOf(id, ctx), ctx),
});

export const updateSafetyLeverState: Handler<'fis', 'UpdateSafetyLeverState'> = ({ id, state }, ctx) => {
  const before = leverOf(id, ctx);
  if (before.status === 'engaging') throw leverEngaging();
  if (before.status === state.status) throw leverUnchanged(state.status);
  const active = ctx.store.list(experiments, { index: 'byActive', where: { active: 'yes' } });
  const status = state.status === 'engaged' && active.length > 0 ? 'engaging' : state.status;
  const row: LeverRow = { id: 'default', status, reason: state.reason };
  ctx.store.put(levers, row);
  if (status === 'engaging')
    for (const experiment of active)
      stop(experiment, 'Stopping Experiment: the safety lever is engaged.', { ctx, store: ctx.store, now: ctx.now });
  return { safetyLever: show(row, ctx) };
};

/** @throws {ServiceError} ResourceNotFoundException */
function leverOf(id: string, ctx: Ctx): LeverRow {
  if (id !== 'default') throw noLever(id);
  return ctx.store.get(levers, { id: 'default' }) ?? NEVER_TOUCHED;
}

function show({ id, status, reason }: LeverRow, ctx: Ctx) {
  return { id, arn: arnOf('safety-lever', id, ctx), state: { status, ...(reason !== undefined && { reason }) } };
}
