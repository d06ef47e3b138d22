/** One step of a deployment: a resource is made, changed, replaced or removed, and what became of it is written down. */
import { type Ctx, type Made, ServiceError } from '#kernel/contract';
import { changedNames, isAnother, propertyFaults, typedProperties } from '../domain/check.ts';
import { keptName } from '../domain/custom-name.ts';
import { resolved } from '../domain/dynamic.ts';
import { noteMade, setResource } from '../domain/events.ts';
import { faultText } from '../domain/fault.ts';
import { either, halfway } from '../domain/halfway.ts';
import type { JsonObject } from '../domain/parse.ts';
import { deniedBy } from '../domain/stack-policy.ts';
import { type Found, typeNamed } from '../domain/type.ts';
import { HANDLER_TRIES_MAX, NAME_SUFFIX_LENGTH, STEP_TRIES_MAX, STEP_WAIT } from '../limits.ts';
import { putResource, type ResourceRow, type ResourceStatus, stackResources, type Thing } from '../state.ts';
import { checkResource } from './hooked.ts';
import { Later } from './later.ts';
import { customNamed, handlerCode, NO_REPLACEMENT } from './reasons.ts';
import { stepScope, type Work } from './step-scope.ts';
import { actOnWhatIsThere } from './undo.ts';
import { stopBelow } from './wake.ts';

/** Source: PRX/Infrastructure, the reasons of stacks' events that its notices leave out. */
const MADE_BY_PROVIDER = 'Requested update required the provider to create a new physical resource';

const SUFFIX = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Whether a step failed for a reason that the stack's events tell; anything else is ours. */
export class StepFailed extends Error {
  override name = 'StepFailed';
}

/** What a resource should become. */
export type Goal = Pick<
  ResourceRow,
  | 'logicalId'
  | 'type'
  | 'order'
  | 'dependsOn'
  | 'deletionPolicy'
  | 'replacePolicy'
  | 'description'
  | 'metadata'
  | 'creationPolicy'
> & { properties: JsonObject };

/**
 * Makes a resource what it should be.
 *
 * @throws {StepFailed}
 * @throws {Later}
 */
export async function settle(goal: Goal, { stack, operation, ctx }: Work): Promise<void> {
  const key = { stackId: stack.id, logicalId: goal.logicalId };
  const row = ctx.store.get(stackResources, key);
  if (row?.settled === operation.number) return;
  const found = await typeNamed(goal.type, ctx.findResource);
  const { properties, ...rest } = goal;
  const base: ResourceRow = {
    ...key,
    ...(row ?? { status: 'CREATE_IN_PROGRESS', updatedAt: ctx.clock(), settled: 0, replaced: [] }),
    ...rest,
  };
  const work = { stack, operation, ctx };
  if (found === undefined) return refuse(base, `Resource type ${goal.type} is not supported`, properties, work);
  const faults = found.schema === undefined ? [] : propertyFaults(properties, found.schema);
  if (faults.length > 0)
    return refuse(
      base,
      `Properties validation failed for resource ${goal.logicalId} with message:\n${faults.map(faultText).join('\n')}`,
      properties,
      work,
    );
  const thing = row?.thing;
  if (thing === undefined || row?.step?.kind === 'create') return make(base, goal, found, work);
  const before = thing.properties as JsonObject;
  const isTagged = found.schema?.tags !== undefined && !sameTags(stack.source.tags, operation.target.tags);
  const isSame = thing.type === goal.type && changedNames(before, properties).length === 0;
  if (isSame && !isTagged && found.type.isDeep !== true && row?.step === undefined && row?.tried === undefined) {
    ctx.transact((store) => putResource(store, { ...base, settled: operation.number }));
    return;
  }
  const action = thing.type !== goal.type || (!isSame && isAnother(found, properties, before)) ? 'Replace' : 'Modify';
  const denied = row?.step === undefined ? deniedBy(policyFor(work), action, goal.logicalId, goal.type) : undefined;
  const isKept = action === 'Replace' && row?.step === undefined && operation.kind === 'update' && operation.number > 0;
  const name = isKept && thing.type === goal.type ? keptName(goal.type, found, properties, before) : undefined;
  const why =
    denied ??
    (isKept && stack.disableRollback ? NO_REPLACEMENT : undefined) ??
    (name === undefined ? undefined : customNamed(name));
  if (why !== undefined) return refuse({ ...base, status: 'UPDATE_IN_PROGRESS' }, why, properties, work);
  if (action === 'Replace') return make(base, goal, found, work);
  return change(base, properties, found, work);
}

/** Whether a stack's tags are the same; its resources bear them. */
function sameTags(a: { readonly [key: string]: string }, b: { readonly [key: string]: string }): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}

/** A stack's policy guards it while it is changed, not on the way back. */
function policyFor({ operation, stack }: Work): string | undefined {
  return operation.kind === 'update' && operation.number > 0 ? (operation.policy ?? stack.policy) : undefined;
}

/** What a resource is before an operation changes it for the first time; on its way back it stays what was before. */
function beforeOf({ before, thing }: ResourceRow, { number }: Work['operation']): Pick<ResourceRow, 'before'> {
  return number < 0 || before?.operation === number ? {} : { before: { operation: number, thing: thing ?? null } };
}

/** A thing is made: the first of its resource, or one in the place of another. */
async function make(base: ResourceRow, { type, properties }: Goal, found: Found, work: Work): Promise<void> {
  const { ctx, operation } = work;
  const status = base.thing === undefined ? 'CREATE' : 'UPDATE';
  const again = base.step?.kind === 'create';
  const reason =
    base.thing === undefined
      ? undefined
      : 'Requested update requires the creation of a new physical resource; hence creating one.';
  const begun: ResourceRow = again
    ? base
    : {
        ...withoutReason(base),
        status: `${status}_IN_PROGRESS`,
        step: { kind: 'create' as const, suffix: suffixOf(ctx), goal: { type, properties } },
        ...beforeOf(base, operation),
        ...(reason !== undefined && { reason }),
      };
  if (!again) ctx.transact((store) => setResource(begun, properties, store, ctx));
  const act = async () => found.type.create(await readied(properties, found, work), stepScope(begun, again, work));
  const made = await attempt(begun, properties, work, act, found.type.passing);
  finish(
    begun,
    `${status}_COMPLETE`,
    { type, ...made, properties },
    base.thing === undefined ? [] : [...base.replaced, base.thing],
    work,
  );
}

/** A thing is changed where it is. */
async function change(base: ResourceRow, properties: JsonObject, found: Found, work: Work): Promise<void> {
  const { ctx, operation } = work;
  const { thing } = base;
  if (thing === undefined) return;
  const again = base.step?.kind === 'update';
  const had = thing.properties as JsonObject;
  // After a change that failed half way; a step that is taken up again knows.
  const tried = again ? undefined : base.tried;
  const half = tried === undefined ? base.step?.half : halfway(had, tried as JsonObject, properties);
  const begun: ResourceRow = again
    ? base
    : {
        ...withoutReason(base),
        status: 'UPDATE_IN_PROGRESS',
        step: { kind: 'update', suffix: suffixOf(ctx), ...(half !== undefined && { half }) },
        tried: properties,
        ...beforeOf(base, operation),
      };
  if (!again) ctx.transact((store) => setResource(begun, properties, store, ctx));
  const act = async () => {
    const scope = stepScope(begun, again, work);
    const after = await readied(properties, found, work);
    const update = async (old: JsonObject) =>
      found.type.update?.(thing.id, after, old, scope) ?? { id: thing.id, attributes: {} };
    const old = typedOf((half ?? had) as JsonObject, found);
    if (half === undefined) return update(old);
    return actOnWhatIsThere(old, () => found.type.read?.(thing.id, old, scope), update);
  };
  const made = await attempt(begun, properties, work, act, found.type.passing);
  const attributes = { ...thing.attributes, ...made.attributes };
  // A custom resource that answers with another id has replaced itself: the old one goes when all has gone well.
  const isReplaced = made.id !== thing.id;
  const replaced = isReplaced ? [...base.replaced, thing] : base.replaced;
  const now = { ...thing, ...made, attributes, properties };
  if (isReplaced) ctx.transact((store) => noteMade(begun, now, MADE_BY_PROVIDER, store, ctx));
  finish(begun, 'UPDATE_COMPLETE', now, replaced, work);
}

/** Properties as a type takes them: dynamic references looked up, values of the types of its schema. */
async function readied(properties: JsonObject, found: Found, { ctx, operation }: Work): Promise<JsonObject> {
  return typedOf(await resolved(properties, ctx.awsWith(operation.pass), found.type.getsNoSecrets), found);
}

function typedOf(properties: JsonObject, { schema }: Found): JsonObject {
  return schema === undefined ? properties : typedProperties(properties, schema);
}

/**
 * A thing is removed.
 *
 * @throws {StepFailed}
 * @throws {Later}
 */
export async function remove(row: ResourceRow, thing: Thing, work: Work): Promise<void> {
  const { ctx } = work;
  const found = await typeNamed(thing.type, ctx.findResource);
  const now = ctx.store.get(stackResources, row) ?? row;
  const again = now.step?.kind === 'delete' && now.step.of === thing.id;
  const begun: ResourceRow = again
    ? now
    : {
        ...withoutReason(now),
        status: 'DELETE_IN_PROGRESS',
        step: { kind: 'delete', suffix: row.step?.suffix ?? suffixOf(ctx), of: thing.id },
      };
  if (!again) ctx.transact((store) => setResource(begun, undefined, store, ctx, thing.id));
  await attempt(begun, undefined, work, async () => {
    const made = { id: thing.id, attributes: {} };
    if (found === undefined) return made;
    const { type } = found;
    const scope = stepScope(begun, true, work);
    const had = thing.properties as JsonObject;
    const isHalfChanged = now.tried !== undefined && now.thing?.id === thing.id;
    const told = typedOf(isHalfChanged ? either(had, now.tried as JsonObject) : had, found);
    await actOnWhatIsThere(
      told,
      () => type.read?.(thing.id, told, scope),
      (properties) => type.delete(thing.id, properties, scope),
    );
    return made;
  });
}

/** Does it, and writes down where it failed. */
async function attempt(
  row: ResourceRow,
  properties: JsonObject | undefined,
  work: Work,
  act: () => Promise<Made>,
  passing: readonly string[] = [],
): Promise<Made> {
  const { ctx } = work;
  try {
    await checkResource(row, properties, work);
    return await act();
  } catch (error) {
    if (error instanceof Later && error.millis !== undefined) {
      const at = ctx.clock() + error.millis;
      ctx.transact(() => ctx.arm('resume', `${row.stackId} ${row.logicalId}`, at, { stackId: row.stackId }));
    }
    if (!(error instanceof ServiceError)) throw error;
    if (PASSING.test(error.code)) tryAgain(row, work, STEP_TRIES_MAX);
    else if (passing.includes(error.code)) tryAgain(row, work, HANDLER_TRIES_MAX);
    return refuse(row, reasonOf(error, ctx.uuid()), properties, work);
  }
}

/** What is over in a moment. Source: CloudFormation CLI User Guide, "Handler error codes": Throttling, ServiceInternalError. */
const PASSING =
  /^(Throttl\w*|RequestThrottled|RequestLimitExceeded|TooManyRequestsException|SlowDown|ServiceUnavailable\w*|Internal\w*)$/;

/** Has the step taken up again in a while, each time a longer one; returns when it has been tried often enough. @throws {Later} */
function tryAgain(row: ResourceRow, { ctx }: Work, triesMax: number): void {
  const now = ctx.store.get(stackResources, row);
  const tries = (now?.step?.tries ?? 0) + 1;
  if (now?.step === undefined || tries > triesMax) return;
  const step = { ...now.step, tries };
  ctx.transact((store) => putResource(store, { ...now, step }));
  const wait = STEP_WAIT * 2 ** (tries - 1);
  ctx.transact(() =>
    ctx.arm('resume', `${row.stackId} ${row.logicalId}`, ctx.clock() + wait, { stackId: row.stackId }),
  );
  throw new Later();
}

/** @throws {StepFailed} always */
export function refuse(row: ResourceRow, reason: string, properties: JsonObject | undefined, { ctx }: Work): never {
  const { step: _, ...rest } = row;
  const { step } = ctx.store.get(stackResources, row) ?? row;
  const status = row.status.replace(/_(IN_PROGRESS|COMPLETE|FAILED)$/, '_FAILED') as ResourceStatus;
  // What has been noted of a thing that was begun is needed to remove it.
  const kept = step?.kind === 'create' && step.noted !== undefined ? { step } : {};
  ctx.transact((store) => setResource({ ...rest, ...kept, status, reason }, properties, store, ctx));
  throw new StepFailed(reason);
}

/** What waits for others when its operation fails. The way back begins anew; only of a thing that was begun it is known which one has to go. */
export function cancel({ step, ...rest }: ResourceRow, { ctx }: Work): void {
  const row: ResourceRow = step?.kind === 'create' && step.noted !== undefined ? { ...rest, step } : rest;
  const [kind = ''] = row.status.split('_');
  const reason = `Resource ${kind === 'CREATE' ? 'creation' : 'update'} cancelled`;
  ctx.transact((store) => {
    setResource({ ...row, status: `${kind}_FAILED` as ResourceStatus, reason }, undefined, store, ctx);
    if (row.thing !== undefined) stopBelow(row.thing.id, reason, ctx);
  });
}

function finish(
  row: ResourceRow,
  status: ResourceStatus,
  thing: Thing,
  replaced: Thing[],
  { ctx, operation }: Work,
): void {
  const { step, tried, ...rest } = withoutReason(row);
  ctx.transact((store) => {
    if (step?.kind === 'create') noteMade(row, thing, 'Resource creation Initiated', store, ctx);
    setResource({ ...rest, status, thing, replaced, settled: operation.number }, thing.properties, store, ctx);
  });
}

function withoutReason({ reason: _, ...row }: ResourceRow): ResourceRow {
  return row;
}

/** Source: recorded stack events: `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`. */
function reasonOf(error: ServiceError, token: string): string {
  // What CloudFormation itself says needs nobody to return it.
  if (error.code === 'ValidationError' || error.code === 'StepRefused') return error.message;
  return `Resource handler returned message: "${error.message}" (RequestToken: ${token}, HandlerErrorCode: ${handlerCode(error)})`;
}

function suffixOf(ctx: Ctx): string {
  return Array.from({ length: NAME_SUFFIX_LENGTH }, () => SUFFIX[ctx.random.below(SUFFIX.length)]).join('');
}
