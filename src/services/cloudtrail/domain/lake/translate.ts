/**
 * Queries of CloudTrail Lake, written in Trino's SQL, as SQLite reads them: members of columns, subscripts, instants and the names of results.
 * What SQLite has not is told as an error, nothing is left out.
 *
 * Deviation: no intervals (`date_add` does the same), no lambdas, no UNNEST.
 *
 * @see CloudTrail User Guide, "CloudTrail Lake SQL constraints"
 */
import type { Millis } from '#kernel/base';
import { isColumn, isStruct } from './schema.ts';
import { SyntaxFault, type Token, tokensOf } from './tokens.ts';

/** `stores`: ids of the event data stores that are read. */
export type Translated = { text: string; stores: string[] };

/** @param now what the query takes for the present. @throws {SyntaxFault} */
export function translate(query: string, now: Millis): Translated {
  const tokens = tokensOf(query);
  if (tokens.at(-1)?.text === ';') tokens.pop();
  if (!['SELECT', 'WITH'].includes(upper(tokens[0])) || tokens.some(({ text }) => text === ';'))
    throw new SyntaxFault();
  const stores = [...new Set(tokens.flatMap(({ kind, text }) => (kind === 'store' ? [text.slice(1, -1)] : [])))];
  if (stores.length === 0) throw new SyntaxFault();
  const whole = labelled(withColumns(withInstants(tokens, now)));
  return { text: whole.map(({ text }) => text).join(' '), stores };
}

const upper = (token: Token | undefined) => (token?.kind === 'word' ? token.text.toUpperCase() : '');
const isSign = (token: Token | undefined, sign: string) => token?.kind === 'sign' && token.text === sign;

/** Instants are texts here, and functions that are others in SQLite have its names. */
function withInstants(tokens: readonly Token[], now: Millis): Token[] {
  const present = `'${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}'`;
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const [word, next] = [upper(token), tokens[at + 1]];
    if (word === 'INTERVAL') throw new SyntaxFault();
    if (token.kind === 'text') out.push({ kind: 'text', text: instantText(token.text) });
    else if ((word === 'TIMESTAMP' || word === 'DATE') && next?.kind === 'text') continue;
    else if ((word === 'TIMESTAMP' || word === 'DATE') && upper(tokens[at - 1]) === 'AS')
      out.push({ kind: 'word', text: 'TEXT' });
    else if (word === 'NOW' && isSign(next, '(') && isSign(tokens[at + 2], ')')) {
      out.push({ kind: 'text', text: present });
      at += 2;
    } else if (word === 'CURRENT_TIMESTAMP') out.push({ kind: 'text', text: present });
    else if (word === 'CURRENT_DATE') out.push({ kind: 'text', text: `${present.slice(0, 11)}'` });
    else if (word === 'APPROX_DISTINCT' && isSign(next, '(')) {
      out.push({ kind: 'word', text: 'count' }, { kind: 'sign', text: '(' }, { kind: 'word', text: 'DISTINCT' });
      at += 1;
    } else out.push(token);
  }
  return out;
}

/** `2026-01-31T12:00:00.000Z` as rows have it. */
function instantText(text: string): string {
  const [, day, time] = /^'(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.0+)?Z?'$/.exec(text) ?? [];
  return day === undefined ? text : `'${day} ${time ?? ''}'`;
}

/** Members of columns, `userIdentity.arn`, and what stands at a place of a map or a list, `requestParameters['key']`. */
function withColumns(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] as Token;
    if (!isNameLike(token) || isSign(tokens[at + 1], '(')) {
      out.push(token);
      at += 1;
      continue;
    }
    const [path, after] = pathFrom(tokens, at);
    const [column, end] = subscripted(columnOf(path), tokens, after);
    out.push(column);
    at = end;
  }
  return out;
}

const isNameLike = ({ kind }: Token) => kind === 'word' || kind === 'name' || kind === 'store';

/** `a.b.c`. */
function pathFrom(tokens: readonly Token[], from: number): [path: Token[], after: number] {
  const path = [tokens[from] as Token];
  let at = from + 1;
  for (
    let next = tokens[at + 1];
    isSign(tokens[at], '.') && next !== undefined && isNameLike(next);
    next = tokens[at + 1]
  ) {
    path.push(next);
    at += 2;
  }
  return [path, at];
}

const bare = ({ text }: Token) => text.replace(/^"|"$/g, '');

function columnOf(path: readonly Token[]): Token {
  const [first] = path as [Token];
  if (path.length === 1) return first;
  // What is no column is a table, or what the query calls one.
  const at = isColumn(bare(first)) && first.kind !== 'store' ? 0 : 1;
  const [column, ...members] = path.slice(at);
  const named = path
    .slice(0, at + 1)
    .map(({ text }) => text)
    .join('.');
  if (column === undefined || members.length === 0 || !isStruct(bare(column)))
    return { kind: 'column', text: path.map(({ text }) => text).join('.') };
  return memberOf(named, members);
}

function memberOf(of: string, members: readonly Token[]): Token {
  const names = members.map(bare);
  const path = names.map((name) => `."${name.toLowerCase().replaceAll("'", "''")}"`).join('');
  return { kind: 'column', text: `json_extract(${of}, '$${path}')`, label: names.at(-1) ?? '' };
}

/** What follows a column: `['key']`, `[1].arn`. */
function subscripted(column: Token, tokens: readonly Token[], from: number): [token: Token, after: number] {
  let [found, at] = [column, from];
  while (isSign(tokens[at], '[')) {
    const end = tokens.findIndex((token, index) => index > at && isSign(token, ']'));
    if (end === -1) throw new SyntaxFault();
    const inner = tokens.slice(at + 1, end).map(({ text }) => text);
    found = { kind: 'column', text: `element_at(${found.text}, ${inner.join(' ')})`, label: '' };
    at = end + 1;
    const member = tokens[at + 1];
    if (isSign(tokens[at], '.') && member !== undefined) {
      const [path, after] = pathFrom(tokens, at + 1);
      found = memberOf(found.text, path);
      at = after;
    }
  }
  return [found, at];
}

/** Words that end an item of a SELECT without being what it is called. */
const NO_ALIAS = new Set(['END', 'NULL', 'TRUE', 'FALSE']);
/** Words after which an operand follows. */
const OPERATORS = new Set([
  'AND',
  'OR',
  'NOT',
  'IS',
  'LIKE',
  'IN',
  'BETWEEN',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'DISTINCT',
  'ALL',
]);

/** Each item of each SELECT has the name that Trino gives it: the last of a path, or `_col0`. */
function labelled(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  /** Of each SELECT that is being read, its depth, its items so far, and where the present one begins in `out`. */
  const open: { depth: number; items: number; start: number }[] = [];
  let depth = 0;
  const close = () => {
    const list = open.at(-1);
    if (list === undefined) return;
    const label = labelOf(out.slice(list.start), list.items);
    if (label !== undefined) out.push({ kind: 'word', text: `AS "${label}"` });
    list.items += 1;
  };
  for (const token of tokens) {
    const list = open.at(-1);
    const isHere = list?.depth === depth;
    if (isHere && (upper(token) === 'FROM' || isSign(token, ')'))) {
      close();
      open.pop();
    } else if (isHere && isSign(token, ',')) close();
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    out.push(token);
    if (upper(token) === 'SELECT') open.push({ depth, items: 0, start: out.length });
    else if (isHere && isSign(token, ',') && list !== undefined) list.start = out.length;
  }
  close();
  return out;
}

/** What an item is to be called; undefined where it is called something. */
function labelOf(item: readonly Token[], index: number): string | undefined {
  const [first, ...rest] = ['DISTINCT', 'ALL'].includes(upper(item[0])) ? item.slice(1) : item;
  const last = rest.at(-1) ?? first;
  if (first === undefined || last === undefined || isSign(last, '*')) return undefined;
  if (rest.length === 0) {
    if (first.kind === 'column' && first.label !== undefined) return first.label === '' ? `_col${index}` : first.label;
    return first.kind === 'text' || first.kind === 'number' ? `_col${index}` : undefined;
  }
  const before = rest.at(-2) ?? first;
  const isCalled =
    upper(before) === 'AS' ||
    ((last.kind === 'word' || last.kind === 'name') &&
      !NO_ALIAS.has(upper(last)) &&
      !OPERATORS.has(upper(before)) &&
      (before.kind !== 'sign' || before.text === ')'));
  return isCalled ? undefined : `_col${index}`;
}
