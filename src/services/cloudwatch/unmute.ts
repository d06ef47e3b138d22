/** The end of what mute rules keep back. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { startActions } from './actions.ts';
import { endOf } from './domain/mute.ts';
import { isMuted } from './mute.ts';
import { alarms, type MuteRuleRow, mutedAlarms, muteRules } from './state.ts';

/**
 * Alarms act that were kept back and are no more. In a transaction.
 *
 * Deviation: AWS does not say what becomes of an alarm that came back to the state it was in before; here it has nothing to tell.
 */
export function unmute(names: readonly string[], ctx: Ctx): void {
  for (const name of names) {
    const muted = ctx.store.get(mutedAlarms, { name });
    if (muted === undefined || isMuted(name, ctx)) continue;
    ctx.store.delete(mutedAlarms, { name });
    const alarm = ctx.store.get(alarms, { name });
    const isHeld = alarm?.kind === 'CompositeAlarm' && alarm.suppression !== undefined;
    if (alarm !== undefined && !isHeld && alarm.state !== muted.acted) startActions(alarm, muted.acted, ctx);
  }
}

/** Sets the timer for the end of a rule's window. In a transaction. */
export function armMute(rule: MuteRuleRow, ctx: Ctx): void {
  const at = endOf(rule, ctx.now);
  if (at === undefined) ctx.disarm('windowEnds', rule.name);
  else ctx.arm('windowEnds', rule.name, at, { name: rule.name });
}

/** A timer: a window has ended. */
export const windowEnds: TimerHandler = ({ name }, ctx) => {
  const rule = ctx.store.get(muteRules, { name: String(name) });
  if (rule === undefined) return;
  armMute(rule, ctx);
  unmute(rule.targets, ctx);
};
