/** Timestamps of queries: as precise as they are written, with the offset they are written with. Source: S3 User Guide, "Data types", "Date functions". */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import { badTimestamp, wrongArgument } from './errors.ts';

const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
export type Part = (typeof PARTS)[number];
/** `offset` in minutes, undefined where none is known; `digits` of the second's fraction. */
export type Timestamp = { at: Millis; offset: number | undefined; precision: Part; digits: number };

const FORM = /^(\d{4})(?:T|-(\d\d)(?:T|-(\d\d)(?:T?|T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)))$/;
const LENGTH: Partial<Record<Part, Millis>> = { day: DAY, hour: HOUR, minute: MINUTE, second: SECOND };

/** The names of parts of dates. */
export function partOf(name: string): Part | undefined {
  return PARTS.find((part) => part === name.toLowerCase());
}

/** @throws {ServiceError} ValueParseFailure */
export function readTimestamp(text: string): Timestamp {
  const [, year, month, day, hour, minute, second, fraction = '', zone] = FORM.exec(text) ?? [];
  const offset = zone === undefined || zone === '-00:00' ? undefined : zone === 'Z' ? 0 : offsetOf(zone);
  const millis = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const utc = Date.UTC(
    Number(year),
    Number(month ?? 1) - 1,
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    millis,
  );
  if (year === undefined || Number.isNaN(utc)) throw badTimestamp();
  const given = [year, month, day, hour, minute, second].filter((one) => one !== undefined).length;
  const precision = given === 5 ? 'minute' : (PARTS[given - 1] ?? 'year');
  return { at: utc - (offset ?? 0) * MINUTE, offset, precision, digits: fraction.length };
}

function offsetOf(zone: string): number {
  const [hours = '', minutes = ''] = zone.slice(1).split(':');
  return (zone.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Numbers of the date in its own offset. */
function fieldsOf({ at, offset = 0 }: Timestamp): number[] {
  const local = new Date(at + offset * MINUTE);
  const hours = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds(), local.getUTCMilliseconds()];
  return [local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate(), ...hours];
}

const two = (value = 0) => String(value).padStart(2, '0');

/** As precise as it is: `2010T`, `2010-02-03T`, `2010-02-03T04:05Z`. */
export function timestampText(stamp: Timestamp): string {
  const { precision, offset, digits } = stamp;
  const [year = 0, month, day, hour, minute, second, millis = 0] = fieldsOf(stamp);
  const whole = String(year).padStart(4, '0');
  if (precision === 'year') return `${whole}T`;
  if (precision === 'month') return `${whole}-${two(month)}T`;
  const date = `${whole}-${two(month)}-${two(day)}`;
  if (precision === 'day') return `${date}T`;
  const fraction = digits === 0 ? '' : `.${String(millis).padStart(3, '0').padEnd(digits, '0').slice(0, digits)}`;
  const seconds = precision === 'second' ? `:${two(second)}${fraction}` : '';
  return `${date}T${two(hour)}:${two(minute)}${seconds}${zoneText(offset, ':')}`;
}

function zoneText(offset: number | undefined, colon: string): string {
  if (offset === 0) return 'Z';
  const [sign, minutes] = offset === undefined ? ['-', 0] : [offset < 0 ? '-' : '+', Math.abs(offset)];
  return `${sign}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

/** With the precision that it then needs; a day that a month lacks is its last. */
export function addTo(stamp: Timestamp, part: Part, quantity: number): Timestamp {
  const precision = PARTS[Math.max(PARTS.indexOf(stamp.precision), PARTS.indexOf(part))] ?? part;
  const finer = precision === 'hour' ? 'minute' : precision;
  const length = LENGTH[part];
  if (length !== undefined) return { ...stamp, at: stamp.at + quantity * length, precision: finer };
  const shift = (stamp.offset ?? 0) * MINUTE;
  const local = new Date(stamp.at + shift);
  const day = local.getUTCDate();
  local.setUTCDate(1);
  local.setUTCMonth(local.getUTCMonth() + quantity * (part === 'year' ? 12 : 1));
  const last = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 0)).getUTCDate();
  local.setUTCDate(Math.min(day, last));
  return { ...stamp, at: local.getTime() - shift, precision: finer };
}

/** Whole parts from one to the other. */
export function between(part: Part, from: Timestamp, to: Timestamp): number {
  const length = LENGTH[part];
  if (length !== undefined) return Math.trunc((to.at - from.at) / length);
  const [year = 0, month = 0] = fieldsOf(from);
  const months = ((fieldsOf(to)[0] ?? 0) - year) * 12 + (fieldsOf(to)[1] ?? 0) - month;
  const isShort = months > 0 ? addTo(from, 'month', months).at > to.at : addTo(from, 'month', months).at < to.at;
  const whole = months === 0 || !isShort ? months : months - Math.sign(months);
  return part === 'month' ? whole : Math.trunc(whole / 12);
}

/** @throws {ServiceError} IncorrectSqlFunctionArgumentType */
export function extracted(name: string, stamp: Timestamp): number {
  const { offset = 0 } = stamp;
  const lower = name.toLowerCase();
  if (lower === 'timezone_hour') return Math.trunc(offset / 60);
  if (lower === 'timezone_minute') return offset % 60;
  const part = partOf(lower);
  const value = part === undefined ? undefined : fieldsOf(stamp)[PARTS.indexOf(part)];
  if (value === undefined) throw wrongArgument();
  return value;
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'];
const NAMES = [...MONTHS, 'November', 'December'];

/** A timestamp by a pattern of letters as Java's. */
export function formatted(stamp: Timestamp, pattern: string): string {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0] = fieldsOf(stamp);
  const half = hour % 12 === 0 ? 12 : hour % 12;
  const padded = (value: number, letters: string) => String(value).padStart(letters.length, '0');
  const forms: { [letter: string]: (letters: string) => string } = {
    y: (letters) => (letters.length === 2 ? two(year % 100) : padded(year, letters)),
    M: (letters) => {
      const name = NAMES[month - 1] ?? '';
      if (letters.length < 3) return padded(month, letters);
      return letters.length === 3 ? name.slice(0, 3) : letters.length === 4 ? name : name.slice(0, 1);
    },
    d: (letters) => padded(day, letters),
    a: () => (hour < 12 ? 'AM' : 'PM'),
    h: (letters) => padded(half, letters),
    H: (letters) => padded(hour, letters),
    m: (letters) => padded(minute, letters),
    s: (letters) => padded(second, letters),
    S: (letters) => String(millis).padStart(3, '0').padEnd(letters.length, '0').slice(0, letters.length),
    n: () => String(millis * 1_000_000),
    X: ({ length }) => {
      const zone = zoneText(stamp.offset ?? 0, length === 3 || length === 5 ? ':' : '');
      return length === 1 && zone.endsWith('00') ? zone.slice(0, 3) : zone;
    },
    x: ({ length }) => {
      const zone = zoneText(stamp.offset || undefined, length === 3 || length === 5 ? ':' : '').replace(
        /^-(?=00)/,
        '+',
      );
      return length === 1 && zone.endsWith('00') ? zone.slice(0, 3) : zone;
    },
  };
  return pattern.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*/g, (letters, quoted: string | undefined, letter = '') => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'");
    const form = forms[letter];
    if (form === undefined) throw wrongArgument();
    return form(letters);
  });
}
