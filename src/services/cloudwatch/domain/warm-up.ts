/**
 * Alarms that wait before they are looked at for the first time: for a while, or until their data is there.
 *
 * Deviation: that one waits is told by its state alone, as the SDKs do not know IN_WARM_UP yet.
 *
 * @see CloudWatch User Guide, "Alarm warm-up periods"
 */
import { MINUTE, type Millis } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import type { AlarmRow, WarmUp } from '../state.ts';

type Given = NonNullable<InputOf<'cloudwatch', 'PutMetricAlarm'>['WarmUpConfiguration']>;

/** What an alarm waits for that is made or changed: it begins to once, and what is over does not begin again. */
export function warmUpOf(given: Given | undefined, before: AlarmRow | undefined, now: Millis): WarmUp | undefined {
  if (given === undefined) return undefined;
  const { WarmUpPeriodDurationInMinutes: minutes, OnlyStartEvaluatingAfterWarmUpPeriodEnds: isWhole = false } = given;
  const known = before === undefined || before.kind === 'CompositeAlarm' ? undefined : before.warmUp;
  const isOver = known?.isOver ?? (before !== undefined && before.state !== 'INSUFFICIENT_DATA');
  return { minutes, isWhole, from: known?.from ?? now, isOver };
}

/**
 * Whether an alarm still waits.
 *
 * @param hasAll its data fills all that it looks at
 */
export function isWaiting(warmUp: WarmUp | undefined, hasAll: boolean, now: Millis): boolean {
  if (warmUp === undefined || warmUp.isOver || now >= warmUp.from + warmUp.minutes * MINUTE) return false;
  return warmUp.isWhole || !hasAll;
}

/** As clients see it. */
export function warmUpShown({ minutes, isWhole }: WarmUp): Given {
  return { WarmUpPeriodDurationInMinutes: minutes, OnlyStartEvaluatingAfterWarmUpPeriodEnds: isWhole };
}
