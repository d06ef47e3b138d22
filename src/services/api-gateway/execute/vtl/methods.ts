/** What templates may call on texts, lists and maps: the methods of Java's classes that they are on AWS. */
import { type SafeRegex, safeRegex } from '../safe-regex.ts';
import { textOf } from './values.ts';

type Spend = (cost: number) => void;
type Method<Value> = (value: Value, args: readonly unknown[], spend: Spend) => unknown;

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const place = (value: unknown, otherwise: number): number => (value === undefined ? otherwise : Number(value));
const RESULT_CHARACTERS_MAX = 10 * 1_048_576;

function regex(pattern: unknown): SafeRegex {
  return safeRegex(text(pattern));
}

function bounded(result: string, spend: Spend): string {
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
  matches: (value, [pattern]) => regex(pattern).matches(value),
  replace: (value, [from, to], spend) => {
    const next = text(to);
    const growing = room();
    return bounded(
      value.replaceAll(text(from), () => growing(next)),
      spend,
    );
  },
  replaceAll: (value, [pattern, to], spend) => {
    const found = regex(pattern).over(value);
    const next = javaReplacement(to);
    const growing = room();
    // What a replacement names of a match is at most the whole of it.
    const names = next.split('$').length - 1;
    for (const [whole] of value.matchAll(found)) growing(next, whole.length * names);
    return bounded(value.replace(found, next), spend);
  },
  replaceFirst: (value, [pattern, to]) =>
    value.replace(new RegExp(regex(pattern).over(value), ''), javaReplacement(to)),
  split: (value, [pattern], spend) => {
    spend(value.length >> 4);
    const parts = value.split(regex(pattern).over(value));
    while (parts.length > 1 && parts.at(-1) === '') parts.pop();
    return parts;
  },
};

/** Java's `$1` is JavaScript's; its `$0` is `$&`. */
function javaReplacement(to: unknown): string {
  return text(to).replace(/\$0/g, '$$&');
}

const OF_LIST: { readonly [name: string]: Method<unknown[]> } = {
  size: (value) => value.length,
  length: (value) => value.length,
  isEmpty: (value) => value.length === 0,
  get: (value, [at]) => value[Number(at)],
  contains: (value, [item]) => value.some((one) => one === item),
  indexOf: (value, [item]) => value.indexOf(item),
  add: (value, [first, second], spend) => {
    spend(1);
    if (second === undefined) value.push(first);
    else value.splice(Number(first), 0, second);
    return true;
  },
  addAll: (value, [items], spend) => {
    const all = Array.isArray(items) ? items : [];
    spend(all.length);
    for (const item of [...all]) value.push(item);
    return all.length > 0;
  },
  set: (value, [at, item]) => {
    const index = Number(at);
    if (!Number.isInteger(index) || index < 0 || index > value.length) return undefined;
    const before = value[index];
    value[index] = item;
    return before;
  },
  remove: (value, [at]) => (typeof at === 'number' ? value.splice(at, 1)[0] : undefined),
  clear: (value) => {
    value.length = 0;
  },
};

const OF_MAP: { readonly [name: string]: Method<Record<string, unknown>> } = {
  size: (value) => Object.keys(value).length,
  isEmpty: (value) => Object.keys(value).length === 0,
  get: (value, [key]) => own(value, text(key)),
  getOrDefault: (value, [key, otherwise]) => own(value, text(key)) ?? otherwise,
  containsKey: (value, [key]) => Object.hasOwn(value, text(key)),
  containsValue: (value, [item]) => Object.values(value).includes(item),
  keySet: (value) => Object.keys(value),
  values: (value) => Object.values(value),
  entrySet: (value, _, spend) => {
    const entries = Object.entries(value);
    spend(entries.length);
    return entries.map(([key, item]) => ({ key, value: item }));
  },
  put: (value, [key, item]) => {
    const name = text(key);
    const before = own(value, name);
    if (!Object.isFrozen(value))
      Object.defineProperty(value, name, { value: item, writable: true, enumerable: true, configurable: true });
    return before;
  },
  putAll: (value, [items], spend) => {
    for (const [key, item] of Object.entries(items ?? {})) OF_MAP.put?.(value, [key, item], spend);
  },
  remove: (value, [key]) => {
    const before = own(value, text(key));
    if (!Object.isFrozen(value)) delete value[text(key)];
    return before;
  },
};

const OF_ALL: Readonly<Record<string, Method<unknown>>> = {
  equals: (value, [other]) => value === other,
  toString: (value: unknown) => textOf(value),
  intValue: (value) => Math.trunc(Number(value)),
  longValue: (value) => Math.trunc(Number(value)),
  doubleValue: (value) => Number(value),
};

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function method<Value>(table: { readonly [name: string]: Method<Value> }, name: string): Method<Value> | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Calls a method; undefined where there is none of that name. */
export function callMethod(value: unknown, name: string, args: readonly unknown[], spend: Spend): unknown {
  if (value === undefined || value === null) return undefined;
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
  if (Array.isArray(value)) return key === 'size' || key === 'length' ? value.length : value[Number(key)];
  return value !== null && typeof value === 'object' ? own(value as Record<string, unknown>, text(key)) : undefined;
}
