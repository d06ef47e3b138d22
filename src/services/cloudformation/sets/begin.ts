/** Operations on stack sets begin: which instances they are about, and whether they have to wait for another. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { setBusy, setOperationExists } from '../errors.ts';
import { SET_OPERATIONS_MAX } from '../limits.ts';
import { announceOperation } from './announce.ts';
import { forgetBefore } from './forget.ts';
import { preferencesOf, regionsInOrder } from './preferences.ts';
import {
  type InstanceRow,
  instances,
  type Preferences,
  type SetOperationRow,
  type SetRow,
  setOperations,
  units,
} from './state.ts';

export type Target = { account: string; region: string };

type Asked = {
  action: SetOperationRow['action'];
  id: string | undefined;
  preferences: Partial<Preferences> | undefined;
  targets: readonly Target[];
  retains?: boolean;
  isImport?: true;
};

const OPEN = ['RUNNING', 'STOPPING', 'QUEUED'] as const;

/** Operations of a set that are not over. */
export function openOperations(setId: string, store: StoreView): SetOperationRow[] {
  return OPEN.flatMap((status) => store.list(setOperations, { index: 'byStatus', where: { setId, status } }));
}

/** Whether two operations have an account and Region in common. */
export function collide(a: SetOperationRow, b: SetOperationRow, store: StoreView): boolean {
  const keys = ({ setId, id: operationId }: SetOperationRow) =>
    store.list(units, { where: { setId, operationId } }).map(({ account, region }) => `${account} ${region}`);
  const mine = new Set(keys(a));
  return keys(b).some((key) => mine.has(key));
}

/** @throws {ServiceError} OperationInProgressException */
export function checkIdle(set: SetRow, store: StoreView): void {
  const [other] = openOperations(set.id, store);
  if (other !== undefined) throw setBusy(set.arn, other.id);
}

/**
 * Begins an operation on instances of a set, which are marked as waiting for it. In a transaction.
 *
 * @returns its id
 * @throws {ServiceError} OperationIdAlreadyExistsException, OperationInProgressException, ValidationError
 */
export function beginOperation(set: SetRow, asked: Asked, store: StoreView, ctx: Ctx): string {
  const { action, targets, retains, isImport } = asked;
  const id = asked.id ?? ctx.uuid();
  if (store.get(setOperations, { setId: set.id, id }) !== undefined) throw setOperationExists(id);
  if (!set.isManaged) checkIdle(set, store);
  const preferences = preferencesOf(asked.preferences);
  const regions = regionsInOrder([...new Set(targets.map(({ region }) => region))], preferences);
  const last = store.first(setOperations, { index: 'byNumber', where: { setId: set.id }, reverse: true });
  const number = (last?.number ?? 0) + 1;
  forgetBefore(set, number - SET_OPERATIONS_MAX, store);
  const operation: SetOperationRow = {
    setId: set.id,
    id,
    number,
    action,
    status: 'RUNNING',
    preferences,
    regions,
    ...(retains !== undefined && { retains }),
    ...(isImport !== undefined && { isImport }),
    adminRoleArn: set.adminRoleArn,
    executionRole: set.executionRole,
    createdAt: ctx.now,
    failed: 0,
  };
  const inOrder = regions.flatMap((region) => targets.filter((target) => target.region === region));
  for (const [order, { account, region }] of inOrder.entries()) {
    store.put(units, { setId: set.id, operationId: id, order, account, region, status: 'PENDING' });
    const instance = store.get(instances, { setId: set.id, account, region });
    if (instance !== undefined) store.put(instances, pending(instance, operation));
  }
  const isQueued = openOperations(set.id, store).some((other) => collide(operation, other, store));
  const begun: SetOperationRow = { ...operation, status: isQueued ? 'QUEUED' : 'RUNNING' };
  store.put(setOperations, begun);
  announceOperation(set, begun, ctx);
  if (!isQueued) operateLater(begun, ctx);
  return id;
}

/** Has an operation looked at: something has changed for it. In a transaction. */
export function operateLater({ setId, id }: Pick<SetOperationRow, 'setId' | 'id'>, ctx: Ctx): void {
  ctx.start('operate', `${setId} ${id}`, { setId, operationId: id });
}

function pending({ reason: _, ...instance }: InstanceRow, { id, action }: SetOperationRow): InstanceRow {
  const status = action === 'CREATE' || action === 'UPDATE' ? 'OUTDATED' : instance.status;
  return { ...instance, status, detailed: 'PENDING', lastOperation: id };
}
