/** A statement that writes, as the write of one item that it is. */
import { conditionless, invalid, notOnIndex } from '../../errors.ts';
import type { Condition } from '../expression/ast.ts';
import { checkOverlap, checkUpdateTypes } from '../expression/check-update.ts';
import { project } from '../expression/project.ts';
import type { Found } from '../find.ts';
import type { Bound } from '../legacy.ts';
import { checkedItem, type Decided, type Draft, keyMutation, type Mutation, putMutation } from '../mutation.ts';
import { type Item, showItem, type Value } from '../value.ts';
import { writtenKey } from './plan.ts';
import type { Prepared } from './prepare.ts';

/** @param found brings the table. @throws {ServiceError} ValidationException, ResourceNotFoundException */
export function statementMutation(prepared: Prepared, showOld: boolean, found: () => Found): Mutation {
  const { statement, bindings, binary, parameters } = prepared;
  if (statement.kind === 'insert') {
    const item = statement.item(parameters as readonly Value[]);
    if (item.M === undefined) throw invalid('The VALUE of an INSERT must be a tuple');
    const draft: Draft = { condition: undefined, showOld: false, absent: 'required' };
    return putMutation(draft, checkedItem(item.M as never), found);
  }
  if (statement.kind === 'select') throw conditionless();
  if (statement.index !== undefined) throw notOnIndex();
  const place = found();
  const key = writtenKey(statement.where, place.table, bindings);
  const condition: Bound<Condition> | undefined =
    statement.where === undefined ? undefined : { tree: statement.where, bindings };
  const draft: Draft = { condition, showOld };
  if (statement.kind === 'exists') return keyMutation(draft, 'check', key, () => place);
  if (statement.kind === 'delete') return keyMutation({ ...draft, absent: 'fine' }, 'delete', key, () => place);
  const { update: tree, paths } = statement;
  checkOverlap('UpdateExpression', paths, bindings.names);
  checkUpdateTypes(tree, bindings.values);
  return keyMutation(
    { ...draft, update: { tree, bindings, paths, binary, onlyRemoves: false } },
    'update',
    key,
    () => place,
  );
}

/** What RETURNING shows of a write; undefined when there is nothing. */
export function returned({ statement, bindings }: Prepared, { before, after }: Decided) {
  const returning = statement.kind === 'update' || statement.kind === 'delete' ? statement.returning : undefined;
  if (returning === undefined) return undefined;
  const image = returning.old ? before : after;
  if (image === undefined) return undefined;
  let item: Item = image.item;
  if (!returning.all && statement.kind === 'update') item = project(item, statement.paths, bindings.names);
  return Object.keys(item).length === 0 ? undefined : showItem(item, image.binary === true);
}
