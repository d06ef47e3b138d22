/** Operations that end without the function: waits and retries by the clock, callbacks by others, chained invocations by what they called. */
import { type Millis, SECOND } from '#kernel/base';
import type { TimerHandler } from '#kernel/contract';
import { type Draft, draftOf, errorOf, note, operationOf, payloadOf, putOperation, save, trigger } from './draft.ts';
import type { Ending, ErrorObject, OperationRow } from './state.ts';

export type Outcome = { result?: string; error?: ErrorObject };

/** Keeps an operation, and has the clock look at it when it is due. */
export function putWaiting(draft: Draft, operation: Omit<OperationRow, 'changed'>): void {
  const { ctx, row } = draft;
  putOperation(draft, operation);
  const at = dueAt(operation);
  const key = `${row.id}/${operation.id}`;
  if (at === undefined) ctx.disarm('operation', key);
  else ctx.arm('operation', key, at, { execution: row.id, operation: operation.id });
}

function dueAt({ nextAt, callback }: Pick<OperationRow, 'nextAt' | 'callback'>): Millis | undefined {
  const instants = [nextAt, callback?.endsAt, callback?.heartbeatAt].filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** The clock has come to what an operation waits for. */
export const operationDue: TimerHandler = (payload, ctx) => {
  const draft = draftOf(String(payload.execution), ctx);
  if (draft === undefined || draft.row.endedAt !== undefined) return;
  const operation = operationOf(draft, String(payload.operation));
  if (operation?.type === 'WAIT' && operation.status === 'STARTED') {
    end(draft, operation, 'SUCCEEDED', {});
    const { nextAt = operation.startedAt, startedAt } = operation;
    const Duration = Math.round((nextAt - startedAt) / SECOND);
    note(draft, 'WaitSucceeded', { Duration }, operation);
  } else if (operation?.type === 'STEP' && operation.status === 'PENDING') {
    const { nextAt: _, ...rest } = operation;
    putOperation(draft, { ...rest, status: 'READY' });
  } else if (operation?.type === 'CALLBACK' && operation.status === 'STARTED') giveUp(draft, operation);
  else return;
  trigger(draft);
  save(draft);
};

/** Source: what AWS's testing library for durable functions ends callbacks with. */
function giveUp(draft: Draft, operation: OperationRow): void {
  const { endsAt = Number.POSITIVE_INFINITY, heartbeatAt = Number.POSITIVE_INFINITY } = operation.callback ?? {};
  const error =
    heartbeatAt < endsAt
      ? { ErrorMessage: 'Callback timed out on heartbeat', ErrorType: 'Callback.Heartbeat' }
      : { ErrorMessage: 'Callback timed out', ErrorType: 'Callback.Timeout' };
  end(draft, operation, 'TIMED_OUT', { error });
  note(draft, 'CallbackTimedOut', { Error: errorOf({ ErrorType: error.ErrorType }) }, operation);
}

/** Somebody has answered a callback that is open. In a transaction. */
export function completeCallback(draft: Draft, operation: OperationRow, outcome: Outcome): void {
  const status = outcome.error === undefined ? 'SUCCEEDED' : 'FAILED';
  draft.ctx.disarm('operation', `${draft.row.id}/${operation.id}`);
  end(draft, operation, status, outcome);
  if (status === 'SUCCEEDED') note(draft, 'CallbackSucceeded', { Result: payloadOf(outcome.result) }, operation);
  else note(draft, 'CallbackFailed', { Error: errorOf(outcome.error) }, operation);
  trigger(draft);
  save(draft);
}

/** What a chained invocation called is over. In a transaction. */
export function completeChained(draft: Draft, id: string, status: Ending, outcome: Outcome): void {
  const operation = operationOf(draft, id);
  if (draft.row.endedAt !== undefined || operation?.status !== 'STARTED') return;
  endChained(draft, operation, status, outcome);
  trigger(draft);
  save(draft);
}

/** The same while the function is there to see it. */
export function endChained(draft: Draft, operation: OperationRow, status: Ending, outcome: Outcome): void {
  end(draft, operation, status, outcome);
  const words = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', STOPPED: 'Stopped' };
  const details = status === 'SUCCEEDED' ? { Result: payloadOf(outcome.result) } : { Error: errorOf(outcome.error) };
  note(draft, `ChainedInvoke${words[status]}`, details, operation);
}

function end(draft: Draft, operation: OperationRow, status: Ending, outcome: Outcome): void {
  putOperation(draft, { ...operation, status, endedAt: draft.ctx.clock(), ...outcome });
}
