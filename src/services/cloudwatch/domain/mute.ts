/** When a mute rule is active. Source: CloudWatch User Guide, "Alarm Mute Rules". */
import {
  DAY,
  HOUR,
  instantOf,
  MINUTE,
  type Millis,
  offsetAt,
  readSchedule,
  type Schedule,
  ScheduleError,
} from '#kernel/base';
import type { MuteRuleRow } from '../state.ts';

type Times = Pick<MuteRuleRow, 'expression' | 'duration' | 'zone' | 'from' | 'to'>;

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)$/;

/** An ISO 8601 duration; undefined for what is none, or not of minutes up to days. */
export function durationOf(text: string): Millis | undefined {
  const [all, days, hours, minutes] = /^P(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?$/.exec(text) ?? [];
  if (all === undefined) return undefined;
  return Number(days ?? 0) * DAY + Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE;
}

/** Whether a rule is in force once only. */
export function isOnce(expression: string): boolean {
  return AT.test(expression);
}

/**
 * When a rule begins to mute, after an instant.
 *
 * @throws {ScheduleError} for an expression that is none
 */
export function beginnings(expression: string, zone: string): Schedule {
  const once = AT.exec(expression)?.[1];
  if (once !== undefined) {
    const wall = Date.parse(`${once}Z`);
    if (Number.isNaN(wall)) throw new ScheduleError();
    const at = instantOf(zone, wall);
    return (after) => (at > after ? at : undefined);
  }
  const onTheWall = readCron(expression);
  return (after) => {
    let wall = onTheWall(after + offsetAt(zone, after));
    // An hour that a clock shows twice has been counted the first time.
    while (wall !== undefined && instantOf(zone, wall) <= after) wall = onTheWall(wall);
    return wall === undefined ? undefined : instantOf(zone, wall);
  };
}

/** Standard cron of five fields, in terms of EventBridge's of six: there one of the two days is left open. */
function readCron(expression: string): Schedule {
  const fields = /^cron\(([\dA-Za-z*,\- ]+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  const [minute, hour, monthday = '', month, weekday = ''] = fields;
  if (fields.length !== 5) throw new ScheduleError();
  const schedule = (days: string) => readSchedule(`cron(${minute} ${hour} ${days} *)`, 0);
  const byMonth = schedule(`${monthday} ${month} ?`);
  if (weekday === '*') return byMonth;
  const byWeek = schedule(`? ${month} ${weekdays(weekday)}`);
  if (monthday === '*') return byWeek;
  return (after) => {
    const found = [byMonth(after), byWeek(after)].filter((at) => at !== undefined);
    return found.length === 0 ? undefined : Math.min(...found);
  };
}

/** Days of the week, of which 0 and 7 are Sunday, as EventBridge counts them. */
function weekdays(text: string): string {
  const numberOf = (day: string) => {
    const at = DAYS.indexOf(day.toUpperCase());
    const number = at === -1 && /^[0-7]$/.test(day) ? Number(day) : at;
    if (number === -1) throw new ScheduleError();
    return number;
  };
  const days = text.split(',').flatMap((item) => {
    const [first = '', last] = item.split('-');
    const from = numberOf(first);
    const to = last === undefined ? from : numberOf(last);
    const end = to < from && to === 0 ? 7 : to;
    if (end < from) throw new ScheduleError();
    return Array.from({ length: end - from + 1 }, (_, index) => ((from + index) % 7) + 1);
  });
  return days.join(',');
}

/** The beginning of the window that is open at an instant or opens next, and its end; undefined where none does any more. */
function windowAt({ expression, duration, zone, from = 0, to = Infinity }: Times, now: Millis) {
  const length = durationOf(duration) ?? 0;
  const opens = beginnings(expression, zone ?? 'UTC')(Math.max(now, from) - length);
  const begins = opens === undefined ? Infinity : Math.max(opens, from);
  return opens === undefined || Math.max(begins, now) >= to
    ? undefined
    : { begins, ends: Math.min(opens + length, to) };
}

/** When the window ends that is open at an instant or opens next. */
export function endOf(rule: Times, now: Millis): Millis | undefined {
  return windowAt(rule, now)?.ends;
}

/** A rule's status at an instant. */
export function statusOf(rule: Times, now: Millis): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' {
  const window = windowAt(rule, now);
  if (window === undefined) return 'EXPIRED';
  return window.begins <= now ? 'ACTIVE' : 'SCHEDULED';
}
