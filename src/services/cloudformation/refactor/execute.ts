/**
 * Carries a refactor out. The task of one that was executed: first each resource that moves gets the tags of its new stack, then all move at once. Where a
 * tag can't be set, those that were are set back, and nothing has moved.
 */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { stepScope } from '../deploy/step-scope.ts';
import { wake } from '../deploy/wake.ts';
import { typedProperties } from '../domain/check.ts';
import { setResource, setStack, signalOf } from '../domain/events.ts';
import { dropSource, keepSource } from '../domain/kept.ts';
import { setExports } from '../domain/outputs.ts';
import { hiddenOf } from '../domain/secret.ts';
import { typeNamed } from '../domain/type.ts';
import {
  drifts,
  type OperationRow,
  putResource,
  type ResourceRow,
  type Source,
  type StackRow,
  stackExports,
  stackImports,
  stackResources,
  stacks,
} from '../state.ts';
import { type Examined, examined } from './examine.ts';
import type { Side } from './layout.ts';
import { type Location, type RefactorRow, refactors } from './state.ts';

export const refactor: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(refactors, { id: String(id) });
  if (row?.execution !== 'EXECUTE_IN_PROGRESS') return;
  try {
    const found = await examined(row, ctx);
    for (const { from, to } of found.moves) {
      const role = (found.stacks.get(to.stackName) ?? found.stacks.get(from.stackName))?.roleArn;
      // A stack's resources are its role's to change, where it has one.
      const pass = role === undefined ? row.pass : await ctx.passOfRole(role, 'AWSCloudFormation');
      await tag(from, to, found, { ...row, ...(pass !== undefined && { pass }) }, ctx);
    }
    ctx.transact((store) => move(row, found, store, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    await giveBack(row, error.message, ctx);
  }
};

/** Gives a thing the tags of the stack in which it will be. */
async function tag(from: Location, to: Location, found: Examined, row: RefactorRow, ctx: Ctx): Promise<void> {
  const resource = found.rowAt(to);
  const type = resource && (await typeNamed(resource.type, ctx.findResource));
  const { thing } = resource ?? {};
  if (resource === undefined || thing === undefined || type?.schema?.tags === undefined) return;
  const [source, destination] = [placeOf(from, resource, found, row, ctx), placeOf(to, resource, found, row, ctx)];
  const properties = typedProperties(thing.properties as never, type.schema);
  await type.type.update?.(thing.id, properties, properties, { ...destination, tagsBefore: source.tags });
}

/** The scope of a resource in a stack, as it is or will be. */
function placeOf(
  { stackName, logicalId }: Location,
  row: ResourceRow,
  found: Examined,
  refactor: RefactorRow,
  ctx: Ctx,
) {
  const definition = refactor.definitions.find((one) => one.stackName === stackName);
  const stackId = definition?.stackId ?? '';
  const target = found.stacks.get(stackName)?.source ?? sourceOf(undefined, refactor, stackName);
  const stack = { id: stackId, name: stackName, source: target } as StackRow;
  const operation: OperationRow = {
    stackId,
    number: 0,
    kind: 'update',
    phase: 'forward',
    pass: refactor.pass ?? ctx.pass(),
    target,
    retain: [],
  };
  return stepScope({ ...row, stackId, logicalId }, true, { stack, operation, ctx });
}

function sourceOf(side: Side | undefined, { definitions }: RefactorRow, stackName: string): Source {
  const template = side?.definition.template ?? definitions.find((one) => one.stackName === stackName)?.template;
  if (template === undefined) throw new Error(`${stackName} is no stack of the refactor`);
  const hidden = side === undefined ? {} : { hidden: hiddenOf(side.template) };
  return {
    template,
    parameters: { ...side?.facts.parameters },
    ...hidden,
    looked: { ...side?.facts.looked },
    tags: {},
  };
}

/** All at once. In a transaction. */
function move(refactor: RefactorRow, found: Examined, store: StoreView, ctx: Ctx): void {
  const before = new Map<string, ResourceRow | undefined>(
    found.sides.flatMap((side) =>
      side.wanted.map(({ logicalId }) => {
        const at = { stackName: side.definition.stackName, logicalId };
        return [`${at.stackName} ${logicalId}`, found.rowAt(at)] as const;
      }),
    ),
  );
  for (const { from } of found.moves) {
    const stackId = found.stacks.get(from.stackName)?.id ?? '';
    store.delete(stackResources, { stackId, logicalId: from.logicalId });
    store.delete(drifts, { stackId, logicalId: from.logicalId });
  }
  const moved = new Set(found.moves.map(({ to }) => `${to.stackName} ${to.logicalId}`));
  moveExports(found, store);
  for (const side of found.sides) {
    const { stackId: id, stackName, isNew } = side.definition;
    const stack = store.get(stacks, { id });
    const laid = found.laid.get(stackName);
    if (stack === undefined || laid === undefined) continue;
    const operation = stack.operation + 1;
    for (const { properties, ...goal } of laid.goals) {
      const place = `${stackName} ${goal.logicalId}`;
      const row = before.get(place);
      if (row === undefined) continue;
      const at: ResourceRow = { ...row, ...goal, stackId: id, settled: operation };
      if (moved.has(place)) imported(at, properties, store, ctx);
      else putResource(store, at);
    }
    const source = { ...sourceOf(side, refactor, stackName), tags: stack.source.tags };
    keepSource(source, ctx);
    dropSource(stack.source, ctx);
    setExports(stack, laid.outputs, laid.used, store);
    const status = isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
    setStack(stack, status, { source, outputs: laid.outputs, operation }, store, ctx);
    if (stack.parentId !== undefined) wake(stack.parentId, ctx);
  }
  store.put(refactors, { ...refactor, execution: 'EXECUTE_COMPLETE' });
  ctx.signal(signalOf(refactor.id));
}

function imported(row: ResourceRow, properties: object, store: StoreView, ctx: Ctx): void {
  const { reason: _, ...rest } = row;
  setResource({ ...rest, status: 'IMPORT_IN_PROGRESS' }, properties, store, ctx);
  setResource({ ...rest, status: 'IMPORT_COMPLETE' }, properties, store, ctx);
}

/** What one of the stacks exports already another may export now; what they use of each other is written down anew. */
function moveExports({ laid, sides }: Examined, store: StoreView): void {
  const ids = new Map(sides.map(({ definition }) => [definition.stackName, definition.stackId]));
  const ours = new Set(ids.values());
  for (const stackId of ours)
    for (const { name } of store.list(stackImports, { index: 'byStack', where: { stackId } }))
      store.delete(stackImports, { name, stackId });
  for (const [stackName, { outputs }] of laid)
    for (const { exportName: name, value } of outputs) {
      const row = name === undefined ? undefined : store.get(stackExports, { name });
      if (row !== undefined && ours.has(row.stackId) && row.value === value)
        store.put(stackExports, { ...row, stackId: ids.get(stackName) ?? row.stackId });
    }
}

/** It did not come about: everything is what it was. */
async function giveBack(row: RefactorRow, reason: string, ctx: Ctx): Promise<void> {
  const found = await examined(row, ctx).catch(ifRefused);
  for (const { from, to } of found?.moves ?? []) if (found !== undefined) await untag(from, to, found, row, ctx);
  ctx.transact((store) => {
    for (const { stackId, isNew } of row.definitions) {
      const stack = store.get(stacks, { id: stackId });
      if (stack === undefined) continue;
      if (!isNew) setStack(stack, 'UPDATE_ROLLBACK_COMPLETE', { reason }, store, ctx);
      else {
        const { liveName: _, ...rest } = stack;
        setStack(rest, 'DELETE_COMPLETE', { reason, deletedAt: ctx.clock() }, store, ctx);
      }
    }
    store.put(refactors, { ...row, execution: 'ROLLBACK_COMPLETE', executionReason: reason });
    ctx.signal(signalOf(row.id));
  });
}

/** Sets tags back, as far as that can be done. */
async function untag(from: Location, to: Location, found: Examined, row: RefactorRow, ctx: Ctx): Promise<void> {
  const back = { ...found, rowAt: (at: Location) => (at === from ? found.rowAt(to) : found.rowAt(at)) };
  await tag(to, from, back, row, ctx).catch(ifRefused);
}

function ifRefused(error: unknown): undefined {
  if (!(error instanceof ServiceError)) throw error;
  return undefined;
}
