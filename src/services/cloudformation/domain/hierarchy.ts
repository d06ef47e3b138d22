/** Change sets that belong together: a stack's, and those of the stacks that are nested in it. */
import type { Ctx } from '#kernel/contract';
import { nestedSet } from '../errors.ts';
import { type ChangeSetRow, changeSets, type StackRow } from '../state.ts';

/** The change set that a nested stack has in the one that is being executed above. */
export function executedBelow({ changeSetId }: StackRow, logicalId: string, { store }: Ctx): ChangeSetRow | undefined {
  const above = changeSetId === undefined ? undefined : store.get(changeSets, { id: changeSetId });
  if (above?.execution !== 'EXECUTE_IN_PROGRESS') return undefined;
  const change = above.changes.find(({ ResourceChange }) => ResourceChange?.LogicalResourceId === logicalId);
  const id = change?.ResourceChange?.ChangeSetId;
  return id === undefined ? undefined : store.get(changeSets, { id });
}

/** The change set at the head of the hierarchy. */
export function rootOf(row: ChangeSetRow, ctx: Ctx): ChangeSetRow {
  const above = row.parentId === undefined ? undefined : ctx.store.get(changeSets, { id: row.parentId });
  return above === undefined ? row : rootOf(above, ctx);
}

/**
 * What is done with change sets of nested stacks is done at the root.
 *
 * @throws {ServiceError} InvalidChangeSetStatus
 */
export function checkRoot(row: ChangeSetRow, action: string, ctx: Ctx): void {
  if (row.parentId !== undefined) throw nestedSet(row.id, action, rootOf(row, ctx).id);
}

/**
 * What a way back leaves as it is within a nested stack, and within those below it.
 *
 * Source: CloudFormation User Guide, "Continue rolling back an update": `<name of the nested stack>.<logical id>`, at whatever depth.
 */
export function skippedIn(name: string, skip: readonly string[]): string[] {
  return skip.flatMap((one) => {
    const [stack, logicalId] = one.split('.');
    if (logicalId === undefined) return [];
    return stack === name ? [logicalId] : [one];
  });
}
