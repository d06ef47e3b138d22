/**
 * Queries of Logs Insights: their commands, read into steps.
 *
 * @see CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax"
 */
import type { Millis } from '#kernel/base';
import type { Regex } from '../regex/regex.ts';
import type { Aggregate, Eval } from './aggregates.ts';
import { readExpression, readOperand, readRegex, type Scope } from './expression.ts';
import { NotBuiltError, Scanner } from './scanner.ts';

export type Column = { name: string; value: Eval };
export type Order = { value: Eval; descending: boolean };

export type Command =
  | { kind: 'fields' | 'display'; columns: readonly Column[] }
  | { kind: 'filter'; test: Eval }
  | { kind: 'stats'; columns: readonly Column[]; by: readonly Column[]; aggregates: readonly Aggregate[] }
  | { kind: 'sort'; orders: readonly Order[] }
  | { kind: 'limit'; count: number }
  | { kind: 'glob'; from: Eval; pieces: readonly string[]; names: readonly string[] }
  | { kind: 'regex'; from: Eval; regex: Regex; names: readonly (string | undefined)[] }
  | { kind: 'dedup'; fields: readonly string[] }
  | { kind: 'unnest'; from: Eval; name: string }
  | { kind: 'pattern'; from: Eval };

export type Query = {
  commands: readonly Command[];
  /** Groups that the query names itself, by the beginnings of their names. */
  source: { prefixes: readonly string[] | undefined; class: string | undefined } | undefined;
  unmasks: boolean;
};

/** Rows of a result at most. Source: User Guide, "limit". */
export const RESULTS_MAX = 10_000;
/** Commands of one query. Our own bound. */
const COMMANDS_MAX = 100;
/** Source: User Guide, "stats": at most two in one query. */
const STATS_MAX = 2;

/** Words that begin a command which is known, but not carried out here. */
const NOT_BUILT = new Set(['diff', 'anomaly', 'lookup', 'join', 'append', 'subquery']);

/** Reads a query. @throws {QueryError} */
export function parseQuery(text: string, now: Millis): Query {
  const scan = new Scanner(text);
  const unmasks = { asked: false };
  const commands: Command[] = [];
  const source = scan.word('source') ? readSource(scan) : undefined;
  if (source !== undefined && !scan.done) scan.expect('|');
  while (!scan.done) {
    if (commands.length >= COMMANDS_MAX) throw scan.fault('too many commands');
    commands.push(readCommand(scan, { now, unmasks }));
    if (scan.done) break;
    scan.expect('|');
    if (scan.done) throw scan.unexpected();
  }
  if (commands.filter(({ kind }) => kind === 'stats').length > STATS_MAX)
    throw scan.fault('too many stats commands', 1, 0);
  return { commands, source, unmasks: unmasks.asked };
}

function readCommand(scan: Scanner, scope: Scope): Command {
  const { at } = scan;
  const word = scan.take(/[A-Za-z]+/y)?.toLowerCase();
  switch (word) {
    case 'fields':
    case 'display':
      return { kind: word, columns: readColumns(scan, scope) };
    case 'filter':
    case 'filterindex':
      return { kind: 'filter', test: readExpression(scan, scope) };
    case 'stats':
      return readStats(scan, scope);
    case 'sort':
    case 'order':
      return readSort(scan, scope);
    case 'limit':
    case 'head':
      return { kind: 'limit', count: readCount(scan) };
    case 'parse':
      return readParse(scan, scope);
    case 'dedup':
      return { kind: 'dedup', fields: readNames(scan) };
    case 'unnest': {
      const from = readExpression(scan, scope);
      if (!scan.word('into')) throw scan.unexpected();
      return { kind: 'unnest', from, name: scan.needField() };
    }
    case 'pattern':
      return { kind: 'pattern', from: readExpression(scan, scope) };
  }
  if (word !== undefined && NOT_BUILT.has(word))
    throw new NotBuiltError(`The command ${word} is not built yet.`, at, at + word.length);
  scan.at = at;
  throw scan.unexpected();
}

function readColumns(scan: Scanner, scope: Scope): Column[] {
  const columns: Column[] = [];
  do {
    const { at } = scan;
    const value = readExpression(scan, scope);
    const text = scan.text.slice(at, scan.at).trim();
    const name = scan.word('as') ? scan.needField() : /^`[^`]*`$/.test(text) ? text.slice(1, -1) : text;
    columns.push({ name, value });
  } while (scan.sign(','));
  return columns;
}

function readNames(scan: Scanner): string[] {
  const names = [scan.needField()];
  while (scan.sign(',')) names.push(scan.needField());
  return names;
}

function readStats(scan: Scanner, scope: Scope): Command {
  const aggregates: Aggregate[] = [];
  const columns = readColumns(scan, { ...scope, aggregates });
  const by = scan.word('by') ? readColumns(scan, scope) : [];
  return { kind: 'stats', columns, by, aggregates };
}

function readSort(scan: Scanner, scope: Scope): Command {
  scan.word('by');
  const orders: Order[] = [];
  do {
    // A column that `stats` has made is named by its text: `sort count(*) desc`.
    const { at } = scan;
    const call = scan.take(/[A-Za-z_]\w*\s*\([^()|]*\)(?=\s*(?:desc\b|asc\b|,|\||$))/iy);
    const name = call?.trim();
    if (name !== undefined) scan.at = at;
    const value = readExpression(scan, name === undefined ? scope : { ...scope, aggregates: [] });
    const descending = scan.word('desc');
    if (!descending) scan.word('asc');
    orders.push({ value: name === undefined ? value : (row) => row.get(name) ?? value(row), descending });
  } while (scan.sign(','));
  return { kind: 'sort', orders };
}

function readCount(scan: Scanner): number {
  const { at } = scan;
  const text = scan.take(/\d+/y);
  if (text === undefined) throw scan.unexpected();
  if (Number(text) > RESULTS_MAX || Number(text) < 1)
    throw scan.fault(`limit must be between 1 and ${RESULTS_MAX}`, text.length, at);
  return Number(text);
}

function readParse(scan: Scanner, scope: Scope): Command {
  const isPlain = /["'/]/.test(scan.text[scan.at] ?? '');
  const from: Eval = isPlain ? (row) => row.get('@message') : readOperand(scan, scope);
  const { at } = scan;
  const glob = scan.quoted();
  if (glob !== undefined) {
    const pieces = glob.split('*');
    const names = scan.word('as') ? readNames(scan) : [];
    if (names.length !== pieces.length - 1)
      throw scan.fault('the number of wildcards and of fields in parse must be the same', 1, at);
    return { kind: 'glob', from, pieces, names };
  }
  const regex = readRegex(scan);
  const given = scan.word('as') ? readNames(scan) : undefined;
  const names = given === undefined ? regex.groups : [undefined, ...given];
  if (given !== undefined && given.length !== regex.groups.length - 1)
    throw scan.fault('the number of groups and of fields in parse must be the same', 1, at);
  return { kind: 'regex', from, regex, names };
}

/** `SOURCE logGroups(namePrefix: ["a", "b"], class: "STANDARD")`. */
function readSource(scan: Scanner): NonNullable<Query['source']> {
  if (!scan.word('loggroups')) throw scan.unexpected();
  scan.expect('(');
  const given = new Map<string, readonly string[]>();
  while (!scan.sign(')')) {
    if (given.size > 0) scan.expect(',');
    const name = scan.needField().toLowerCase();
    scan.expect(':');
    given.set(name, readTexts(scan));
  }
  return { prefixes: given.get('nameprefix'), class: given.get('class')?.[0] };
}

function readTexts(scan: Scanner): string[] {
  const single = scan.quoted();
  if (single !== undefined) return [single];
  scan.expect('[');
  const texts: string[] = [];
  while (!scan.sign(']')) {
    if (texts.length > 0) scan.expect(',');
    const text = scan.quoted();
    if (text === undefined) throw scan.unexpected();
    texts.push(text);
  }
  return texts;
}
