/** Alarms whose actions mute rules keep back. */
import type { Ctx } from '#kernel/contract';
import { statusOf } from './domain/mute.ts';
import { mutedAlarms, muteRules, muteTargets, type StateValue } from './state.ts';

/** Whether an active rule targets an alarm. */
export function isMuted(alarm: string, { store, now }: Ctx): boolean {
  return store.list(muteTargets, { where: { alarm } }).some(({ rule }) => {
    const row = store.get(muteRules, { name: rule });
    return row !== undefined && statusOf(row, now) === 'ACTIVE';
  });
}

/**
 * An alarm is about to act: whether it must not. In a transaction.
 *
 * @param acted the state that was last acted on
 */
export function keptBack(name: string, acted: StateValue, ctx: Ctx): boolean {
  if (!isMuted(name, ctx)) return false;
  if (ctx.store.get(mutedAlarms, { name }) === undefined) ctx.store.put(mutedAlarms, { name, acted });
  return true;
}
