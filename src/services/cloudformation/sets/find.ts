/** Finding stack sets, by name while they live or by id, and what belongs to them. */
import type { Ctx } from '#kernel/contract';
import { noSuchInstance, noSuchSet, noSuchSetOperation, organizationMissing } from '../errors.ts';
import { type InstanceRow, instances, type SetOperationRow, type SetRow, setOperations, sets } from './state.ts';

type Named = { StackSetName: string; CallAs?: string | undefined };

/**
 * A set that lives.
 *
 * @throws {ServiceError} StackSetNotFoundException; ValidationError for who calls as the administrator of an organization
 */
export function findSet(named: Named, ctx: Ctx): SetRow {
  const row = findAnySet(named, ctx);
  if (row.liveName === undefined) throw noSuchSet(named.StackSetName);
  return row;
}

/** The same; a set that was deleted can be looked at by its id. */
export function findAnySet({ StackSetName: name, CallAs }: Named, ctx: Ctx): SetRow {
  checkCaller(CallAs);
  const row = name.includes(':')
    ? ctx.store.get(sets, { id: name })
    : ctx.store.first(sets, { index: 'byName', where: { liveName: name } });
  if (row === undefined) throw noSuchSet(name);
  return row;
}

/** Nobody administers an organization's sets for it: there are no organizations here. @throws {ServiceError} ValidationError */
export function checkCaller(callAs: string | undefined): void {
  if (callAs === 'DELEGATED_ADMIN') throw organizationMissing();
}

/** @throws {ServiceError} OperationNotFoundException */
export function findSetOperation(set: SetRow, id: string, ctx: Ctx): SetOperationRow {
  const row = ctx.store.get(setOperations, { setId: set.id, id });
  if (row === undefined) throw noSuchSetOperation(id);
  return row;
}

/** @throws {ServiceError} StackInstanceNotFoundException */
export function findInstance(set: SetRow, account: string, region: string, ctx: Ctx): InstanceRow {
  const row = ctx.store.get(instances, { setId: set.id, account, region });
  if (row === undefined) throw noSuchInstance(set.id, account, region);
  return row;
}

/** The status of a set: one without a live name was deleted. */
export function statusOf({ liveName }: SetRow): 'ACTIVE' | 'DELETED' {
  return liveName === undefined ? 'DELETED' : 'ACTIVE';
}
