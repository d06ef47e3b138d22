/** What hooks are asked in the course of a deployment: about each resource, and about the stack as a whole. */
import type { Ctx } from '#kernel/contract';
import { textOf } from '../domain/texts.ts';
import { notMade } from '../errors.ts';
import { refusal, refusedBy } from '../hooks/pass.ts';
import { type ChangeSetRow, changeSets, type OperationRow, type ResourceRow, type StackRow } from '../state.ts';
import type { Work } from './step-scope.ts';

/**
 * Asks about a resource that is about to be made, changed or removed; not on the way back.
 *
 * @throws {ServiceError} ValidationError with the reason that the resource's events tell
 */
export async function checkResource(row: ResourceRow, properties: object | undefined, work: Work): Promise<void> {
  const { stack, operation, ctx } = work;
  const kind = row.step?.kind ?? 'create';
  if (operation.phase === 'rollback' || operation.number < 0) return;
  // What an update removes is not asked about.
  if (kind === 'delete' && operation.entry?.OperationType !== 'DELETE_STACK') return;
  const model = {
    resourceProperties: kind === 'delete' ? {} : (properties ?? {}),
    previousResourceProperties: kind === 'create' ? {} : (row.thing?.properties ?? {}),
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
      ...executed(stack, ctx),
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
      payload: await templates(operation, stack, ctx),
      ...executed(stack, ctx),
      status: stack.status as ResourceRow['status'],
      physicalId: stack.id,
    },
    ctx,
  );
  if (refused.length > 0) throw notMade(refusal(refused));
}

/** The change set that is being executed. */
function executed({ changeSetId: id }: StackRow, { store }: Ctx): { changeSetId?: string } {
  const row = id === undefined ? undefined : store.get(changeSets, { id });
  return row?.execution === 'EXECUTE_IN_PROGRESS' ? { changeSetId: row.id } : {};
}

/** The templates of an operation, as they were given; of one that removes a stack none. */
async function templates({ kind, target }: OperationRow, { source }: StackRow, ctx: Ctx): Promise<object> {
  if (kind === 'delete') return { template: '', previousTemplate: '' };
  const template = await textOf(target.template, ctx);
  return kind === 'create' ? { template } : { template, previousTemplate: await textOf(source.template, ctx) };
}

const ACTIONS: { readonly [action: string]: string } = { Add: 'CREATE', Modify: 'UPDATE', Remove: 'DELETE' };

/**
 * Asks about a change set that has been compared; the names of the hooks that forbid it.
 *
 * Deviation: which line of the template causes a change is not told.
 */
export async function refusedChanges(
  { id, source }: ChangeSetRow,
  stack: StackRow,
  changes: ChangeSetRow['changes'],
  ctx: Ctx,
): Promise<string[]> {
  const changedResources = changes.map(({ ResourceChange: one }) => ({
    action: ACTIONS[one?.Action ?? ''] ?? one?.Action,
    beforeContext: one?.BeforeContext ?? null,
    afterContext: one?.AfterContext ?? null,
    lineNumber: null,
    logicalResourceId: one?.LogicalResourceId,
    resourceType: one?.ResourceType,
  }));
  const payload = { template: await textOf(source.template, ctx), changedResources };
  const target = { type: 'CHANGE_SET' as const, name: 'CHANGE_SET', logicalId: id, targetId: id };
  return refusedBy({ stack, ...target, action: 'CREATE', step: id, changeSetId: id, payload }, ctx);
}
