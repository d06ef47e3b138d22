/**
 * Parses conditions (ConditionExpression, FilterExpression, KeyConditionExpression). From loosest to tightest: OR, AND, NOT, then
 * comparisons, BETWEEN and IN. Source: Developer Guide, "Condition and filter expressions, operators, and functions".
 */
import { tooManyOperands } from '../../errors.ts';
import { IN_OPERANDS_MAX } from '../../limits.ts';
import type { Clause, Comparator, Condition, Operand, Parsed } from './ast.ts';
import { Cursor, type FaultKind } from './tokens.ts';

const COMPARATORS = new Set(['=', '<>', '<', '<=', '>', '>=']);
const KEYWORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN']);
const FAULTS: readonly FaultKind[] = ['parentheses', 'function', 'use', 'reserved'];
const OPERANDS: { readonly [name: string]: number | undefined } = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const UPDATE_FUNCTIONS = new Set(['if_not_exists', 'list_append']);
const NOTHING: Operand = { kind: 'path', path: [] };

/** The clauses read so far, and what is wrong with the one that is being read. */
type Reading = {
  cursor: Cursor;
  clauses: Clause[];
  count: string | undefined;
  place: string | undefined;
  measured: Operand | undefined;
};

/** @throws {ServiceError} ValidationException with `label` as the parameter's name */
export function parseCondition(text: string, label: string): Parsed<Condition> {
  const cursor = new Cursor(text, label, KEYWORDS);
  const reading: Reading = { cursor, clauses: [], count: undefined, place: undefined, measured: undefined };
  const tree = parseOr(reading);
  cursor.end(FAULTS);
  return { tree, paths: cursor.paths, clauses: reading.clauses };
}

function parseOr(reading: Reading): Condition {
  let left = parseAnd(reading);
  while (reading.cursor.takeWord('OR')) {
    reading.cursor.operator();
    left = { kind: 'or', left, right: parseAnd(reading) };
  }
  return left;
}

function parseAnd(reading: Reading): Condition {
  let left = parseNot(reading);
  while (reading.cursor.takeWord('AND')) {
    reading.cursor.operator();
    left = { kind: 'and', left, right: parseNot(reading) };
  }
  return left;
}

function parseNot(reading: Reading): Condition {
  const { cursor } = reading;
  if (!cursor.isWord('NOT')) return parsePrimary(reading);
  cursor.next();
  cursor.operator();
  return { kind: 'not', inner: cursor.nested(() => parseNot(reading)) };
}

function parsePrimary(reading: Reading): Condition {
  const { cursor } = reading;
  if (!cursor.isSymbol('(') || opensOperand(cursor)) return parseClause(reading);
  return parenthesized(cursor, () => parseOr(reading));
}

/** Whether the parenthesis here is around an operand, not around a condition: what follows it tells. */
function opensOperand(cursor: Cursor): boolean {
  const after = cursor.afterClosing();
  if (after === undefined) return false;
  if (after.kind === 'symbol') return COMPARATORS.has(after.text) || after.text === '.' || after.text === '[';
  return after.kind === 'word' && /^(between|in)$/i.test(after.text);
}

/** What stands in the parentheses here; two pairs around the same are one too many. */
function parenthesized<T>(cursor: Cursor, read: () => T): T {
  const opened = cursor.position;
  cursor.expectSymbol('(');
  const inner = cursor.nested(read);
  const closed = cursor.position;
  cursor.expectSymbol(')');
  cursor.groups.set(opened, closed);
  if (cursor.groups.get(opened + 1) === closed - 1)
    cursor.fault('parentheses', 'The expression has redundant parentheses;');
  return inner;
}

/** One comparison or function, with what is to be checked of it. */
function parseClause(reading: Reading): Condition {
  const { cursor, clauses } = reading;
  const before = cursor.uses.length;
  reading.count = undefined;
  reading.place = undefined;
  reading.measured = undefined;
  const isFunction = isCall(cursor) && cursor.token.text !== 'size';
  const { node, distinct } = isFunction ? parseFunction(reading) : parseComparison(reading);
  const { count, place, measured } = reading;
  clauses.push({
    uses: cursor.uses.slice(before),
    node,
    ...(count !== undefined && { count }),
    ...(place !== undefined && { place }),
    ...(measured !== undefined && { measured }),
    ...(distinct !== undefined && { distinct }),
  });
  return node;
}

type Read = { node: Condition; distinct?: NonNullable<Clause['distinct']> };

function parseComparison(reading: Reading): Read {
  const { cursor } = reading;
  const left = parseOperand(reading);
  const { token } = cursor;
  if (token.kind === 'symbol' && COMPARATORS.has(token.text)) {
    cursor.next();
    cursor.operator();
    const right = parseOperand(reading);
    const operator = token.text as Comparator;
    return { node: { kind: 'compare', operator, left, right }, distinct: { operator, operands: [left, right] } };
  }
  if (cursor.takeWord('BETWEEN')) {
    cursor.operator();
    const low = parseOperand(reading);
    if (!cursor.takeWord('AND')) throw cursor.unexpected();
    const high = parseOperand(reading);
    return {
      node: { kind: 'between', operand: left, low, high },
      distinct: { operator: 'BETWEEN', operands: [left, low, high] },
    };
  }
  if (cursor.takeWord('IN')) return parseIn(reading, left);
  if (left.kind !== 'size') throw cursor.unexpected();
  misused(cursor, 'size');
  return { node: { kind: 'exists', path: [], wanted: true } };
}

function parseIn(reading: Reading, operand: Operand): Read {
  const { cursor } = reading;
  cursor.operator();
  cursor.expectSymbol('(');
  const list = [parseOperand(reading)];
  while (cursor.takeSymbol(',')) list.push(parseOperand(reading));
  cursor.expectSymbol(')');
  if (list.length > IN_OPERANDS_MAX) reading.count ??= tooManyOperands(list.length);
  return { node: { kind: 'in', operand, list }, distinct: { operator: 'IN', operands: [operand, ...list] } };
}

function misused(cursor: Cursor, name: string): void {
  cursor.fault('use', `The function is not allowed to be used this way in an expression; function: ${name}`);
}

function wrongCount(name: string, count: number): string {
  return `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`;
}

function isCall(cursor: Cursor): boolean {
  const { token } = cursor;
  const next = cursor.peek(1);
  return (
    token.kind === 'word' && next.kind === 'symbol' && next.text === '(' && !KEYWORDS.has(token.text.toUpperCase())
  );
}

function parseOperand(reading: Reading): Operand {
  const { cursor } = reading;
  if (cursor.isSymbol('(')) {
    const inner = parenthesized(cursor, () => parseOperand(reading));
    if (inner.kind === 'path') cursor.extend(inner.path as (string | number)[]);
    return inner;
  }
  if (isCall(cursor)) {
    const { text } = cursor.token;
    const args = parseArguments(reading);
    if (text === 'size') return { kind: 'size', operand: args[0] ?? NOTHING };
    if (OPERANDS[text] !== undefined || UPDATE_FUNCTIONS.has(text)) misused(cursor, text);
    return { kind: 'path', path: [] };
  }
  if (cursor.token.kind === 'value') return { kind: 'value', name: cursor.value() };
  return { kind: 'path', path: cursor.path() };
}

/** Name and arguments of a call; a wrong name or number is noted. */
function parseArguments(reading: Reading): Operand[] {
  const { cursor } = reading;
  const { text: name } = cursor.next();
  cursor.operator();
  cursor.expectSymbol('(');
  const args = [cursor.nested(() => parseOperand(reading))];
  while (cursor.takeSymbol(',')) args.push(cursor.nested(() => parseOperand(reading)));
  cursor.expectSymbol(')');
  const wanted = OPERANDS[name];
  if (wanted === undefined && !UPDATE_FUNCTIONS.has(name))
    cursor.fault('function', `Invalid function name; function: ${name}`);
  else if (wanted !== undefined && args.length !== wanted) reading.count ??= wrongCount(name, args.length);
  return args;
}

function parseFunction(reading: Reading): Read {
  const { cursor } = reading;
  const { text: name } = cursor.token;
  const [first = NOTHING, second = NOTHING] = parseArguments(reading);
  if (cursor.token.kind === 'symbol' && COMPARATORS.has(cursor.token.text)) {
    misused(cursor, name);
    cursor.next();
    parseOperand(reading);
  }
  const distinct = { operator: name, operands: [first, second] };
  if (name === 'begins_with' || name === 'contains')
    return { node: { kind: name, operand: first, sought: second }, distinct };
  if (UPDATE_FUNCTIONS.has(name))
    cursor.fault('use', `The function is not allowed in a condition expression; function: ${name}`);
  if (name === 'attribute_type' && first.kind === 'value')
    return { node: { kind: 'type', path: [], constant: first.name, type: second }, distinct };
  if (OPERANDS[name] !== undefined && first.kind !== 'path') {
    reading.place = `Operator or function requires a document path; operator or function: ${name}`;
    if (first.kind === 'size') reading.measured = first.operand;
  }
  const path = first.kind === 'path' ? first.path : [];
  if (name === 'attribute_type') return { node: { kind: 'type', path, type: second }, distinct };
  return { node: { kind: 'exists', path, wanted: name !== 'attribute_not_exists' } };
}
