/** Periods such as `5m`, and instants rounded to them. */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';

export type Period = { count: number; unit: Millis | 'month' | 'year' };

/** Source: User Guide, "Supported operations and functions": units of time and their abbreviations. */
const UNITS: readonly (readonly [RegExp, Period])[] = [
  [/^(ms|msecs?|milliseconds?)$/, { count: 1, unit: 1 }],
  [/^(s|secs?|seconds?)$/, { count: 1, unit: SECOND }],
  [/^(m|mins?|minutes?)$/, { count: 1, unit: MINUTE }],
  [/^(h|hrs?|hours?)$/, { count: 1, unit: HOUR }],
  [/^(d|days?)$/, { count: 1, unit: DAY }],
  [/^(w|weeks?)$/, { count: 7, unit: DAY }],
  [/^(mo|mons?|months?)$/, { count: 1, unit: 'month' }],
  [/^(q|qtrs?|quarters?)$/, { count: 3, unit: 'month' }],
  [/^(y|yrs?|years?)$/, { count: 1, unit: 'year' }],
];

/** The most that counts of short units count. Source: User Guide, "Datetime functions": "the cap for `ms` is 1000, the caps for `s` and `m` are 60, and the cap for `h` is 24". */
const CAPS: ReadonlyMap<Period['unit'], number> = new Map([
  [1, 1_000],
  [SECOND, 60],
  [MINUTE, 60],
  [HOUR, 24],
]);

/** The length of a period whose months and years are not asked for; undefined for those. */
export function lengthOf({ count, unit }: Period): Millis | undefined {
  return typeof unit === 'number' ? count * unit : undefined;
}

/** The same, of no more than AWS takes of a unit. */
export function capped({ count, unit }: Period): Period {
  return { count: Math.min(count, CAPS.get(unit) ?? count), unit };
}

/** The period of a count and the name of a unit; undefined for one that isn't known. */
export function periodOf(count: number, name: string): Period | undefined {
  const found = UNITS.find(([names]) => names.test(name))?.[1];
  return found === undefined || count < 1 ? undefined : { count: found.count * count, unit: found.unit };
}

/** The beginning of the period in which an instant lies. */
export function floorTime(at: Millis, { count, unit }: Period): Millis {
  if (typeof unit === 'number') return Math.floor(at / (count * unit)) * count * unit;
  const date = new Date(at);
  const months = unit === 'year' ? 12 * count : count;
  const month = Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months) * months;
  return Date.UTC(Math.floor(month / 12), month % 12);
}

/** The end of the period in which an instant lies; itself when it lies at a beginning. */
export function ceilTime(at: Millis, period: Period): Millis {
  const floor = floorTime(at, period);
  if (floor === at) return at;
  if (typeof period.unit === 'number') return floor + period.count * period.unit;
  const date = new Date(floor);
  const months = period.unit === 'year' ? 12 * period.count : period.count;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
}
