/** Callbacks: what others send to the durable executions that wait for them. */
import { SECOND } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { openedByCaller } from '../durable/data-key.ts';
import { type Draft, draftOf, operationOf } from '../durable/draft.ts';
import { callbackClosed } from '../durable/errors.ts';
import { parseCallbackId } from '../durable/names.ts';
import type { ErrorObject, OperationRow } from '../durable/state.ts';
import { completeCallback, putWaiting } from '../durable/wait.ts';

export const sendCallbackSuccess: Handler<'lambda', 'SendDurableExecutionCallbackSuccess'> = (input, ctx) => {
  // A body that is empty is none.
  const result = Buffer.from(input.Result ?? []).toString('utf8');
  return complete(input.CallbackId, result === '' ? {} : { result }, ctx);
};

export const sendCallbackFailure: Handler<'lambda', 'SendDurableExecutionCallbackFailure'> = (input, ctx) => {
  return complete(input.CallbackId, { error: (input.Error ?? {}) as ErrorObject }, ctx);
};

function complete(id: string, outcome: Parameters<typeof completeCallback>[2], ctx: Ctx) {
  const { row, account } = open(id, ctx).draft;
  return openedByCaller(row, account, ctx, () => {
    const { draft, operation } = open(id, ctx);
    completeCallback(draft, operation, outcome);
    return {};
  });
}

export const sendCallbackHeartbeat: Handler<'lambda', 'SendDurableExecutionCallbackHeartbeat'> = (input, ctx) => {
  const { draft, operation } = open(input.CallbackId, ctx);
  const { callback } = operation;
  if (callback?.heartbeat !== undefined) {
    const heartbeatAt = ctx.clock() + callback.heartbeat * SECOND;
    putWaiting(draft, { ...operation, callback: { ...callback, heartbeatAt } });
  }
  return {};
};

/** @throws {ServiceError} InvalidParameterValueException, CallbackTimeoutException */
function open(id: string, ctx: Ctx): { draft: Draft; operation: OperationRow } {
  const { execution, operation: name } = parseCallbackId(id);
  const draft = draftOf(execution, ctx);
  const operation = draft === undefined ? undefined : operationOf(draft, name);
  const isOpen = draft?.row.endedAt === undefined && operation?.type === 'CALLBACK' && operation.status === 'STARTED';
  if (draft === undefined || !isOpen) throw callbackClosed();
  return { draft, operation };
}
