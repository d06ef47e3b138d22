/** Invocations of durable functions: with what is known of their execution, again whenever something happened that they wait for. */
import type { Millis } from '#kernel/base';
import { type Ctx, type FunctionAnswer, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type Target, targetOf } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { runOnce } from '../domain/run.ts';
import { functionNotFound } from '../errors.ts';
import { errorOfAnswer, nothingPending, readAnswer } from './answer.ts';
import { newDataKey, openForLambda } from './data-key.ts';
import { type Draft, draftOf, errorOf, note, save, trigger } from './draft.ts';
import { endExecution } from './execution.ts';
import { FAILURE_DELAYS, PAGE_MAX, THROTTLE_DELAY } from './limits.ts';
import { checkpointToken, executionArn, functionArn } from './names.ts';
import { pageOfOperations } from './operation.ts';
import { type ErrorObject, type ExecutionRow, executions, operations } from './state.ts';

type Begun = { target: Target; event: object; invocation: string; startedAt: Millis; row: ExecutionRow };

/** Invokes an execution's function, where that is due. */
export const execute: TaskHandler = async (payload, ctx) => {
  const id = String(payload.id);
  if (!(await isOpen(id, ctx))) return;
  const begun = ctx.transact(() => begin(id, ctx));
  if (begun === undefined) return;
  const { target, event, invocation, row } = begun;
  const arn = functionArn(row, ctx.account, ctx);
  const given = {
    requestId: invocation,
    arn,
    payload: Buffer.from(JSON.stringify(event)),
    trace: row.trace,
    streams: false,
    tenant: row.tenant,
  };
  let answer: FunctionAnswer;
  try {
    answer = await runOnce(target, given, ctx);
    await answer.ended;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact(() => notInvoked(begun, error, ctx));
    return;
  }
  const body = Buffer.from(answer.body as Uint8Array).toString('utf8');
  ctx.transact(() => finish(begun, answer.failed, body, ctx));
};

/** Whether Lambda can open the execution; one that it can't has failed. */
async function isOpen(id: string, ctx: Ctx): Promise<boolean> {
  const row = ctx.store.get(executions, { id });
  if (row?.kmsKeyArn === undefined || row.endedAt !== undefined) return true;
  try {
    const functionArn = arnOf(ctx, ctx.account, row.function);
    if (row.dataKey !== undefined) await openForLambda(row, ctx.account, ctx);
    else {
      const dataKey = await newDataKey(row.kmsKeyArn, functionArn, ctx);
      ctx.transact((store) => store.put(executions, { ...(store.get(executions, { id }) ?? row), dataKey }));
    }
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact(() => failForKey(id, error, ctx));
    return false;
  }
}

/** In a transaction: the key of an execution can't be used any more, and that is its end. */
export function failForKey(id: string, { code, message }: ServiceError, ctx: Ctx): void {
  const draft = draftOf(id, ctx);
  if (draft !== undefined && draft.row.endedAt === undefined)
    endExecution(draft, 'FAILED', { error: { ErrorType: code, ErrorMessage: message } });
}

function begin(id: string, ctx: Ctx): Begun | undefined {
  const draft = draftOf(id, ctx);
  // With an invocation that is still in progress, the cloud was stopped in its middle.
  if (draft === undefined || (!draft.row.due && draft.row.invocation === undefined)) return undefined;
  const { row, store, account } = draft;
  if (row.endedAt !== undefined || row.status === 'PAUSED') return undefined;
  ctx.arm('execution-timeout', id, row.timesOutAt, { id });
  const target = targetOf(row.function, row.version, ctx);
  if (target === undefined) {
    const { code, message } = functionNotFound(functionArn(row, account, ctx));
    endExecution(draft, 'FAILED', { error: { ErrorType: code, ErrorMessage: message } });
    return undefined;
  }
  const invocation = ctx.uuid();
  const { page, next } = pageOfOperations(row, undefined, PAGE_MAX, store);
  const event = {
    DurableExecutionArn: executionArn(row, account, ctx),
    CheckpointToken: checkpointToken(row, invocation),
    InitialExecutionState: { Operations: page, NextMarker: next },
    UpdatedOperationIds: changedSince(row, row.seen, store),
  };
  Object.assign(row, { invocation, seen: row.changes, due: false });
  save(draft);
  return { target, event, invocation, startedAt: ctx.clock(), row };
}

/** Ids of operations that have changed after a change. */
function changedSince({ id }: ExecutionRow, seen: number, store: StoreView): string[] {
  const query = { index: 'byChange', where: { execution: id }, after: { changed: seen } };
  return store.list(operations, query).map((operation) => operation.id);
}

/** It could not be invoked: for lack of concurrency for now, otherwise as if it had failed. */
function notInvoked({ row: { id }, invocation, startedAt }: Begun, { code, message }: ServiceError, ctx: Ctx): void {
  const draft = draftOf(id, ctx);
  if (draft?.row.invocation !== invocation) return;
  if (code !== 'TooManyRequestsException') {
    fail(draft, startedAt, invocation, { ErrorType: code, ErrorMessage: message });
    return;
  }
  const { invocation: _, ...row } = draft.row;
  draft.row = row;
  ctx.arm('reinvoke', id, ctx.clock() + THROTTLE_DELAY, { id });
  save(draft);
}

function finish({ row: { id }, invocation, startedAt }: Begun, failed: boolean, body: string, ctx: Ctx): void {
  const draft = draftOf(id, ctx);
  if (draft === undefined) return;
  if (draft.row.invocation !== invocation) {
    completed(draft, startedAt, invocation);
    save(draft);
    return;
  }
  if (failed) {
    fail(draft, startedAt, invocation, errorOfAnswer(body));
    return;
  }
  const { invocation: _, ...row } = draft.row;
  draft.row = { ...row, failures: 0, status: row.status === 'PAUSING' ? 'PAUSED' : row.status };
  const said = readAnswer(body, row);
  const isIdle = said.status === 'PENDING' && !row.due && row.status !== 'PAUSING' && !hasPending(draft);
  const outcome = isIdle ? nothingPending() : said;
  completed(draft, startedAt, invocation, outcome.status === 'INVALID' ? outcome.error : undefined);
  if (outcome.status === 'PENDING') save(draft);
  else if (outcome.status === 'SUCCEEDED') {
    const { result } = outcome;
    endExecution(draft, 'SUCCEEDED', result === undefined ? {} : { result });
  } else endExecution(draft, 'FAILED', { error: outcome.error ?? {} });
}

/** Whether something goes on that the function can wait for. */
function hasPending({ store, row }: Draft): boolean {
  const waits = { STEP: 'PENDING', WAIT: 'STARTED', CALLBACK: 'STARTED', CHAINED_INVOKE: 'STARTED' } as const;
  return store
    .list(operations, { index: 'byOrder', where: { execution: row.id } })
    .some(({ type, status }) => type in waits && waits[type as keyof typeof waits] === status);
}

/** An invocation has failed: it is repeated, or the execution fails with it. */
function fail(draft: Draft, startedAt: Millis, invocation: string, error: ErrorObject): void {
  const { ctx } = draft;
  completed(draft, startedAt, invocation, error);
  const { invocation: _, ...row } = draft.row;
  draft.row = { ...row, failures: row.failures + 1, status: row.status === 'PAUSING' ? 'PAUSED' : row.status };
  const delay = FAILURE_DELAYS[row.failures];
  if (delay === undefined) endExecution(draft, 'FAILED', { error });
  else {
    ctx.arm('reinvoke', row.id, ctx.clock() + delay, { id: row.id });
    save(draft);
  }
}

function completed(draft: Draft, startedAt: Millis, RequestId: string, error?: ErrorObject): void {
  const span = { StartTimestamp: startedAt, EndTimestamp: draft.ctx.clock(), RequestId };
  note(draft, 'InvocationCompleted', { ...span, ...(error !== undefined && { Error: errorOf(error) }) });
}

/** An invocation is repeated. */
export const reinvoke: TimerHandler = ({ id }, ctx) => {
  const draft = draftOf(String(id), ctx);
  if (draft === undefined || draft.row.endedAt !== undefined || draft.row.invocation !== undefined) return;
  trigger(draft);
  save(draft);
};
