/** Values of a query: integers are bigints, decimals and floats numbers, and what a record lacks is MISSING. */
import { jsonFault } from './errors.ts';
import { type Timestamp, timestampText } from './timestamps.ts';

export const MISSING: unique symbol = Symbol('missing');

/** A decimal of the object that a number would not give back as it is written. */
export type Decimal = { decimal: string };

export type Value =
  | typeof MISSING
  | null
  | boolean
  | bigint
  | number
  | string
  | Decimal
  | Timestamp
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** Whether it is null or missing. */
export const isUnknown = (value: Value): value is null | typeof MISSING => value === null || value === MISSING;
/** Whether it is a decimal that is kept as it is written. */
export const isDecimal = (value: Value): value is Decimal =>
  value !== null && typeof value === 'object' && 'decimal' in value;
/** Whether it is a timestamp. */
export const isTimestamp = (value: Value): value is Timestamp =>
  value !== null && typeof value === 'object' && 'at' in value && 'precision' in value;
/** Whether it is an object of JSON. */
export const isMap = (value: Value): value is ReadonlyMap<string, Value> => value instanceof Map;

/** A number, whatever it is kept as; undefined for what is none. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return isDecimal(value) ? Number(value.decimal) : undefined;
}

/** Less than, equal or greater; undefined where the two can't be compared: nothing is converted by itself. */
export function compared(a: Value, b: Value): number | undefined {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (isTimestamp(a) && isTimestamp(b)) return Math.sign(a.at - b.at);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'boolean' && typeof b === 'boolean' ? Number(a) - Number(b) : undefined;
}

/** Deeper than this values are neither compared nor written. */
const DEPTH_MAX = 1_000;

/** Whether two values are the same; lists and objects by what they hold. @throws {ServiceError} JSONParsingError where they are nested too deeply */
export function same(a: Value, b: Value, depth = 0): boolean {
  if (depth > DEPTH_MAX) throw jsonFault();
  const order = compared(a, b);
  if (order !== undefined) return order === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, at) => same(one, b[at] as Value, depth + 1));
  if (isMap(a) && isMap(b))
    return (
      a.size === b.size && [...a].every(([name, one]) => b.has(name) && same(one, b.get(name) as Value, depth + 1))
    );
  return false;
}

/** A scalar as CSV has it; what is unknown is empty, lists and objects are JSON. */
export function textOf(value: Value): string {
  if (isUnknown(value)) return '';
  if (isTimestamp(value)) return timestampText(value);
  if (isDecimal(value)) return value.decimal;
  return typeof value === 'object' ? jsonOf(value) : String(value);
}

/** A value as JSON has it; members that are missing are left out. @throws {ServiceError} JSONParsingError where it is nested too deeply */
export function jsonOf(value: Value, depth = 0): string {
  if (depth > DEPTH_MAX) throw jsonFault();
  if (isUnknown(value)) return 'null';
  if (typeof value === 'string' || isTimestamp(value)) return JSON.stringify(textOf(value));
  if (Array.isArray(value)) return `[${value.map((one: Value) => jsonOf(one, depth + 1)).join(',')}]`;
  if (!isMap(value)) return textOf(value);
  const members = [...value].filter(([, one]) => one !== MISSING);
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${jsonOf(one, depth + 1)}`).join(',')}}`;
}

/** What JSON holds, with its numbers as they are written. @throws {SyntaxError} */
export function readJson(text: string): Value {
  const revive = (_: string, value: unknown, { source }: { source?: string } = {}): unknown => {
    if (typeof value === 'number' && source !== undefined) return numberOf(source);
    if (value === null || typeof value !== 'object' || Array.isArray(value) || isDecimal(value as Value)) return value;
    return new Map(Object.entries(value));
  };
  return JSON.parse(text, revive as (this: unknown, key: string, value: unknown) => unknown) as Value;
}

/** A number as it is written: a bigint without a point or an exponent. */
export function numberOf(text: string): bigint | number | Decimal {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return String(Number(text)) === text ? Number(text) : { decimal: text };
}
