/** Metric math as text: read into a tree. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". */
import { validation } from '../errors.ts';
import { EXPRESSION_DEPTH_MAX, EXPRESSION_LENGTH_MAX } from '../limits.ts';
import { isMetricSql, type MetricSql, parseMetricSql } from './metric-sql.ts';

export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'operator'; operator: string; left: Expression; right: Expression }
  | { kind: 'minus'; of: Expression }
  | { kind: 'select'; query: MetricSql };

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(&&|\|\||==|!=|<=|>=|[-+*/^<>()[\],]))/y;
/** Looser first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
];

type Token = { kind: 'number' | 'name' | 'text' | 'sign'; text: string };

/** A query of Metrics Insights is an expression by itself. @throws {ServiceError} ValidationException */
export function parseExpression(text: string): Expression {
  if (text.length > EXPRESSION_LENGTH_MAX)
    throw validation(`Expression is longer than ${EXPRESSION_LENGTH_MAX} characters`);
  if (isMetricSql(text)) return { kind: 'select', query: parseMetricSql(text) };
  const tokens = tokensOf(text);
  let at = 0;
  const fail = () => validation(`Error in expression '${text}': Invalid syntax`);
  const peek = () => tokens[at]?.text;
  const take = (wanted: string): void => {
    if (tokens[at]?.text !== wanted) throw fail();
    at += 1;
  };
  const list = (end: string, depth: number): Expression[] => {
    const items: Expression[] = [];
    if (peek() !== end)
      do items.push(level(0, depth + 1));
      while (peek() === ',' && ++at > 0);
    take(end);
    return items;
  };
  const atom = (depth: number): Expression => {
    if (depth > EXPRESSION_DEPTH_MAX) throw fail();
    const token = tokens[at];
    if (token === undefined) throw fail();
    at += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'text') return { kind: 'text', value: token.text.slice(1, -1).replace(/\\(.)/g, '$1') };
    if (token.kind === 'name') {
      if (peek() !== '(') return { kind: 'name', name: token.text };
      at += 1;
      return { kind: 'call', name: token.text.toUpperCase(), arguments: list(')', depth) };
    }
    if (token.text === '-') return { kind: 'minus', of: power(depth + 1) };
    if (token.text === '+') return power(depth + 1);
    if (token.text === '[') return { kind: 'list', items: list(']', depth) };
    if (token.text !== '(') throw fail();
    const inner = level(0, depth + 1);
    take(')');
    return inner;
  };
  const power = (depth: number): Expression => {
    const left = atom(depth);
    if (peek() !== '^') return left;
    at += 1;
    return { kind: 'operator', operator: '^', left, right: power(depth + 1) };
  };
  const level = (number: number, depth: number): Expression => {
    if (depth > EXPRESSION_DEPTH_MAX) throw fail();
    const operators = LEVELS[number];
    if (operators === undefined) return power(depth);
    let left = level(number + 1, depth);
    for (let operator = peek(); operator !== undefined && operators.includes(operator); operator = peek()) {
      at += 1;
      left = { kind: 'operator', operator, left, right: level(number + 1, depth) };
    }
    return left;
  };
  const whole = level(0, 0);
  if (at < tokens.length) throw fail();
  return whole;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw validation(`Error in expression '${text}': Invalid character at position ${at}`);
    const [, number, name, quoted, sign] = found;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: name === 'AND' || name === 'OR' ? 'sign' : 'name', text: name });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}

/** Names of other queries that an expression uses. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name];
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'call':
      return expression.arguments.flatMap(namesIn);
    case 'operator':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'minus':
      return namesIn(expression.of);
    default:
      return [];
  }
}

/** Arguments of all calls of a function in an expression. */
export function callsIn(expression: Expression, name: string): Expression[][] {
  switch (expression.kind) {
    case 'call': {
      const inner = expression.arguments.flatMap((one) => callsIn(one, name));
      return expression.name === name ? [expression.arguments, ...inner] : inner;
    }
    case 'list':
      return expression.items.flatMap((one) => callsIn(one, name));
    case 'operator':
      return [...callsIn(expression.left, name), ...callsIn(expression.right, name)];
    case 'minus':
      return callsIn(expression.of, name);
    default:
      return [];
  }
}
