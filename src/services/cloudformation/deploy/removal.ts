/** Removes the things of a stack: all of them, or those that nobody wants any more. */
import { setResource } from '../domain/events.ts';
import { rowsById } from '../domain/plan.ts';
import { AT_A_TIME_MAX, CLEANUP_TRIES_MAX } from '../limits.ts';
import { putResource, type ResourceRow, stackOperations, stackResources, type Thing } from '../state.ts';
import { inOrder, reversed } from './graph.ts';
import { Later } from './later.ts';
import { remove, StepFailed } from './step.ts';
import type { Work } from './step-scope.ts';

/** The resources of a stack. */
export function rowsOf({ stack, ctx }: Work): ResourceRow[] {
  return ctx.store.list(stackResources, { where: { stackId: stack.id } });
}

/** Removes resources, what depends on others first. Returns those that are still there. */
export async function removeRows(rows: readonly ResourceRow[], work: Work, isRollback: boolean): Promise<string[]> {
  const byName = rowsById(rows);
  const { failures, waiting } = await inOrder(
    [...byName.keys()],
    reversed(new Map(rows.map(({ logicalId, dependsOn }) => [logicalId, dependsOn]))),
    AT_A_TIME_MAX,
    async (name) => {
      const row = byName.get(name);
      if (row !== undefined) await removeRow(row, work, isRollback);
    },
    work.ctx.split(),
  );
  const ours = failures.find(({ error }) => !(error instanceof StepFailed));
  if (ours !== undefined) throw ours.error;
  for (const { name } of failures) failedOnce(name, work);
  if (waiting.length > 0) throw new Later();
  return failures.map(({ name }) => name);
}

async function removeRow(row: ResourceRow, work: Work, isRollback: boolean): Promise<void> {
  const { ctx } = work;
  const { stackId, logicalId, deletionPolicy, thing } = row;
  if (row.status === 'DELETE_COMPLETE' || row.status === 'DELETE_SKIPPED') return;
  const isSpared = isRollback && work.operation.retainsExceptOnCreate === true;
  const kept = (deletionPolicy === 'Retain' && !isSpared) || (deletionPolicy === 'RetainExceptOnCreate' && !isRollback);
  const things = [...row.replaced, ...(thing === undefined ? [] : [thing])];
  let stays = kept;
  try {
    if (!kept) for (const one of things) await remove(row, one, work);
  } catch (error) {
    if (!(error instanceof StepFailed) || work.operation.isForced !== true) throw error;
    stays = true;
  }
  const { step: _, reason, ...rest } = row;
  const status = stays && things.length > 0 ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE';
  ctx.transact((store) => {
    if (things.length === 0 && row.status !== 'CREATE_FAILED') store.delete(stackResources, { stackId, logicalId });
    else setResource({ ...rest, replaced: [], status }, undefined, store, ctx);
  });
}

/** Removes what others have replaced, and resources that are `gone`: what depends on others first. */
export async function removeOld(gone: readonly ResourceRow[], work: Work, isRollback: boolean): Promise<void> {
  const names = new Set(gone.map(({ logicalId }) => logicalId));
  const rows = rowsOf(work).filter(({ logicalId, replaced }) => replaced.length > 0 || names.has(logicalId));
  const { failures, waiting } = await inOrder(
    rows.map(({ logicalId }) => logicalId),
    reversed(new Map(rows.map(({ logicalId, dependsOn }) => [logicalId, dependsOn]))),
    AT_A_TIME_MAX,
    async (name) => {
      for (const row of rows.filter(({ logicalId }) => logicalId === name)) {
        await removeReplaced(row, work);
        if (names.has(name)) await removeGone([row], work, isRollback);
      }
    },
    work.ctx.split(),
  );
  if (failures[0] !== undefined) throw failures[0].error;
  if (waiting.length > 0) throw new Later();
}

/** Removes what nobody wants any more; what can't be removed is tried again, and then left. */
async function removeGone(gone: readonly ResourceRow[], work: Work, isRollback: boolean): Promise<void> {
  const names = new Set(gone.map(({ logicalId }) => logicalId));
  for (;;) {
    const left = rowsOf(work).filter(
      ({ logicalId, status }) =>
        names.has(logicalId) && !REMOVED.test(status) && triesOf(logicalId, work) < CLEANUP_TRIES_MAX,
    );
    if (left.length === 0) return;
    await removeRows(left, work, isRollback);
  }
}

const REMOVED = /^DELETE_(COMPLETE|SKIPPED)$/;

/** How often the removal of a resource, or of what it has replaced, has failed in this operation. */
function triesOf(name: string, { stack, ctx }: Work): number {
  return ctx.store.get(stackOperations, { stackId: stack.id })?.undeleted?.[name] ?? 0;
}

/** Notes that a removal has failed. */
function failedOnce(name: string, work: Work): void {
  const { stack, operation, ctx } = work;
  ctx.transact((store) => {
    const now = store.get(stackOperations, { stackId: stack.id }) ?? operation;
    store.put(stackOperations, { ...now, undeleted: { ...now.undeleted, [name]: triesOf(name, work) + 1 } });
  });
}

/** Whether something was tried often enough, and stays. */
export function isLeftBehind({ stack, ctx }: Work): boolean {
  const { undeleted = {} } = ctx.store.get(stackOperations, { stackId: stack.id }) ?? {};
  return Object.values(undeleted).some((tries) => tries >= CLEANUP_TRIES_MAX);
}

/** Removes what others have replaced. Source: atombrenner/cfn-stack, README: the events of a role that was replaced. */
async function removeReplaced(row: ResourceRow, work: Work): Promise<void> {
  for (const old of row.replaced) {
    const isGone = row.replacePolicy !== 'Retain' && (await isRemoved(row, old, work));
    work.ctx.transact((store) => {
      const { replaced, step: _, reason, ...rest } = store.get(stackResources, row) ?? row;
      const left = { ...rest, replaced: replaced.filter(({ id }) => id !== old.id) };
      const status = isGone ? 'DELETE_COMPLETE' : 'DELETE_SKIPPED';
      if (isGone || row.replacePolicy === 'Retain')
        setResource({ ...left, status }, undefined, store, work.ctx, old.id);
      // The resource itself is still there.
      putResource(store, { ...left, status: 'UPDATE_COMPLETE' });
    });
  }
}

/** Whether what was replaced could be removed. */
async function isRemoved(row: ResourceRow, old: Thing, work: Work): Promise<boolean> {
  while (triesOf(old.id, work) < CLEANUP_TRIES_MAX)
    try {
      await remove(row, old, work);
      return true;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      failedOnce(old.id, work);
    }
  return false;
}
