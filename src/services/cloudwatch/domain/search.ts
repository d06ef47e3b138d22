/** Search expressions: which series are meant by `{AWS/Lambda,FunctionName} MetricName="Errors" order`. Source: CloudWatch User Guide, "CloudWatch search expression syntax". */
import type { SeriesRow } from '#kernel/metering';
import { validation } from '../errors.ts';

type Test = (row: SeriesRow) => boolean;

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([()=])|([^\s()="]+))/y;
/** Source: CloudWatch User Guide: a search finds at most so many. */
const FOUND_MAX = 500;

type Token = { text: string; exact: boolean; sign: boolean };

/** Source: the same page, "Search expression limits". */
const LENGTH_MAX = 1_024;

/** @throws {ServiceError} ValidationError */
export function searchSeries(expression: string, rows: readonly SeriesRow[]): SeriesRow[] {
  if (expression.length > LENGTH_MAX) throw validation(`A search expression has at most ${LENGTH_MAX} characters`);
  const [, schema, rest = expression] = /^\s*\{([^}]*)\}\s*,?(.*)$/s.exec(expression) ?? [];
  const parts = schema === undefined ? undefined : splitSchema(schema);
  const test = testOf(tokensOf(rest));
  return rows.filter((row) => (parts === undefined || fits(parts, row)) && test(row)).slice(0, FOUND_MAX);
}

function splitSchema(schema: string): string[] {
  return schema.split(',').map((part) => part.trim().replace(/^"|"$/g, ''));
}

/** The namespace, and exactly these dimensions; without any, whatever dimensions. */
function fits([namespace, ...names]: string[], row: SeriesRow): boolean {
  if (row.namespace !== namespace) return false;
  const own = Object.keys(row.dimensions);
  return names.length === 0 || (own.length === names.length && names.every((name) => own.includes(name)));
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (found === null) throw validation(`Invalid search expression: ${text}`);
    const [, quoted, sign, word] = found;
    if (quoted !== undefined) tokens.push({ text: quoted.replace(/\\(.)/g, '$1'), exact: true, sign: false });
    else tokens.push({ text: sign ?? word ?? '', exact: false, sign: sign !== undefined });
  }
  return tokens;
}

/** OR is looser than AND, which may be left out; NOT and brackets are tightest. */
function testOf(tokens: readonly Token[]): Test {
  let at = 0;
  const word = () => (tokens[at]?.exact === false ? tokens[at]?.text : undefined);
  const fail = () => validation('Invalid search expression');
  const close = () => {
    if (word() !== ')') throw fail();
    at += 1;
  };
  const either = (): Test => {
    let left = both();
    while (word() === 'OR') {
      at += 1;
      const [one, other] = [left, both()];
      left = (row) => one(row) || other(row);
    }
    return left;
  };
  const both = (): Test => {
    const all: Test[] = [];
    while (at < tokens.length && word() !== 'OR' && word() !== ')') {
      if (word() === 'AND') at += 1;
      else all.push(single());
    }
    return (row) => all.every((test) => test(row));
  };
  const single = (): Test => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw fail();
    if (!token.exact && token.text === 'NOT') {
      const inner = single();
      return (row) => !inner(row);
    }
    if (token.sign && token.text === '(') {
      const inner = either();
      close();
      return inner;
    }
    if (word() !== '=') return (row) => textsOf(row).some((text) => matches(text, token));
    at += 1;
    const value = single0();
    return (row) => valuesOf(row, token.text).some((text) => value.some((one) => matches(text, one)));
  };
  /** After `Name=`: a value, or several in brackets. */
  const single0 = (): Token[] => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw fail();
    if (!(token.sign && token.text === '(')) return [token];
    const values: Token[] = [];
    for (; at < tokens.length && word() !== ')'; at += 1) if (word() !== 'OR') values.push(tokens[at] as Token);
    close();
    return values;
  };
  const whole = either();
  if (at < tokens.length) throw fail();
  return whole;
}

function textsOf(row: SeriesRow): string[] {
  return [row.namespace, row.metric, ...Object.keys(row.dimensions), ...Object.values(row.dimensions)];
}

function valuesOf(row: SeriesRow, name: string): string[] {
  if (name === 'MetricName') return [row.metric];
  if (name === 'Namespace') return [row.namespace];
  return Object.hasOwn(row.dimensions, name) ? [row.dimensions[name] ?? ''] : [];
}

/**
 * In quotation marks the whole; else tokens of it, one after the other: capitals, digits, and what is neither letter nor digit begin new ones. A word that is
 * one token is found whatever its case, and so is the whole text.
 *
 * Source: User Guide, "CloudWatch search expressions: Tokenization", "Partial matches", "Non-alphanumeric characters".
 */
function matches(text: string, token: Token): boolean {
  if (token.exact) return text === token.text;
  const wanted = wordsIn(token.text).map(tokensIn);
  if (wanted.length === 0) return false;
  const found = tokensIn(text);
  if (wanted.flat().join('').toLowerCase() === found.join('').toLowerCase()) return true;
  const fitting = wanted.flatMap((word) =>
    word.map(
      (one) => (own: string | undefined) => (word.length > 1 ? own === one : own?.toLowerCase() === one.toLowerCase()),
    ),
  );
  return found.some((_, from) => fitting.every((fits, index) => fits(found[from + index])));
}

const wordsIn = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const tokensIn = (text: string): string[] =>
  text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\P{L}\p{Lu}\p{Ll}]+/gu) ?? [];
