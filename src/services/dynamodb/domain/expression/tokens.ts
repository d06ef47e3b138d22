/** Cuts an expression into tokens, and walks over them for the parsers. */
import { utf8Length } from '#kernel/base';
import { invalid } from '../../errors.ts';
import { EXPRESSION_BYTES_MAX, LIST_INDEX_MAX, OPERATORS_MAX, PATH_LEVELS_MAX } from '../../limits.ts';
import { Walk } from '../walk.ts';
import type { Path } from './ast.ts';
import { isReserved } from './reserved.ts';

export type Token = {
  kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'unknown' | 'end';
  text: string;
  start: number;
  end: number;
};

const TOKEN = /\s*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\].,+-])|(\S))/y;
const KINDS = ['word', 'name', 'value', 'number', 'symbol', 'unknown'] as const;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const group = KINDS.findIndex((_, index) => match?.[index + 1] !== undefined);
    const piece = match[group + 1] as string;
    const end = match.index + match[0].length;
    tokens.push({ kind: KINDS[group] as Token['kind'], text: piece, start: end - piece.length, end });
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}

/** Positions of parentheses, the opening one with its closing one. */
function closingsOf(tokens: readonly Token[]): Map<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'symbol') continue;
    if (text === '(') open.push(at);
    const opened = text === ')' ? open.pop() : undefined;
    if (opened !== undefined) closings.set(opened, at);
  }
  return closings;
}

/** Deepest nesting of parentheses and functions; deeper than any expression within the operator limit needs. */
const NESTING_MAX = OPERATORS_MAX;

/** Faults that aren't of syntax, by what they are about: which one is told depends on that, not on where it stands. */
export type FaultKind = 'parentheses' | 'function' | 'use' | 'reserved' | 'section' | 'path';

const faulty = (label: string, message: string): Error => invalid(`Invalid ${label}: ${message}`);

/** @throws {ServiceError} ValidationException for a text that is empty or too long */
function tokensOf(text: string, label: string): Token[] {
  if (text.trim() === '') throw faulty(label, 'The expression can not be empty;');
  const bytes = utf8Length(text);
  if (bytes > EXPRESSION_BYTES_MAX)
    throw faulty(label, `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
  return tokenize(text);
}

/** Reads tokens one after the other, gathering what they refer to. `label` names the parameter in errors. */
export class Cursor extends Walk<Token> {
  readonly label: string;
  /** Placeholders of names and values, in the order they stand in. */
  readonly uses: string[] = [];
  readonly paths: Path[] = [];
  /** Positions of parentheses around conditions, the opening one with its closing one. */
  readonly groups = new Map<number, number>();
  readonly #text: string;
  /** Words that can't be names here. */
  readonly #keywords: ReadonlySet<string>;
  /** The first fault of each kind; told when the whole expression has been read. */
  readonly #faults = new Map<FaultKind, string>();
  #closings: Map<number, number> | undefined;
  #operators = 0;
  #depth = 0;

  constructor(text: string, label: string, keywords: ReadonlySet<string>) {
    super(tokensOf(text, label));
    this.label = label;
    this.#text = text;
    this.#keywords = keywords;
  }

  get position(): number {
    return this.at;
  }

  /** The token after the parenthesis that closes the one here. */
  afterClosing(): Token | undefined {
    this.#closings ??= closingsOf(this.tokens);
    const closed = this.#closings.get(this.at);
    return closed === undefined ? undefined : this.tokens[closed + 1];
  }

  /** `a.b[0].#c`. */
  path(): (string | number)[] {
    const steps: (string | number)[] = [this.#step()];
    this.paths.push(steps);
    this.extend(steps);
    return steps;
  }

  /** Reads what follows the first steps of a path. */
  extend(steps: (string | number)[]): void {
    for (;;) {
      if (this.takeSymbol('.')) steps.push(this.#step());
      else if (this.isSymbol('[')) {
        this.next();
        if (this.token.kind !== 'number') throw this.unexpected();
        const { text } = this.next();
        if (Number(text) > LIST_INDEX_MAX)
          this.fault('path', `List index is not within the allowable range; index: [${text}]`);
        steps.push(Number(text));
        this.expectSymbol(']');
      } else break;
    }
    if (steps.length > PATH_LEVELS_MAX) {
      const levels = `nesting levels: ${steps.length}`;
      this.fault('path', `The document path has too many nesting levels; ${levels}`);
    }
  }

  #step(): string {
    const { kind, text } = this.token;
    if (kind === 'name') this.uses.push(text);
    else if (kind !== 'word' || this.#keywords.has(text.toUpperCase())) throw this.unexpected();
    else if (isReserved(text))
      this.fault('reserved', `Attribute name is a reserved keyword; reserved keyword: ${text}`);
    this.next();
    return text;
  }

  value(): string {
    if (this.token.kind !== 'value') throw this.unexpected();
    const { text } = this.next();
    this.uses.push(text);
    return text;
  }

  /** Counts an operator or function. */
  operator(): void {
    this.#operators += 1;
    if (this.#operators > OPERATORS_MAX)
      throw this.error(`The expression contains too many operators; operator count: ${this.#operators}`);
  }

  /** Reads something nested. */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > NESTING_MAX)
      throw this.error(`The expression contains too many operators; operator count: ${this.#depth}`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  fault(kind: FaultKind, message: string): void {
    if (!this.#faults.has(kind)) this.#faults.set(kind, message);
  }

  /** Nothing may follow; of the faults found on the way the first in `order` is told now. */
  end(order: readonly FaultKind[]): void {
    if (this.token.kind !== 'end') throw this.unexpected();
    if (this.#faults.size === 0) return;
    for (const kind of [...order, 'path'] as const) {
      const message = this.#faults.get(kind);
      if (message !== undefined) throw this.error(message);
    }
  }

  /** The token that should not be there, with its neighbours. */
  override unexpected(): Error {
    const { token } = this;
    const before = this.tokens[this.at - 1];
    const after = token.kind === 'end' ? undefined : this.tokens[this.at + 1];
    const near = this.#text.slice(
      before?.start ?? token.start,
      after === undefined || after.kind === 'end' ? token.end : after.end,
    );
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  error(message: string): Error {
    return faulty(this.label, message);
  }
}
