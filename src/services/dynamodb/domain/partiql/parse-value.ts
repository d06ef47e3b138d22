/** Parses what statements say about data: paths, literals, parameters. Source: Developer Guide, "PartiQL data types for DynamoDB". */
import { ServiceError } from '#kernel/contract';
import { emptyBag, invalid, malformedStatement, unreadableStatement } from '../../errors.ts';
import type { Path } from '../expression/ast.ts';
import { normalizeNumber } from '../number.ts';
import { readValue, typeOf, type Value } from '../value.ts';
import type { Make } from './statement.ts';
import type { Cursor } from './tokens.ts';

/** Gathers names and constants of a statement while it is parsed. */
export class Gathered {
  readonly names: { [placeholder: string]: string } = {};
  readonly values: { [placeholder: string]: Make } = {};
  parameters = 0;
  #count = 0;

  /** A step of a path; one that looks like a placeholder becomes one. */
  step(name: string): string {
    if (!name.startsWith('#')) return name;
    this.#count += 1;
    const placeholder = `#${this.#count}`;
    this.names[placeholder] = name;
    return placeholder;
  }

  constant(make: Make): string {
    this.#count += 1;
    const placeholder = `:${this.#count}`;
    this.values[placeholder] = make;
    return placeholder;
  }
}

/** `a.b[0]."c"`. */
export function parsePath(cursor: Cursor, gathered: Gathered): Path {
  const steps: (string | number)[] = [gathered.step(cursor.name())];
  for (;;) {
    if (cursor.takeSymbol('.')) {
      steps.push(gathered.step(cursor.name()));
    } else if (cursor.takeSymbol('[')) {
      const { kind, text } = cursor.next();
      if (kind === 'number' && /^\d+$/.test(text)) steps.push(Number(text));
      else if (kind === 'text') steps.push(gathered.step(text));
      else throw cursor.unexpected();
      cursor.expectSymbol(']');
    } else return steps;
  }
}

/** Whether a constant stands here, and no path. */
export function isConstant(cursor: Cursor): boolean {
  const { kind, text } = cursor.token;
  if (kind === 'text' || kind === 'number') return true;
  if (kind === 'word') return /^(?:true|false|null)$/i.test(text);
  return kind === 'symbol' && ['?', '{', '[', '<<', '-', '+'].includes(text);
}

/** Where a literal lies in the value of an attribute; the tuple of an INSERT is not within one. */
const ROOT = 'root';
export const OUTSIDE = '';

/** A literal or a parameter. @param place where it lies, as faults of numbers tell it */
export function parseConstant(cursor: Cursor, gathered: Gathered, place = ROOT): Make {
  const { kind, text } = cursor.next();
  if (kind === 'text') return () => ({ S: text });
  if (kind === 'number') return number(text, place);
  if (kind === 'word') {
    const word = text.toUpperCase();
    if (word === 'TRUE' || word === 'FALSE') return () => ({ BOOL: word === 'TRUE' });
    if (word === 'NULL') return () => ({ NULL: true });
  }
  if (kind !== 'symbol') throw cursor.unexpected();
  switch (text) {
    case '?': {
      const at = gathered.parameters;
      gathered.parameters += 1;
      // How many there must be is checked before they are used.
      return (parameters) => parameters[at] as Value;
    }
    case '-':
    case '+': {
      const digits = cursor.next();
      if (digits.kind !== 'number') throw cursor.unexpected();
      return number(text === '-' ? `-${digits.text}` : digits.text, place);
    }
    case '{':
      return parseMap(cursor, gathered, place);
    case '[': {
      const list = parseList(cursor, gathered, ']', place);
      return (parameters) => ({ L: list.map((make) => make(parameters)) });
    }
    case '<<': {
      const members = parseList(cursor, gathered, '>>', place);
      if (members.length === 0) throw emptyBag();
      return (parameters) => setOf(members.map((make) => make(parameters)));
    }
    default:
      throw cursor.unexpected();
  }
}

const INT_MAX = 2 ** 31 - 1;

/** Whether a literal's exponent, and what that makes of its scale, are numbers of 32 bits. */
function isReadable(text: string): boolean {
  const [, fraction = '', exponent = '0'] = /^[^.eE]*(?:\.(\d*))?(?:[eE](.*))?$/.exec(text) ?? [];
  return Math.abs(Number(exponent)) <= INT_MAX && Math.abs(fraction.length - Number(exponent)) <= INT_MAX;
}

/** @throws {ServiceError} ValidationException */
function number(text: string, place: string): Make {
  if (!isReadable(text)) throw unreadableStatement();
  try {
    const value = { N: normalizeNumber(text) };
    return () => value;
  } catch (error) {
    throw error instanceof ServiceError ? invalid(`${error.message} under ${place || ROOT}`) : error;
  }
}

/** Constants up to the closing symbol. */
function parseList(cursor: Cursor, gathered: Gathered, closing: string, place: string): Make[] {
  const list: Make[] = [];
  if (cursor.takeSymbol(closing)) return list;
  do list.push(cursor.nested(() => parseConstant(cursor, gathered, `${place}[${list.length}]`)));
  while (cursor.takeSymbol(','));
  cursor.expectSymbol(closing);
  return list;
}

function parseMap(cursor: Cursor, gathered: Gathered, place: string): Make {
  const members: [string, Make][] = [];
  if (!cursor.takeSymbol('}')) {
    do {
      const key = cursor.next();
      if (key.kind !== 'text' && key.kind !== 'name' && key.kind !== 'word') throw cursor.unexpected();
      cursor.expectSymbol(':');
      const within = place === OUTSIDE ? ROOT : `${place}.${key.text}`;
      members.push([key.text, cursor.nested(() => parseConstant(cursor, gathered, within))]);
    } while (cursor.takeSymbol(','));
    cursor.expectSymbol('}');
  }
  return (parameters) => ({ M: Object.fromEntries(members.map(([name, make]) => [name, make(parameters)])) });
}

const SETS = { S: 'SS', N: 'NS', B: 'BS' } as const;

/** A set of the type of its members. @throws {ServiceError} ValidationException */
function setOf(members: readonly Value[]): Value {
  const [first] = members;
  const type = first === undefined ? undefined : typeOf(first);
  if (type !== 'S' && type !== 'N' && type !== 'B') throw malformedStatement('Unsupported set element type');
  const list = members.map((member) => member[type]);
  if (list.some((one) => one === undefined)) throw malformedStatement('Set elements must have the same type');
  const set = { [SETS[type]]: list } as Value;
  return readValue(set as never, { size: 0, binary: false });
}
