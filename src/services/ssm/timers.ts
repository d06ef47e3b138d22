/** Policies of parameters, applied when they are due. */
import type { TimerHandler } from '#kernel/contract';
import { latestOf } from './domain/find.ts';
import { arnOf } from './domain/names.ts';
import { forget } from './operations/parameter.ts';
import { parameters } from './state.ts';

/**
 * Removes a parameter that expires, and tells EventBridge, as the other policies do alone.
 *
 * @see Systems Manager User Guide, "Receiving notifications about changes to parameters": `policy-type`, `parameter-name`
 */
export const policy: TimerHandler = ({ name: given, index }, ctx) => {
  const name = String(given);
  const row = ctx.store.get(parameters, { name });
  const version = row && latestOf(row, ctx.store);
  const applied = version?.policies[Number(index)];
  if (version === undefined || applied === undefined) return;
  if (applied.Type === 'Expiration') forget(name, ctx.store, ctx);
  const detail = {
    'parameter-name': name,
    'parameter-type': version.type,
    'policy-type': applied.Type,
    'policy-content': JSON.stringify(applied),
    'action-status': 'Success',
  };
  ctx.announce('Parameter Store Policy Action', detail, [arnOf(name, ctx)]);
};
