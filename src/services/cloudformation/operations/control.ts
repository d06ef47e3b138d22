/** What is said to a stack while something happens to it, or after it has gone wrong. */
import type { Ctx, Handler } from '#kernel/contract';
import { takeSignal } from '../deploy/wait.ts';
import { wake } from '../deploy/wake.ts';
import { begunBefore, type Mark, markOf } from '../domain/again.ts';
import { noteSignal, setStack, withOperation } from '../domain/events.ts';
import { findStack } from '../domain/find.ts';
import { keepSource } from '../domain/kept.ts';
import { textAt } from '../domain/s3-text.ts';
import { checkPolicy } from '../domain/stack-policy.ts';
import { invalid, noSuchStackNamed, wrongState } from '../errors.ts';
import { type OperationRow, type StackRow, signals, stackOperations, stackResources, stacks } from '../state.ts';
import { passOf } from './stack.ts';

export const cancelUpdateStack: Handler<'cloudformation', 'CancelUpdateStack'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx, noSuchStackNamed);
  const operation = ctx.store.get(stackOperations, { stackId: stack.id });
  if (stack.status !== 'UPDATE_IN_PROGRESS' || operation === undefined)
    throw invalid('CancelUpdateStack cannot be called from current stack status');
  begunBefore(stack, input);
  ctx.store.put(stackOperations, { ...operation, stopped: 'User Initiated' });
  wake(stack.id, ctx);
  return {};
};

export const signalResource: Handler<'cloudformation', 'SignalResource'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx, noSuchStackNamed);
  const key = { stackId: stack.id, logicalId: input.LogicalResourceId };
  const row = ctx.store.get(stackResources, key);
  if (row === undefined) throw invalid(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  if (!row.status.endsWith('_IN_PROGRESS'))
    throw invalid(`Signal could not be sent: resource ${input.LogicalResourceId} is in ${row.status} state`);
  const isSuccess = input.Status === 'SUCCESS';
  const said = { ...key, uniqueId: input.UniqueId, isSuccess, reason: '', data: '' };
  const isNew = ctx.store.get(signals, said) === undefined;
  takeSignal(said, ctx.store);
  if (isSuccess && isNew) noteSignal(row, input.UniqueId, ctx);
  wake(stack.id, ctx);
  return {};
};

export const setStackPolicy: Handler<'cloudformation', 'SetStackPolicy'> = async (input, ctx) => {
  const { StackPolicyBody, StackPolicyURL } = input;
  const policy = StackPolicyBody ?? (StackPolicyURL === undefined ? undefined : await textAt(StackPolicyURL, ctx));
  if (policy === undefined) throw invalid('You must specify either StackPolicyBody or StackPolicyURL.');
  checkPolicy(policy);
  ctx.transact((store) => {
    const stack = findStack(input.StackName, ctx, noSuchStackNamed);
    store.put(stacks, { ...stack, policy });
  });
  return {};
};

export const getStackPolicy: Handler<'cloudformation', 'GetStackPolicy'> = (input, ctx) => {
  const { policy } = findStack(input.StackName, ctx, noSuchStackNamed);
  return policy === undefined ? {} : { StackPolicyBody: policy };
};

export const continueUpdateRollback: Handler<'cloudformation', 'ContinueUpdateRollback'> = async (input, ctx) => {
  const asked = findStack(input.StackName, ctx, noSuchStackNamed);
  if (begunBefore(asked, input) !== undefined) return {};
  if (asked.status !== 'UPDATE_ROLLBACK_FAILED')
    throw invalid(`Stack ${asked.id} can't be continued rolling back: it is in ${asked.status} state.`);
  const skip = [...(input.ResourcesToSkip ?? [])];
  const pass = await passOf(input.RoleARN ?? asked.roleArn, ctx);
  ctx.transact(() => {
    const stack = findStack(asked.id, ctx);
    const failed = new Set(
      ctx.store
        .list(stackResources, { where: { stackId: stack.id } })
        .filter(({ status }) => status === 'UPDATE_FAILED')
        .map(({ logicalId }) => logicalId),
    );
    // Those of nested stacks are looked at there.
    const other = skip.filter((name) => !name.includes('.') && !failed.has(name));
    if (other.length > 0)
      throw invalid(
        `The following resource(s) are not in UPDATE_FAILED state and can't be skipped: [${other.join(', ')}]`,
      );
    back(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', { kind: 'update', pass, skip, mark: markOf(input) }, ctx);
  });
  return {};
};

/** Deviation: after several updates that were left as they failed, one goes back to before the last of them, not to the last stack that was complete. */
export const rollbackStack: Handler<'cloudformation', 'RollbackStack'> = async (input, ctx) => {
  const asked = findStack(input.StackName, ctx, noSuchStackNamed);
  const known = begunBefore(asked, input);
  if (known !== undefined) return { StackId: asked.id, OperationId: known.OperationId };
  const kind = asked.status === 'CREATE_FAILED' ? 'create' : 'update';
  if (asked.status !== 'CREATE_FAILED' && asked.status !== 'UPDATE_FAILED')
    throw wrongState(asked.id, asked.status, 'rolled back');
  const pass = await passOf(input.RoleARN ?? asked.roleArn, ctx);
  const status = kind === 'create' ? 'ROLLBACK_IN_PROGRESS' : 'UPDATE_ROLLBACK_IN_PROGRESS';
  const OperationId = ctx.transact(() => {
    const more = input.RetainExceptOnCreate === true ? { retainsExceptOnCreate: true as const } : {};
    return back(findStack(asked.id, ctx), status, { kind, pass, mark: markOf(input), ...more }, ctx);
  });
  return { StackId: asked.id, OperationId };
};

type Back = Pick<OperationRow, 'kind' | 'pass' | 'skip' | 'retainsExceptOnCreate'> & { mark: Mark | undefined };

/** Takes up the way back of the last operation, as one of its own, whose id it returns. In a transaction. */
function back(stack: StackRow, status: StackRow['status'], { mark, ...given }: Back, ctx: Ctx): string {
  const OperationType =
    stack.status === 'UPDATE_ROLLBACK_FAILED' ? ('CONTINUE_ROLLBACK' as const) : ('ROLLBACK' as const);
  const token = mark?.token;
  const entry = { OperationType, OperationId: ctx.uuid(), ...(mark !== undefined && { mark }) };
  keepSource(stack.source, ctx);
  ctx.store.put(stackOperations, {
    ...given,
    stackId: stack.id,
    number: stack.operation,
    phase: 'rollback',
    entry,
    target: stack.source,
    retain: [],
    ...(token !== undefined && { token }),
  });
  setStack(withOperation(stack, entry), status, { reason: 'User Initiated' }, ctx.store, ctx, token);
  wake(stack.id, ctx);
  return entry.OperationId;
}
