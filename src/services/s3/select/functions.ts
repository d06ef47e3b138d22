/** Functions of queries. Source: S3 User Guide, "SQL functions". */
import { wrongArgument } from './errors.ts';
import {
  addTo,
  between,
  extracted,
  formatted,
  type Part,
  partOf,
  readTimestamp,
  type Timestamp,
} from './timestamps.ts';
import { isTimestamp, isUnknown, numeric, same, type Value } from './values.ts';

export const AGGREGATES: ReadonlySet<string> = new Set(['avg', 'count', 'max', 'min', 'sum']);

/** @throws {ServiceError} IncorrectSqlFunctionArgumentType */
function text(value: Value | undefined): string {
  if (typeof value !== 'string') throw wrongArgument();
  return value;
}

function integer(value: Value | undefined): number {
  const number = value === undefined ? undefined : numeric(value);
  if (number === undefined || !Number.isInteger(Number(number))) throw wrongArgument();
  return Number(number);
}

function stamp(value: Value | undefined): Timestamp {
  if (value === undefined || !isTimestamp(value)) throw wrongArgument();
  return value;
}

function part(value: Value | undefined): Part {
  const found = typeof value === 'string' ? partOf(value) : undefined;
  if (found === undefined) throw wrongArgument();
  return found;
}

function trimmed(side: Value | undefined, chars: string, of: string): string {
  const removed = new Set(chars);
  const letters = [...of];
  let from = 0;
  let to = letters.length;
  if (side !== 'trailing') while (from < to && removed.has(letters[from] ?? '')) from += 1;
  if (side !== 'leading') while (to > from && removed.has(letters[to - 1] ?? '')) to -= 1;
  return letters.slice(from, to).join('');
}

function cut(of: string, start: number, length: number | undefined): string {
  const letters = [...of];
  const from = Math.max(start, 1) - 1;
  if (length === undefined) return letters.slice(from).join('');
  return letters.slice(from, Math.max(from, start - 1 + length)).join('');
}

type Apply = (args: readonly Value[], now: () => Timestamp) => Value;

/** A function of an unknown value is unknown. */
const known =
  (apply: (args: readonly Value[]) => Value): Apply =>
  (args) =>
    args.some(isUnknown) ? null : apply(args);

export const FUNCTIONS: { readonly [name: string]: Apply } = {
  char_length: known(([of]) => BigInt([...text(of)].length)),
  character_length: known(([of]) => BigInt([...text(of)].length)),
  lower: known(([of]) => text(of).toLowerCase()),
  upper: known(([of]) => text(of).toUpperCase()),
  trim: known(([side, chars, of]) => trimmed(side, text(chars), text(of))),
  substring: known(([of, start, length]) =>
    cut(text(of), integer(start), length === undefined ? undefined : integer(length)),
  ),
  coalesce: (args) => args.find((one) => !isUnknown(one)) ?? null,
  nullif: ([a = null, b = null]) => (isUnknown(a) || same(a, b) ? null : a),
  date_add: known(([name, quantity, of]) => addTo(stamp(of), part(name), integer(quantity))),
  date_diff: known(([name, from, to]) => BigInt(between(part(name), stamp(from), stamp(to)))),
  extract: known(([name, of]) => BigInt(extracted(text(name), stamp(of)))),
  to_string: known(([of, pattern]) => formatted(stamp(of), text(pattern))),
  to_timestamp: known(([of]) => readTimestamp(text(of))),
  utcnow: (_, now) => now(),
};
