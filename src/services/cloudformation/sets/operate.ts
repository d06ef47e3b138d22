/** The task of an operation on a stack set: begins what may be begun, gives up what failed too often, and ends when all has ended. */
import type { Ctx, TaskHandler } from '#kernel/contract';
import { wake } from '../deploy/wake.ts';
import { signalOf } from '../domain/events.ts';
import { announceOperation, announceUnit } from './announce.ts';
import { collide, openOperations, operateLater } from './begin.ts';
import { driftOf } from './drift.ts';
import { next, type Plan } from './schedule.ts';
import { instances, type SetOperationRow, type SetRow, setOperations, sets, type UnitRow, units } from './state.ts';
import { unitLater } from './wait.ts';

/** Source: answers of ListStackSetOperationResults that users have published. */
const TOLERANCE_EXCEEDED = 'Cancelled since failure tolerance has exceeded';
/** Deviation: how CloudFormation words it is recorded nowhere; the words are ours. */
const STOPPED = 'Cancelled since the operation was stopped';

export const operate: TaskHandler = ({ setId, operationId }, ctx) => {
  const set = ctx.store.get(sets, { id: String(setId) });
  const found = ctx.store.get(setOperations, { setId: String(setId), id: String(operationId) });
  if (set === undefined || found === undefined || found.endedAt !== undefined) return;
  const operation = found.status === 'QUEUED' ? dequeued(set, found, ctx) : found;
  if (operation === undefined) return;
  const all = ctx.store.list(units, { where: { setId: set.id, operationId: operation.id } });
  const plan = operation.status === 'STOPPING' ? stopped(all) : next(all, operation.regions, operation.preferences);
  const begun = new Set(plan.begin);
  const cancelled = new Set(plan.cancel);
  for (const unit of all) {
    if (begun.has(unit.order)) beginUnit(set, unit, ctx);
    if (cancelled.has(unit.order))
      cancelUnit(set, unit, operation.status === 'STOPPING' ? STOPPED : TOLERANCE_EXCEEDED, ctx);
  }
  const isMoving = all.some(
    ({ status, order }) => status === 'RUNNING' || (status === 'PENDING' && !cancelled.has(order)),
  );
  if (!isMoving) end(set, operation, plan, all, ctx);
};

/** An operation that waited for others; undefined while they are there. */
function dequeued(set: SetRow, operation: SetOperationRow, ctx: Ctx): SetOperationRow | undefined {
  const before = openOperations(set.id, ctx.store).filter(
    (other) => other.id !== operation.id && (other.status !== 'QUEUED' || other.number < operation.number),
  );
  if (before.some((other) => collide(operation, other, ctx.store))) return undefined;
  const row: SetOperationRow = { ...operation, status: 'RUNNING' };
  ctx.store.put(setOperations, row);
  announceOperation(set, row, ctx);
  return row;
}

function stopped(all: readonly UnitRow[]): Plan {
  const cancel = all.filter(({ status }) => status === 'PENDING').map(({ order }) => order);
  return { begin: [], cancel, isFailed: false };
}

function beginUnit(set: SetRow, unit: UnitRow, ctx: Ctx): void {
  const row: UnitRow = { ...unit, status: 'RUNNING' };
  ctx.store.put(units, row);
  const instance = ctx.store.get(instances, row);
  if (instance !== undefined) ctx.store.put(instances, { ...instance, detailed: 'RUNNING' });
  announceUnit(set, row, instance?.stackId, ctx);
  unitLater(row, ctx);
}

function cancelUnit(set: SetRow, unit: UnitRow, reason: string, ctx: Ctx): void {
  const row: UnitRow = { ...unit, status: 'CANCELLED', reason };
  ctx.store.put(units, row);
  const instance = ctx.store.get(instances, row);
  if (instance !== undefined) ctx.store.put(instances, { ...instance, detailed: 'CANCELLED', reason });
  announceUnit(set, row, instance?.stackId, ctx);
}

function end(set: SetRow, operation: SetOperationRow, plan: Plan, all: readonly UnitRow[], ctx: Ctx): void {
  const status = operation.status === 'STOPPING' ? 'STOPPED' : plan.isFailed ? 'FAILED' : 'SUCCEEDED';
  const failed = all.filter((unit) => unit.status === 'FAILED').length;
  const row: SetOperationRow = { ...operation, status, endedAt: ctx.clock(), failed };
  ctx.store.put(setOperations, row);
  announceOperation(set, row, ctx);
  if (operation.action === 'DETECT_DRIFT') ctx.store.put(sets, { ...set, drift: driftOf(set, row, ctx) });
  ctx.signal(signalOf(`${set.id} ${row.id}`));
  if (row.forStack !== undefined) wake(row.forStack, ctx);
  for (const queued of openOperations(set.id, ctx.store)) if (queued.status === 'QUEUED') operateLater(queued, ctx);
}
