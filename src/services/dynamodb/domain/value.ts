/**
 * Attribute values as Cloudyard keeps them: the JSON of the wire, numbers in normal form, binary as base64 text. Values that came
 * in are checked, normalised, measured and searched for binary in one walk; what needs no change is not copied.
 */
import { utf8Length } from '#kernel/base';
import type { AttributeValue } from '#models/dynamodb';
import { emptyName, emptyValue, invalid, invalidParameter, manyTypes, nestedTooDeep } from '../errors.ts';
import { NESTING_MAX } from '../limits.ts';
import { compareNumbers, normalizeNumber, pairsOf } from './number.ts';

export type ValueType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';
export type Value = {
  S?: string;
  N?: string;
  B?: string;
  SS?: readonly string[];
  NS?: readonly string[];
  BS?: readonly string[];
  M?: Item;
  L?: readonly Value[];
  NULL?: boolean;
  BOOL?: boolean;
};
export type Item = { readonly [name: string]: Value };
/** An item or value from outside, and what is known of it. */
export type Wire = { readonly [name: string]: AttributeValue };

/** What the walk finds out besides the values themselves. */
export type Facts = { size: number; binary: boolean };

/** The type of a value: its one member's name. */
export function typeOf(value: Value | AttributeValue): ValueType {
  for (const type in value) return type as ValueType;
  throw emptyValue();
}

/** An attribute of an item; undefined when it has none of that name, whatever objects inherit. */
export function attributeOf(item: Item, name: string): Value | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Checks and normalises an item, adding its size to `facts`. @throws {ServiceError} ValidationException */
export function readItem(input: Wire, facts: Facts, depth = 0): Item {
  let changed: [string, Value][] | undefined;
  for (const name in input) {
    const given = input[name] as AttributeValue;
    if (name === '' && depth === 0) throw emptyName();
    facts.size += utf8Length(name);
    const value = readValue(given, facts, depth);
    if (value !== (given as unknown)) (changed ??= []).push([name, value]);
  }
  return changed === undefined
    ? (input as unknown as Item)
    : ({ ...input, ...Object.fromEntries(changed) } as unknown as Item);
}

/** Checks and normalises a value, adding its size to `facts`. @throws {ServiceError} ValidationException */
export function readValue(given: AttributeValue, facts: Facts, depth = 0): Value {
  let type: ValueType | undefined;
  let isMixed = false;
  for (const member in given) {
    if (type !== undefined) isMixed = true;
    type ??= member as ValueType;
  }
  if (type === undefined) throw emptyValue();
  if (!isMixed) return readTyped(type, given, facts, depth);
  // What is wrong with one of them is told first.
  for (const member in given) readTyped(member as ValueType, given, facts, depth);
  throw manyTypes();
}

function readTyped(type: ValueType, given: AttributeValue, facts: Facts, depth: number): Value {
  switch (type) {
    case 'S':
      facts.size += utf8Length(given.S as string);
      return given as Value;
    case 'N': {
      const number = normalizeNumber(given.N as string);
      facts.size += numberSize(number);
      return number === given.N ? (given as Value) : { N: number };
    }
    case 'BOOL':
      facts.size += 1;
      return given as Value;
    case 'NULL':
      if (given.NULL !== true) throw invalidParameter('Null attribute value types must have the value of true');
      facts.size += 1;
      return given as Value;
    case 'B': {
      facts.binary = true;
      const text = base64Of(given.B as Uint8Array);
      facts.size += base64Size(text);
      return { B: text };
    }
    case 'M':
    case 'L':
      return readNested(given, type, facts, depth);
    default:
      return readSet(given, type, facts);
  }
}

function readNested(given: AttributeValue, type: 'M' | 'L', facts: Facts, depth: number): Value {
  if (depth >= NESTING_MAX - 1) throw nestedTooDeep();
  facts.size += 3;
  if (type === 'M') {
    const before = given.M as Wire;
    for (const _ in before) facts.size += 1;
    const map = readItem(before, facts, depth + 1);
    return map === (before as unknown) ? (given as unknown as Value) : { M: map };
  }
  const before = given.L as AttributeValue[];
  facts.size += before.length;
  const list = before.map((one) => readValue(one, facts, depth + 1));
  return list.every((one, index) => one === (before[index] as unknown)) ? (given as unknown as Value) : { L: list };
}

const EMPTY_SETS = {
  SS: 'An string set  may not be empty',
  NS: 'An number set  may not be empty',
  BS: 'Binary sets should not be empty',
} as const;

function readSet(given: AttributeValue, type: 'SS' | 'NS' | 'BS', facts: Facts): Value {
  const members = given[type] as readonly (string | Uint8Array)[];
  if (members.length === 0) throw invalidParameter(EMPTY_SETS[type]);
  const list = members.map((one) =>
    type === 'SS' ? (one as string) : type === 'NS' ? normalizeNumber(one as string) : base64Of(one as Uint8Array),
  );
  if (type === 'BS') facts.binary = true;
  for (const one of list)
    facts.size += type === 'SS' ? utf8Length(one) : type === 'NS' ? numberSize(one) : base64Size(one);
  if (new Set(list).size !== list.length) {
    if (type === 'NS') throw invalid('Input collection contains duplicates');
    throw invalidParameter(
      `Input collection [${list.join(', ')}]${type === 'BS' ? 'of type BS' : ''} contains duplicates.`,
    );
  }
  return { [type]: sortedSet(type, list) };
}

/**
 * The members of a set in the order in which DynamoDB keeps them; numbers stay as they came.
 * Source: ananthakumaran/fake_dynamo#9, hashicorp/terraform-provider-aws#22745; of numbers dynalite's recorded answers.
 */
export function sortedSet(type: 'SS' | 'NS' | 'BS', list: string[]): string[] {
  if (type === 'NS') return list;
  const order = type === 'SS' ? compareTexts : compareBinaries;
  return list.every((one, at) => at === 0 || order(list[at - 1] as string, one) < 0) ? list : list.toSorted(order);
}

/** A value for the answer: binary as bytes. */
function showValue(value: Value): AttributeValue {
  if (value.B !== undefined) return { B: Buffer.from(value.B, 'base64') };
  if (value.BS !== undefined) return { BS: value.BS.map((one) => Buffer.from(one, 'base64')) };
  if (value.L !== undefined) return { L: value.L.map(showValue) };
  if (value.M !== undefined) return { M: showItem(value.M, true) };
  return value as AttributeValue;
}

/** An item for the answer; one without binary goes out as it is kept. */
export function showItem(item: Item, binary: boolean): { [name: string]: AttributeValue } {
  if (!binary) return item as unknown as { [name: string]: AttributeValue };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, showValue(value)]));
}

/** Bytes of an item by AWS's rules. Source: Developer Guide, "DynamoDB item sizes and formats". */
export function itemSize(item: Item): number {
  let size = 0;
  for (const name in item) size += utf8Length(name) + valueSize(item[name] as Value);
  return size;
}

/**
 * Size of a value in bytes, as AWS counts it.
 *
 * @see DynamoDB Developer Guide, "DynamoDB Item sizes and formats"
 */
export function valueSize(value: Value): number {
  if (value.S !== undefined) return utf8Length(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return base64Size(value.B);
  if (value.M !== undefined) return 3 + itemSize(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + valueSize(one) + 1, 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, one) => sum + utf8Length(one), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, one) => sum + numberSize(one), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, one) => sum + base64Size(one), 0);
  return 1;
}

/** How deep maps and lists are nested in an item; an attribute without any counts as 0. */
export function depthOf(value: Value): number {
  if (value.M !== undefined) return 1 + Object.values(value.M).reduce((most, one) => Math.max(most, depthOf(one)), 0);
  if (value.L !== undefined) return 1 + value.L.reduce((most, one) => Math.max(most, depthOf(one)), 0);
  return 0;
}

/** Whether two values are the same: of one type, sets in any order. */
export function equalValues(a: Value, b: Value): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case 'M': {
      const x = a.M as Item;
      const y = b.M as Item;
      const names = Object.keys(x);
      return (
        names.length === Object.keys(y).length &&
        names.every((name) => Object.hasOwn(y, name) && equalValues(x[name] as Value, y[name] as Value))
      );
    }
    case 'L': {
      const x = a.L as readonly Value[];
      const y = b.L as readonly Value[];
      return x.length === y.length && x.every((one, index) => equalValues(one, y[index] as Value));
    }
    case 'SS':
    case 'NS':
    case 'BS': {
      const x = a[type] as readonly string[];
      const y = new Set(b[type]);
      return x.length === y.size && x.every((one) => y.has(one));
    }
    default:
      return a[type] === b[type];
  }
}

/** The order of two values of one type (S, N or B); undefined where there is none. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.S !== undefined && b.S !== undefined) return compareTexts(a.S, b.S);
  if (a.B !== undefined && b.B !== undefined) return compareBinaries(a.B, b.B);
  return undefined;
}

/** By the bytes that base64 texts stand for. */
function compareBinaries(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'));
}

/** By UTF-8 bytes, which is by code point. */
export function compareTexts(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points beyond all others. */
const rankOf = (unit: number) => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit);

/** Bytes of what base64 text stands for. */
export function base64Size(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function base64Of(bytes: Uint8Array | string): string {
  return typeof bytes === 'string'
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** A byte per two digits, counted from the point, and one for the exponent; negative numbers have one more. */
export function numberSize(text: string): number {
  return pairsOf(text) + (text.startsWith('-') ? 2 : 1);
}
