/** Stacks: asked for, changed, removed. What is asked is checked at once; the work is a task. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, type Pass, passing, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { watch } from '../deploy/monitor.ts';
import { begunBefore, type Mark, markOf } from '../domain/again.ts';
import { setStack, withOperation } from '../domain/events.ts';
import { findStack, isGuarded } from '../domain/find.ts';
import { dropSource, keepSource } from '../domain/kept.ts';
import { deploymentOf, disablesRollback } from '../domain/mode.ts';
import { checkName } from '../domain/naming.ts';
import { usersOf } from '../domain/outputs.ts';
import { rollbackOf } from '../domain/rollback.ts';
import { textAt } from '../domain/s3-text.ts';
import { changed } from '../domain/same.ts';
import { prepare } from '../domain/source.ts';
import { checkPolicy } from '../domain/stack-policy.ts';
import { checkTopics } from '../domain/topics.ts';
import {
  abandonedStack,
  badRole,
  exportInUse,
  invalid,
  nestedProtection,
  notForced,
  nothingToUpdate,
  pausedStack,
  protectedStack,
  roleElsewhere,
  stackExists,
  tooManyStacks,
  undeletableNow,
  wrongState,
} from '../errors.ts';
import { STACKS } from '../limits.ts';
import {
  changeSets,
  type OperationRow,
  type StackRow,
  stackExports,
  stackOperations,
  stackResources,
  stacks,
} from '../state.ts';

const MINUTE = 60_000;

export const createStack: Handler<'cloudformation', 'CreateStack'> = async (input, ctx) => {
  const { StackName: name } = input;
  checkName(name, 'stackName');
  const reviewed = awaited(name, ctx);
  const live = ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
  const known = begunBefore(live, input);
  if (live !== undefined && known !== undefined) return { StackId: live.id, OperationId: known.OperationId };
  if (reviewed === undefined && isLive(name, ctx)) throw stackExists(name);
  if (input.OnFailure !== undefined && input.DisableRollback !== undefined)
    throw invalid('You can specify either DisableRollback or OnFailure, but not both.');
  const id = reviewed?.id ?? stackArn(name, ctx);
  const notificationArns = input.NotificationARNs ?? [];
  const { source, template, capabilities } = await prepare(input, undefined, { id, name, notificationArns }, ctx);
  const policy = await policyOf(input.StackPolicyBody, input.StackPolicyURL, ctx);
  const pass = await passOf(input.RoleARN, ctx);
  await checkTopics(input.NotificationARNs, ctx);
  const OperationId = ctx.transact((store) => {
    if (awaited(name, ctx)?.id !== reviewed?.id || (reviewed === undefined && isLive(name, ctx)))
      throw stackExists(name);
    if (reviewed === undefined) checkRoom(ctx);
    if (reviewed !== undefined) dropSource(reviewed.source, ctx);
    const row: StackRow = {
      ...reviewed,
      id,
      name,
      liveName: name,
      status: 'CREATE_IN_PROGRESS',
      ...(template.description !== undefined && { description: template.description }),
      source,
      outputs: [],
      capabilities,
      ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }),
      notificationArns,
      ...(input.TimeoutInMinutes !== undefined && { timeoutMinutes: input.TimeoutInMinutes }),
      disableRollback: disablesRollback(input),
      ...deploymentOf(input.DeploymentConfig),
      onFailure: input.OnFailure ?? 'ROLLBACK',
      isProtected: input.EnableTerminationProtection ?? false,
      ...rollbackOf(input.RollbackConfiguration, undefined),
      ...(policy !== undefined && { policy }),
      createdAt: ctx.now,
      operation: 0,
    };
    const operationId = begin(
      row,
      {
        kind: 'create',
        // Its change set has been looked at.
        ...(input.DisableValidation !== true && reviewed === undefined && { isUnchecked: true as const }),
        ...(input.DisableValidation === true && { isBlind: true as const }),
        pass,
        target: source,
        retain: [],
        ...(input.RetainExceptOnCreate === true && { retainsExceptOnCreate: true }),
        mark: markOf(input),
      },
      'User Initiated',
      store,
      ctx,
    );
    if (row.timeoutMinutes !== undefined)
      ctx.arm('timeout', id, ctx.now + row.timeoutMinutes * MINUTE, { stackId: id });
    return operationId;
  });
  return { StackId: id, OperationId };
};

/** Whether a change set of a stack above brings things of this one back to what its template says. */
function isReverted({ id: stackId }: StackRow, { store }: Ctx): boolean {
  const sets = store.list(changeSets, { index: 'byStack', where: { stackId } });
  return sets.some(({ execution, revertsDrift }) => execution === 'EXECUTE_IN_PROGRESS' && revertsDrift === true);
}

export const updateStack: Handler<'cloudformation', 'UpdateStack'> = async (input, ctx) => {
  const before = findStack(input.StackName, ctx, noStackToUpdate);
  const known = begunBefore(before, input);
  if (known !== undefined) return { StackId: before.id, OperationId: known.OperationId };
  const disableRollback = disablesRollback(input);
  checkUpdatable({ ...before, disableRollback });
  const { source, template, capabilities } = await prepare(input, before, before, ctx);
  const { rollback } = rollbackOf(input.RollbackConfiguration, before.rollback);
  const notificationArns = input.NotificationARNs ?? before.notificationArns;
  if (!(await changed(before, { source, rollback, notificationArns }, ctx)) && !isReverted(before, ctx))
    throw nothingToUpdate();
  const roleArn = input.RoleARN ?? before.roleArn;
  const policy = await policyOf(input.StackPolicyBody, input.StackPolicyURL, ctx);
  const during = await policyOf(input.StackPolicyDuringUpdateBody, input.StackPolicyDuringUpdateURL, ctx);
  const pass = await passOf(roleArn, ctx);
  await checkTopics(input.NotificationARNs, ctx);
  const OperationId = ctx.transact((store) => {
    const stack = findStack(before.id, ctx);
    checkUpdatable({ ...stack, disableRollback });
    const { rollback: _, deployment: __, description: ___, ...rest } = stack;
    const row: StackRow = {
      ...rest,
      ...(rollback !== undefined && { rollback }),
      ...(template.description !== undefined && { description: template.description }),
      capabilities,
      ...(roleArn !== undefined && { roleArn }),
      notificationArns,
      ...(policy !== undefined && { policy }),
      disableRollback,
      ...deploymentOf(input.DeploymentConfig),
      updatedAt: ctx.now,
    };
    return begin(
      row,
      {
        kind: 'update',
        ...(input.DisableValidation === true ? { isBlind: true as const } : { isUnchecked: true as const }),
        pass,
        target: source,
        retain: [],
        ...(input.RetainExceptOnCreate === true && { retainsExceptOnCreate: true }),
        ...(during !== undefined && { policy: during }),
        mark: markOf(input),
      },
      'User Initiated',
      store,
      ctx,
    );
  });
  return { StackId: before.id, OperationId };
};

export const deleteStack: Handler<'cloudformation', 'DeleteStack'> = async (input, ctx) => {
  const found = input.StackName.startsWith('arn:')
    ? ctx.store.get(stacks, { id: input.StackName })
    : ctx.store.first(stacks, { index: 'byName', where: { liveName: input.StackName } });
  // What is gone is gone.
  if (found === undefined || found.liveName === undefined || found.status === 'DELETE_IN_PROGRESS') return {};
  const above = found.parentId === undefined ? undefined : ctx.store.get(stacks, { id: found.parentId });
  begunBefore(found, input);
  // Where its parent does without it, it goes.
  if (above?.status.endsWith('_IN_PROGRESS') !== true && isGuarded(found, ctx)) throw protectedStack(found.name);
  const pass = await passOf(input.RoleARN ?? found.roleArn, ctx);
  ctx.transact((store) => {
    const stack = findStack(found.id, ctx);
    const forced = input.DeletionMode === 'FORCE_DELETE_STACK' && ({ isForced: true } as const);
    if (forced && stack.status !== 'DELETE_FAILED') throw notForced(stack.id);
    checkDeletable(stack, input.RetainResources ?? [], ctx);
    const { source, id, status } = stack;
    const needed = neededExport(stack, store);
    if (needed !== undefined) {
      const begun = setStack(stack, 'DELETE_IN_PROGRESS', { reason: 'User Initiated' }, store, ctx);
      setStack(begun, status, { reason: needed }, store, ctx);
      return;
    }
    const retain = input.RetainResources ?? [];
    begin(
      { ...stack, ...forced },
      { kind: 'delete', pass, target: source, retain, ...forced, mark: markOf(input) },
      'User Initiated',
      store,
      ctx,
    );
    ctx.disarm('timeout', id);
  });
  return {};
};

export const updateTerminationProtection: Handler<'cloudformation', 'UpdateTerminationProtection'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx);
  if (stack.parentId !== undefined) throw nestedProtection(stack.id);
  if (/^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status)) throw wrongState(stack.id, stack.status, 'updated');
  ctx.store.put(stacks, { ...stack, isProtected: input.EnableTerminationProtection });
  return { StackId: stack.id };
};

const TYPES = {
  create: 'CREATE_STACK',
  update: 'UPDATE_STACK',
  import: 'UPDATE_STACK',
  delete: 'DELETE_STACK',
} as const;

/** Begins an operation on a stack; returns its id. In a transaction. */
export function begin(
  stack: StackRow,
  given: Omit<OperationRow, 'stackId' | 'number' | 'phase' | 'token'> & { mark: Mark | undefined },
  reason: string,
  store: StoreView,
  ctx: Ctx,
): string {
  const { mark, ...rest } = given;
  const token = mark?.token;
  if (given.kind !== 'create') obsolete(stack, store);
  const number = stack.operation + 1;
  const status = `${given.kind.toUpperCase() as 'CREATE' | 'UPDATE' | 'DELETE' | 'IMPORT'}_IN_PROGRESS` as const;
  if (given.kind !== 'delete') keepSource(given.target, ctx);
  const entry = { OperationType: TYPES[given.kind], OperationId: ctx.uuid(), ...(mark !== undefined && { mark }) };
  store.put(stackOperations, {
    ...rest,
    stackId: stack.id,
    number,
    phase: 'forward',
    entry,
    ...(token !== undefined && { token }),
  });
  setStack(withOperation({ ...stack, operation: number }, entry), status, { reason }, store, ctx, token);
  if (given.kind !== 'delete') watch(stack, ctx);
  ctx.start('deploy', stack.id, { stackId: stack.id });
  return entry.OperationId;
}

/** Change sets that were made for the stack as it was can't be executed any more; with a stack that goes they go. In a transaction. */
export function obsolete({ id, changeSetId }: StackRow, store: StoreView): void {
  for (const row of store.list(changeSets, { index: 'byStack', where: { stackId: id } }))
    if (row.id !== changeSetId && row.execution === 'AVAILABLE')
      store.put(changeSets, { ...row, execution: 'OBSOLETE' });
}

/** In whose name the work is done: the stack's role, or who asks. */
export async function passOf(roleArn: string | undefined, ctx: Ctx): Promise<Pass> {
  if (roleArn === undefined) return ctx.pass();
  if (parseArn(roleArn)?.account !== ctx.account) throw roleElsewhere();
  ctx.authorize(passing(roleArn, 'cloudformation'));
  try {
    return await ctx.passOfRole(roleArn, 'AWSCloudFormation');
  } catch (error) {
    throw error instanceof ServiceError ? badRole(roleArn) : error;
  }
}

async function policyOf(body: string | undefined, url: string | undefined, ctx: Ctx): Promise<string | undefined> {
  const policy = body ?? (url === undefined ? undefined : await textAt(url, ctx));
  if (policy !== undefined) checkPolicy(policy);
  return policy;
}

/** In a transaction: one more stack may be there. @throws {ServiceError} LimitExceededException */
export function checkRoom(ctx: Ctx): void {
  if (ctx.store.count(stacks, { index: 'byName' }) >= ctx.quota(STACKS)) throw tooManyStacks();
}

function isLive(name: string, ctx: Ctx): boolean {
  return ctx.store.first(stacks, { index: 'byName', where: { liveName: name } }) !== undefined;
}

/** A nested stack that was only looked at so far, as the change set that does it is executed above. */
function awaited(name: string, ctx: Ctx): StackRow | undefined {
  const row = ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
  if (row?.status !== 'REVIEW_IN_PROGRESS' || row.parentId === undefined) return undefined;
  const above = ctx.store.get(stacks, { id: row.parentId });
  const executed = above?.changeSetId === undefined ? undefined : ctx.store.get(changeSets, { id: above.changeSetId });
  return executed?.execution === 'EXECUTE_IN_PROGRESS' ? row : undefined;
}

/** An ARN for a new stack. */
export function stackArn(name: string, ctx: Ctx): string {
  return `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/${ctx.uuid()}`;
}

function noStackToUpdate(name: string) {
  return invalid(`Stack [${name}] does not exist`);
}

const UPDATABLE = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_FAILED',
];

/** @throws {ServiceError} ValidationError */
export function checkUpdatable({ id, status, disableRollback, onFailure }: StackRow): void {
  const isPaused = status === 'CREATE_FAILED' || status === 'UPDATE_FAILED';
  if (!UPDATABLE.includes(status)) throw wrongState(id, status, 'updated');
  if (status === 'CREATE_FAILED' && onFailure === 'DO_NOTHING') throw abandonedStack();
  if (isPaused && !disableRollback) throw pausedStack(status);
}

/**
 * Why a stack stays as it is: one of its exports is in use. Undefined where it may go.
 * Source: aws/aws-cdk, issue 604; rlister/stax, issue 40; USSBA/aws-cft-tools, issue 27.
 */
function neededExport({ id }: StackRow, store: StoreView): string | undefined {
  for (const { name } of store.list(stackExports, { index: 'byStack', where: { stackId: id } })) {
    const users = usersOf(name, store);
    if (users.length > 0) return exportInUse(name, users).message;
  }
  return undefined;
}

function checkDeletable({ id, status }: StackRow, retain: readonly string[], ctx: Ctx): void {
  if (/^(UPDATE|IMPORT)_.*IN_PROGRESS$/.test(status)) throw undeletableNow(id, status);
  if (retain.length > 0 && status !== 'DELETE_FAILED')
    throw invalid(
      'Invalid operation on stack. RetainResources can only be specified when the stack is in the DELETE_FAILED state.',
    );
  const known = new Set(ctx.store.list(stackResources, { where: { stackId: id } }).map(({ logicalId }) => logicalId));
  const unknown = retain.filter((name) => !known.has(name));
  if (unknown.length > 0) throw invalid(`The following resources to retain do not exist: [${unknown.join(', ')}]`);
}
