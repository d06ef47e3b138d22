/** What expressions of a query come to for a row, by the logic of three values. */
import { castFailed, unsupportedStructure, wrongArgument } from './errors.ts';
import { FUNCTIONS } from './functions.ts';
import { isLike } from './like.ts';
import type { Expression, Step, Type } from './parse.ts';
import { readTimestamp, type Timestamp } from './timestamps.ts';
import { compared, isDecimal, isTimestamp, isUnknown, MISSING, numeric, same, textOf, type Value } from './values.ts';

/** A row and what else expressions may ask for. */
export type Scope = {
  find(steps: readonly Step[]): Value;
  /** Of the aggregates, in their order; undefined while rows are gathered. */
  aggregates: readonly Value[];
  now(): Timestamp;
};

/** @throws {ServiceError} of what can't be evaluated */
export function evaluate(of: Expression, scope: Scope): Value {
  switch (of.kind) {
    case 'value':
      return of.value;
    case 'path':
      return scope.find(of.steps);
    case 'list':
      return of.items.map((item) => evaluate(item, scope));
    case 'unary':
      return of.sign === 'not' ? negated(evaluate(of.of, scope)) : signed(of.sign, evaluate(of.of, scope));
    case 'binary':
      return binary(of, scope);
    case 'is': {
      const value = evaluate(of.of, scope);
      return (of.what === 'missing' ? value === MISSING : isUnknown(value)) !== of.isNot;
    }
    case 'in':
      return turned(isAmong(evaluate(of.of, scope), evaluate(of.among, scope)), of.isNot);
    case 'between': {
      const value = evaluate(of.of, scope);
      const isAfter = ordered('>=', value, evaluate(of.from, scope));
      return turned(both(isAfter, ordered('<=', value, evaluate(of.to, scope))), of.isNot);
    }
    case 'like':
      return turned(like(of, scope), of.isNot);
    case 'case': {
      const found = of.cases.find(({ when }) => evaluate(when, scope) === true)?.result ?? of.otherwise;
      return found === undefined ? null : evaluate(found, scope);
    }
    case 'cast':
      return cast(evaluate(of.of, scope), of.to);
    case 'call':
      return FUNCTIONS[of.name]?.(
        of.args.map((one) => evaluate(one, scope)),
        scope.now,
      ) as Value;
    case 'aggregate':
      return scope.aggregates[of.at] ?? null;
  }
}

function turned(value: Value, isNot: boolean): Value {
  return isNot ? negated(value) : value;
}

function negated(value: Value): Value {
  return isUnknown(value) ? null : value !== true;
}

function both(a: Value, b: Value): Value {
  if (a === false || b === false) return false;
  return a === true && b === true ? true : null;
}

function either(a: Value, b: Value): Value {
  if (a === true || b === true) return true;
  return a === false && b === false ? false : null;
}

function binary({ sign, left, right }: Extract<Expression, { kind: 'binary' }>, scope: Scope): Value {
  const a = evaluate(left, scope);
  if (sign === 'and') return a === false ? false : both(a, evaluate(right, scope));
  if (sign === 'or') return a === true ? true : either(a, evaluate(right, scope));
  const b = evaluate(right, scope);
  if (isUnknown(a) || isUnknown(b)) return null;
  if (sign === '=') return same(a, b);
  if (sign === '<>' || sign === '!=') return !same(a, b);
  if (sign === '||') return joined(a, b);
  return /^[<>]/.test(sign) ? ordered(sign, a, b) : reckoned(sign, a, b);
}

/** Of two kinds of values neither is less. */
function ordered(sign: string, a: Value, b: Value): Value {
  const order = isUnknown(a) || isUnknown(b) ? undefined : compared(a, b);
  if (order === undefined) return null;
  return (
    (sign.startsWith('<') && order < 0) || (sign.startsWith('>') && order > 0) || (sign.endsWith('=') && order === 0)
  );
}

function joined(a: Value, b: Value): Value {
  if (typeof a !== 'string' || typeof b !== 'string') throw wrongArgument();
  return a + b;
}

function signed(sign: '-' | '+', value: Value): Value {
  if (isUnknown(value)) return null;
  const number = numeric(value);
  if (number === undefined) throw wrongArgument();
  return sign === '-' ? -number : number;
}

function reckoned(sign: string, left: Value, right: Value): Value {
  const [a, b] = [numeric(left), numeric(right)];
  if (a === undefined || b === undefined || ((sign === '/' || sign === '%') && Number(b) === 0)) throw wrongArgument();
  if (typeof a === 'bigint' && typeof b === 'bigint')
    return sign === '+' ? a + b : sign === '-' ? a - b : sign === '*' ? a * b : sign === '/' ? a / b : a % b;
  const [x, y] = [Number(a), Number(b)];
  return sign === '+' ? x + y : sign === '-' ? x - y : sign === '*' ? x * y : sign === '/' ? x / y : x % y;
}

function isAmong(value: Value, among: Value): Value {
  if (!Array.isArray(among)) throw unsupportedStructure();
  if (isUnknown(value)) return null;
  return among.some((one: Value) => same(value, one));
}

function like({ of, pattern, escape: escaping }: Extract<Expression, { kind: 'like' }>, scope: Scope): Value {
  const text = evaluate(of, scope);
  const form = evaluate(pattern, scope);
  const letter = escaping === undefined ? '' : evaluate(escaping, scope);
  if (isUnknown(text) || isUnknown(form) || isUnknown(letter)) return null;
  if (typeof text !== 'string' || typeof form !== 'string' || typeof letter !== 'string') throw wrongArgument();
  return isLike(text, form, letter);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const LONG_MAX = 2n ** 63n;

/** @throws {ServiceError} CastFailed */
function cast(value: Value, to: Type): Value {
  if (isUnknown(value)) return value;
  const made = castTo[to](value);
  if (made === undefined) throw castFailed();
  return made;
}

const castTo: { readonly [To in Type]: (value: Value) => Value | undefined } = {
  string: (value) => textOf(value),
  bool: (value) => {
    if (typeof value === 'boolean') return value;
    const number = numeric(value);
    if (number !== undefined) return Number(number) !== 0;
    return typeof value === 'string' && /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : undefined;
  },
  int: (value) => {
    const whole = wholeOf(value);
    return whole !== undefined && whole < LONG_MAX && whole >= -LONG_MAX ? whole : undefined;
  },
  float: (value) => numberFrom(value),
  decimal: (value) => (isDecimal(value) || typeof value === 'bigint' ? value : numberFrom(value)),
  timestamp: (value) => {
    if (isTimestamp(value)) return value;
    if (typeof value !== 'string') return undefined;
    try {
      return readTimestamp(value);
    } catch {
      return undefined;
    }
  },
};

function wholeOf(value: Value): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string')
    return /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim().replace('+', '')) : undefined;
  const number = numeric(value);
  return typeof number === 'bigint' || number === undefined ? number : BigInt(Math.trunc(number));
}

function numberFrom(value: Value): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return NUMBER.test(value.trim()) ? Number(value) : undefined;
  const number = numeric(value);
  return number === undefined ? undefined : Number(number);
}
