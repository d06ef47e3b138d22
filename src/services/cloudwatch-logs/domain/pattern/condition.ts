/** Conditions as filter patterns of JSON and of space-delimited fields have them: comparisons joined by && and ||. */
import { Regex } from '../regex/regex.ts';
import { RegexError } from '../regex/syntax.ts';
import { matchesGlob } from './glob.ts';

/** What is wrong with a pattern, in AWS's words. */
export class PatternError extends Error {
  override name = 'PatternError';
}

/** The refusal that says no more. */
export const invalidPattern = () => new PatternError('Invalid filter pattern');

export type Pattern = {
  kind: 'all' | 'terms' | 'json' | 'space';
  /** Regular expressions in it: a group may have five filters with some. */
  regexes: number;
  matches(message: string): boolean;
  /** Values of the fields it names, of a message that matches, and of `more`. */
  extract(message: string, more?: readonly string[]): { [name: string]: string };
  /** Whether a metric's value or dimension may be this field. */
  isField(name: string): boolean;
};

/** A scalar of an event; undefined where there is none. */
export type Scalar = string | number | boolean | null | undefined;

export type Condition =
  | { kind: 'and' | 'or'; parts: readonly Condition[] }
  | { kind: 'is'; field: string; what: 'NULL' | 'TRUE' | 'FALSE' | 'EXISTS' | 'NOT EXISTS' }
  | { kind: 'compare'; field: string; test: (value: Scalar) => boolean };

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Source: User Guide, "Supported regular expressions (regex) syntax". */
const REGEX_CHARACTERS = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+.]+$/;
const REGEXES_MAX = 2;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DEPTH_MAX = 50;

/** Reads a pattern piece by piece. */
export class Reader {
  readonly text: string;
  at = 0;
  regexes = 0;
  #depth = 0;
  /** Reads what names a field; undefined where there is none. */
  readonly #field: (reader: Reader) => string | undefined;
  /** Ends a bare word. */
  readonly #end: RegExp;

  constructor(text: string, field: (reader: Reader) => string | undefined, end: RegExp) {
    this.text = text;
    this.#field = field;
    this.#end = end;
  }

  /** Skips blanks, and what matches here; undefined when nothing does. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found.trim();
  }

  condition(): Condition {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw invalidPattern();
    const parts = [this.#conjunction()];
    while (this.take(/\s*\|\|\s*/y) !== undefined) parts.push(this.#conjunction());
    this.#depth -= 1;
    return parts.length === 1 ? (parts[0] as Condition) : { kind: 'or', parts };
  }

  #conjunction(): Condition {
    const parts = [this.#single()];
    while (this.take(/\s*&&\s*/y) !== undefined) parts.push(this.#single());
    return parts.length === 1 ? (parts[0] as Condition) : { kind: 'and', parts };
  }

  #single(): Condition {
    if (this.take(/\s*\(\s*/y) !== undefined) {
      const inner = this.condition();
      if (this.take(/\s*\)\s*/y) === undefined) throw invalidPattern();
      return inner;
    }
    this.take(/\s+/y);
    const field = this.#field(this);
    if (field === undefined) throw invalidPattern();
    const what = this.take(/\s*(IS\s+(NULL|TRUE|FALSE)|NOT\s+EXISTS|EXISTS)\b/y);
    if (what !== undefined) {
      const said = what.replace(/^IS\s+/, '').replace(/\s+/, ' ');
      return { kind: 'is', field, what: said as 'NULL' };
    }
    const operator = this.take(/\s*(!=|<=|>=|=|<|>)\s*/y) as Comparison | undefined;
    if (operator === undefined) throw invalidPattern();
    return { kind: 'compare', field, test: this.#value(operator) };
  }

  /** What stands on the right of a comparison. */
  #value(operator: Comparison): (value: Scalar) => boolean {
    if (this.text[this.at] === '%') {
      const regex = this.regex();
      const equal = (value: Scalar) => value !== undefined && value !== null && regex.test(String(value));
      if (operator === '=') return equal;
      if (operator === '!=') return (value) => value !== undefined && !equal(value);
      throw invalidPattern();
    }
    const quoted = this.quoted();
    if (quoted !== undefined) return equality(operator, quoted);
    const word = this.take(this.#end);
    if (word === undefined || word === '') throw invalidPattern();
    return comparison(operator, word);
  }

  /** `"…"`, with backslashes. */
  quoted(): string | undefined {
    const text = this.take(/"(?:[^"\\]|\\.)*"/y);
    return text?.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  /** `%…%`. */
  regex(): Regex {
    const text = this.take(/%[^%]+%/y)?.slice(1, -1);
    this.regexes += 1;
    if (text === undefined || this.regexes > REGEXES_MAX) throw invalidPattern();
    if (!REGEX_CHARACTERS.test(text)) throw new PatternError('Invalid character(s) in term');
    try {
      return new Regex(text);
    } catch (error) {
      throw error instanceof RegexError ? invalidPattern() : error;
    }
  }
}

function equality(operator: Comparison, wanted: string): (value: Scalar) => boolean {
  const equal = (value: Scalar) => value !== undefined && value !== null && matchesGlob(wanted, String(value));
  if (operator === '=') return equal;
  if (operator === '!=') return (value) => value !== undefined && !equal(value);
  throw invalidPattern();
}

function comparison(operator: Comparison, word: string): (value: Scalar) => boolean {
  if (!NUMBER.test(word)) return equality(operator, word);
  const wanted = Number(word);
  return (value) => {
    if (value === undefined || value === null || typeof value === 'boolean' || value === '') return false;
    const number = Number(value);
    if (Number.isNaN(number)) return operator === '!=';
    switch (operator) {
      case '=':
        return number === wanted;
      case '!=':
        return number !== wanted;
      case '<':
        return number < wanted;
      case '<=':
        return number <= wanted;
      case '>':
        return number > wanted;
      case '>=':
        return number >= wanted;
    }
  };
}

/** Whether a condition is true of what `value` finds. */
export function holdsTrue(condition: Condition, value: (field: string) => unknown): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holdsTrue(part, value));
    case 'or':
      return condition.parts.some((part) => holdsTrue(part, value));
    case 'is': {
      const found = value(condition.field);
      if (condition.what === 'NULL') return found === null;
      if (condition.what === 'EXISTS') return found !== undefined;
      if (condition.what === 'NOT EXISTS') return found === undefined;
      return found === (condition.what === 'TRUE');
    }
    case 'compare': {
      const found = value(condition.field);
      return typeof found === 'object' && found !== null ? false : condition.test(found as Scalar);
    }
  }
}

/** Every field a condition names. */
export function fieldsOf(condition: Condition): string[] {
  return 'parts' in condition ? condition.parts.flatMap(fieldsOf) : [condition.field];
}
