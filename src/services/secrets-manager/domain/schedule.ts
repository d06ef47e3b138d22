/** When a secret is rotated next. Source: Secrets Manager User Guide, "Rotation schedules"; API Reference, RotationRulesType. */
import { type Millis, readSchedule, ScheduleError } from '#kernel/base';
import { invalidParameter } from '../errors.ts';
import { DAY_LENGTH, ROTATION_DAYS_DEFAULT, ROTATION_HOURS_MIN } from '../limits.ts';
import type { SecretRow } from '../state.ts';

type Rules = NonNullable<SecretRow['rotation']>['rules'];

const NEVER = Number.MAX_SAFE_INTEGER;

/** @throws {ServiceError} InvalidParameterException */
export function nextRotation(
  { AutomaticallyAfterDays: days, ScheduleExpression: expression }: Rules,
  now: Millis,
): Millis {
  if (days !== undefined && expression !== undefined)
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
  if (expression === undefined) return now + (days ?? ROTATION_DAYS_DEFAULT) * DAY_LENGTH;
  try {
    const next = readSchedule(expression, now);
    if (!isSeldomEnough(expression)) throw new ScheduleError();
    return next(now) ?? NEVER;
  } catch (error) {
    if (error instanceof ScheduleError) throw invalidParameter('Invalid ScheduleExpression.');
    throw error;
  }
}

/** Every four hours at most; and a time of the clock begins with an hour. */
function isSeldomEnough(expression: string): boolean {
  const [, count, unit] = /^rate\((\d+) (hour|day)s?\)$/.exec(expression) ?? [];
  return count === undefined ? /^cron\(\s*0\s/.test(expression) : unit === 'day' || Number(count) >= ROTATION_HOURS_MIN;
}

/** How many days lie between two rotations, as a secret is described after one of them; what was said in days is said already. */
export function daysBetween(rules: Rules, now: Millis): number | undefined {
  if (rules.ScheduleExpression === undefined) return undefined;
  const first = nextRotation(rules, now);
  if (first === NEVER) return undefined;
  return Math.max(1, Math.ceil((nextRotation(rules, first) - first) / DAY_LENGTH));
}
