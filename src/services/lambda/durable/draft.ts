/** An execution as a transaction changes it: its row, its operations, its history. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  type DataRow,
  type ErrorObject,
  type EventRow,
  type ExecutionRow,
  executionData,
  executions,
  history,
  type OperationRow,
  operations,
} from './state.ts';

export type Draft = {
  /** Kept by `saved`. */
  row: ExecutionRow;
  account: string;
  /** Rows of the function's account. */
  store: StoreView;
  ctx: Ctx;
};

/** The execution with an id; undefined where there is none. In a transaction. */
export function draftOf(id: string, ctx: Ctx, account = ctx.account): Draft | undefined {
  const store = ctx.store.in({ account });
  const row = store.get(executions, { id });
  return row === undefined ? undefined : { row: { ...row }, account, store, ctx };
}

/** Keeps the execution's row. */
export function save({ store, row }: Draft): void {
  store.put(executions, row);
}

/** One of its operations. */
export function operationOf({ store, row }: Draft, id: string): OperationRow | undefined {
  return store.get(operations, { execution: row.id, id });
}

/** Keeps an operation as it is now. */
export function putOperation({ store, row }: Draft, operation: Omit<OperationRow, 'changed'>): OperationRow {
  row.changes += 1;
  const changed: OperationRow = { ...operation, changed: row.changes };
  store.put(operations, changed);
  return changed;
}

/** What it was given, and gave. */
export function dataOf({ store, row: { id } }: Draft): DataRow {
  return store.get(executionData, { id }) ?? { id };
}

/** Adds to the history. */
export function note(
  { store, row, ctx }: Draft,
  type: string,
  details: EventRow['details'],
  operation?: Pick<OperationRow, 'id' | 'name' | 'subType' | 'parent'>,
  at: Millis = ctx.clock(),
): void {
  row.events += 1;
  store.put(history, {
    execution: row.id,
    number: row.events,
    at,
    type,
    ...(operation !== undefined && {
      operation: {
        Id: operation.id,
        ...(operation.name !== undefined && { Name: operation.name }),
        ...(operation.subType !== undefined && { SubType: operation.subType }),
        ...(operation.parent !== undefined && { ParentId: operation.parent }),
      },
    }),
    details,
  });
}

/** How histories give what was given or made. */
export function payloadOf(Payload: string | undefined): object {
  return { ...(Payload !== undefined && { Payload }), Truncated: false };
}

/** How histories give errors. */
export function errorOf(Payload: ErrorObject | undefined): object {
  return { ...(Payload !== undefined && { Payload }), Truncated: false };
}

/** Has the function invoked, which has not seen what happened. */
export function trigger({ row, account, ctx }: Draft): void {
  row.due = true;
  if (row.status === 'RUNNING') ctx.start('execute', row.id, { id: row.id }, { account, region: ctx.region });
}
