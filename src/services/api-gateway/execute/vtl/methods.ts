/** What templates may call on texts, lists and maps: the methods of Java's classes that they are on AWS. */
import { type SafeRegex, safeRegex } from '../safe-regex.ts';
import { type Cost, costOf, MadeList, numberOf, plainText as text, textOf } from './values.ts';

type Method<Value> = (value: Value, args: readonly unknown[], spend: Cost) => unknown;

const place = (value: unknown, otherwise: number): number => (value === undefined ? otherwise : numberOf(value));
const RESULT_CHARACTERS_MAX = 10 * 1_048_576;

/** Of a pattern that may be busy for as long as patterns may. */
const SLOW_PATTERN_COST = 100_000;

/** Uses a pattern to search in a text. @throws {RegexError} */
function search<T>(pattern: unknown, value: string, spend: Cost, use: (found: RegExp) => T): T {
  const regex: SafeRegex = safeRegex(text(pattern));
  if (!regex.isQuickOver(value)) spend(SLOW_PATTERN_COST);
  return regex.over(value, use);
}

function bounded(result: string, spend: Cost): string {
  spend(result.length >> 8);
  if (result.length > RESULT_CHARACTERS_MAX) throw new RangeError('The text is too long');
  return result;
}

/** Counts what is put into a text, before there is too much of it. @throws {RangeError} */
function room(): (put: string, more?: number) => string {
  let length = 0;
  return (put, more = 0) => {
    length += put.length + more;
    if (length > RESULT_CHARACTERS_MAX) throw new RangeError('The text is too long');
    return put;
  };
}

const OF_TEXT: { readonly [name: string]: Method<string> } = {
  length: (value) => value.length,
  isEmpty: (value) => value === '',
  toLowerCase: (value) => value.toLowerCase(),
  toUpperCase: (value) => value.toUpperCase(),
  trim: (value) => value.trim(),
  contains: (value, [part]) => value.includes(text(part)),
  startsWith: (value, [part]) => value.startsWith(text(part)),
  endsWith: (value, [part]) => value.endsWith(text(part)),
  indexOf: (value, [part, from]) => value.indexOf(text(part), place(from, 0)),
  lastIndexOf: (value, [part]) => value.lastIndexOf(text(part)),
  charAt: (value, [at]) => value.charAt(place(at, 0)),
  substring: (value, [from, to]) => value.substring(place(from, 0), place(to, value.length)),
  concat: (value, [other], spend) => bounded(value + text(other), spend),
  equalsIgnoreCase: (value, [other]) => value.toLowerCase() === text(other).toLowerCase(),
  compareTo: (value, [other]) => (value < text(other) ? -1 : value > text(other) ? 1 : 0),
  matches: (value, [pattern], spend) => {
    const regex = safeRegex(text(pattern));
    if (!regex.isQuickOver(value)) spend(SLOW_PATTERN_COST);
    return regex.matches(value);
  },
  replace: (value, [from, to], spend) => {
    const next = text(to);
    const growing = room();
    return bounded(
      value.replaceAll(text(from), () => growing(next)),
      spend,
    );
  },
  replaceAll: (value, [pattern, to], spend) => {
    const next = javaReplacement(to);
    const growing = room();
    // What a replacement names of a match is at most the whole of it.
    const names = next.split('$').length - 1;
    const replaced = search(pattern, value, spend, (found) => {
      for (const [whole] of value.matchAll(found)) growing(next, whole.length * names);
      return value.replace(found, next);
    });
    return bounded(replaced, spend);
  },
  replaceFirst: (value, [pattern, to], spend) =>
    search(pattern, value, spend, ({ source, flags }) =>
      value.replace(new RegExp(source, flags.replace('g', '')), javaReplacement(to)),
    ),
  split: (value, [pattern], spend) => {
    spend(value.length >> 4);
    const parts = search(pattern, value, spend, (found) => value.split(found));
    while (parts.length > 1 && parts.at(-1) === '') parts.pop();
    return MadeList.from(parts);
  },
};

/** Java's `$1` is JavaScript's; its `$0` is `$&`. */
function javaReplacement(to: unknown): string {
  return text(to).replace(/\$0/g, '$$&');
}

const OF_LIST: { readonly [name: string]: Method<unknown[]> } = {
  size: (value) => value.length,
  // Source: API Gateway Developer Guide, "$input Variables", $input.path(x).
  count: (value) => value.length,
  length: (value) => value.length,
  isEmpty: (value) => value.length === 0,
  get: (value, [at]) => value[numberOf(at)],
  contains: (value, [item], spend) => {
    spend(value.length >> 4);
    return value.includes(item);
  },
  indexOf: (value, [item], spend) => {
    spend(value.length >> 4);
    return value.indexOf(item);
  },
  add: (value, [first, second], spend) => {
    if (second === undefined) value.push(first);
    else {
      spend(value.length >> 6);
      value.splice(numberOf(first), 0, second);
    }
    return true;
  },
  addAll: (value, [items], spend) => {
    const all = Array.isArray(items) ? items : [];
    spend(all.length);
    for (const item of [...all]) value.push(item);
    return all.length > 0;
  },
  set: (value, [at, item]) => {
    const index = numberOf(at);
    if (!Number.isInteger(index) || index < 0 || index > value.length) return undefined;
    const before = value[index];
    value[index] = item;
    return before;
  },
  remove: (value, [at], spend) => {
    spend(value.length >> 6);
    return typeof at === 'number' ? value.splice(at, 1)[0] : undefined;
  },
  clear: (value) => {
    value.length = 0;
  },
};

const OF_MAP: { readonly [name: string]: Method<Record<string, unknown>> } = {
  size: (value, _, spend) => counted(Object.keys(value), spend).length,
  isEmpty: (value, _, spend) => counted(Object.keys(value), spend).length === 0,
  get: (value, [key]) => own(value, text(key)),
  getOrDefault: (value, [key, otherwise]) => own(value, text(key)) ?? otherwise,
  containsKey: (value, [key]) => Object.hasOwn(value, text(key)),
  containsValue: (value, [item], spend) => counted(Object.values(value), spend).includes(item),
  keySet: (value, _, spend) => counted(Object.keys(value), spend),
  values: (value, _, spend) => counted(Object.values(value), spend),
  entrySet: (value, _, spend) => {
    const entries = Object.entries(value);
    spend(entries.length);
    return MadeList.from(entries.map(([key, item]) => ({ key, value: item })));
  },
  put: (value, [key, item]) => {
    const name = text(key);
    const before = own(value, name);
    if (!Object.isFrozen(value))
      Object.defineProperty(value, name, { value: item, writable: true, enumerable: true, configurable: true });
    return before;
  },
  putAll: (value, [items], spend) => {
    const entries = counted(Object.entries(items ?? {}), spend);
    for (const [key, item] of entries) OF_MAP.put?.(value, [key, item], spend);
  },
  remove: (value, [key]) => {
    const before = own(value, text(key));
    if (!Object.isFrozen(value)) delete value[text(key)];
    return before;
  },
};

/** What is made of a map, paid for. */
function counted<T>(items: T[], spend: Cost): T[] {
  spend(items.length);
  return MadeList.from(items) as T[];
}

const OF_ALL: Readonly<Record<string, Method<unknown>>> = {
  equals: (value, [other]) => value === other,
  toString: (value: unknown, _: readonly unknown[], spend: Cost) => {
    const written = textOf(value);
    spend(typeof value === 'object' ? written.length >> 5 : 0);
    return written;
  },
  intValue: (value) => Math.trunc(numberOf(value)),
  longValue: (value) => Math.trunc(numberOf(value)),
  doubleValue: (value) => numberOf(value),
};

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function method<Value>(table: { readonly [name: string]: Method<Value> }, name: string): Method<Value> | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Calls a method; undefined where there is none of that name. */
export function callMethod(value: unknown, name: string, args: readonly unknown[], spend: Cost): unknown {
  if (value === undefined || value === null) return undefined;
  // Texts are read from their beginning to their end, whatever is done with them.
  if (typeof value === 'string') spend(costOf(value) + costOf(args[0]));
  const found: Method<never> | undefined =
    typeof value === 'string'
      ? method(OF_TEXT, name)
      : Array.isArray(value)
        ? method(OF_LIST, name)
        : typeof value === 'object'
          ? method(OF_MAP, name)
          : undefined;
  const called = found ?? (method(OF_ALL, name) as Method<never> | undefined);
  return called?.(value as never, args, spend);
}

/** A property of a map, an item of a list. */
export function propertyOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return key === 'size' || key === 'length' ? value.length : value[numberOf(key)];
  return value !== null && typeof value === 'object' ? own(value as Record<string, unknown>, text(key)) : undefined;
}
