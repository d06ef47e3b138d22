/** Functions that read and write dates. */
import { type Millis, offsetAt, zoneOffset } from '#kernel/base';
import { DatePattern, DatePatternError } from '../date-pattern.ts';
import type { Call } from './calls.ts';
import { toNumber, toText, type Value } from './value.ts';

function parsed(value: Value, pattern: Value, zone: Value): Value {
  const text = toText(value);
  if (text === undefined) return undefined;
  try {
    return new DatePattern(toText(pattern) ?? '').parse(text, toText(zone) ?? 'UTC');
  } catch (error) {
    if (error instanceof DatePatternError) return undefined;
    throw error;
  }
}

const two = (number: number) => String(number).padStart(2, '0');
const named = (date: Date, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(date);

/** Source: the standard of C, strftime. `wall`: an instant as clocks of the zone show it, as if it were UTC. */
const LETTERS: { readonly [letter: string]: (wall: Date, at: Millis, zone: string) => string } = {
  Y: (wall) => String(wall.getUTCFullYear()),
  y: (wall) => two(wall.getUTCFullYear() % 100),
  m: (wall) => two(wall.getUTCMonth() + 1),
  d: (wall) => two(wall.getUTCDate()),
  e: (wall) => String(wall.getUTCDate()).padStart(2, ' '),
  H: (wall) => two(wall.getUTCHours()),
  I: (wall) => two(wall.getUTCHours() % 12 || 12),
  M: (wall) => two(wall.getUTCMinutes()),
  S: (wall) => two(wall.getUTCSeconds()),
  f: (wall) => `${String(wall.getUTCMilliseconds()).padStart(3, '0')}000`,
  L: (wall) => String(wall.getUTCMilliseconds()).padStart(3, '0'),
  p: (wall) => (wall.getUTCHours() < 12 ? 'AM' : 'PM'),
  a: (wall) => named(wall, { weekday: 'short' }),
  A: (wall) => named(wall, { weekday: 'long' }),
  b: (wall) => named(wall, { month: 'short' }),
  B: (wall) => named(wall, { month: 'long' }),
  j: (wall) =>
    String(Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 0)) / 86_400_000)).padStart(3, '0'),
  u: (wall) => String(wall.getUTCDay() || 7),
  w: (wall) => String(wall.getUTCDay()),
  F: (wall) => wall.toISOString().slice(0, 10),
  T: (wall) => wall.toISOString().slice(11, 19),
  s: (_, at) => String(Math.floor(at / 1_000)),
  z: (wall, at) => {
    const minutes = Math.round((wall.getTime() - at) / 60_000);
    const size = Math.abs(minutes);
    return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
  },
  Z: (_, __, zone) => zone,
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};

function formatted(value: Value, format: Value, zone: Value): Value {
  const [at, name] = [toNumber(value), toText(zone) ?? 'UTC'];
  if (at === undefined || zoneOffset(name, 0) === undefined) return undefined;
  const wall = new Date(at + offsetAt(name, at));
  if (Number.isNaN(wall.getTime())) return undefined;
  return (toText(format) ?? '').replace(/%([A-Za-z%])/g, (whole, letter: string) => {
    const write = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined;
    return write === undefined ? whole : write(wall, at, name);
  });
}

/** Source: User Guide, "Datetime functions". */
export const DATES: { readonly [name: string]: Call } = {
  parsedate: { min: 2, max: 3, call: parsed },
  formatdate: { min: 2, max: 3, call: formatted },
  strftime: { min: 2, max: 3, call: formatted },
};
