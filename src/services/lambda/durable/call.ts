/** Calls of durable functions by those who wait for the end of the execution, and by those who don't. */
import { SECOND } from '#kernel/base';
import type { Ctx, FunctionAnswer } from '#kernel/contract';
import type { Target } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { tooManyRequests } from '../errors.ts';
import { answerOfError } from './answer.ts';
import { newDataKey } from './data-key.ts';
import { tooLongToWait, unqualified } from './errors.ts';
import { endedSignal, startExecution } from './execution.ts';
import { WAITED_SECONDS_MAX } from './limits.ts';
import { type ExecutionRow, executionData, executions } from './state.ts';

export type DurableCall = {
  payload: Uint8Array;
  trace: string;
  name?: string | undefined;
  tenant?: string | undefined;
};

/** @throws {ServiceError} InvalidParameterValueException for a call without a version or alias, or one that nobody could wait for */
export function checkDurable({ version: { durable }, qualifier }: Target, waited: boolean): void {
  if (qualifier === '') throw unqualified();
  if (waited && (durable?.timeout ?? 0) > WAITED_SECONDS_MAX) throw tooLongToWait();
}

/**
 * Begins the execution that a call asks for, unless it has begun.
 *
 * @throws {ServiceError} InvalidParameterValueException, DurableExecutionAlreadyStartedException, KMSAccessDeniedException and the like
 */
export async function beginCall(target: Target, call: DurableCall, waited: boolean, ctx: Ctx): Promise<ExecutionRow> {
  checkDurable(target, waited);
  const { account, version } = target;
  const { kmsKeyArn } = version.durable ?? {};
  const dataKey =
    kmsKeyArn === undefined ? undefined : await newDataKey(kmsKeyArn, arnOf(ctx, account, version.name), ctx);
  const input = Buffer.from(call.payload).toString('utf8');
  const { name, trace, tenant } = call;
  const start = { account, version, input, name, trace, tenant, waited, dataKey };
  return ctx.transact((store) => startExecution(start, store.in({ account }), ctx));
}

/**
 * Waits until an execution has ended.
 *
 * @returns its result, or its error as a function's error
 * @throws  {ServiceError} TooManyRequestsException where the caller has gone meanwhile
 */
export async function endOfCall({ id, timesOutAt }: ExecutionRow, account: string, ctx: Ctx): Promise<FunctionAnswer> {
  const now = () => ctx.store.in({ account }).get(executions, { id });
  while (now()?.endedAt === undefined && (await ctx.until(endedSignal(id), timesOutAt + SECOND)));
  const row = now();
  if (row?.endedAt === undefined) throw tooManyRequests('ConcurrentInvocationLimitExceeded');
  const { result, error = {} } = ctx.store.in({ account }).get(executionData, { id }) ?? {};
  const failed = row.status !== 'SUCCEEDED';
  const report = { tail: '', duration: 0, init: undefined, memoryUsed: 0, failed };
  return {
    body: Buffer.from(failed ? answerOfError(error) : (result ?? '')),
    contentType: 'application/json',
    failed,
    ended: Promise.resolve(report),
  };
}

/** Calls a durable function as others are called: the answer is the end of its execution. */
export async function runDurable(target: Target, call: DurableCall, ctx: Ctx): Promise<FunctionAnswer> {
  const row = await beginCall(target, call, true, ctx);
  return endOfCall(row, target.account, ctx);
}
