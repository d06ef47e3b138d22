/** Finding stacks: by name while they live, by ARN always. */
import type { Ctx } from '#kernel/contract';
import { noSuchStack } from '../errors.ts';
import { type ResourceRow, type StackRow, stackResources, stacks } from '../state.ts';

/** @throws {ServiceError} ValidationError */
export function findStack(nameOrId: string, ctx: Ctx, missing = noSuchStack): StackRow {
  const row = nameOrId.startsWith('arn:')
    ? ctx.store.get(stacks, { id: nameOrId })
    : ctx.store.first(stacks, { index: 'byName', where: { liveName: nameOrId } });
  if (row === undefined) throw missing(nameOrId);
  return row;
}

/** Whether a stack may not be deleted: that of the root holds for all within it. Source: CloudFormation User Guide, "Protect CloudFormation stacks from being deleted". */
export function isGuarded({ isProtected, rootId }: StackRow, { store }: Ctx): boolean {
  return rootId === undefined ? isProtected : (store.get(stacks, { id: rootId })?.isProtected ?? false);
}

/** The resources of stacks that a thing is; what a stack has left behind belongs to none. */
export function resourcesOfThing(thingId: string, { store }: Ctx): ResourceRow[] {
  return store
    .list(stackResources, { index: 'byThing', where: { thingId } })
    .filter(({ status }) => status !== 'DELETE_COMPLETE' && status !== 'DELETE_SKIPPED');
}
