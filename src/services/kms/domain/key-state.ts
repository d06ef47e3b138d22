/** Key states, and what they refuse. Source: KMS Developer Guide, "Key states of AWS KMS keys", the table and its notes. */
import type { Millis } from '#kernel/base';
import type { KeyState } from '#models/kms';
import { badState, disabled } from '../errors.ts';
import type { KeyRow } from '../state.ts';

const CALLED: { readonly [state in KeyState]?: string } = {
  PendingDeletion: 'pending deletion',
  PendingReplicaDeletion: 'pending replica deletion',
  PendingImport: 'pending import',
  Creating: 'creating',
  Updating: 'updating',
};

/** The state now: one that passes by itself hides the lasting one. */
export function stateOf(key: KeyRow, now: Millis): KeyState {
  return key.passing !== undefined && now < key.passing.until ? key.passing.state : key.state;
}

/** Refuses every listed state, in AWS's words. */
export function refuseStates(key: KeyRow, now: Millis, states: readonly KeyState[]): void {
  const state = stateOf(key, now);
  if (!states.includes(state)) return;
  if (state === 'Disabled') throw disabled(key.arn);
  throw badState(key.arn, CALLED[state] ?? state);
}

const PENDING_DELETION = ['PendingDeletion', 'PendingReplicaDeletion'] as const;

/** What changes a key but doesn't use it: tags, description, aliases. */
export function demandAlive(key: KeyRow, now: Millis): void {
  refuseStates(key, now, [...PENDING_DELETION, 'Creating']);
}

/** What needs the key enabled: all cryptography, grants, rotation. A key that is Updating still works. */
export function demandUsable(key: KeyRow, now: Millis): void {
  if (key.state === 'Enabled' && key.passing === undefined) return;
  refuseStates(key, now, ['Disabled', 'PendingImport', 'Creating', ...PENDING_DELETION]);
}

/** What a key that is waiting for its material can't do either: enable, disable. */
export function demandSwitchable(key: KeyRow, now: Millis): void {
  refuseStates(key, now, ['PendingImport', 'Creating', 'Updating', ...PENDING_DELETION]);
}
