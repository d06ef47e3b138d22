/** An instance's stack, in its account and Region: made, changed or removed by the execution role there. */
import { type Aws, type Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { memberOf } from '../domain/member.ts';
import { notMade } from '../errors.ts';
import { type StackRow, stackEvents, stackOperations, stacks } from '../state.ts';
import { askGate } from './gate.ts';
import { withTemplate } from './handed.ts';
import { reach } from './reach.ts';
import { type InstanceRow, instances, type SetOperationRow, type SetRow, type UnitRow, units } from './state.ts';
import { unitLater, waitFor } from './wait.ts';

/** A unit with all that belongs to it. */
export type Job = { set: SetRow; operation: SetOperationRow; unit: UnitRow; ctx: Ctx };
/** How it went; `isGone` where there is no instance any more. */
export type Outcome = { isDone: boolean; reason?: string | undefined; isGone?: true };

/** The store of a unit's account and Region. */
export function there({ unit: { account, region }, ctx }: Job): StoreView {
  return ctx.store.in({ account, region });
}

function instanceOf({ unit, ctx }: Job): InstanceRow | undefined {
  return ctx.store.get(instances, unit);
}

/** The instance's stack, if it was made and is still there. */
function stackOf(job: Job): StackRow | undefined {
  const instance = instanceOf(job);
  if (instance === undefined) return undefined;
  const { stackId, stackName } = instance;
  const row =
    stackId === undefined
      ? there(job).first(stacks, { index: 'byName', where: { liveName: stackName } })
      : there(job).get(stacks, { id: stackId });
  return row?.liveName === undefined ? undefined : row;
}

/** Makes the instance's stack, or brings it to what the set is now. Undefined while that goes on. */
export async function deployUnit(job: Job): Promise<Outcome | undefined> {
  const before = awaited(job);
  if (before?.status.endsWith('_IN_PROGRESS') === true) return undefined;
  // One that had never come about goes first; then it is made anew.
  if (before !== undefined && before.liveName !== undefined) return outcomeOf(before, job);
  if (instanceOf(job) === undefined) return { isDone: false, reason: 'The stack instance is gone.' };
  const aws = await enter(job);
  const stack = stackOf(job);
  if (stack === undefined) return rest(await created(aws, job), job);
  if (isOurs(stack, job)) return rest(stack.id, job);
  if (/^(CREATE_FAILED|ROLLBACK_COMPLETE|ROLLBACK_FAILED)$/.test(stack.status)) {
    await aws.cloudformation.DeleteStack({ StackName: stack.id, ClientRequestToken: tokenOf(job) });
    return rest(stack.id, job);
  }
  return (await updated(stack, aws, job)) ? rest(stack.id, job) : { isDone: true };
}

/** Removes the instance's stack, unless it is to stay outside the set. Undefined while that goes on. */
export async function removeUnit(job: Job): Promise<Outcome | undefined> {
  const before = awaited(job);
  if (before?.status.endsWith('_IN_PROGRESS') === true) return undefined;
  if (before !== undefined)
    return before.status === 'DELETE_COMPLETE'
      ? { isDone: true, isGone: true }
      : { isDone: false, reason: reasonOf(before, there(job)) };
  const stack = stackOf(job);
  if (stack === undefined || job.operation.retains === true) return { isDone: true, isGone: true };
  const aws = await enter(job);
  if (!isOurs(stack, job))
    await aws.cloudformation.DeleteStack({ StackName: stack.id, ClientRequestToken: tokenOf(job) });
  return rest(stack.id, job);
}

/** The stack that this unit has begun to work on. */
function awaited(job: Job): StackRow | undefined {
  const { waitsFor } = job.unit;
  return waitsFor === undefined ? undefined : there(job).get(stacks, { id: waitsFor });
}

/** Calls as the execution role, once the account's gate is open. */
async function enter(job: Job): Promise<Aws> {
  const { operation, unit, ctx } = job;
  const aws = await reach(operation, unit, ctx);
  const gate = unit.gate ?? (await askGate(unit, aws, ctx));
  ctx.transact((store) => store.put(units, { ...(store.get(units, unit) ?? unit), gate }));
  if (gate.Status === 'FAILED') throw notMade(`Account gate check failed: ${gate.StatusReason}`);
  return aws;
}

/** Whether this unit's work is what goes on in the stack: it was begun before the cloud stopped. */
function isOurs({ id, status }: StackRow, job: Job): boolean {
  return status.endsWith('_IN_PROGRESS') && there(job).get(stackOperations, { stackId: id })?.token === tokenOf(job);
}

function tokenOf({ operation, unit }: Job): string {
  return `${operation.id}-${unit.order}`.slice(-128).replace(/^-/, '0');
}

/** Notes what was begun, and has the unit taken up again when it has come to an end. */
function rest(stackId: string, job: Job): undefined {
  const { unit, ctx } = job;
  ctx.transact((store) => {
    store.put(units, { ...(store.get(units, unit) ?? unit), waitsFor: stackId });
    const instance = store.get(instances, unit);
    if (instance !== undefined) store.put(instances, { ...instance, stackId });
    const row = there(job).get(stacks, { id: stackId });
    if (row?.status.endsWith('_IN_PROGRESS') === true) waitFor(stackId, unit, there(job), ctx);
    else unitLater(unit, ctx);
  });
}

async function created(aws: Aws, job: Job): Promise<string> {
  const { set, unit, ctx } = job;
  const StackName = instanceOf(job)?.stackName ?? '';
  const { StackId = '' } = await withTemplate(set, unit, ctx, (template) =>
    aws.cloudformation.CreateStack({ StackName, ...template, ...wantedOf(job) }),
  );
  return StackId;
}

/** False where there was nothing to do. */
async function updated({ id: StackName }: StackRow, aws: Aws, job: Job): Promise<boolean> {
  const { set, unit, ctx } = job;
  try {
    await withTemplate(set, unit, ctx, (template) =>
      aws.cloudformation.UpdateStack({ StackName, ...template, ...wantedOf(job) }),
    );
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.message === 'No updates are to be performed.') return false;
    throw error;
  }
}

/** The set's parameters, with what the instance has instead of them. */
function wantedOf(job: Job) {
  const { source, capabilities } = job.set;
  const overrides = instanceOf(job)?.overrides ?? {};
  return {
    Parameters: Object.entries(source.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: memberOf(overrides, ParameterKey) ?? value,
    })),
    Capabilities: capabilities as 'CAPABILITY_IAM'[],
    Tags: Object.entries(source.tags).map(([Key, Value]) => ({ Key, Value })),
    ClientRequestToken: tokenOf(job),
  };
}

function outcomeOf(stack: StackRow, job: Job): Outcome {
  return /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status)
    ? { isDone: true }
    : { isDone: false, reason: reasonOf(stack, there(job)) };
}

/** Why a stack failed: the first of its resources that did, in its last operation. Source: answers of ListStackSetOperationResults that users have published. */
function reasonOf({ id: stackId, reason = '' }: StackRow, store: StoreView): string {
  let first: string | undefined;
  for (const event of store.list(stackEvents, { where: { stackId }, reverse: true })) {
    if (event.physicalId === stackId && event.reason === 'User Initiated') break;
    const isOwn = event.status.endsWith('_FAILED') && !event.reason?.endsWith(' cancelled');
    if (isOwn && event.physicalId !== stackId)
      first = `ResourceLogicalId:${event.logicalId}, ResourceType:${event.type}, ResourceStatusReason:${event.reason}.`;
  }
  return first ?? reason;
}
