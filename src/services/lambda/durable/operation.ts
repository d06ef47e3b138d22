/** Operations as functions and callers see them. */
import { utf8Length } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidMarker } from './errors.ts';
import { PAGE_MAX, STATE_BYTES_MAX } from './limits.ts';
import { callbackId } from './names.ts';
import { type ExecutionRow, executionData, type OperationRow, operations } from './state.ts';

export type Operation = NonNullable<OutputOf<'lambda', 'GetDurableExecutionState'>['Operations']>[number];

/** Times are milliseconds. */
export function shownOperation(row: OperationRow, store: StoreView): Operation {
  return {
    Id: row.id,
    ...(row.parent !== undefined && { ParentId: row.parent }),
    ...(row.name !== undefined && { Name: row.name }),
    Type: row.type,
    ...(row.subType !== undefined && { SubType: row.subType }),
    StartTimestamp: row.startedAt,
    ...(row.endedAt !== undefined && { EndTimestamp: row.endedAt }),
    Status: row.status,
    ...DETAILS[row.type](row, store),
  };
}

const DETAILS: { [Type in OperationRow['type']]: (row: OperationRow, store: StoreView) => Partial<Operation> } = {
  EXECUTION({ id }, store) {
    const { input } = store.get(executionData, { id }) ?? {};
    return { ExecutionDetails: { ...(input !== undefined && { InputPayload: input }) } };
  },
  CONTEXT: (row) => ({
    ContextDetails: {
      ...(row.replayChildren !== undefined && { ReplayChildren: row.replayChildren }),
      ...outcome(row),
    },
  }),
  STEP: (row) => ({
    StepDetails: {
      Attempt: row.attempts ?? 0,
      ...(row.nextAt !== undefined && { NextAttemptTimestamp: row.nextAt }),
      ...outcome(row),
    },
  }),
  WAIT: ({ nextAt }) => ({ WaitDetails: { ...(nextAt !== undefined && { ScheduledEndTimestamp: nextAt }) } }),
  CALLBACK: (row) => ({ CallbackDetails: { CallbackId: callbackId(row.execution, row.id), ...outcome(row) } }),
  CHAINED_INVOKE: (row) => ({ ChainedInvokeDetails: outcome(row) }),
};

function outcome({ result, error }: OperationRow) {
  return { ...(result !== undefined && { Result: result }), ...(error !== undefined && { Error: error }) };
}

/**
 * Operations in the order in which they began, as many as fit: without those in contexts that are over and have not asked to keep them.
 * Source: Lambda API Reference, ContextOptions, "ReplayChildren".
 *
 * @param marker where the page before ended; empty or undefined for the first
 * @returns `next` is empty where there are no more
 * @throws  {ServiceError} InvalidParameterValueException
 */
export function pageOfOperations(
  { id }: ExecutionRow,
  marker: string | undefined,
  limit: number,
  store: StoreView,
): { page: Operation[]; next: string } {
  if (marker !== undefined && !/^\d{0,6}$/.test(marker)) throw invalidMarker();
  const isPruned = pruning(id, store);
  const page: Operation[] = [];
  let bytes = 0;
  for (let after = marker === undefined || marker === '' ? -1 : Number(marker), isMore = true; isMore; ) {
    const query = { index: 'byOrder', where: { execution: id }, after: { order: after }, limit: PAGE_MAX };
    const rows = store.list(operations, query);
    isMore = rows.length === PAGE_MAX;
    for (const row of rows) {
      if (!isPruned(row)) {
        const shown = shownOperation(row, store);
        bytes += utf8Length(JSON.stringify(shown));
        if (page.length === limit || (bytes > STATE_BYTES_MAX && page.length > 0)) return { page, next: String(after) };
        page.push(shown);
      }
      after = row.order;
    }
  }
  return { page, next: '' };
}

/** Whether an operation lies in a context that is over and doesn't keep it, or that has itself been left out. */
function pruning(execution: string, store: StoreView): (row: OperationRow) => boolean {
  const known = new Map<string, boolean>();
  const isPruned = ({ id, parent }: OperationRow): boolean => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const context = parent === undefined ? undefined : store.get(operations, { execution, id: parent });
    const isOver = context?.status === 'SUCCEEDED' || context?.status === 'FAILED';
    const pruned = context !== undefined && isOver && (context.replayChildren !== true || isPruned(context));
    known.set(id, pruned);
    return pruned;
  };
  return isPruned;
}
