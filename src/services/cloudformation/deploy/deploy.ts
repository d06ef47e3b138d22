/**
 * Brings a stack to what was asked of it, or back to what it was. The task of an operation: everything it has done is written down as it goes,
 * so that it is taken up where it stopped after a crash.
 */
import { ServiceError, type TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noteIssues, setResource, setStack, withOperation } from '../domain/events.ts';
import { dropSource } from '../domain/kept.ts';
import { outputsOf, setExports } from '../domain/outputs.ts';
import { planOf, rowsById } from '../domain/plan.ts';
import { rehearse, shownOutputs } from '../domain/rehearse.ts';
import { scopeOf } from '../domain/scope.ts';
import { deniedBy } from '../domain/stack-policy.ts';
import { typeNamed } from '../domain/type.ts';
import { invalid } from '../errors.ts';
import { AT_A_TIME_MAX } from '../limits.ts';
import { tellWaiting } from '../sets/wait.ts';
import {
  changeSets,
  type Issue,
  putResource,
  type ResourceRow,
  type StackRow,
  type StackStatus,
  stackOperations,
  stackResources,
  stacks,
  type Thing,
} from '../state.ts';
import { adopt } from './adopt.ts';
import { discard } from './discard.ts';
import { declareAgain, goalOf } from './goal.ts';
import { beginning, inOrder } from './graph.ts';
import { checkStack } from './hooked.ts';
import { Later } from './later.ts';
import { checkAlarms, monitor, unwatch } from './monitor.ts';
import { deletionReason, failureReason, LEFT_BEHIND, requested, UNSOUND, unsound } from './reasons.ts';
import { isLeftBehind, removeOld, removeRows, rowsOf } from './removal.ts';
import { cancel, StepFailed, settle } from './step.ts';
import type { Work } from './step-scope.ts';
import { issuesOf } from './validate.ts';
import { wake } from './wake.ts';

export const deploy: TaskHandler = async ({ stackId }, ctx) => {
  const id = String(stackId);
  for (;;) {
    const operation = ctx.store.get(stackOperations, { stackId: id });
    const stack = ctx.store.get(stacks, { id });
    if (operation === undefined || stack === undefined) return;
    const work = { operation, stack, ctx };
    try {
      if (operation.kind === 'delete') await removeAll(work);
      else if (operation.isUnchecked === true) await check(work);
      else if (operation.phase === 'forward') await forward(work);
      else if (operation.phase === 'rollback') await backward(work);
      else await cleanUp(work);
    } catch (error) {
      // Somebody takes it up again: a timer, an answer, a nested stack that is done.
      if (error instanceof Later) return;
      throw error;
    }
  }
};

/** What the template asks for is made or changed. */
async function forward(work: Work): Promise<void> {
  const { stack, operation, ctx } = work;
  let isBegun = false;
  try {
    const { template, wanted } = await planOf(operation.target, stack, ctx);
    const facts = { ...stack, ...operation.target };
    const used = new Set<string>();
    await checkAlarms(work);
    await checkStack(work);
    checkRemovals(wanted, work);
    isBegun = true;
    await rehearse(template, wanted, scopeOf(template, facts, new Map(), ctx), ctx.findResource);
    const byName = new Map(wanted.map((one, order) => [one.logicalId, { ...one, order }]));
    const { failures, waiting } = await inOrder(
      beginning(wanted),
      (name) => byName.get(name)?.dependsOn ?? [],
      AT_A_TIME_MAX,
      async (name) => {
        const declared = byName.get(name);
        if (declared === undefined) return;
        if (stoppedBy(work) !== undefined) throw new StepFailed('stopped');
        const scope = scopeOf(template, facts, rowsById(rowsOf(work)), ctx, used);
        const target = operation.imports?.find((one) => one.logicalId === name);
        const goal = goalOf(declared, scope, work);
        await (target === undefined ? settle(goal, work) : adopt(goal, target.identifier, work));
      },
      ctx.split(),
      (name) => ctx.store.get(stackResources, { stackId: stack.id, logicalId: name })?.step !== undefined,
    );
    const stopped = stoppedBy(work);
    if (failures.length > 0 || stopped !== undefined) {
      // What is under way when the operation is stopped was not looked at any more.
      const isUnderWay = ({ logicalId, step }: ResourceRow) =>
        waiting.includes(logicalId) || (stopped !== undefined && step !== undefined);
      const cancelled = rowsOf(work).filter(isUnderWay);
      for (const row of cancelled) cancel(row, work);
      const ours = failures.find(({ error }) => !(error instanceof StepFailed) && !(error instanceof ServiceError));
      if (ours !== undefined) throw ours.error;
      if (stopped !== undefined) return fail(work, stopped);
      const names = new Set([...failures.map(({ name }) => name), ...cancelled.map(({ logicalId }) => logicalId)]);
      return fail(
        work,
        failureReason(
          rowsOf(work).filter(({ logicalId }) => names.has(logicalId)),
          operation.kind,
        ),
        true,
      );
    }
    if (waiting.length > 0) throw new Later();
    monitor(work);
    const scope = scopeOf(template, facts, rowsById(rowsOf(work)), ctx, used);
    const outputs = outputsOf(shownOutputs(template, scope), scope);
    ctx.transact((store) => {
      setExports(stack, outputs, used, store);
      if (operation.kind === 'create') return end(work, 'CREATE_COMPLETE', { outputs });
      const left = rowsOf(work).some((row) => row.settled !== operation.number || row.replaced.length > 0);
      const change = { outputs, source: operation.target, updatedAt: stack.updatedAt ?? ctx.now };
      dropSource(stack.source, ctx);
      if (operation.kind === 'import') return end(work, 'IMPORT_COMPLETE', change);
      // Told also where nothing is left to remove. Source: events shown in aws/aws-sam-cli, issue 7604.
      setStack(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', change, store, ctx, operation.token);
      if (!left) return end(work, 'UPDATE_COMPLETE', change);
      store.put(stackOperations, { ...operation, phase: 'cleanup' });
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    fail(work, error.message, isBegun);
  }
}

/** What is wrong that can be seen before anything is made ends the operation. */
async function check(work: Work): Promise<void> {
  const { operation, ctx } = work;
  const found = await foundBefore(work);
  if (found.length > 0) return failBefore(found, work);
  const { isUnchecked: _, ...checked } = operation;
  ctx.transact((store) => store.put(stackOperations, checked));
}

/** Nothing, where the template can't even be read: that is told where it is carried out. */
async function foundBefore({ stack, operation, ctx }: Work): Promise<Issue[]> {
  const { target: source, pass } = operation;
  try {
    return await issuesOf(await planOf(source, stack, ctx), { stack, source, pass }, new Set(), ctx);
  } catch (error) {
    if (error instanceof ServiceError) return [];
    throw error;
  }
}

/**
 * Nothing has been made or changed, so there is nothing to go back to.
 * Deviation: the order of these events, and which text goes with which, is put together from what users have quoted of them.
 */
function failBefore(found: readonly Issue[], work: Work): void {
  const { stack, operation, ctx } = work;
  const { isUnchecked: _, ...checked } = operation;
  ctx.transact((store) => {
    noteIssues(stack.id, operation.entry?.OperationId ?? stack.id, found, store, ctx);
    const isCreate = operation.kind === 'create';
    const reason = unsound(found.length);
    if (stack.disableRollback || (isCreate && stack.onFailure === 'DO_NOTHING')) return halt(work, isCreate, reason);
    const failed = setStack(stack, isCreate ? 'CREATE_FAILED' : 'UPDATE_FAILED', { reason }, store, ctx, checked.token);
    if (isCreate && stack.onFailure === 'DELETE') {
      setStack(failed, 'DELETE_IN_PROGRESS', { reason: UNSOUND }, store, ctx, checked.token);
      store.put(stackOperations, { ...checked, kind: 'delete' });
      return;
    }
    if (!isCreate) dropSource(operation.target, ctx);
    end({ ...work, stack: failed }, isCreate ? 'ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE', { reason: UNSOUND });
  });
}

/** Why the operation is to go back, whatever its resources do. */
function stoppedBy({ stack, ctx }: Work): string | undefined {
  return ctx.store.get(stackOperations, { stackId: stack.id })?.stopped;
}

/** What leaves the template may be guarded. @throws {ServiceError} ValidationError */
function checkRemovals(wanted: readonly { logicalId: string }[], work: Work): void {
  const { operation, stack } = work;
  if (operation.kind !== 'update') return;
  const names = new Set(wanted.map(({ logicalId }) => logicalId));
  for (const { logicalId, type } of rowsOf(work)) {
    const denied = names.has(logicalId)
      ? undefined
      : deniedBy(operation.policy ?? stack.policy, 'Delete', logicalId, type);
    if (denied !== undefined) throw invalid(denied);
  }
}

/** It did not go well: back, or left as it is, as the stack says. */
function fail(work: Work, why: string, isBegun = false): void {
  const { stack, operation, ctx } = work;
  ctx.transact((store) => {
    if (operation.kind === 'import') return giveBack(work, why);
    for (const row of rowsOf(work)) keepBegun(row, store);
    const isCreate = operation.kind === 'create';
    if (!stack.disableRollback) giveImportsBack(work);
    if (stack.disableRollback || (isCreate && stack.onFailure === 'DO_NOTHING')) return halt(work, isCreate, why);
    const isTold = isCreate && isBegun && stack.parentId === undefined;
    if (isCreate && stack.onFailure === 'DELETE') {
      const reason = isTold ? requested(why, 'Delete') : why;
      setStack(stack, 'DELETE_IN_PROGRESS', { reason }, store, ctx, operation.token);
      store.put(stackOperations, { ...operation, kind: 'delete' });
      return;
    }
    const reason = isTold ? requested(why, 'Rollback') : why;
    const entry = { OperationType: 'ROLLBACK' as const, OperationId: ctx.uuid() };
    store.put(stackOperations, { ...operation, phase: 'rollback', entry, reason });
    const status = isCreate ? 'ROLLBACK_IN_PROGRESS' : 'UPDATE_ROLLBACK_IN_PROGRESS';
    setStack(withOperation(stack, entry), status, { reason }, store, ctx, operation.token);
  });
}

/** It stays as it is, for its user to look at. In a transaction. */
function halt(work: Work, isCreate: boolean, reason: string): void {
  if (!isCreate) dropSource(work.operation.target, work.ctx);
  end(work, isCreate ? 'CREATE_FAILED' : 'UPDATE_FAILED', { reason });
}

/** A thing that was begun and did not come about is a thing that has to go. */
function keepBegun(row: ResourceRow, store: StoreView): void {
  const { step, ...rest } = row;
  if (step?.kind !== 'create' || step.noted === undefined || step.goal === undefined) return;
  const begun: Thing = { ...step.goal, id: step.noted, attributes: {} };
  const place =
    row.thing === undefined ? { thing: begun, tried: begun.properties } : { replaced: [...row.replaced, begun] };
  putResource(store, { ...rest, ...place });
}

/** What was to be imported stays what it was, outside the stack. In a transaction. */
function giveBack(work: Work, reason: string): void {
  const { stack, operation, ctx } = work;
  const { token } = operation;
  setStack(stack, 'IMPORT_ROLLBACK_IN_PROGRESS', { reason }, ctx.store, ctx, token);
  giveImportsBack(work);
  dropSource(operation.target, ctx);
  end(work, 'IMPORT_ROLLBACK_COMPLETE', {});
}

function giveImportsBack(work: Work): void {
  const { operation, ctx } = work;
  for (const row of rowsOf(work)) {
    const isNew = row.before?.operation === operation.number && row.before.thing === null;
    if (isNew && operation.imports?.some(({ logicalId }) => logicalId === row.logicalId) === true)
      ctx.store.delete(stackResources, row);
  }
}

/** What this operation has changed is changed back; of a stack that was to be made everything goes. */
async function backward(work: Work): Promise<void> {
  const { operation, stack, ctx } = work;
  if (operation.kind === 'create') {
    const failed = await removeRows(rowsOf(work), work, true);
    ctx.transact(() =>
      failed.length === 0
        ? end(work, 'ROLLBACK_COMPLETE', {})
        : end(work, 'ROLLBACK_FAILED', { reason: deletionReason(failed) }),
    );
    return;
  }
  const plan = await planOf(stack.source, stack, ctx);
  const before = new Map(plan.wanted.map(({ logicalId, dependsOn }) => [logicalId, dependsOn]));
  const changed = rowsOf(work).filter(({ before }) => before?.operation === operation.number && before.thing !== null);
  const names = new Set(changed.map(({ logicalId }) => logicalId));
  // As in any update, what others depend on is what it was before they are. Source: API Reference, ContinueUpdateRollback, ResourcesToSkip:
  // one that fails "might cause dependent resources to fail".
  const { failures, waiting } = await inOrder(
    [...new Set([...before.keys(), ...names])],
    (name) => before.get(name) ?? [],
    AT_A_TIME_MAX,
    async (name) => {
      if (names.has(name)) await changeBack(name, work);
    },
    ctx.split(),
  );
  const ours = failures.find(({ error }) => !(error instanceof StepFailed));
  if (ours !== undefined) throw ours.error;
  if (waiting.length > 0) throw new Later();
  declareAgain(plan, work);
  ctx.transact((store) => {
    if (failures.length > 0) {
      const names = failures.map(({ name }) => name).join(', ');
      dropSource(operation.target, ctx);
      return end(work, 'UPDATE_ROLLBACK_FAILED', {
        reason: `The following resource(s) failed to update: [${names}]. `,
      });
    }
    setStack(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', {}, store, ctx, operation.token);
    store.put(stackOperations, { ...operation, phase: 'cleanup' });
  });
}

/** One resource becomes what it was: what it was is still there where it was replaced, else it is changed once more. */
async function changeBack(name: string, work: Work): Promise<void> {
  const { stack, operation, ctx } = work;
  const row = ctx.store.get(stackResources, { stackId: stack.id, logicalId: name });
  const was = row?.before?.thing;
  if (row === undefined || was === null || was === undefined || row.settled === -operation.number) return;
  if (operation.skip?.includes(name) === true) {
    const { tried, step, reason, ...rest } = row;
    ctx.transact((store) =>
      setResource({ ...rest, status: 'UPDATE_COMPLETE', settled: -operation.number }, undefined, store, ctx),
    );
    return;
  }
  const now = row.thing;
  if (now !== undefined && (now.id !== was.id || now.type !== was.type)) {
    const replaced = [...row.replaced.filter(({ id }) => id !== was.id), now];
    const { step, reason, ...rest } = row;
    ctx.transact((store) => {
      setResource(
        { ...rest, type: was.type, thing: was, replaced, status: 'UPDATE_COMPLETE', settled: -operation.number },
        undefined,
        store,
        ctx,
      );
    });
    return;
  }
  const found = await typeNamed(was.type, ctx.findResource);
  if (found?.type.update === undefined) return;
  // By the way of any update: to the properties that it had.
  const { logicalId, type, order, dependsOn, deletionPolicy, replacePolicy } = row;
  const back = { ...operation, number: -operation.number };
  await settle(
    { logicalId, type, order, dependsOn, deletionPolicy, replacePolicy, properties: was.properties as never },
    { stack, operation: back, ctx },
  );
}

/** What is wanted no more goes: resources that left the template, and things that others have replaced. */
async function cleanUp(work: Work): Promise<void> {
  const { stack, operation, ctx } = work;
  const isBack = stack.status.startsWith('UPDATE_ROLLBACK');
  const rows = rowsOf(work);
  const gone = isBack
    ? rows.filter(({ before }) => before?.operation === operation.number && before.thing === null)
    : rows.filter(({ settled }) => settled !== operation.number);
  await removeOld(gone, work, isBack);
  // What could not be removed is left behind, as its events say.
  for (const { stackId, logicalId } of gone)
    ctx.transact((store) => store.delete(stackResources, { stackId, logicalId }));
  ctx.transact(() => {
    if (isBack) dropSource(operation.target, ctx);
    if (isBack) end(work, 'UPDATE_ROLLBACK_COMPLETE', {});
    else end(work, 'UPDATE_COMPLETE', isLeftBehind(work) ? { reason: LEFT_BEHIND } : {});
  });
}

/** The stack goes, with all that it may not keep. */
async function removeAll(work: Work): Promise<void> {
  const { operation, ctx, stack } = work;
  const rows = rowsOf(work);
  try {
    if (operation.entry?.OperationType === 'DELETE_STACK') await checkStack(work);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return ctx.transact(() => end(work, 'DELETE_FAILED', { reason: error.message }));
  }
  const failed = await removeRows(
    rows.filter(({ logicalId }) => !operation.retain.includes(logicalId)),
    work,
    false,
  );
  ctx.transact((store) => {
    if (failed.length > 0) return end(work, 'DELETE_FAILED', { reason: deletionReason(failed) });
    setExports(stack, [], new Set(), store);
    const { liveName: _, ...rest } = stack;
    end({ ...work, stack: rest }, 'DELETE_COMPLETE', { deletedAt: ctx.clock() });
  });
}

/** The operation is over. In a transaction. */
function end({ stack, operation, ctx }: Work, status: StackStatus, change: Partial<StackRow>): void {
  const store = ctx.store;
  setStack(stack, status, change, store, ctx, operation.token);
  store.delete(stackOperations, { stackId: stack.id });
  if (operation.kind === 'create') ctx.disarm('timeout', stack.id);
  unwatch(stack, ctx);
  const executed = stack.changeSetId === undefined ? undefined : store.get(changeSets, { id: stack.changeSetId });
  if (executed?.execution === 'EXECUTE_IN_PROGRESS') {
    const isDone = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status);
    store.put(changeSets, { ...executed, execution: isDone ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED' });
  }
  if (status === 'DELETE_COMPLETE')
    for (const row of store.list(changeSets, { index: 'byStack', where: { stackId: stack.id } })) discard(row, ctx);
  if (stack.parentId !== undefined) wake(stack.parentId, ctx);
  tellWaiting(stack.id, ctx);
}
