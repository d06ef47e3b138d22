/** The task of one unit of an operation: what it does in one account and Region, and what becomes of the instance there. */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { announceUnit } from './announce.ts';
import { operateLater } from './begin.ts';
import { detectUnit } from './drift.ts';
import { importUnit } from './import.ts';
import { deployUnit, type Job, type Outcome, removeUnit } from './stack.ts';
import { type InstanceRow, instances, setOperations, sets, units } from './state.ts';

export const unit: TaskHandler = async ({ setId, operationId, order }, ctx) => {
  const job = jobOf(String(setId), String(operationId), Number(order), ctx);
  if (job?.unit.status !== 'RUNNING') return;
  let outcome: Outcome | undefined;
  try {
    outcome = await workOf(job)(job);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    outcome = { isDone: false, reason: error.message };
  }
  // Without an outcome, somebody tells when there is one.
  if (outcome !== undefined) settle(job, outcome);
};

function jobOf(setId: string, operationId: string, order: number, ctx: Ctx): Job | undefined {
  const set = ctx.store.get(sets, { id: setId });
  const operation = ctx.store.get(setOperations, { setId, id: operationId });
  const row = ctx.store.get(units, { setId, operationId, order });
  return set === undefined || operation === undefined || row === undefined
    ? undefined
    : { set, operation, unit: row, ctx };
}

function workOf({ operation: { action, isImport } }: Job) {
  if (isImport === true) return importUnit;
  return { CREATE: deployUnit, UPDATE: deployUnit, DELETE: removeUnit, DETECT_DRIFT: detectUnit }[action];
}

function settle({ set, operation, unit: { order }, ctx }: Job, { isDone, reason, isGone }: Outcome): void {
  ctx.transact((store) => {
    const now = store.get(units, { setId: set.id, operationId: operation.id, order });
    if (now === undefined) return;
    const { waitsFor: _, ...rest } = now;
    const row = {
      ...rest,
      status: isDone ? ('SUCCEEDED' as const) : ('FAILED' as const),
      ...(!isDone && reason !== undefined && { reason }),
    };
    store.put(units, row);
    const instance = store.get(instances, row);
    if (instance !== undefined && isGone === true) store.delete(instances, instance);
    else if (instance !== undefined) store.put(instances, after(instance, operation, isDone, reason));
    announceUnit(set, row, instance?.stackId, ctx);
    operateLater(operation, ctx);
  });
}

/** An instance once an operation has ended for it. */
function after(
  { reason: _, ...instance }: InstanceRow,
  { action, isImport }: Job['operation'],
  isDone: boolean,
  reason: string | undefined,
): InstanceRow {
  const why = !isDone && reason !== undefined ? { reason } : {};
  if (action === 'DETECT_DRIFT') return { ...instance, ...why, detailed: isDone ? 'SUCCEEDED' : 'FAILED' };
  if (isDone) return { ...instance, status: 'CURRENT', detailed: 'SUCCEEDED' };
  if (action === 'DELETE') return { ...instance, ...why, status: 'INOPERABLE', detailed: 'INOPERABLE' };
  if (isImport === true) return { ...instance, ...why, status: 'INOPERABLE', detailed: 'FAILED_IMPORT' };
  return { ...instance, ...why, status: 'OUTDATED', detailed: 'FAILED' };
}
