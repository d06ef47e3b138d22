/** Things that are there already under the names that a template gives them, and can be imported. */
import { type Ctx, ServiceError } from '#kernel/contract';
import { typedProperties } from '../domain/check.ts';
import { UNKNOWN } from '../domain/evaluate.ts';
import { checkKept, checkUnmanaged, importedId } from '../domain/imports.ts';
import { type Plan, propertiesOf, rowsById } from '../domain/plan.ts';
import { scopeOf } from '../domain/scope.ts';
import { type Found, typeNamed } from '../domain/type.ts';
import { type ChangeSetRow, type ImportTarget, type ResourceRow, type StackRow, stackResources } from '../state.ts';
import { stepScope } from './step-scope.ts';

/**
 * The imports of a change set that takes in what exists.
 *
 * Deviation: types whose identifier is no property of theirs (a queue's URL) are made anew, and the name is taken.
 *
 * @throws {ServiceError} ValidationError for a thing that another stack has
 */
export async function existing(row: ChangeSetRow, stack: StackRow, plan: Plan, ctx: Ctx): Promise<ImportTarget[]> {
  const rows = rowsById(ctx.store.list(stackResources, { where: { stackId: stack.id } }));
  const scope = scopeOf(plan.template, { ...stack, ...row.source, notificationArns: [] }, rows, ctx);
  const targets: ImportTarget[] = [];
  for (const declared of plan.wanted) {
    const { logicalId, type } = declared;
    const found = await typeNamed(type, ctx.findResource);
    if (rows.get(logicalId)?.thing !== undefined || found === undefined) continue;
    const properties = propertiesOf(declared, scope);
    const names = (found.schema?.identifier ?? []).map((name) => [name, properties[name]] as const);
    if (names.length === 0 || !names.every(([, text]) => typeof text === 'string' && !text.includes(UNKNOWN))) continue;
    const identifier = Object.fromEntries(names) as { [name: string]: string };
    const id = importedId(identifier, found.schema);
    if (!(await isThere({ declared, found, id, properties }, { row, stack, ctx }))) continue;
    checkUnmanaged(type, id, ctx);
    targets.push({ type, logicalId, identifier });
  }
  checkKept(targets, plan.template);
  return targets;
}

type Candidate = {
  declared: Plan['wanted'][number];
  found: Found;
  id: string;
  properties: { [name: string]: unknown };
};

async function isThere(
  { declared, found, id, properties }: Candidate,
  { row, stack, ctx }: { row: ChangeSetRow; stack: StackRow; ctx: Ctx },
): Promise<boolean> {
  const { type, schema } = found;
  if (type.read === undefined || type.update === undefined || schema === undefined) return false;
  const resource: ResourceRow = {
    stackId: stack.id,
    logicalId: declared.logicalId,
    type: declared.type,
    order: 0,
    dependsOn: [],
    deletionPolicy: 'Delete',
    replacePolicy: 'Delete',
    status: 'IMPORT_IN_PROGRESS',
    updatedAt: ctx.clock(),
    settled: 0,
    replaced: [],
  };
  const operation = {
    stackId: stack.id,
    number: 0,
    kind: 'import' as const,
    phase: 'forward' as const,
    pass: row.pass,
    target: row.source,
    retain: [],
  };
  try {
    const typed = typedProperties(properties as never, schema);
    return (await type.read(id, typed, stepScope(resource, false, { stack, operation, ctx }))) !== undefined;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}
