/** Schedules: `rate(5 minutes)` and `cron(0 12 ? * MON-FRI *)`. Source: EventBridge User Guide, "Cron expressions and rate expressions". All in UTC. */
import { DAY, HOUR, MINUTE, type Millis } from './units.ts';

/** When it is due next, after an instant; undefined when never again. */
export type Schedule = (after: Millis) => Millis | undefined;

const UNITS: { readonly [unit: string]: Millis } = { minute: MINUTE, hour: HOUR, day: DAY };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const YEAR_MAX = 2199;

/** @param start when a rate begins to count. @throws {ScheduleError} */
export function readSchedule(text: string, start: Millis): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(text);
  if (rate !== null) {
    const count = Number(rate[1]);
    if (count < 1 || (count === 1) === (rate[3] === 's')) throw new ScheduleError();
    const period = count * (UNITS[rate[2] ?? ''] ?? MINUTE);
    return (after) => start + (Math.floor((after - start) / period) + 1) * period;
  }
  const cron = /^cron\(([^()]+)\)$/.exec(text)?.[1];
  if (cron === undefined) throw new ScheduleError();
  return readCron(cron.trim().split(/\s+/));
}

/** A text is no schedule. */
export class ScheduleError extends Error {
  override name = 'ScheduleError';
}

type Field = ReadonlySet<number>;

function readCron(fields: string[]): Schedule {
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields;
  if (fields.length !== 6 || minute === undefined || hour === undefined || dayOfMonth === undefined)
    throw new ScheduleError();
  if (month === undefined || dayOfWeek === undefined || year === undefined) throw new ScheduleError();
  // One of the two days must be left open, by a question mark.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new ScheduleError();
  const minutes = values(minute, 0, 59, []);
  const hours = values(hour, 0, 23, []);
  const months = values(month, 1, 12, MONTHS, 1);
  const years = values(year, 1970, YEAR_MAX, []);
  const isDay = dayOfMonth === '?' ? weekday(dayOfWeek) : monthday(dayOfMonth);
  return (after) => next(after, { minutes, hours, months, years, isDay });
}

/** `*`, `1,2`, `1-5`, `0/15`, `*` with a step, names. */
function values(text: string, min: number, max: number, names: readonly string[], first = 0): Field {
  const found = new Set<number>();
  const numberOf = (part: string): number => {
    const at = names.indexOf(part.toUpperCase());
    const value = at === -1 ? Number(part) : at + first;
    if (part === '' || !Number.isInteger(value) || value < min || value > max) throw new ScheduleError();
    return value;
  };
  for (const item of text.split(',')) {
    const [range = '', step] = item.split('/');
    const [from, to] = range.split('-');
    // `/8` is `*/8`. Source: Secrets Manager User Guide, "Rotation schedules", the examples.
    const isAll = range === '*' || (range === '' && step !== undefined);
    const low = isAll ? min : numberOf(from ?? '');
    const high = isAll || (to === undefined && step !== undefined) ? max : numberOf(to ?? from ?? '');
    const by = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(by) || by < 1) throw new ScheduleError();
    // `20-2` goes round, from the evening into the morning. Source: EventBridge User Guide, "Cron expressions", the examples.
    const span = max - min + 1;
    const end = low > high && max < YEAR_MAX ? high + span : high;
    if (low > end) throw new ScheduleError();
    for (let value = low; value <= end; value += by) found.add(value > max ? value - span : value);
  }
  return found;
}

type IsDay = (year: number, month: number, day: number) => boolean;

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** Days of the month; `L` is the last, `15W` the weekday nearest to the fifteenth. */
function monthday(text: string): IsDay {
  if (text === 'L') return (year, month, day) => day === lastDay(year, month);
  const near = /^(\d{1,2}|L)W$/.exec(text)?.[1];
  if (near !== undefined)
    return (year, month, day) => {
      const last = lastDay(year, month);
      const wanted = near === 'L' ? last : Math.min(Number(near), last);
      const weekday = weekdayOf(year, month, wanted);
      const shift = weekday === 6 ? (wanted === 1 ? 2 : -1) : weekday === 0 ? (wanted === last ? -2 : 1) : 0;
      return day === wanted + shift;
    };
  const days = values(text, 1, 31, []);
  return (_year, _month, day) => days.has(day);
}

/** Days of the week, 1 is Sunday; `5L` the last Thursday, `2#1` the first Monday. */
function weekday(text: string): IsDay {
  const last = /^([1-7]|[A-Z]{3})L$/i.exec(text)?.[1];
  if (last !== undefined) {
    const [wanted] = values(last, 1, 7, DAYS, 1);
    return (year, month, day) => weekdayOf(year, month, day) + 1 === wanted && day + 7 > lastDay(year, month);
  }
  const [, nth, count] = /^([1-7]|[A-Z]{3})#([1-5])$/i.exec(text) ?? [];
  if (nth !== undefined) {
    const [wanted] = values(nth, 1, 7, DAYS, 1);
    return (year, month, day) => weekdayOf(year, month, day) + 1 === wanted && Math.ceil(day / 7) === Number(count);
  }
  if (text === 'L') return (year, month, day) => weekdayOf(year, month, day) === 6;
  const days = values(text, 1, 7, DAYS, 1);
  return (year, month, day) => days.has(weekdayOf(year, month, day) + 1);
}

type Cron = { minutes: Field; hours: Field; months: Field; years: Field; isDay: IsDay };

/** Steps over whole months and days that don't fit. */
function next(after: Millis, { minutes, hours, months, years, isDay }: Cron): Millis | undefined {
  const start = after - (after % MINUTE) + MINUTE;
  const date = new Date(start);
  const [firstHours, firstMinutes] = [[...hours].toSorted((a, b) => a - b), [...minutes].toSorted((a, b) => a - b)];
  for (let year = date.getUTCFullYear(); year <= YEAR_MAX; year += 1) {
    if (!years.has(year)) continue;
    for (let month = year === date.getUTCFullYear() ? date.getUTCMonth() + 1 : 1; month <= 12; month += 1) {
      if (!months.has(month)) continue;
      for (let day = 1; day <= lastDay(year, month); day += 1) {
        if (Date.UTC(year, month - 1, day + 1) <= start || !isDay(year, month, day)) continue;
        for (const hour of firstHours)
          for (const minute of firstMinutes) {
            const at = Date.UTC(year, month - 1, day, hour, minute);
            if (at >= start) return at;
          }
      }
    }
  }
  return undefined;
}
