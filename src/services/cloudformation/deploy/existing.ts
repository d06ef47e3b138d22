/** Things that are there already under the names that a template gives them, and can be imported. */
import type { Ctx } from '#kernel/contract';
import { checkKept, checkUnmanaged, importedId } from '../domain/imports.ts';
import { type Plan, propertiesOf, rowsById } from '../domain/plan.ts';
import { scopeOf } from '../domain/scope.ts';
import { typeNamed } from '../domain/type.ts';
import { type ChangeSetRow, type ImportTarget, type StackRow, stackResources } from '../state.ts';
import { identifierIn, isThere } from './presence.ts';

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
    const identifier = identifierIn(properties, found);
    if (identifier === undefined || found.type.update === undefined) continue;
    if (
      !(await isThere({ declared, found, identifier, properties }, { stack, source: row.source, pass: row.pass }, ctx))
    )
      continue;
    checkUnmanaged(type, importedId(identifier, found.schema), ctx);
    targets.push({ type, logicalId, identifier });
  }
  checkKept(targets, plan.template);
  return targets;
}
