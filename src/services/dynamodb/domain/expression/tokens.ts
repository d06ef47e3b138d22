/** Cuts an expression into tokens, and walks over them for the parsers. */
import { utf8Length } from '#kernel/base';
import { invalid } from '../../errors.ts';
import { EXPRESSION_BYTES_MAX, OPERATORS_MAX } from '../../limits.ts';
import type { Path } from './ast.ts';
import { isReserved } from './reserved.ts';

export type Token = {
  kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'unknown' | 'end';
  text: string;
  start: number;
  end: number;
};

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\].,+-])|(\S))/y;
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

/** Deepest nesting of parentheses and functions; deeper than any expression within the operator limit needs. */
const NESTING_MAX = OPERATORS_MAX;

/** Reads tokens one after the other, gathering what they refer to. `label` names the parameter in errors. */
export class Cursor {
  readonly label: string;
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  readonly paths: Path[] = [];
  /** Positions of parentheses around conditions, the opening one with its closing one. */
  readonly groups = new Map<number, number>();
  readonly #text: string;
  readonly #tokens: readonly Token[];
  /** The first fault that isn't one of syntax; told when the whole expression has been read. */
  #fault: string | undefined;
  #at = 0;
  #operators = 0;
  #depth = 0;

  constructor(text: string, label: string) {
    this.label = label;
    this.#text = text;
    if (text.trim() === '') throw this.error('The expression can not be empty;');
    const bytes = utf8Length(text);
    if (bytes > EXPRESSION_BYTES_MAX)
      throw this.error(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get position(): number {
    return this.#at;
  }

  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  isSymbol(text: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === text;
  }

  /** Keywords are the same in any case. */
  isWord(keyword: string): boolean {
    return this.token.kind === 'word' && this.token.text.toUpperCase() === keyword;
  }

  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.#at += 1;
    return true;
  }

  takeWord(keyword: string): boolean {
    if (!this.isWord(keyword)) return false;
    this.#at += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntax();
  }

  /** `a.b[0].#c`. */
  path(): Path {
    const steps: (string | number)[] = [this.#step()];
    for (;;) {
      if (this.takeSymbol('.')) steps.push(this.#step());
      else if (this.isSymbol('[')) {
        this.next();
        if (this.token.kind !== 'number') throw this.syntax();
        steps.push(Number(this.next().text));
        this.expectSymbol(']');
      } else break;
    }
    this.paths.push(steps);
    return steps;
  }

  #step(): string {
    const { kind, text } = this.token;
    if (kind === 'name') this.names.add(text);
    else if (kind !== 'word') throw this.syntax();
    else if (isReserved(text)) this.fault(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    this.next();
    return text;
  }

  value(): string {
    if (this.token.kind !== 'value') throw this.syntax();
    const { text } = this.next();
    this.values.add(text);
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

  fault(message: string): void {
    this.#fault ??= message;
  }

  /** Nothing may follow; a fault that was found on the way is told now. */
  end(): void {
    if (this.token.kind !== 'end') throw this.syntax();
    if (this.#fault !== undefined) throw this.error(this.#fault);
  }

  /** The token that should not be there, with its neighbours. */
  syntax(): Error {
    const { token } = this;
    const before = this.#tokens[this.#at - 1];
    const after = token.kind === 'end' ? undefined : this.#tokens[this.#at + 1];
    const near = this.#text.slice(
      before?.start ?? token.start,
      after === undefined || after.kind === 'end' ? token.end : after.end,
    );
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  error(message: string): Error {
    return invalid(`Invalid ${this.label}: ${message}`);
  }
}
