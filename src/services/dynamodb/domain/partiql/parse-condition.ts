/** Parses WHERE into the condition of an expression. Source: Developer Guide, "Use PartiQL operators with DynamoDB", "Use PartiQL functions". */
import { invalid, operandCount, pathNeeded, tooManyOperands, unknownFunction } from '../../errors.ts';
import { IN_OPERANDS_MAX } from '../../limits.ts';
import type { Comparator, Condition, Operand } from '../expression/ast.ts';
import type { ValueType } from '../value.ts';
import { type Gathered, isConstant, parseConstant, parsePath } from './parse-value.ts';
import type { Cursor } from './tokens.ts';

const COMPARATORS: { readonly [symbol: string]: Comparator | undefined } = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** OR of AND of NOT of comparisons. @throws {ServiceError} ValidationException */
export function parseWhere(cursor: Cursor, gathered: Gathered): Condition {
  let left = parseAnd(cursor, gathered);
  while (cursor.takeWord('OR')) left = { kind: 'or', left, right: parseAnd(cursor, gathered) };
  return left;
}

function parseAnd(cursor: Cursor, gathered: Gathered): Condition {
  let left = parseNot(cursor, gathered);
  while (cursor.takeWord('AND')) left = { kind: 'and', left, right: parseNot(cursor, gathered) };
  return left;
}

function parseNot(cursor: Cursor, gathered: Gathered): Condition {
  if (cursor.takeWord('NOT')) return { kind: 'not', inner: cursor.nested(() => parseNot(cursor, gathered)) };
  if (!cursor.takeSymbol('(')) return parseComparison(cursor, gathered);
  const inner = cursor.nested(() => parseWhere(cursor, gathered));
  cursor.expectSymbol(')');
  return inner;
}

function parseComparison(cursor: Cursor, gathered: Gathered): Condition {
  const name = cursor.call();
  if (name !== undefined && name !== 'size') return parseFunction(cursor, gathered, name);
  if (cursor.isWord('EXISTS')) throw unknownFunction('exists', cursor.place());
  const left = parseOperand(cursor, gathered);
  const { token } = cursor;
  const operator = token.kind === 'symbol' ? COMPARATORS[token.text] : undefined;
  if (operator !== undefined) {
    cursor.next();
    return { kind: 'compare', operator, left, right: parseOperand(cursor, gathered) };
  }
  if (cursor.takeWord('BETWEEN')) {
    const low = parseOperand(cursor, gathered);
    cursor.expectWord('AND');
    return { kind: 'between', operand: left, low, high: parseOperand(cursor, gathered) };
  }
  if (cursor.takeWord('IN')) return parseIn(cursor, gathered, left);
  if (cursor.takeWord('IS')) return parseIs(cursor, gathered, left);
  throw cursor.unexpected();
}

function parseOperand(cursor: Cursor, gathered: Gathered): Operand {
  if (cursor.call() === 'size') {
    cursor.next();
    cursor.expectSymbol('(');
    const operand = cursor.nested(() => parseOperand(cursor, gathered));
    cursor.expectSymbol(')');
    return { kind: 'size', operand };
  }
  if (isConstant(cursor)) return { kind: 'value', name: gathered.constant(parseConstant(cursor, gathered)) };
  return { kind: 'path', path: parsePath(cursor, gathered) };
}

/** A list in brackets or parentheses. */
function parseIn(cursor: Cursor, gathered: Gathered, operand: Operand): Condition {
  const closing = cursor.takeSymbol('[') ? ']' : cursor.takeSymbol('(') ? ')' : undefined;
  if (closing === undefined) throw cursor.unexpected();
  const list = [parseOperand(cursor, gathered)];
  while (cursor.takeSymbol(',')) list.push(parseOperand(cursor, gathered));
  cursor.expectSymbol(closing);
  if (list.length > IN_OPERANDS_MAX) throw invalid(tooManyOperands(list.length));
  return { kind: 'in', operand, list };
}

/** What IS calls the types. */
const TYPES: ReadonlyMap<string, ValueType> = new Map([
  ['NULL', 'NULL'],
  ['BOOL', 'BOOL'],
  ['BOOLEAN', 'BOOL'],
  ['STRING', 'S'],
  ['INT', 'N'],
  ['FLOAT', 'N'],
  ['DECIMAL', 'N'],
  ['BLOB', 'B'],
  ['LIST', 'L'],
  ['STRUCT', 'M'],
  ['TUPLE', 'M'],
]);

function parseIs(cursor: Cursor, gathered: Gathered, operand: Operand): Condition {
  const isNot = cursor.takeWord('NOT');
  if (operand.kind !== 'path') throw cursor.unexpected();
  const { path } = operand;
  if (cursor.takeWord('MISSING')) return { kind: 'exists', path, wanted: isNot };
  const S = cursor.token.kind === 'word' ? TYPES.get(cursor.token.text.toUpperCase()) : undefined;
  if (S === undefined) throw cursor.unexpected();
  cursor.next();
  const type: Operand = { kind: 'value', name: gathered.constant(() => ({ S })) };
  const isSo: Condition = { kind: 'type', path, type };
  return isNot ? { kind: 'not', inner: isSo } : isSo;
}

const OPERANDS: ReadonlyMap<string, number> = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
]);

/** A function, perhaps compared with TRUE or FALSE. */
function parseFunction(cursor: Cursor, gathered: Gathered, name: string): Condition {
  const wanted = OPERANDS.get(name);
  if (wanted === undefined) throw unknownFunction(name, cursor.place());
  cursor.next();
  cursor.expectSymbol('(');
  const given: Operand[] = [];
  if (!cursor.isSymbol(')'))
    do given.push(cursor.nested(() => parseOperand(cursor, gathered)));
    while (cursor.takeSymbol(','));
  cursor.expectSymbol(')');
  const [operand, sought] = given;
  if (given.length !== wanted || operand === undefined) throw operandCount(name, given.length);
  const condition = conditionOf(name, operand, sought);
  if (!cursor.takeSymbol('=')) return condition;
  if (cursor.takeWord('TRUE')) return condition;
  cursor.expectWord('FALSE');
  return { kind: 'not', inner: condition };
}

/** @throws {ServiceError} ValidationException */
function conditionOf(name: string, operand: Operand, sought: Operand | undefined): Condition {
  if ((name === 'begins_with' || name === 'contains') && sought !== undefined) return { kind: name, operand, sought };
  if (operand.kind !== 'path') throw pathNeeded(name);
  const { path } = operand;
  if (sought !== undefined) return { kind: 'type', path, type: sought };
  return { kind: 'exists', path, wanted: name === 'attribute_exists' };
}
