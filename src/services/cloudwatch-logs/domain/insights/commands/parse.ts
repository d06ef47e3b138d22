/**
 * The command `parse`: fields out of a text, by a pattern with stars, by an expression, as pairs of logfmt, or as comma-separated values.
 *
 * @see CloudWatch Logs User Guide, "parse"
 */
import { cellsOf } from '../../csv.ts';
import type { Regex } from '../../regex/regex.ts';
import type { Eval } from '../aggregates.ts';
import { readOperand, readRegex, type Scope } from '../expression.ts';
import type { Step, StepCommand } from '../plan.ts';
import type { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toText } from '../value.ts';

/** Matches of one event that become rows. Our own bound. */
const MATCHES_MAX = 10_000;

/** A step that sets fields of rows that have the text; others go on as they are. */
const parsing =
  (from: Eval, set: (row: Row, text: string) => void) =>
  (next: Step): Step => ({
    take(row) {
      const text = toText(from(row));
      if (text !== undefined) set(row, text);
      return next.take(row);
    },
    end: () => next.end(),
  });

/** Reads what stands behind `parse`. @throws {QueryError} */
export function readParse(scan: Scanner, scope: Scope): StepCommand {
  // Without a field it is about the message.
  const isPlain = /["'/]/y.test(scan.text[scan.at] ?? '') || /^(?:logfmt|csv)\s+as\s/i.test(scan.ahead(20));
  const from: Eval = isPlain ? (row) => row.get('@message') : readOperand(scan, scope);
  if (scan.word('logfmt')) return readLogfmt(scan, from);
  if (scan.word('csv')) return readCsv(scan, from);
  const { at } = scan;
  const glob = scan.quoted();
  if (glob === undefined) return readByRegex(scan, from);
  const pieces = glob.split('*');
  const names = scan.word('as') ? scan.needFields() : [];
  if (names.length !== pieces.length - 1)
    throw scan.fault('the number of wildcards and of fields in parse must be the same', 1, at);
  return { kind: 'step', make: parsing(from, (row, text) => setByGlob(row, text, pieces, names)), adds: names };
}

function setByGlob(row: Row, text: string, pieces: readonly string[], names: readonly string[]): void {
  const [first = ''] = pieces;
  let at = text.indexOf(first);
  if (at === -1) return;
  at += first.length;
  const found: string[] = [];
  for (const [index, piece] of pieces.slice(1).entries()) {
    const isLast = index === pieces.length - 2;
    const end = piece === '' ? (isLast ? text.length : at) : text.indexOf(piece, at);
    if (end === -1) return;
    found.push(text.slice(at, end));
    at = end + piece.length;
  }
  for (const [index, name] of names.entries()) row.set(name, found[index] ?? '');
}

function readByRegex(scan: Scanner, from: Eval): StepCommand {
  const { at } = scan;
  const regex = readRegex(scan);
  const given = scan.word('as') ? scan.needFields() : undefined;
  if (given !== undefined && given.length !== regex.groups.length - 1)
    throw scan.fault('the number of groups and of fields in parse must be the same', 1, at);
  const names = given === undefined ? regex.groups : [undefined, ...given];
  const adds = names.flatMap((name) => name ?? []);
  if (given === undefined && scan.word('multi')) {
    if (adds.length === 0) throw scan.fault('multi needs named groups', 1, at);
    return { kind: 'step', make: (next) => eachMatch(from, regex, next), adds };
  }
  const set = (row: Row, text: string) => {
    if (regex.test(text)) setGroups(row, text, names, regex.exec(text) ?? []);
  };
  return { kind: 'step', make: parsing(from, set), adds };
}

function setGroups(
  row: Row,
  text: string,
  names: readonly (string | undefined)[],
  slots: readonly (number | undefined)[],
): void {
  for (const [index, name] of names.entries()) {
    const [start, end] = [slots[2 * index], slots[2 * index + 1]];
    if (name !== undefined && start !== undefined && end !== undefined) row.set(name, text.slice(start, end));
  }
}

/** A row for each match; one without a match goes on as it is. */
function eachMatch(from: Eval, regex: Regex, next: Step): Step {
  return {
    take(row) {
      const text = toText(from(row));
      if (text === undefined || !regex.test(text)) return next.take(row);
      for (const slots of regex.matches(text, MATCHES_MAX)) {
        const one = row.copy();
        setGroups(one, text, regex.groups, slots);
        if (!next.take(one)) return false;
      }
      return true;
    },
    end: () => next.end(),
  };
}

/** `parse @message logfmt as lf`: a map. */
function readLogfmt(scan: Scanner, from: Eval): StepCommand {
  if (!scan.word('as')) throw scan.unexpected();
  const name = scan.needField();
  const set = (row: Row, text: string) => {
    const pairs = pairsOf(text);
    if (pairs.length > 0) row.set(name, { json: Object.fromEntries(pairs) });
  };
  return { kind: 'step', make: parsing(from, set), adds: [name] };
}

/** Keys and values of logfmt; a value may stand between quotation marks. */
function pairsOf(text: string): [key: string, value: string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  for (let sign = text.indexOf('='); sign !== -1; sign = text.indexOf('=', at)) {
    let from = sign;
    while (from > at && /[^\s"]/.test(text[from - 1] ?? ' ')) from -= 1;
    const end = text[sign + 1] === '"' ? closing(text, sign + 2) : blankFrom(text, sign + 1);
    const value = text[sign + 1] === '"' ? text.slice(sign + 2, end - 1) : text.slice(sign + 1, end);
    if (from < sign) pairs.push([text.slice(from, sign), value.replace(/\\([\s\S])/g, '$1')]);
    at = end;
  }
  return pairs;
}

/** The place behind the quotation mark that closes; behind the text where there is none. */
function closing(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return text.length + 1;
}

function blankFrom(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\S/.test(text[at] ?? ' ')) at += 1;
  return at;
}

/** `parse @message csv as time, level`: cells by their place. */
function readCsv(scan: Scanner, from: Eval): StepCommand {
  if (!scan.word('as')) throw scan.unexpected();
  const names = scan.needFields();
  const set = (row: Row, text: string) => {
    const cells = cellsOf(text.replace(/\r?\n$/, ''), ',', '"');
    for (const [index, name] of names.entries()) if (cells[index] !== undefined) row.set(name, cells[index]);
  };
  return { kind: 'step', make: parsing(from, set), adds: names };
}
