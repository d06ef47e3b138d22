/** Operations as functions and callers see them. */
import { utf8Length } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidMarker } from './errors.ts';
import { STATE_BYTES_MAX } from './limits.ts';
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
 * Operations in the order in which they began, as many as fit.
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
  const after = marker === undefined || marker === '' ? {} : { after: { order: Number(marker) } };
  const rows = store.list(operations, { index: 'byOrder', where: { execution: id }, ...after, limit: limit + 1 });
  const page: Operation[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    const shown = shownOperation(row, store);
    bytes += utf8Length(JSON.stringify(shown));
    if (bytes > STATE_BYTES_MAX && page.length > 0) break;
    page.push(shown);
  }
  return { page, next: page.length < rows.length ? String(rows[page.length - 1]?.order) : '' };
}
