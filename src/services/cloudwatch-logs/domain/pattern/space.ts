/** Filter patterns of fields between blanks: `[ip, user, ..., status = 4*, bytes > 1000]`. */
import { type Condition, holdsTrue, invalidPattern, type Pattern, PatternError, Reader } from './condition.ts';

type Field = { name: string | undefined; condition: Condition | undefined };

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;

/** @throws {PatternError} */
export function parseSpacePattern(text: string): Pattern {
  if (!text.endsWith(']')) throw new PatternError("If a filter pattern starts with '[' it must end with ']'");
  const reader = new Reader(text.slice(1, -1), (one) => one.take(NAME), /[^\s()&|",=<>!\]]+/y);
  const fields: (Field | '...')[] = [];
  for (;;) {
    fields.push(readField(reader));
    if (reader.take(/\s*,/y) !== undefined) continue;
    reader.take(/\s+/y);
    if (reader.at < reader.text.length) throw invalidPattern();
    break;
  }
  const names = fields.flatMap((field) => (field === '...' || field.name === undefined ? [] : [field.name]));
  const gaps = fields.filter((field) => field === '...').length;
  if (gaps > 1 || new Set(names).size < names.length) throw invalidPattern();
  return {
    kind: 'space',
    regexes: reader.regexes,
    matches: (message) => assigned(fields, message) !== undefined,
    extract: (message) => assigned(fields, message) ?? {},
    isField: (name) => names.includes(name.slice(1)),
  };
}

function readField(reader: Reader): Field | '...' {
  if (reader.take(/\s*\.\.\./y) !== undefined) return '...';
  if (reader.take(/\s*(?=,|$)/y) !== undefined) return { name: undefined, condition: undefined };
  const start = reader.at;
  const name = reader.take(/\s*\(*\s*[\p{L}_][\p{L}\p{N}_-]*/uy)?.replace(/^[(\s]+/, '');
  if (name === undefined) throw invalidPattern();
  if (reader.take(/\s*(?=,|$)/y) !== undefined) return { name, condition: undefined };
  reader.at = start;
  return { name, condition: reader.condition() };
}

/** What the fields stand for in a message, by `$name`, or `$1` for one without; undefined when it doesn't match. */
function assigned(fields: readonly (Field | '...')[], message: string): { [name: string]: string } | undefined {
  const gap = fields.indexOf('...');
  const values = splitMessage(message, gap === -1 ? fields.length : Number.POSITIVE_INFINITY);
  if (gap === -1 ? values.length !== fields.length : values.length < fields.length - 1) return undefined;
  const after = gap === -1 ? 0 : fields.length - gap - 1;
  const found: { [name: string]: string } = {};
  const conditions: Condition[] = [];
  for (const [index, value] of values.entries()) {
    const field =
      gap === -1 || index < gap
        ? fields[index]
        : index >= values.length - after
          ? fields[fields.length - (values.length - index)]
          : undefined;
    const { name, condition } =
      field === undefined || field === '...' ? { name: undefined, condition: undefined } : field;
    found[`$${name ?? index + 1}`] = value;
    if (condition !== undefined) conditions.push(condition);
  }
  // Source: User Guide, whose `[w1=ERROR || W1=WARNING, w2]` is about one field.
  const folded = new Map(Object.entries(found).map(([name, one]) => [name.toLowerCase(), one]));
  const value = (name: string) => found[`$${name}`] ?? folded.get(`$${name.toLowerCase()}`);
  return conditions.every((condition) => holdsTrue(condition, value)) ? found : undefined;
}

const CLOSERS: { readonly [opener: string]: string } = { '[': ']', '"': '"' };

/**
 * Fields between blanks; what stands in brackets or quotes is one.
 *
 * @param most fields at most: the last has all that follows. Source: the patterns `[timestamp=*Z, request_id="*-*", event]` and `[w1=ERROR, w2]`,
 *             by which AWS's console and guide find lines of many words
 */
function splitMessage(message: string, most: number): string[] {
  const values: string[] = [];
  /** Where the next closer of each kind is: looked for once, so that a text of openers alone costs no more than another. */
  const closers = new Map<string, number>();
  const closerAfter = (closer: string, from: number): number => {
    let at = closers.get(closer) ?? -1;
    if (at < from) {
      at = message.indexOf(closer, from);
      closers.set(closer, at === -1 ? message.length : at);
    }
    return at === -1 ? message.length : at;
  };
  const blank = /\s/;
  /** Where the last of the fields begins. */
  let lastAt = 0;
  for (let at = 0; at < message.length; ) {
    if (blank.test(message[at] as string)) {
      at += 1;
      continue;
    }
    if (values.length === most) return [...values.slice(0, -1), message.slice(lastAt).trimEnd()];
    lastAt = at;
    const closer = CLOSERS[message[at] as string];
    const end = closer === undefined ? message.length : closerAfter(closer, at + 1);
    if (end < message.length && (end + 1 === message.length || blank.test(message[end + 1] as string))) {
      values.push(message.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    let next = at;
    while (next < message.length && !blank.test(message[next] as string)) next += 1;
    values.push(message.slice(at, next));
    at = next;
  }
  return values;
}
