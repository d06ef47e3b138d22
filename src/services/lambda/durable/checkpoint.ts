/** What a function has done, as it tells it: each update is checked against what is known, and kept. */
import { SECOND, utf8Length } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import { startChained } from './chain.ts';
import { type Draft, errorOf, note, operationOf, payloadOf, putOperation } from './draft.ts';
import {
  alreadyThere,
  chainedTooLong,
  errorAndPayload,
  errorOfSuccess,
  errorTooLarge,
  executionNotLast,
  inconsistent,
  inconsistentParent,
  invalidAction,
  invalidParent,
  invalidStepOptions,
  manyExecutionUpdates,
  optionsMissing,
  payloadOfFailure,
  payloadTooLong,
  resultTooLong,
  tooManyOperations,
  tooMuchWritten,
  twiceUpdated,
  uncancellable,
  wrongState,
} from './errors.ts';
import { endExecution } from './execution.ts';
import {
  CHAINED_BYTES_MAX,
  ERROR_BYTES_MAX,
  OPERATION_BYTES_MAX,
  OPERATIONS_MAX,
  WRITTEN_BYTES_MAX,
} from './limits.ts';
import { callbackId } from './names.ts';
import type { ErrorObject, OperationRow } from './state.ts';
import { putWaiting } from './wait.ts';

export type Update = NonNullable<InputOf<'lambda', 'CheckpointDurableExecution'>['Updates']>[number];
type New = Omit<OperationRow, 'changed'>;

/** Whether a request's updates go together, whatever is known. @throws {ServiceError} InvalidParameterValueException */
export function checkBatch(updates: readonly Update[]): void {
  const ends = updates.filter(({ Type }) => Type === 'EXECUTION');
  if (ends.length > 1) throw manyExecutionUpdates();
  if (ends.length === 1 && updates.at(-1)?.Type !== 'EXECUTION') throw executionNotLast();
  const seen = new Map<string, Update>();
  for (const update of updates) {
    const earlier = seen.get(update.Id);
    const mayFollow =
      earlier?.Action === 'START' && ['STEP', 'CONTEXT'].includes(update.Type) && update.Action !== 'START';
    if (earlier !== undefined && !mayFollow) throw twiceUpdated();
    seen.set(update.Id, update);
  }
}

/**
 * Does what an update says. In a transaction, which fails as a whole.
 *
 * @throws {ServiceError} InvalidParameterValueException
 */
export function applyUpdate(draft: Draft, update: Update): void {
  checkContents(draft, update);
  if (update.Type === 'EXECUTION') {
    if (update.Action === 'SUCCEED') endExecution(draft, 'SUCCEEDED', resultOf(update));
    else if (update.Action === 'FAIL') endExecution(draft, 'FAILED', outcomeOf(update));
    else throw invalidAction();
    return;
  }
  const known = operationOf(draft, update.Id);
  if (known === undefined) checkNew(draft, update);
  else checkSame(known, update);
  const error = update.Error === undefined ? '' : JSON.stringify(update.Error);
  draft.row.written += utf8Length(update.Payload ?? '') + utf8Length(error);
  if (draft.row.written > WRITTEN_BYTES_MAX) throw tooMuchWritten(WRITTEN_BYTES_MAX);
  KINDS[update.Type](draft, update, known);
}

function checkContents(draft: Draft, { Type, Action, Payload, Error: error }: Update): void {
  if (Action === 'SUCCEED' && error !== undefined) throw errorOfSuccess();
  if (Action === 'FAIL' && Payload !== undefined) throw payloadOfFailure();
  if (error !== undefined && utf8Length(JSON.stringify(error)) >= ERROR_BYTES_MAX) throw errorTooLarge(ERROR_BYTES_MAX);
  const bytes = utf8Length(Payload ?? '');
  if (Type === 'EXECUTION' && bytes > draft.row.resultMax) throw resultTooLong(draft.row.resultMax);
  if (Type === 'CHAINED_INVOKE' && bytes > CHAINED_BYTES_MAX) throw chainedTooLong('input', CHAINED_BYTES_MAX);
  if (Type !== 'EXECUTION' && Type !== 'CHAINED_INVOKE' && bytes > OPERATION_BYTES_MAX) throw payloadTooLong(Type);
}

function checkNew(draft: Draft, { ParentId }: Update): void {
  if (draft.row.operations >= OPERATIONS_MAX) throw tooManyOperations(OPERATIONS_MAX);
  if (ParentId !== undefined && operationOf(draft, ParentId)?.type !== 'CONTEXT') throw invalidParent();
}

function checkSame(known: OperationRow, { Type, SubType, Name, ParentId }: Update): void {
  if (Type !== known.type) throw inconsistent('type');
  if (SubType !== undefined && SubType !== known.subType) throw inconsistent('subtype');
  if (Name !== undefined && Name !== known.name) throw inconsistent('name');
  if (ParentId !== known.parent) throw inconsistentParent();
}

const KINDS = {
  CONTEXT: updateContext,
  STEP: updateStep,
  WAIT: updateWait,
  CALLBACK: updateCallback,
  CHAINED_INVOKE: chain,
};

function updateContext(draft: Draft, update: Update, known: OperationRow | undefined): void {
  if (update.Action === 'START') {
    if (known !== undefined) throw alreadyThere('CONTEXT');
    note(draft, 'ContextStarted', {}, putOperation(draft, begun(draft, update)));
    return;
  }
  if (update.Action !== 'SUCCEED' && update.Action !== 'FAIL') throw invalidAction();
  if (known !== undefined && known.status !== 'STARTED') throw wrongState('CONTEXT', 'close');
  const replayChildren = update.ContextOptions?.ReplayChildren;
  const operation = { ...(known ?? begun(draft, update)), ...(replayChildren !== undefined && { replayChildren }) };
  close(draft, operation, update, 'Context', {});
}

function updateStep(draft: Draft, update: Update, known: OperationRow | undefined): void {
  const delay = update.StepOptions?.NextAttemptDelaySeconds;
  if ((update.Action === 'RETRY') !== (delay !== undefined)) throw invalidStepOptions();
  if (update.Action === 'START') {
    if (known !== undefined && known.status !== 'READY') throw wrongState('STEP', 'start');
    const operation: New = known === undefined ? begun(draft, update) : { ...known, status: 'STARTED' };
    note(draft, 'StepStarted', {}, putOperation(draft, operation));
    return;
  }
  if (!['SUCCEED', 'FAIL', 'RETRY'].includes(update.Action)) throw invalidAction();
  if (update.Payload !== undefined && update.Error !== undefined) throw errorAndPayload();
  if (known !== undefined && known.status !== 'STARTED' && known.status !== 'READY')
    throw wrongState('STEP', update.Action === 'RETRY' ? 're-attempt' : 'close');
  const { result: _, error: __, ...operation } = known ?? begun(draft, update);
  const attempts = (operation.attempts ?? 0) + 1;
  const RetryDetails = { CurrentAttempt: attempts, ...(delay !== undefined && { NextAttemptDelaySeconds: delay }) };
  if (delay === undefined) {
    close(draft, { ...operation, attempts }, update, 'Step', { RetryDetails });
    return;
  }
  const nextAt = draft.ctx.clock() + delay * SECOND;
  putWaiting(draft, { ...operation, ...outcomeOf(update), attempts, status: 'PENDING', nextAt });
  note(
    draft,
    update.Error === undefined ? 'StepSucceeded' : 'StepFailed',
    { ...shown(update), RetryDetails },
    operation,
  );
}

function updateWait(draft: Draft, update: Update, known: OperationRow | undefined): void {
  if (update.Action === 'CANCEL') {
    if (known?.status !== 'STARTED') throw uncancellable();
    const { nextAt: _, ...operation } = known;
    putWaiting(draft, { ...operation, status: 'CANCELLED', endedAt: draft.ctx.clock() });
    note(draft, 'WaitCancelled', {}, known);
    return;
  }
  if (update.Action !== 'START') throw invalidAction();
  if (known !== undefined) throw alreadyThere('WAIT');
  const Duration = update.WaitOptions?.WaitSeconds;
  if (Duration === undefined) throw optionsMissing('WAIT', 'WaitOptions');
  const nextAt = draft.ctx.clock() + Duration * SECOND;
  const operation = { ...begun(draft, update), nextAt };
  putWaiting(draft, operation);
  note(draft, 'WaitStarted', { Duration, ScheduledEndTimestamp: nextAt }, operation);
}

function updateCallback(draft: Draft, update: Update, known: OperationRow | undefined): void {
  if (update.Action !== 'START') throw invalidAction();
  if (known !== undefined) throw alreadyThere('CALLBACK');
  const { TimeoutSeconds: timeout = 0, HeartbeatTimeoutSeconds: heartbeat = 0 } = update.CallbackOptions ?? {};
  const now = draft.ctx.clock();
  const callback = {
    ...(timeout > 0 && { endsAt: now + timeout * SECOND }),
    ...(heartbeat > 0 && { heartbeat, heartbeatAt: now + heartbeat * SECOND }),
  };
  const operation = { ...begun(draft, update), callback };
  putWaiting(draft, operation);
  const CallbackId = callbackId(draft.row.id, operation.id);
  const limits = { ...(timeout > 0 && { Timeout: timeout }), ...(heartbeat > 0 && { HeartbeatTimeout: heartbeat }) };
  note(draft, 'CallbackStarted', { CallbackId, ...limits }, operation);
}

function chain(draft: Draft, update: Update, known: OperationRow | undefined): void {
  if (update.Action !== 'START') throw invalidAction();
  if (known !== undefined) throw alreadyThere('CHAINED_INVOKE');
  const options = update.ChainedInvokeOptions;
  if (options === undefined) throw optionsMissing('CHAINED_INVOKE', 'ChainedInvokeOptions');
  startChained(draft, begun(draft, update), options, update.Payload);
}

/** An operation that the function has begun. */
function begun(draft: Draft, { Id: id, ParentId: parent, Name: name, SubType: subType, Type: type }: Update): New {
  const order = draft.row.operations;
  draft.row.operations += 1;
  return {
    execution: draft.row.id,
    id,
    order,
    type,
    ...(subType !== undefined && { subType }),
    ...(name !== undefined && { name }),
    ...(parent !== undefined && { parent }),
    status: 'STARTED',
    startedAt: draft.ctx.clock(),
  };
}

function close(draft: Draft, operation: New, update: Update, word: 'Step' | 'Context', more: object): void {
  const isSuccess = update.Action === 'SUCCEED';
  const status = isSuccess ? 'SUCCEEDED' : 'FAILED';
  putOperation(draft, { ...operation, ...outcomeOf(update), status, endedAt: draft.ctx.clock() });
  note(draft, `${word}${isSuccess ? 'Succeeded' : 'Failed'}`, { ...shown(update), ...more }, operation);
}

function resultOf({ Payload: result }: Update): { result?: string } {
  return result === undefined ? {} : { result };
}

function outcomeOf(update: Update): { result?: string; error?: ErrorObject } {
  return { ...resultOf(update), ...(update.Error !== undefined && { error: update.Error as ErrorObject }) };
}

/** As the history shows what an operation gave. */
function shown({ Action, Payload, Error: error }: Update): { Result: object } | { Error: object } {
  return Action === 'FAIL' || error !== undefined
    ? { Error: errorOf(error as ErrorObject | undefined) }
    : { Result: payloadOf(Payload) };
}
