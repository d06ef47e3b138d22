/** Functions that executions call and wait for: other durable ones as executions of their own, others once. */
import { parseArn, utf8Length } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { type Target, targetOf } from '../domain/find.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { checkTenant, run } from '../domain/run.ts';
import { functionNotFound } from '../errors.ts';
import { LATEST } from '../state.ts';
import { errorOfAnswer } from './answer.ts';
import { type Draft, draftOf, note, operationOf, payloadOf, putOperation } from './draft.ts';
import { chainedElsewhere, chainedTooLong, unqualified } from './errors.ts';
import { startExecution } from './execution.ts';
import { CHAINED_BYTES_MAX } from './limits.ts';
import { executionArn } from './names.ts';
import type { OperationRow } from './state.ts';
import { completeChained, endChained, type Outcome } from './wait.ts';

/** What an operation calls, and for which tenant. */
export type Called = { FunctionName: string; TenantId?: string | undefined };

/**
 * Calls a function for an operation that begins. What can't be called fails the operation, not the checkpoint. In a transaction.
 *
 * @throws {ServiceError} InvalidParameterValueException for a function of another account or Region
 */
export function startChained(
  draft: Draft,
  begun: Omit<OperationRow, 'changed'>,
  { FunctionName: given, TenantId: tenant }: Called,
  input: string | undefined,
): void {
  const { account, store, ctx, row } = draft;
  const { account: owner = account, region = ctx.region } = parseArn(given) ?? {};
  if (owner !== account) throw chainedElsewhere('account');
  if (region !== ctx.region) throw chainedElsewhere('region');
  const tenancy = tenant === undefined ? {} : { TenantId: tenant };
  let target: Target;
  try {
    target = allowed(given, account, ctx);
    checkTenant(target.version, tenant);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const operation = putOperation(draft, begun);
    note(draft, 'ChainedInvokeStarted', { FunctionName: given, ...tenancy }, operation);
    endChained(draft, operation, 'FAILED', { error: { ErrorType: error.code, ErrorMessage: error.message } });
    return;
  }
  const name = target.function.name;
  const called = {
    name,
    qualifier: target.version.version,
    ...(input !== undefined && { input }),
    ...(tenant !== undefined && { tenant }),
  };
  const operation = putOperation(draft, { ...begun, target: called });
  const child =
    target.version.durable === undefined
      ? undefined
      : startExecution(
          {
            account,
            version: target.version,
            input,
            name: undefined,
            trace: row.trace,
            tenant,
            waited: false,
            parent: { execution: row.id, operation: operation.id },
          },
          store,
          ctx,
        );
  if (child === undefined) {
    const key = `${row.id}/${operation.id}`;
    ctx.start('chain', key, { execution: row.id, operation: operation.id }, { account, region: ctx.region });
  }
  const details = {
    FunctionName: given,
    ...tenancy,
    Input: payloadOf(input),
    ExecutedVersion: target.version.version,
    ...(child !== undefined && { DurableExecutionArn: executionArn(child, account, ctx) }),
  };
  note(draft, 'ChainedInvokeStarted', details, operation);
}

/** What the function's role may call. @throws {ServiceError} ResourceNotFoundException, AccessDeniedException */
function allowed(given: string, account: string, ctx: Ctx): Target {
  const { name, qualifier } = parseName(given, undefined, ctx);
  const resource = arnOf(ctx, account, name, qualifier);
  ctx.authorize({ action: 'lambda:InvokeFunction', resource });
  const target = targetOf(name, qualifier ?? '', ctx, account);
  if (target === undefined) throw functionNotFound(arnOf(ctx, account, name, qualifier ?? LATEST));
  if (target.version.durable !== undefined && qualifier === undefined) throw unqualified();
  return target;
}

/** Calls a function that is not durable, for an operation that waits for it. */
export const chainOnce: TaskHandler = async (payload, ctx) => {
  const [id, operation] = [String(payload.execution), String(payload.operation)];
  const draft = draftOf(id, ctx);
  const called = draft === undefined ? undefined : operationOf(draft, operation)?.target;
  if (draft === undefined || draft.row.endedAt !== undefined || called === undefined) return;
  const [failed, outcome] = await call(called, draft.row.trace, ctx);
  ctx.transact(() => {
    const now = draftOf(id, ctx);
    if (now !== undefined) completeChained(now, operation, failed ? 'FAILED' : 'SUCCEEDED', outcome);
  });
};

async function call(
  { name, qualifier, input = '{}', tenant }: NonNullable<OperationRow['target']>,
  trace: string,
  ctx: Ctx,
): Promise<[failed: boolean, Outcome]> {
  try {
    const arn = arnOf(ctx, ctx.account, name, qualifier);
    const target = targetOf(name, qualifier, ctx);
    if (target === undefined) throw functionNotFound(arn);
    const given = { requestId: ctx.uuid(), arn, payload: Buffer.from(input), trace, streams: false, tenant };
    const { body, failed } = await run(target, given, ctx);
    const text = Buffer.from(body as Uint8Array).toString('utf8');
    if (failed) return [true, { error: errorOfAnswer(text) }];
    if (utf8Length(text) > CHAINED_BYTES_MAX) throw chainedTooLong('output', CHAINED_BYTES_MAX);
    return [false, { result: text }];
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [true, { error: { ErrorType: error.code, ErrorMessage: error.message } }];
  }
}
