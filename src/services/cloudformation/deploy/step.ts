/** One step of a deployment: a resource is made, changed, replaced or removed, and what became of it is written down. */
import { type Ctx, type Made, type ResourceScope, type ResourceType, ServiceError } from '#kernel/contract';
import { changedNames, needsReplacement, propertyFaults } from '../domain/check.ts';
import { setResource } from '../domain/events.ts';
import type { JsonObject } from '../domain/parse.ts';
import { NAME_SUFFIX_LENGTH } from '../limits.ts';
import {
  type OperationRow,
  type ResourceRow,
  type ResourceStatus,
  type StackRow,
  stackResources,
  type Thing,
} from '../state.ts';

const SUFFIX = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A deployment as its steps see it. */
export type Work = { stack: StackRow; operation: OperationRow; ctx: Ctx };

/** Whether a step failed for a reason that the stack's events tell; anything else is ours. */
export class StepFailed extends Error {
  override name = 'StepFailed';
}

/** What a resource should become. */
export type Goal = Pick<
  ResourceRow,
  'logicalId' | 'type' | 'order' | 'dependsOn' | 'deletionPolicy' | 'replacePolicy' | 'description' | 'metadata'
> & { properties: JsonObject };

/**
 * Makes a resource what it should be.
 *
 * @throws {StepFailed}
 */
export async function settle(goal: Goal, { stack, operation, ctx }: Work): Promise<void> {
  const key = { stackId: stack.id, logicalId: goal.logicalId };
  const row = ctx.store.get(stackResources, key);
  if (row?.settled === operation.number) return;
  const found = await ctx.findResource(goal.type);
  const { properties, ...rest } = goal;
  const base: ResourceRow = {
    ...key,
    ...(row ?? { status: 'CREATE_IN_PROGRESS', updatedAt: ctx.clock(), settled: 0, replaced: [] }),
    ...rest,
  };
  if (found === undefined)
    return refuse(base, `Resource type ${goal.type} is not supported`, properties, { stack, operation, ctx });
  const faults = propertyFaults(properties, found.schema);
  if (faults.length > 0)
    return refuse(
      base,
      `Properties validation failed for resource ${goal.logicalId} with message:\n${faults.join('\n')}`,
      properties,
      { stack, operation, ctx },
    );
  const thing = row?.thing;
  if (thing === undefined || row?.step?.kind === 'create')
    return make(base, goal, found.type, { stack, operation, ctx });
  const before = thing.properties as JsonObject;
  if (thing.type === goal.type && changedNames(before, properties).length === 0 && row?.step === undefined) {
    ctx.transact((store) => store.put(stackResources, { ...base, settled: operation.number }));
    return;
  }
  const isAnother =
    thing.type !== goal.type ||
    found.type.update === undefined ||
    (found.type.replaces?.(properties, before) ?? needsReplacement(before, properties, found.schema));
  if (isAnother) return make(base, goal, found.type, { stack, operation, ctx });
  return change(base, properties, found.type, { stack, operation, ctx });
}

/** A thing is made: the first of its resource, or one in the place of another. */
async function make(base: ResourceRow, { type, properties }: Goal, how: ResourceType, work: Work): Promise<void> {
  const { ctx, operation } = work;
  const status = base.thing === undefined ? 'CREATE' : 'UPDATE';
  const again = base.step?.kind === 'create';
  const step = base.step ?? { kind: 'create' as const, suffix: suffixOf(ctx) };
  const reason =
    base.thing === undefined
      ? undefined
      : 'Requested update requires the creation of a new physical resource; hence creating one.';
  const begun: ResourceRow = {
    ...withoutReason(base),
    status: `${status}_IN_PROGRESS`,
    step,
    ...(base.before?.operation !== operation.number && {
      before: { operation: operation.number, thing: base.thing ?? null },
    }),
    ...(reason !== undefined && { reason }),
  };
  ctx.transact((store) => setResource(begun, properties, store, ctx));
  const made = await attempt(begun, properties, work, () => how.create(properties, scopeOf(begun, again, work)));
  finish(
    begun,
    `${status}_COMPLETE`,
    { type, ...made, properties },
    base.thing === undefined ? [] : [...base.replaced, base.thing],
    work,
  );
}

/** A thing is changed where it is. */
async function change(base: ResourceRow, properties: JsonObject, how: ResourceType, work: Work): Promise<void> {
  const { ctx, operation } = work;
  const { thing } = base;
  if (thing === undefined || how.update === undefined) return;
  const again = base.step?.kind === 'update';
  const begun: ResourceRow = {
    ...withoutReason(base),
    status: 'UPDATE_IN_PROGRESS',
    step: base.step ?? { kind: 'update', suffix: suffixOf(ctx) },
    ...(base.before?.operation !== operation.number && { before: { operation: operation.number, thing } }),
  };
  ctx.transact((store) => setResource(begun, properties, store, ctx));
  const made = await attempt(begun, properties, work, () =>
    how.update?.(thing.id, properties, thing.properties as JsonObject, scopeOf(begun, again, work)),
  );
  finish(begun, 'UPDATE_COMPLETE', { ...thing, ...made, properties }, base.replaced, work);
}

/**
 * A thing is removed.
 *
 * @throws {StepFailed}
 */
export async function remove(row: ResourceRow, thing: Thing, work: Work): Promise<void> {
  const { ctx } = work;
  const found = await ctx.findResource(thing.type);
  const begun: ResourceRow = {
    ...withoutReason(row),
    thing,
    status: 'DELETE_IN_PROGRESS',
    step: { kind: 'delete', suffix: row.step?.suffix ?? suffixOf(ctx) },
  };
  ctx.transact((store) => setResource(begun, undefined, store, ctx));
  await attempt(begun, undefined, work, async () => {
    await found?.type.delete(thing.id, thing.properties as JsonObject, scopeOf(begun, true, work));
    return { id: thing.id, attributes: {} };
  });
}

/** Does it, and writes down where it failed. */
async function attempt(
  row: ResourceRow,
  properties: JsonObject | undefined,
  work: Work,
  act: () => Promise<Made> | undefined,
): Promise<Made> {
  try {
    return (await act()) ?? { id: '', attributes: {} };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return refuse(row, reason, properties, work);
  }
}

/** @throws {StepFailed} always */
function refuse(row: ResourceRow, reason: string, properties: JsonObject | undefined, { ctx }: Work): never {
  const { step, ...rest } = row;
  const status =
    (row.status.replace(/_(IN_PROGRESS|COMPLETE|FAILED)$/, '_FAILED') as ResourceStatus) ?? 'CREATE_FAILED';
  ctx.transact((store) => setResource({ ...rest, status, reason }, properties, store, ctx));
  throw new StepFailed(reason);
}

function finish(
  row: ResourceRow,
  status: ResourceStatus,
  thing: Thing,
  replaced: Thing[],
  { ctx, operation }: Work,
): void {
  const { step, ...rest } = withoutReason(row);
  ctx.transact((store) => {
    setResource({ ...rest, status, thing, replaced, settled: operation.number }, thing.properties, store, ctx);
  });
}

function withoutReason({ reason: _, ...row }: ResourceRow): ResourceRow {
  return row;
}

/** Source: recorded stack events: `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  return `Resource handler returned message: "${error.message}" (HandlerErrorCode: ${error.code})`;
}

function suffixOf(ctx: Ctx): string {
  return Array.from({ length: NAME_SUFFIX_LENGTH }, () => SUFFIX[ctx.random.below(SUFFIX.length)]).join('');
}

function scopeOf(row: ResourceRow, again: boolean, { stack, operation, ctx }: Work): ResourceScope {
  return {
    aws: ctx.awsWith(operation.pass),
    account: ctx.account,
    region: ctx.region,
    partition: ctx.partition,
    stackId: stack.id,
    stackName: stack.name,
    logicalId: row.logicalId,
    tags: {
      ...operation.target.tags,
      'aws:cloudformation:stack-name': stack.name,
      'aws:cloudformation:stack-id': stack.id,
      'aws:cloudformation:logical-id': row.logicalId,
    },
    again,
    name(lengthMax) {
      const suffix = row.step?.suffix ?? '';
      const room = lengthMax - suffix.length - 2;
      // Both halves are shortened alike, as CloudFormation does.
      const half = Math.floor(room / 2);
      const logical = row.logicalId.slice(0, Math.max(half, room - stack.name.length));
      return `${stack.name.slice(0, room - logical.length)}-${logical}-${suffix}`;
    },
    async until(signal, isDone) {
      while (!isDone()) await ctx.until(signal, Number.MAX_SAFE_INTEGER);
    },
  };
}
