/** What hooks are asked in the course of a deployment: about each resource, and about the stack as a whole. */
import type { Ctx } from '#kernel/contract';
import { textOf } from '../domain/texts.ts';
import { notMade } from '../errors.ts';
import { refusal, refusedBy } from '../hooks/pass.ts';
import type { ChangeSetRow, ResourceRow, Source, StackRow } from '../state.ts';
import type { Work } from './step-scope.ts';

/**
 * Asks about a resource that is about to be made, changed or removed; not on the way back.
 *
 * @throws {ServiceError} ValidationError with the reason that the resource's events tell
 */
export async function checkResource(row: ResourceRow, properties: object | undefined, work: Work): Promise<void> {
  const { stack, operation, ctx } = work;
  if (operation.phase === 'rollback' || operation.number < 0) return;
  const kind = row.step?.kind ?? 'create';
  const before = row.thing?.properties;
  const model = {
    resourceProperties: properties ?? before ?? {},
    ...(kind === 'update' && { previousResourceProperties: before }),
  };
  const refused = await refusedBy(
    {
      stack,
      type: 'RESOURCE',
      name: row.type,
      logicalId: row.logicalId,
      action: ({ create: 'CREATE', update: 'UPDATE', delete: 'DELETE' } as const)[kind],
      targetId: row.logicalId,
      step: `${stack.id} ${operation.number} ${row.logicalId} ${kind} ${row.step?.of ?? ''}`,
      model,
      status: row.status,
      physicalId: row.thing?.id,
    },
    ctx,
  );
  if (refused.length > 0) throw notMade(refusal(refused));
}

/**
 * Asks about an operation on a stack before it begins with its resources.
 *
 * @throws {ServiceError} ValidationError with the reason that the stack's events tell
 */
export async function checkStack({ stack, operation, ctx }: Work): Promise<void> {
  const action = ({ create: 'CREATE', update: 'UPDATE', delete: 'DELETE', import: 'IMPORT' } as const)[operation.kind];
  const refused = await refusedBy(
    {
      stack,
      type: 'STACK',
      name: 'STACK',
      logicalId: stack.name,
      action,
      targetId: stack.id,
      step: `${stack.id} ${operation.number} ${operation.kind}`,
      payload: await templates(operation.target, operation.kind === 'create' ? undefined : stack.source, ctx),
      status: stack.status as ResourceRow['status'],
      physicalId: stack.id,
    },
    ctx,
  );
  if (refused.length > 0) throw notMade(refusal(refused));
}

/** Asks about a change set that has been compared; the names of the hooks that forbid it. */
export async function refusedChanges(
  row: ChangeSetRow,
  stack: StackRow,
  changes: ChangeSetRow['changes'],
  ctx: Ctx,
): Promise<string[]> {
  const isNew = stack.status === 'REVIEW_IN_PROGRESS';
  const changedResources = changes.map(({ ResourceChange: one }) => ({
    logicalResourceId: one?.LogicalResourceId,
    resourceType: one?.ResourceType,
    action: one?.Action?.toUpperCase(),
    beforeContext: one?.BeforeContext,
    afterContext: one?.AfterContext,
  }));
  return refusedBy(
    {
      stack,
      type: 'CHANGE_SET',
      name: 'CHANGE_SET',
      logicalId: row.name,
      action: 'CREATE',
      targetId: row.id,
      step: row.id,
      changeSetId: row.id,
      payload: { ...(await templates(row.source, isNew ? undefined : stack.source, ctx)), changedResources },
    },
    ctx,
  );
}

async function templates(after: Source, before: Source | undefined, ctx: Ctx): Promise<object> {
  const text = (source: Source) => textOf(source.processed ?? source.template, ctx);
  return {
    template: await text(after),
    ...(before !== undefined && { previousTemplate: await text(before) }),
  };
}
