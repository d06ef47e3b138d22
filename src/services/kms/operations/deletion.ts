/** Scheduling the deletion of a key, and thinking better of it. */
import type { Handler } from '#kernel/contract';
import { startWindow } from '../domain/deletion.ts';
import { findKey } from '../domain/find.ts';
import { refuseStates } from '../domain/key-state.ts';
import { hasMaterial } from '../domain/material.ts';
import { isPrimary } from '../domain/multi-region.ts';
import { badState, invalid } from '../errors.ts';
import { PENDING_DAYS_DEFAULT, PENDING_DAYS_MAX, PENDING_DAYS_MIN } from '../limits.ts';
import { keys } from '../state.ts';

export const scheduleKeyDeletion: Handler<'kms', 'ScheduleKeyDeletion'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  const days = input.PendingWindowInDays ?? PENDING_DAYS_DEFAULT;
  if (days < PENDING_DAYS_MIN || days > PENDING_DAYS_MAX)
    throw invalid(`PendingWindowInDays must be between ${PENDING_DAYS_MIN} and ${PENDING_DAYS_MAX}`);
  refuseStates(key, ctx.now, ['PendingDeletion', 'PendingReplicaDeletion', 'Creating', 'Updating']);
  if (isPrimary(key) && (key.multiRegion?.replicas.length ?? 0) > 0) {
    store.put(keys, { ...key, state: 'PendingReplicaDeletion', pendingDays: days });
    return { KeyId: key.arn, KeyState: 'PendingReplicaDeletion', PendingWindowInDays: days };
  }
  const { deletionAt } = startWindow(key, days, ctx);
  return {
    KeyId: key.arn,
    ...(deletionAt !== undefined && { DeletionDate: deletionAt }),
    KeyState: 'PendingDeletion',
    PendingWindowInDays: days,
  };
};

export const cancelKeyDeletion: Handler<'kms', 'CancelKeyDeletion'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  if (key.state !== 'PendingDeletion' && key.state !== 'PendingReplicaDeletion')
    throw badState(key.arn, 'not pending deletion');
  const { deletionAt: _, pendingDays: __, ...rest } = key;
  store.put(keys, { ...rest, state: hasMaterial(store, key) ? 'Disabled' : 'PendingImport' });
  ctx.disarm('delete', `${key.region}/${key.id}`);
  return { KeyId: key.arn };
};
