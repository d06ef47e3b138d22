/** When a secret is rotated next. Source: Secrets Manager User Guide, "Rotation schedules"; API Reference, RotationRulesType. */
import { HOUR, type Millis, readSchedule, ScheduleError } from '#kernel/base';
import {
  badDayRate,
  badDuration,
  badHourRate,
  badSchedule,
  twoSchedules,
  windowOverDay,
  windowOverRate,
} from '../errors.ts';
import { DAY_LENGTH, ROTATION_DAYS_DEFAULT, ROTATION_DAYS_MAX, ROTATION_HOURS_MIN } from '../limits.ts';
import type { SecretRow } from '../state.ts';

type Rules = NonNullable<SecretRow['rotation']>['rules'];

const NEVER = Number.MAX_SAFE_INTEGER;

/** @throws {ServiceError} InvalidParameterException */
export function nextRotation(
  { AutomaticallyAfterDays: days, ScheduleExpression: expression }: Rules,
  now: Millis,
): Millis {
  if (days !== undefined && expression !== undefined) throw twoSchedules();
  if (expression === undefined) return now + (days ?? ROTATION_DAYS_DEFAULT) * DAY_LENGTH;
  checkRate(expression);
  try {
    const next = readSchedule(expression, now);
    if (!isSeldomEnough(expression, next, now)) throw new ScheduleError();
    return next(now) ?? NEVER;
  } catch (error) {
    if (error instanceof ScheduleError) throw badSchedule();
    throw error;
  }
}

function checkRate(expression: string): void {
  const [, count, unit] = RATE.exec(expression) ?? [];
  if (unit === 'hour' && (Number(count) < ROTATION_HOURS_MIN || Number(count) >= 24)) throw badHourRate();
  if (unit === 'day' && (Number(count) < 1 || Number(count) > ROTATION_DAYS_MAX)) throw badDayRate();
}

/**
 * Every four hours at most; and a time of the clock begins with an hour, in every year.
 *
 * @see Secrets Manager User Guide, "Rotation schedules", Cron expressions
 */
function isSeldomEnough(expression: string, next: (after: Millis) => Millis | undefined, now: Millis): boolean {
  if (RATE.test(expression)) return true;
  if (!/^cron\(\s*0\s.*\s\*\s*\)$/.test(expression)) return false;
  // Those of two days show the least that lies between any two.
  for (let at = next(now); at !== undefined && at < now + 2 * DAY_LENGTH; ) {
    const after = next(at);
    if (after !== undefined && after - at < ROTATION_HOURS_MIN * HOUR) return false;
    at = after;
  }
  return true;
}

const RATE = /^rate\((\d+) (hour|day)s?\)$/;

/**
 * A window may not reach into the next one, nor, where rotations are days apart, into the next day.
 *
 * @throws {ServiceError} InvalidParameterException
 * @see Secrets Manager User Guide, "Rotation schedules", Rate expressions and Cron expressions
 */
export function checkWindow({ Duration: duration, ScheduleExpression: expression = '' }: Rules): void {
  if (duration === undefined) return;
  const hours = Number(duration.replace('h', ''));
  const [, count, unit] = RATE.exec(expression) ?? [];
  const [, start] = /^cron\(\s*0\s+(\d+)\s/.exec(expression) ?? [];
  if (hours < 1 || hours > 24) throw badDuration();
  if (unit === 'hour' && hours > Number(count)) throw windowOverRate();
  if (hours > 24 - Number(start ?? 0)) throw windowOverDay();
}

/** How many days lie between two rotations, as a secret is described after one of them; what was said in days is said already. */
export function daysBetween(rules: Rules, now: Millis): number | undefined {
  if (rules.ScheduleExpression === undefined) return undefined;
  const first = nextRotation(rules, now);
  if (first === NEVER) return undefined;
  return Math.max(1, Math.ceil((nextRotation(rules, first) - first) / DAY_LENGTH));
}
