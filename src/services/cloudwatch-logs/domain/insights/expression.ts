/** Expressions of the query language, read into functions of a row. */
import type { Millis } from '#kernel/base';
import { Regex } from '../regex/regex.ts';
import { RegexError } from '../regex/syntax.ts';
import { AGGREGATES, type Aggregate, aggregateOf, COUNTS, type Eval } from './aggregates.ts';
import { functionOf } from './functions.ts';
import { capped, ceilTime, floorTime, lengthOf, type Period, periodOf } from './period.ts';
import type { Needs, Subquery, Window } from './plan.ts';
import type { Scanner } from './scanner.ts';
import { compareValues, isStructure, isTrue, toNumber, toText, type Value } from './value.ts';

/** What an expression may use. */
export type Scope = {
  now: Millis;
  window: Window;
  /** Where aggregates are collected; undefined where none may stand. */
  aggregates?: Aggregate[];
  needs: Needs;
  /** Where fields that are named are collected. */
  fields?: Set<string>;
  /** Reads a query up to the parenthesis that closes it; undefined within one. */
  inner?: (scan: Scanner) => Subquery;
};

const DEPTH_MAX = 100;
let depth = 0;

/** Reads an expression. @throws {QueryError} */
export function readExpression(scan: Scanner, scope: Scope): Eval {
  depth += 1;
  try {
    if (depth > DEPTH_MAX) throw scan.fault('the query is nested too deeply');
    let left = conjunction(scan, scope);
    while (scan.word('or') || scan.sign('||')) {
      const [a, b] = [left, conjunction(scan, scope)];
      left = (row) => isTrue(a(row)) || isTrue(b(row));
    }
    return left;
  } finally {
    depth -= 1;
  }
}

function conjunction(scan: Scanner, scope: Scope): Eval {
  let left = negation(scan, scope);
  while (scan.word('and') || scan.sign('&&')) {
    const [a, b] = [left, negation(scan, scope)];
    left = (row) => isTrue(a(row)) && isTrue(b(row));
  }
  return left;
}

function negation(scan: Scanner, scope: Scope): Eval {
  let turns = 0;
  while (scan.word('not') || (!scan.text.startsWith('!=', scan.at) && scan.sign('!'))) turns += 1;
  const inner = comparison(scan, scope);
  return turns % 2 === 0 ? inner : (row) => !isTrue(inner(row));
}

function comparison(scan: Scanner, scope: Scope): Eval {
  const { at } = scan;
  const left = sum(scan, scope);
  const name = scan.since(at);
  const not = scan.word('not');
  if (scan.word('like') || scan.sign('=~')) return matching(left, readMatcher(scan), not);
  if (scan.word('in')) {
    if (scan.sign('(')) return selection(left, name, readSubquery(scan, scope), not);
    return membership(left, readList(scan, scope), not);
  }
  if (not) throw scan.unexpected();
  const operator = scan.take(/!=|<=|>=|=|<|>/y);
  if (operator === undefined) return left;
  const right = sum(scan, scope);
  return (row) => compared(operator, left(row), right(row));
}

function compared(operator: string, a: Value, b: Value): Value {
  if (isStructure(a) || isStructure(b)) return false;
  if (a === undefined || b === undefined) return operator === '!=' ? a !== b : false;
  const order = compareValues(a, b);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function matching(left: Eval, matches: (text: string) => boolean, not: boolean): Eval {
  return (row) => {
    const text = toText(left(row));
    return text === undefined ? not : matches(text) !== not;
  };
}

/** What stands on the right of `like`: a part of the text, or an expression. */
function readMatcher(scan: Scanner): (text: string) => boolean {
  const part = scan.quoted();
  if (part !== undefined) return (text) => text.includes(part);
  const regex = readRegex(scan);
  return (text) => regex.test(text);
}

/** An expression between slashes. @throws {QueryError} */
export function readRegex(scan: Scanner): Regex {
  const { at } = scan;
  const found = scan.regex();
  if (found === undefined) throw scan.unexpected();
  try {
    return new Regex(found.text, found.flags);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw scan.fault(`invalid regular expression: ${error.message}`, scan.at - at, at);
  }
}

function readList(scan: Scanner, scope: Scope): Eval[] {
  scan.expect('[');
  const items: Eval[] = [];
  while (!scan.sign(']')) {
    if (items.length > 0) scan.expect(',');
    items.push(sum(scan, scope));
  }
  return items;
}

function membership(left: Eval, items: readonly Eval[], not: boolean): Eval {
  return (row) => {
    const value = left(row);
    return items.some((item) => compared('=', value, item(row)) === true) !== not;
  };
}

/** Reads a query within a query, whose parenthesis is open. @throws {QueryError} */
export function readSubquery(scan: Scanner, { inner, needs }: Scope): Subquery {
  if (inner === undefined) throw scan.fault('nested subqueries are not supported');
  const subquery = inner(scan);
  needs.subqueries.push(subquery);
  return subquery;
}

/** Whether a value is among those of a query: of its field of the same name, or of its first. */
function selection(left: Eval, name: string, subquery: Subquery, not: boolean): Eval {
  let values: ReadonlySet<string> | undefined;
  const gather = () => {
    const { columns, rows } = subquery;
    const column = columns.includes(name) ? name : (columns[0] ?? name);
    return new Set(rows.flatMap((row) => toText(row.get(column)) ?? []));
  };
  return (row) => {
    values ??= gather();
    return values.has(toText(left(row)) ?? '') !== not;
  };
}

function arithmetic(a: Eval, b: Eval, call: (x: number, y: number) => number): Eval {
  return (row) => {
    const [x, y] = [toNumber(a(row)), toNumber(b(row))];
    if (x === undefined || y === undefined) return undefined;
    const result = call(x, y);
    return Number.isFinite(result) ? result : undefined;
  };
}

function sum(scan: Scanner, scope: Scope): Eval {
  let left = product(scan, scope);
  for (let sign = scan.take(/[+-]/y); sign !== undefined; sign = scan.take(/[+-]/y)) {
    const plus = sign === '+';
    left = arithmetic(left, product(scan, scope), (x, y) => (plus ? x + y : x - y));
  }
  return left;
}

function product(scan: Scanner, scope: Scope): Eval {
  let left = power(scan, scope);
  for (let sign = scan.take(/[*/%]/y); sign !== undefined; sign = scan.take(/[*/%]/y)) {
    const operator = sign;
    left = arithmetic(left, power(scan, scope), (x, y) =>
      operator === '*' ? x * y : operator === '/' ? x / y : x % y,
    );
  }
  return left;
}

function power(scan: Scanner, scope: Scope): Eval {
  const left = unary(scan, scope);
  if (!scan.sign('^')) return left;
  return arithmetic(left, power(scan, scope), (x, y) => x ** y);
}

/** What stands alone, without operators: what `parse` reads, whose expression begins with a slash. */
export function readOperand(scan: Scanner, scope: Scope): Eval {
  return unary(scan, scope);
}

function unary(scan: Scanner, scope: Scope): Eval {
  let sign = 1;
  while (scan.sign('-')) sign = -sign;
  const inner = primary(scan, scope);
  if (sign === 1) return inner;
  return arithmetic(
    () => 0,
    inner,
    (_, y) => -y,
  );
}

function primary(scan: Scanner, scope: Scope): Eval {
  if (scan.sign('(')) {
    const inner = readExpression(scan, scope);
    scan.expect(')');
    return inner;
  }
  const number = scan.take(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])|\.\d+/y);
  if (number !== undefined) return () => Number(number);
  const text = scan.quoted();
  if (text !== undefined) return () => text;
  const call = /^([A-Za-z_]\w*)\s*\(/.exec(scan.text.slice(scan.at, scan.at + 100))?.[1];
  if (call !== undefined) return readCall(scan, scope, call);
  if (scan.word('true')) return () => true;
  if (scan.word('false')) return () => false;
  const name = scan.needField();
  scope.fields?.add(name);
  return (row) => row.get(name);
}

function readCall(scan: Scanner, scope: Scope, name: string): Eval {
  const { at } = scan;
  scan.take(/[A-Za-z_]\w*/y);
  scan.expect('(');
  const key = name.toLowerCase();
  if (AGGREGATES.has(key)) return readAggregate(scan, scope, key, at);
  switch (key) {
    case 'bin':
      return readRounded(scan, scope, floorTime, (row) => row.get('@timestamp'));
    case 'datefloor':
      return readRounded(scan, scope, floorTime);
    case 'dateceil':
      return readRounded(scan, scope, ceilTime);
    case 'now': {
      scan.expect(')');
      const seconds = Math.floor(scope.now / 1_000);
      return () => seconds;
    }
    case 'querystarttime':
    case 'queryendtime':
    case 'querytimerange': {
      scan.expect(')');
      const { from, to } = scope.window;
      const known = key === 'querystarttime' ? from : key === 'queryendtime' ? to : to - from;
      return () => known;
    }
    case 'unmask': {
      const field = scan.needField();
      scan.expect(')');
      scope.needs.unmasks = true;
      scope.needs.standardOnly.add('unmask');
      return (row) => (field === '@message' ? (row.source?.unmasked ?? row.get(field)) : row.get(field));
    }
  }
  const known = functionOf(name);
  if (known === undefined) throw scan.fault(`unknown function ${name}`, name.length, at);
  const values: Eval[] = [];
  while (!scan.sign(')')) {
    if (values.length > 0) scan.expect(',');
    values.push(readExpression(scan, scope));
  }
  if (values.length < known.min || values.length > known.max)
    throw scan.fault(`wrong number of arguments for function ${name}`, name.length, at);
  return (row) => known.call(...values.map((value) => value(row)));
}

function readAggregate(scan: Scanner, scope: Scope, name: string, at: number): Eval {
  const { aggregates } = scope;
  if (aggregates === undefined && name === 'histogram') return readBucket(scan, scope);
  if (aggregates === undefined) throw scan.fault(`aggregate function ${name} is not allowed here`, name.length, at);
  const { aggregates: _, ...inside } = scope;
  let value: Eval | undefined;
  let amount: number | undefined;
  if (name === 'topk') {
    amount = readAmount(scan);
    scan.expect(',');
  }
  if (!(COUNTS.has(name) && (scan.sign('*') || scan.text[scan.at] === ')'))) value = readExpression(scan, inside);
  if (amount === undefined && scan.sign(',')) amount = name === 'rate' ? lengthOf(readPeriod(scan)) : readAmount(scan);
  scan.expect(')');
  const aggregate = fits(name, amount) ? aggregateOf(name, value, amount ?? 50) : undefined;
  if (aggregate === undefined) throw scan.fault(`wrong arguments for function ${name}`, name.length, at);
  const index = aggregates.push(aggregate) - 1;
  return (row) => row.aggregates[index];
}

/** `by histogram(value, 50)`: where the range of that width begins in which a number lies. Source: as recorded from AWS. */
function readBucket(scan: Scanner, scope: Scope): Eval {
  const value = readExpression(scan, scope);
  scan.expect(',');
  const { at } = scan;
  const width = readAmount(scan);
  scan.expect(')');
  if (!(width > 0)) throw scan.fault('wrong arguments for function histogram', 1, at);
  return (row) => {
    const number = toNumber(value(row));
    return number === undefined ? undefined : Math.floor(number / width) * width;
  };
}

const readAmount = (scan: Scanner) => Number(scan.take(/\d+(?:\.\d+)?/y) ?? Number.NaN);

/** Buckets of a histogram. Our own bound. */
const BUCKETS_MAX = 1_000;
/** Source: User Guide, "stats": "Valid values for k range from 1 to 10000". */
const TOP_MAX = 10_000;

function fits(name: string, amount: number | undefined): boolean {
  const isCount = (most: number) => Number.isInteger(amount) && Number(amount) >= 1 && Number(amount) <= most;
  if (name === 'topk') return isCount(TOP_MAX);
  if (name === 'histogram') return isCount(BUCKETS_MAX);
  if (name === 'rate') return amount !== undefined;
  return !Number.isNaN(amount);
}

/** A period such as `5m`. @throws {QueryError} */
export function readPeriod(scan: Scanner): Period {
  const { at } = scan;
  const [, count, unit] = /^(\d+)\s*([A-Za-z]*)$/.exec(scan.take(/\d+\s*[A-Za-z]*/y)?.trim() ?? '') ?? [];
  const period =
    count === undefined ? undefined : periodOf(Number(count), unit === '' ? 's' : (unit ?? '').toLowerCase());
  if (period === undefined) throw scan.fault('invalid period', 1, at);
  return period;
}

function readRounded(scan: Scanner, scope: Scope, round: (at: Millis, period: Period) => Millis, of?: Eval): Eval {
  let value = of;
  if (value === undefined) {
    value = readExpression(scan, scope);
    scan.expect(',');
  }
  const period = capped(readPeriod(scan));
  scan.expect(')');
  const inner = value;
  return (row) => {
    const instant = toNumber(inner(row));
    return instant === undefined ? undefined : { at: round(instant, period) };
  };
}
