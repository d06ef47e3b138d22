/**
 * Parses conditions (ConditionExpression, FilterExpression, KeyConditionExpression). From loosest to tightest: OR, AND, NOT, then
 * comparisons, BETWEEN and IN. Source: Developer Guide, "Condition and filter expressions, operators, and functions".
 */
import { IN_OPERANDS_MAX } from '../../limits.ts';
import type { Comparator, Condition, Operand, Parsed } from './ast.ts';
import { pathText } from './ast.ts';
import { Cursor } from './tokens.ts';

const COMPARATORS = new Set(['=', '<>', '<', '<=', '>', '>=']);
const OPERANDS: { readonly [name: string]: number | undefined } = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const UPDATE_FUNCTIONS = new Set(['if_not_exists', 'list_append']);

/** @throws {ServiceError} ValidationException with `label` as the parameter's name */
export function parseCondition(text: string, label: string): Parsed<Condition> {
  const cursor = new Cursor(text, label);
  const tree = parseOr(cursor);
  cursor.end();
  return { tree, names: cursor.names, values: cursor.values, paths: cursor.paths };
}

function parseOr(cursor: Cursor): Condition {
  let left = parseAnd(cursor);
  while (cursor.takeWord('OR')) {
    cursor.operator();
    left = { kind: 'or', left, right: parseAnd(cursor) };
  }
  return left;
}

function parseAnd(cursor: Cursor): Condition {
  let left = parseNot(cursor);
  while (cursor.takeWord('AND')) {
    cursor.operator();
    left = { kind: 'and', left, right: parseNot(cursor) };
  }
  return left;
}

function parseNot(cursor: Cursor): Condition {
  if (!cursor.isWord('NOT')) return parsePrimary(cursor);
  cursor.next();
  cursor.operator();
  return { kind: 'not', inner: cursor.nested(() => parseNot(cursor)) };
}

function parsePrimary(cursor: Cursor): Condition {
  const opened = cursor.position;
  if (!cursor.takeSymbol('(')) return parseComparison(cursor);
  const inner = cursor.nested(() => parseOr(cursor));
  const closed = cursor.position;
  cursor.expectSymbol(')');
  cursor.groups.set(opened, closed);
  if (cursor.groups.get(opened + 1) === closed - 1) cursor.fault('The expression has redundant parentheses;');
  return inner;
}

function parseComparison(cursor: Cursor): Condition {
  if (isCall(cursor) && cursor.token.text !== 'size') return parseFunction(cursor);
  const left = parseOperand(cursor);
  const { token } = cursor;
  if (token.kind === 'symbol' && COMPARATORS.has(token.text)) {
    cursor.next();
    cursor.operator();
    const right = parseOperand(cursor);
    checkDistinct(cursor, token.text, [left, right]);
    return { kind: 'compare', operator: token.text as Comparator, left, right };
  }
  if (cursor.takeWord('BETWEEN')) {
    cursor.operator();
    const low = parseOperand(cursor);
    if (!cursor.takeWord('AND')) throw cursor.syntax();
    const high = parseOperand(cursor);
    checkDistinct(cursor, 'BETWEEN', [left, low, high]);
    return { kind: 'between', operand: left, low, high };
  }
  if (cursor.takeWord('IN')) return parseIn(cursor, left);
  throw cursor.syntax();
}

function parseIn(cursor: Cursor, operand: Operand): Condition {
  cursor.operator();
  cursor.expectSymbol('(');
  const list = [parseOperand(cursor)];
  while (cursor.takeSymbol(',')) list.push(parseOperand(cursor));
  cursor.expectSymbol(')');
  if (list.length > IN_OPERANDS_MAX)
    cursor.fault(
      `Incorrect number of operands for operator or function; operator or function: IN, number of operands: ${list.length + 1}`,
    );
  checkDistinct(cursor, 'IN', [operand, ...list]);
  return { kind: 'in', operand, list };
}

/** A comparison of a path with itself is refused. */
function checkDistinct(cursor: Cursor, operator: string, [first, ...rest]: readonly Operand[]): void {
  if (first?.kind !== 'path') return;
  const text = pathText(first.path);
  if (rest.some((one) => one.kind === 'path' && pathText(one.path) === text))
    cursor.fault(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${text}`,
    );
}

function isCall(cursor: Cursor): boolean {
  return (
    cursor.token.kind === 'word' &&
    cursor.peek(1).kind === 'symbol' &&
    cursor.peek(1).text === '(' &&
    !cursor.isWord('NOT') &&
    !cursor.isWord('IN') &&
    !cursor.isWord('AND') &&
    !cursor.isWord('OR') &&
    !cursor.isWord('BETWEEN')
  );
}

function parseOperand(cursor: Cursor): Operand {
  if (isCall(cursor)) {
    const { text } = cursor.token;
    const args = parseArguments(cursor);
    if (text === 'size') return { kind: 'size', operand: args[0] ?? { kind: 'path', path: [] } };
    if (OPERANDS[text] !== undefined || UPDATE_FUNCTIONS.has(text))
      cursor.fault(`The function is not allowed to be used this way in an expression; function: ${text}`);
    return { kind: 'path', path: [] };
  }
  if (cursor.token.kind === 'value') return { kind: 'value', name: cursor.value() };
  return { kind: 'path', path: cursor.path() };
}

/** Name and arguments of a call; a wrong name or number is noted. */
function parseArguments(cursor: Cursor): Operand[] {
  const { text: name } = cursor.next();
  cursor.operator();
  cursor.expectSymbol('(');
  const args = [cursor.nested(() => parseOperand(cursor))];
  while (cursor.takeSymbol(',')) args.push(cursor.nested(() => parseOperand(cursor)));
  cursor.expectSymbol(')');
  const wanted = OPERANDS[name];
  if (wanted === undefined && !UPDATE_FUNCTIONS.has(name)) cursor.fault(`Invalid function name; function: ${name}`);
  else if (wanted !== undefined && args.length !== wanted)
    cursor.fault(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
    );
  return args;
}

function parseFunction(cursor: Cursor): Condition {
  const { text: name } = cursor.token;
  const [first, second] = parseArguments(cursor);
  if (cursor.token.kind === 'symbol' && COMPARATORS.has(cursor.token.text)) {
    cursor.fault(`The function is not allowed to be used this way in an expression; function: ${name}`);
    cursor.next();
    parseOperand(cursor);
  }
  const nothing: Operand = { kind: 'path', path: [] };
  if (name === 'begins_with' || name === 'contains') {
    if (second !== undefined) checkDistinct(cursor, name, [first ?? nothing, second]);
    return { kind: name, operand: first ?? nothing, sought: second ?? nothing };
  }
  if (UPDATE_FUNCTIONS.has(name))
    cursor.fault(`The function is not allowed in a condition expression; function: ${name}`);
  const known = OPERANDS[name] !== undefined;
  if (known && first?.kind !== 'path')
    cursor.fault(`Operator or function requires a document path; operator or function: ${name}`);
  const path = first?.kind === 'path' ? first.path : [];
  if (name === 'attribute_type') return { kind: 'type', path, type: second ?? nothing };
  return { kind: 'exists', path, wanted: name !== 'attribute_not_exists' };
}
