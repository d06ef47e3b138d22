/**
 * Queries of Logs Insights: their commands, read into steps.
 *
 * @see CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax"
 */
import type { Aggregate, Eval } from './aggregates.ts';
import { readAnomaly } from './commands/anomaly.ts';
import { readDiff, readLogCompare } from './commands/compare.ts';
import { readFillMissing } from './commands/fill-missing.ts';
import { readAppendCols, readJoin } from './commands/join.ts';
import { readCidrLookup, readLookup } from './commands/lookup.ts';
import { readOutlier } from './commands/outlier.ts';
import { readParse } from './commands/parse.ts';
import { readRelevantFields } from './commands/relevance.ts';
import { readAccum, readAutoregress, readFillDown, readSessionize } from './commands/running.ts';
import { readAddTotals, readCountFrequent } from './commands/totals.ts';
import { readExpression, readPeriod, type Scope } from './expression.ts';
import { readSource } from './group-source.ts';
import { capped, lengthOf, periodOf } from './period.ts';
import type { Column, Command, Needs, Order, Query, Subquery, Window } from './plan.ts';
import { Scanner } from './scanner.ts';
import { shownColumns } from './shown.ts';
import { toNumber } from './value.ts';

/** Rows of a result where the query does not limit them. Source: User Guide, "limit". */
export const RESULTS_MAX = 10_000;
/** Source: User Guide, "limit": "You can specify a `limit` value of up to 100,000." */
export const LIMIT_MAX = 100_000;
/** Commands of one query. Our own bound. */
const COMMANDS_MAX = 100;
/** Source: User Guide, "stats". */
const STATS_MAX = 10;
/** Of groups of the class INFREQUENT_ACCESS. */
const STATS_INFREQUENT_MAX = 2;

/** Reads a query, begun at `now` for the events of a time. @throws {QueryError} */
export function parseQuery(text: string, now: number, window: Window): Query {
  const scan = new Scanner(text);
  const inner = (inside: Scanner): Subquery => {
    const query = readQuery(inside, { now, window, needs: newNeeds() }, ')');
    return { query, rows: [], columns: shownColumns(query.commands).chosen };
  };
  return readQuery(scan, { now, window, needs: newNeeds(), inner });
}

const newNeeds = (): Needs => ({
  subqueries: [],
  tables: new Map(),
  unmasks: false,
  indexed: [],
  standardOnly: new Set(),
});

/** @param end the sign that ends it; the end of the text without one */
function readQuery(scan: Scanner, scope: Scope, end?: string): Query {
  const commands: Command[] = [];
  const source = scan.word('source') ? readSource(scan, scope.now) : undefined;
  const isEnd = () => (end === undefined ? scan.done : scan.sign(end));
  let ended = isEnd();
  if (source !== undefined && !ended) scan.expect('|');
  while (!ended) {
    if (commands.length >= COMMANDS_MAX) throw scan.fault('too many commands');
    // Source: User Guide, "dedup": "The only query command that you can use in a query after the dedup command is limit."
    if (commands.some(({ kind }) => kind === 'dedup') && !/^limit\b/i.test(scan.ahead(6))) throw scan.unexpected();
    commands.push(readCommand(scan, scope, commands));
    ended = isEnd();
    if (ended) break;
    scan.expect('|');
    if (scan.done) throw scan.unexpected();
  }
  checkStats(commands, scan, scope.needs);
  return { commands, source, needs: scope.needs };
}

function checkStats(commands: readonly Command[], scan: Scanner, { standardOnly }: Needs): void {
  const count = commands.filter(({ kind }) => kind === 'stats').length;
  if (count > STATS_MAX) throw scan.fault('too many stats commands', 1, 0);
  if (count > STATS_INFREQUENT_MAX) standardOnly.add('stats');
  const last = commands.findLastIndex(({ kind }) => kind === 'stats');
  // Source: User Guide, "stats": sort and limit "must appear after the last stats command".
  if (commands.slice(0, Math.max(0, last)).some(({ kind }) => kind === 'sort' || kind === 'limit'))
    throw scan.fault('sort and limit must appear after the last stats command', 1, 0);
}

function readCommand(scan: Scanner, scope: Scope, before: Command[]): Command {
  const { at } = scan;
  const word = scan.take(/[A-Za-z_]+/y)?.toLowerCase();
  switch (word) {
    case 'fields':
    case 'display':
      return { kind: word, columns: readColumns(scan, scope) };
    case 'filterindex': {
      const fields = new Set<string>();
      scope.needs.standardOnly.add('filterIndex');
      scope.needs.indexed.push(fields);
      return { kind: 'filter', test: readExpression(scan, { ...scope, fields }) };
    }
    case 'filter':
    case 'where':
      return { kind: 'filter', test: readExpression(scan, scope) };
    case 'stats':
      return readStats(scan, scope);
    case 'sort':
    case 'order':
      return readSort(scan, scope);
    case 'limit':
    case 'head':
      // `any` lets a query end as soon as there are enough, which every one does.
      scan.word('any');
      return { kind: 'limit', count: readCount(scan) };
    case 'dedup':
      return { kind: 'dedup', fields: scan.needFields() };
    case 'unnest': {
      const from = readExpression(scan, scope);
      if (!scan.word('into')) throw scan.unexpected();
      return { kind: 'unnest', from, name: scan.needField() };
    }
    case 'expand': {
      const name = scan.needField();
      return { kind: 'unnest', from: (row) => row.get(name), name };
    }
    case 'pattern':
      scope.needs.standardOnly.add('pattern');
      return { kind: 'pattern', from: readExpression(scan, scope) };
  }
  const other = OTHERS[word ?? ''];
  if (other !== undefined) return other(scan, scope, before);
  scan.at = at;
  throw scan.unexpected();
}

/** Commands that are read in files of their own, by their words. */
const OTHERS: { readonly [word: string]: (scan: Scanner, scope: Scope, before: Command[]) => Command } = {
  parse: readParse,
  lookup: readLookup,
  cidrlookup: readCidrLookup,
  join: readJoin,
  appendcols: readAppendCols,
  accum: readAccum,
  autoregress: readAutoregress,
  filldown: readFillDown,
  sessionize: readSessionize,
  fillmissing: (scan, _, before) => readFillMissing(scan, before),
  addtotals: readAddTotals,
  countfrequent: readCountFrequent,
  count_frequent: readCountFrequent,
  outlier: readOutlier,
  relevantfields: readRelevantFields,
  diff: readDiff,
  logcompare: readLogCompare,
  anomaly: readAnomaly,
};

function readColumns(scan: Scanner, scope: Scope): Column[] {
  const columns: Column[] = [];
  do {
    const { at } = scan;
    const value = readExpression(scan, scope);
    const text = scan.since(at);
    const name = scan.word('as') ? scan.needField() : /^`[^`]*`$/.test(text) ? text.slice(1, -1) : text;
    columns.push({ name, value, ...binOf(text) });
  } while (scan.sign(','));
  return columns;
}

/** The periods of `bin(5m)`. */
function binOf(text: string): Pick<Column, 'bin'> {
  const [, count, unit = ''] = /^bin\(\s*(\d+)\s*([a-z]*)\s*\)$/i.exec(text) ?? [];
  const period = count === undefined ? undefined : periodOf(Number(count), unit === '' ? 's' : unit.toLowerCase());
  return period === undefined ? {} : { bin: { period: capped(period), offset: 0 } };
}

function readStats(scan: Scanner, scope: Scope): Command {
  const { at } = scan;
  const aggregates: Aggregate[] = [];
  const columns = readColumns(scan, { ...scope, aggregates });
  const by = scan.word('by') ? readColumns(scan, scope) : [];
  const isAlone = aggregates.length === 1 && by.length === 0;
  // Source: User Guide, "stats".
  if (!isAlone && columns.some(({ name }) => /^topk\s*\(/i.test(name)))
    throw scan.fault('topk cannot be combined with by or other aggregation functions', 1, at);
  return { kind: 'stats', columns, by: scan.word('offset') ? later(by, readOffset(scan)) : by, aggregates };
}

/** The duration after `offset`. */
function readOffset(scan: Scanner): number {
  const { at } = scan;
  const offset = lengthOf(readPeriod(scan));
  if (offset === undefined) throw scan.fault('invalid period', 1, at);
  return offset;
}

/** Periods shown so much later than they are: beside those that they are compared with. */
function later(columns: readonly Column[], offset: number): Column[] {
  return columns.map(({ name, value, bin }) => {
    if (bin === undefined) return { name, value };
    const moved: Eval = (row) => {
      const at = toNumber(value(row));
      return at === undefined ? undefined : { at: at + offset };
    };
    return { name, value: moved, bin: { ...bin, offset } };
  });
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
  if (Number(text) > LIMIT_MAX || Number(text) < 1)
    throw scan.fault(`limit must be between 1 and ${LIMIT_MAX}`, text.length, at);
  return Number(text);
}
