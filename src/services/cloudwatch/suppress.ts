/**
 * Actions of composite alarms held back while another alarm, their suppressor, is in ALARM, or may soon be, or just was. What is held
 * back is made up for when nothing holds it back any more, if the state is then another than the one last acted on.
 *
 * @see CloudWatch User Guide, "Suppressing composite alarm actions"
 */
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { startActions } from './actions.ts';
import {
  type AlarmRow,
  alarms,
  type CompositeAlarmRow,
  type StateValue,
  type Suppression,
  suppressions,
} from './state.ts';

/** The name in an ARN of an alarm, or a name. */
export function alarmNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf(':alarm:') + ':alarm:'.length) : nameOrArn;
}

/**
 * A composite alarm whose state has just changed: acts, or is held back. In a transaction.
 *
 * Source: the same page, examples 3 and 6: every change discards the period that has begun, and begins a WaitPeriod.
 */
export function suppressed(alarm: CompositeAlarmRow, old: StateValue, store: StoreView, ctx: Ctx): CompositeAlarmRow {
  const { suppression, ...free } = alarm;
  const { suppressor, suppressorWait = 0 } = free;
  if (suppression?.by === 'Alarm') return alarm;
  if (suppressor !== undefined) {
    if (store.get(alarms, { name: alarmNameOf(suppressor) })?.state === 'ALARM')
      return { ...free, suppression: { by: 'Alarm', acted: old } };
    if (suppressorWait > 0) {
      ctx.arm('resume', alarm.name, ctx.now + suppressorWait * 1_000, { name: alarm.name });
      return { ...free, suppression: { by: 'WaitPeriod', acted: old } };
    }
  }
  if (suppression !== undefined) ctx.disarm('resume', alarm.name);
  startActions(free, old, ctx);
  return free;
}

/** An alarm has changed its state: those that it suppresses are held back, or soon no more. In a transaction. */
export function suppressorChanged(alarm: AlarmRow, old: StateValue, store: StoreView, ctx: Ctx): void {
  if (alarm.state !== 'ALARM' && old !== 'ALARM') return;
  for (const { name } of store.list(suppressions, { where: { suppressor: alarm.name } })) {
    const held = store.get(alarms, { name });
    if (held?.kind !== 'CompositeAlarm') continue;
    const acted = held.suppression?.acted ?? held.state;
    if (alarm.state === 'ALARM') {
      ctx.disarm('resume', name);
      hold(held, { by: 'Alarm', acted }, store);
    } else if ((held.suppressorExtension ?? 0) > 0) {
      ctx.arm('resume', name, ctx.now + (held.suppressorExtension ?? 0) * 1_000, { name });
      hold(held, { by: 'ExtensionPeriod', acted }, store);
    } else free(held, store, ctx);
  }
}

function hold(alarm: CompositeAlarmRow, suppression: Suppression, store: StoreView): void {
  store.put(alarms, { ...alarm, suppression });
}

function free(alarm: CompositeAlarmRow, store: StoreView, ctx: Ctx): void {
  const { suppression, ...rest } = alarm;
  store.put(alarms, rest);
  if (suppression !== undefined && suppression.acted !== alarm.state) startActions(rest, suppression.acted, ctx);
}

/** A timer: the time of waiting is over. */
export const resume: TimerHandler = ({ name }, ctx) => {
  const alarm = ctx.store.get(alarms, { name: String(name) });
  if (alarm?.kind === 'CompositeAlarm') free(alarm, ctx.store, ctx);
};

/**
 * Notes which alarm suppresses a composite alarm. In a transaction.
 *
 * @returns what holds it back from now on
 */
export function noteSuppressor(
  { name, suppressor, state }: CompositeAlarmRow,
  before: AlarmRow | undefined,
  store: StoreView,
  ctx: Ctx,
): Suppression | undefined {
  forgetSuppressor(name, store, ctx);
  if (suppressor === undefined) return undefined;
  const suppressing = alarmNameOf(suppressor);
  store.put(suppressions, { suppressor: suppressing, name });
  if (store.get(alarms, { name: suppressing })?.state !== 'ALARM') return undefined;
  const acted = before?.kind === 'CompositeAlarm' ? before.suppression?.acted : undefined;
  return { by: 'Alarm', acted: acted ?? state };
}

/** A composite alarm is gone, or gets another suppressor. In a transaction. */
export function forgetSuppressor(name: string, store: StoreView, ctx: Ctx): void {
  for (const row of store.list(suppressions, { index: 'byName', where: { name } })) store.delete(suppressions, row);
  ctx.disarm('resume', name);
}
