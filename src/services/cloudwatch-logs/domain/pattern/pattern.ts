/**
 * Filter patterns, as FilterLogEvents, metric and subscription filters and live tail have them.
 *
 * @see CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail"
 */
import { invalidPattern, type Pattern, PatternError, Reader } from './condition.ts';
import { parseJsonPattern } from './json.ts';
import { parseSpacePattern } from './space.ts';

type Term = { role: 'must' | 'may' | 'not'; matches: (message: string) => boolean };

const KEPT_MAX = 500;
const kept = new Map<string, Pattern>();

/**
 * Parses a pattern; those used lately are remembered.
 *
 * @throws {PatternError}
 */
export function parsePattern(text: string): Pattern {
  let pattern = kept.get(text);
  if (pattern === undefined) {
    pattern = parse(text.trim());
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(text, pattern);
  }
  return pattern;
}

function parse(text: string): Pattern {
  if (text.startsWith('{')) return parseJsonPattern(text);
  if (text.startsWith('[')) return parseSpacePattern(text);
  const reader = new Reader(text, () => undefined, /\S+/y);
  const terms: Term[] = [];
  while (reader.at < text.length) {
    terms.push(readTerm(reader));
    if (reader.take(/\s+/y) === undefined && reader.at < text.length) throw invalidPattern();
  }
  return {
    kind: terms.length === 0 ? 'all' : 'terms',
    regexes: reader.regexes,
    matches: matcher(terms),
    extract: () => ({}),
    isField: () => false,
  };
}

/**
 * Deviation: a word is found inside other words too; whether AWS finds it there its documentation doesn't say.
 */
function readTerm(reader: Reader): Term {
  const sign = reader.take(/[?-]/y);
  const role = sign === '?' ? 'may' : sign === '-' ? 'not' : 'must';
  if (reader.text[reader.at] === '%') {
    const regex = reader.regex();
    return { role, matches: (message) => regex.test(message) };
  }
  const start = reader.at;
  const quoted = reader.quoted();
  const word = quoted ?? reader.take(/[\p{L}\p{N}_]+/uy);
  const rest = reader.take(/\S+/y);
  if (word === undefined || word === '' || rest !== undefined) {
    const term = reader.text.slice(start, reader.at);
    throw new PatternError(`Invalid character(s) in term '${term === '' ? (sign ?? '') : term}'`);
  }
  // Source: the same guide, "Everything": a phrase of blanks alone is in every event.
  if (quoted?.trim() === '') return { role, matches: () => true };
  return { role, matches: (message) => message.includes(word) };
}

/** Source: the same guide, "Using filter patterns to match terms": optional terms beside others are ignored. */
function matcher(terms: readonly Term[]): (message: string) => boolean {
  const of = (role: Term['role']) => terms.filter((term) => term.role === role);
  const [must, may, not] = [of('must'), of('may'), of('not')];
  if (must.length + not.length === 0) return (message) => may.length === 0 || may.some((term) => term.matches(message));
  return (message) => must.every((term) => term.matches(message)) && !not.some((term) => term.matches(message));
}
