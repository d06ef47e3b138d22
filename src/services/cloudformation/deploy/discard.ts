/** Change sets that nobody executes any more go with those below them, and with the stacks that were only made for those. */
import type { Ctx } from '#kernel/contract';
import { forget } from '../domain/kept.ts';
import { begin } from '../operations/stack.ts';
import { type ChangeSetRow, changeSets, stacks } from '../state.ts';

/**
 * Removes a change set and its hierarchy. In a transaction.
 *
 * Source: CloudFormation API Reference, DeleteChangeSet: nested stacks that are in review go, too.
 */
export function discard(row: ChangeSetRow, ctx: Ctx): void {
  forget(row, ctx);
  for (const { ResourceChange } of row.changes) {
    const { ChangeSetId: id, PhysicalResourceId: stackId = '' } = ResourceChange ?? {};
    if (id === undefined) continue;
    const below = ctx.store.get(changeSets, { id });
    if (below !== undefined) discard(below, ctx);
    const stack = ctx.store.get(stacks, { id: stackId });
    if (stack?.status !== 'REVIEW_IN_PROGRESS') continue;
    const operation = { kind: 'delete' as const, pass: row.pass, target: stack.source, retain: [], mark: undefined };
    begin(stack, operation, 'User Initiated', ctx.store, ctx);
  }
}
