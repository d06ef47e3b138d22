/** Executions: begun, ended, forgotten. */
import { DAY, SECOND } from '#kernel/base';
import type { Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import type { VersionRow } from '../state.ts';
import {
  type Draft,
  dataOf,
  draftOf,
  errorOf,
  note,
  operationOf,
  payloadOf,
  putOperation,
  save,
  trigger,
} from './draft.ts';
import { alreadyStarted } from './errors.ts';
import { executionArn, functionArn } from './names.ts';
import {
  checkpoints,
  type Ending,
  type ErrorObject,
  type ExecutionRow,
  executionData,
  executions,
  history,
  operations,
} from './state.ts';
import { completeChained } from './wait.ts';

export type Start = {
  account: string;
  version: VersionRow;
  input: string | undefined;
  name: string | undefined;
  trace: string;
  tenant: string | undefined;
  /** Somebody waits for its result. */
  waited: boolean;
  parent?: ExecutionRow['parent'];
  dataKey?: string | undefined;
};

/** Signalled when an execution has ended. */
export const endedSignal = (id: string) => `lambda.execution.${id}`;

/**
 * Begins an execution, or gives the one that has begun with the same name, version and input. In a transaction.
 *
 * @throws {ServiceError} DurableExecutionAlreadyStartedException
 */
export function startExecution(start: Start, store: StoreView, ctx: Ctx): ExecutionRow {
  const { version, account, input, trace, tenant, waited, parent } = start;
  const known =
    start.name === undefined
      ? undefined
      : store.first(executions, { index: 'byName', where: { function: version.name, name: start.name } });
  if (known !== undefined) {
    const isSame = known.version === version.version && store.get(executionData, { id: known.id })?.input === input;
    if (!isSame) throw alreadyStarted(executionArn(known, account, ctx));
    return known;
  }
  const { timeout = 0, retention = 0, kmsKeyArn } = version.durable ?? {};
  const id = ctx.uuid();
  const now = ctx.clock();
  const row: ExecutionRow = {
    id,
    name: start.name ?? ctx.uuid(),
    function: version.name,
    version: version.version,
    status: 'RUNNING',
    startedAt: now,
    timesOutAt: now + timeout * SECOND,
    timeout,
    retention,
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(start.dataKey !== undefined && { dataKey: start.dataKey }),
    trace,
    resultMax: waited ? PAYLOAD_BYTES_MAX : EVENT_BYTES_MAX,
    ...(parent !== undefined && { parent }),
    ...(tenant !== undefined && { tenant }),
    ...(!waited && parent === undefined && { alone: true }),
    due: false,
    checkpoints: 0,
    changes: 0,
    seen: 0,
    operations: 1,
    events: 0,
    written: 0,
    failures: 0,
  };
  const draft: Draft = { row, account, store, ctx };
  store.put(executionData, { id, ...(input !== undefined && { input }) });
  const root = { execution: id, id, order: 0, type: 'EXECUTION' as const, name: row.name, startedAt: now };
  putOperation(draft, { ...root, status: 'STARTED' });
  note(draft, 'ExecutionStarted', { Input: payloadOf(input), ExecutionTimeout: timeout }, { id, name: row.name });
  tell(draft);
  countExecution(draft, 'Started', 1);
  trigger(draft);
  save(draft);
  return row;
}

/** Ends an execution; what waits for it goes on. In a transaction. */
export function endExecution(draft: Draft, status: Ending, outcome: { result?: string; error?: ErrorObject }): void {
  const { row, store, ctx, account } = draft;
  const now = ctx.clock();
  const { invocation: _, pause: __, ...rest } = row;
  draft.row = { ...rest, status, endedAt: now, due: false };
  const root = operationOf(draft, row.id);
  if (root !== undefined) putOperation(draft, { ...root, status, endedAt: now });
  store.put(executionData, { ...dataOf(draft), ...outcome });
  const details = {
    SUCCEEDED: () => ({ Result: payloadOf(outcome.result) }),
    FAILED: () => ({ Error: errorOf(outcome.error) }),
    STOPPED: () => ({ Error: errorOf(outcome.error) }),
    TIMED_OUT: () => ({}),
  };
  const words = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', STOPPED: 'Stopped', TIMED_OUT: 'TimedOut' } as const;
  note(draft, `Execution${words[status]}`, details[status](), { id: row.id, name: row.name });
  for (const { id } of store.list(operations, { index: 'byOrder', where: { execution: row.id } }))
    ctx.disarm('operation', `${row.id}/${id}`);
  ctx.disarm('execution-timeout', row.id);
  ctx.disarm('reinvoke', row.id);
  ctx.arm('forget', row.id, now + row.retention * DAY, { id: row.id });
  tell(draft);
  countExecution(draft, words[status], 1);
  countExecution(draft, 'Duration', now - row.startedAt, 'Milliseconds');
  countExecution(draft, 'Operations', row.operations);
  countExecution(draft, 'StorageWrittenBytes', row.written, 'Bytes');
  ctx.signal(endedSignal(row.id));
  if (row.alone === true && (status === 'FAILED' || status === 'TIMED_OUT')) ctx.start('bury', row.id, { id: row.id });
  save(draft);
  if (row.parent === undefined) return;
  const parent = draftOf(row.parent.execution, ctx, account);
  if (parent !== undefined) completeChained(parent, row.parent.operation, status, chainedOutcome(row, status, outcome));
}

/** What the operation that waited is told. Source: how AWS's testing library for durable functions ends chained invocations. */
function chainedOutcome({ timeout }: ExecutionRow, status: Ending, outcome: { result?: string; error?: ErrorObject }) {
  if (status !== 'TIMED_OUT') return outcome;
  const ErrorMessage = `CHAINED_INVOKE timed out after ${timeout} seconds.`;
  return { error: { ErrorType: 'ChainedInvoke.Timeout', ErrorMessage } };
}

/** The time of an execution is over. */
export const timeOut: TimerHandler = ({ id }, ctx) => {
  const draft = draftOf(String(id), ctx);
  if (draft === undefined || draft.row.endedAt !== undefined) return;
  const ErrorMessage = `Execution timed out after ${draft.row.timeout} seconds.`;
  endExecution(draft, 'TIMED_OUT', { error: { ErrorMessage } });
};

/** An execution has been over for as long as it was to be kept. */
export const forgetLater: TimerHandler = ({ id }, ctx) => {
  ctx.start('forget', String(id), { id });
};

/** Removes all that is known of an execution that is over. */
export const forget: TaskHandler = ({ id }, ctx) => {
  const execution = String(id);
  ctx.transact((store) => {
    for (const row of store.list(operations, { where: { execution } })) store.delete(operations, row);
    for (const row of store.list(history, { where: { execution } })) store.delete(history, row);
    store.delete(checkpoints, { execution });
    store.delete(executionData, { id: execution });
    store.delete(executions, { id: execution });
    ctx.disarm('forget', execution);
  });
};

/** Source: Lambda Developer Guide, "Monitoring durable functions". */
function tell(draft: Draft): void {
  const { row, account, ctx } = draft;
  const at = (instant: number) => new Date(instant).toISOString();
  const detail = {
    durableExecutionArn: executionArn(row, account, ctx),
    durableExecutionName: row.name,
    functionArn: functionArn(row, account, ctx),
    status: row.status,
    startTimestamp: at(row.startedAt),
    ...(row.endedAt !== undefined && { endTimestamp: at(row.endedAt) }),
  };
  ctx.announce('Durable Execution Status Change', detail, [], { account, region: ctx.region });
}

function countExecution(
  { row, account, ctx }: Draft,
  what: string,
  value: number,
  unit: 'Count' | 'Milliseconds' | 'Bytes' = 'Count',
): void {
  const place = { account, region: ctx.region };
  ctx.count(`DurableExecution${what}`, {}, value, unit, place);
  ctx.count(`DurableExecution${what}`, { FunctionName: row.function }, value, unit, place);
}
