/** The operators of the pattern language, each read from behind its name to the end of its object. Texts and order of errors are Event Ruler's. */

import type { TokenCursor } from './token-cursor.ts';
import { readAddress, type ValueTest } from './value-tests.ts';

/** Reads what stands behind an operator's name. @throws {PatternError} */
export type ReadTest = (cursor: TokenCursor) => ValueTest;

const ONE_KEY = 'Only one key allowed in match expression';
const TOO_MANY = 'Too many elements in numeric expression';

const READERS: { readonly [operator: string]: ReadTest | undefined } = {
  exactly: (cursor) => ({ is: 'exactly', value: oneText(cursor, 'exact match pattern must be a string') }),
  prefix: (cursor) => affix(cursor, 'prefix'),
  suffix: (cursor) => affix(cursor, 'suffix'),
  'equals-ignore-case': (cursor) => ({
    is: 'equals-ignore-case',
    text: oneText(cursor, 'equals-ignore-case match pattern must be a string'),
  }),
  wildcard: (cursor) => {
    if (cursor.next().kind !== 'string') cursor.fail('wildcard match pattern must be a string');
    const test = wildcard(cursor, cursor.text());
    cursor.close(ONE_KEY);
    return test;
  },
  cidr: (cursor) => {
    // Source: Event Ruler, which speaks of a prefix here.
    if (cursor.next().kind !== 'string') cursor.fail('prefix match pattern must be a string');
    const test = cidr(cursor, cursor.text());
    cursor.close(ONE_KEY);
    return test;
  },
  exists: (cursor) => {
    const token = cursor.next();
    if (token.kind !== 'literal' || token.text === 'null')
      cursor.fail('exists match pattern must be either true or false.');
    cursor.close(ONE_KEY);
    return { is: token.text === 'true' ? 'exists' : 'absent' };
  },
  numeric: (cursor) => {
    if (cursor.next().kind !== '[') cursor.fail('Value of numeric must be an array.');
    const test = numeric(cursor);
    cursor.close('Too many terms in numeric range expression');
    return test;
  },
};

/** How an operator is read; undefined where there is none of that name. */
export function readTest(operator: string): ReadTest | undefined {
  return Object.hasOwn(READERS, operator) ? READERS[operator] : undefined;
}

/** The text of the string that must come, which ends the expression. */
function oneText(cursor: TokenCursor, otherwise: string): string {
  if (cursor.next().kind !== 'string') cursor.fail(otherwise);
  const text = cursor.text();
  cursor.close(ONE_KEY);
  return text;
}

function affix(cursor: TokenCursor, is: 'prefix' | 'suffix'): ValueTest {
  const { kind } = cursor.next();
  if (kind === '{') {
    const name = cursor.next();
    if (name.kind !== 'name') cursor.fail(`${is === 'prefix' ? 'Prefix' : 'Suffix'} expression name not found`);
    if (name.text !== 'equals-ignore-case') cursor.fail(`Unsupported ${is} pattern: ${name.text}`);
    const text = oneText(cursor, 'equals-ignore-case match pattern must be a string');
    cursor.close(ONE_KEY);
    return { is, text, anyCase: true };
  }
  if (kind !== 'string') cursor.fail(`${is} match pattern must be a string`);
  const text = cursor.text();
  cursor.close(ONE_KEY);
  return { is, text, anyCase: false };
}

/** A star is any text, also none; `\*` and `\\` are the signs themselves. Positions count from the quote before the text. */
function wildcard(cursor: TokenCursor, text: string): ValueTest {
  const pieces = [''];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '\\') {
      const escaped = text[at + 1];
      if (escaped !== '*' && escaped !== '\\') cursor.fail(`Invalid escape character at pos ${at + 1}`);
      pieces[pieces.length - 1] += escaped;
      at += 1;
    } else if (char === '*') {
      if (text[at + 1] === '*') cursor.fail(`Consecutive wildcard characters at pos ${at + 1}`);
      pieces.push('');
    } else pieces[pieces.length - 1] += char;
  }
  return { is: 'wildcard', pieces };
}

function cidr(cursor: TokenCursor, text: string): ValueTest {
  const [address = '', mask, ...more] = text.split('/');
  if (mask === undefined || more.length > 0) cursor.fail("Malformed CIDR, one '/' required", false);
  if (!/^[+-]?\d{1,9}$/.test(mask)) cursor.fail('Malformed CIDR, mask bits must be an integer', false);
  const bits = Number(mask);
  if (bits < 0) cursor.fail('Malformed CIDR, mask bits must not be negative', false);
  const read = readAddress(address);
  if (read === undefined) return cursor.fail(`Nonstandard IP address: ${address}`, false);
  const width = read.version === 4 ? 32 : 128;
  if (bits > width - 1) cursor.fail(`IPv${read.version} mask bits must be < ${width}`, false);
  const rest = (1n << BigInt(width - bits)) - 1n;
  return { is: 'cidr', low: read.bits & ~rest, high: read.bits | rest, version: read.version };
}

function numberHere(cursor: TokenCursor, kind: string, otherwise: string): number {
  if (kind !== 'number') cursor.fail(otherwise);
  const value = Number(cursor.text());
  const most = `${cursor.numberMax / 1e9}.0E9`;
  if (Math.abs(value) > cursor.numberMax) cursor.fail(`Value must be between -${most} and ${most}, inclusive`);
  return value;
}

function numeric(cursor: TokenCursor): ValueTest {
  if (cursor.next().kind !== 'string') cursor.fail(`Invalid member in numeric match: ${cursor.text()}`);
  const operator = cursor.text();
  const { kind } = cursor.next();
  const name = operator === '=' ? 'equals' : operator;
  if (!['=', '<', '<=', '>', '>='].includes(operator)) cursor.fail(`Unrecognized numeric range operator: ${operator}`);
  const value = numberHere(cursor, kind, `Value of ${name} must be numeric`);
  const after = cursor.next();
  if (operator.startsWith('>')) {
    const bottom = { low: value, lowOpen: operator === '>' };
    if (after.kind === ']') return { is: 'numeric', ...bottom, high: Number.POSITIVE_INFINITY, highOpen: false };
    return { is: 'numeric', ...bottom, ...top(cursor, after.kind, value) };
  }
  if (after.kind !== ']') cursor.fail(TOO_MANY);
  if (operator === '=') return { is: 'numeric', low: value, lowOpen: false, high: value, highOpen: false };
  return { is: 'numeric', low: Number.NEGATIVE_INFINITY, lowOpen: false, high: value, highOpen: operator === '<' };
}

/** The upper end of a range that has a lower one. */
function top(cursor: TokenCursor, kind: string, bottom: number): { high: number; highOpen: boolean } {
  if (kind !== 'string') cursor.fail(`Bad value in numeric range: ${cursor.text()}`);
  const operator = cursor.text();
  if (operator !== '<' && operator !== '<=') cursor.fail(`Bad numeric range operator: ${operator}`);
  const high = numberHere(cursor, cursor.next().kind, `Value of ${operator} must be numeric`);
  if (cursor.next().kind !== ']') cursor.fail('Too many terms in numeric range expression');
  if (bottom >= high) cursor.fail('Bottom must be less than top');
  return { high, highOpen: operator === '<' };
}

/** `anything-but`: a value, a list of them, or an operator that is allowed inside. */
export function anythingButTest(cursor: TokenCursor, allowed: readonly string[]): ValueTest {
  let { kind } = cursor.next();
  if (kind !== '{') {
    const tests = plainTests(cursor, kind);
    cursor.close(ONE_KEY);
    return { is: 'anything-but', tests };
  }
  const name = cursor.next();
  if (name.kind !== 'name') cursor.fail('Anything-But expression name not found');
  if (!allowed.includes(name.text)) cursor.fail(`Unsupported anything-but pattern: ${name.text}`);
  kind = cursor.next().kind;
  const tests: ValueTest[] = [];
  // Where a prefix is all there is, as in SNS, one text is taken and its error is that of a prefix.
  if (allowed.length === 1 && kind !== 'string') cursor.fail(`${name.text} match pattern must be a string`);
  if (kind !== '[' && kind !== 'string' && kind !== 'number') cursor.fail(NOT_A_VALUE);
  if (kind === '[')
    for (let one = cursor.next(); one.kind !== ']'; one = cursor.next())
      tests.push(inside(cursor, one.kind, name.text));
  else tests.push(inside(cursor, kind, name.text));
  cursor.close(ONE_KEY);
  cursor.close(ONE_KEY);
  return { is: 'anything-but', tests };
}

const NOT_A_VALUE = 'Value of anything-but must be an array or single string/number value.';

function plainTests(cursor: TokenCursor, kind: string): ValueTest[] {
  const plain = (of: string): ValueTest => {
    const text = cursor.text();
    return { is: 'exactly', value: of === 'number' ? Number(text) : text };
  };
  if (kind === 'string' || kind === 'number') return [plain(kind)];
  if (kind !== '[') cursor.fail(NOT_A_VALUE);
  const tests: ValueTest[] = [];
  const kinds = new Set<string>();
  for (let one = cursor.next(); one.kind !== ']'; one = cursor.next()) {
    if (one.kind !== 'string' && one.kind !== 'number')
      cursor.fail('Inside anything but list, start|null|boolean is not supported.');
    kinds.add(one.kind);
    tests.push(plain(one.kind));
  }
  if (kinds.size !== 1)
    cursor.fail('Inside anything but list, either all values are number or string, mixed type is not supported');
  return tests;
}

/** One operand of an operator inside `anything-but`. */
function inside(cursor: TokenCursor, kind: string, operator: string): ValueTest {
  if (kind !== 'string') {
    if (operator === 'equals-ignore-case')
      cursor.fail('Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.');
    cursor.fail(`${operator === 'wildcard' ? 'wildcard' : 'prefix/suffix'} match pattern must be a string`);
  }
  const text = cursor.text();
  if (operator === 'equals-ignore-case') return { is: 'equals-ignore-case', text };
  if (operator === 'wildcard') return wildcard(cursor, text);
  if (text === '') cursor.fail('Null prefix/suffix not allowed');
  return { is: operator as 'prefix' | 'suffix', text, anyCase: false };
}
