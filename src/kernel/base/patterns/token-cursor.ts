/** Goes over the tokens of a pattern, and knows how far a parser that reads strings only when it is asked for them would have come. */
import type { Token } from './json-text.ts';

/** A text that is JSON, but no pattern. `offset`: how much of it had been read, where the message says so. */
export class PatternError extends Error {
  override name = 'PatternError';
  readonly offset: number | undefined;

  constructor(message: string, offset: number | undefined) {
    super(message);
    this.offset = offset;
  }
}

export class TokenCursor {
  readonly #tokens: readonly Token[];
  #index = -1;
  /** Whether the text of the present string was asked for. */
  #read = false;

  /** The largest number that a comparison may name. */
  readonly numberMax: number;

  constructor(tokens: readonly Token[], numberMax: number) {
    this.#tokens = tokens;
    this.numberMax = numberMax;
  }

  /** The next token. Whoever reads a pattern knows by the brackets when there is none. */
  next(): Token {
    this.#index += 1;
    this.#read = false;
    return this.#tokens[this.#index] as Token;
  }

  /** The text of the present token, which is read to its end by that. */
  text(): string {
    this.#read = true;
    return (this.#tokens[this.#index] as Token).text;
  }

  /** Closes an expression. @throws {PatternError} where more follows */
  close(otherwise: string): void {
    if (this.next().kind !== '}') this.fail(otherwise);
  }

  /** @throws {PatternError} always; `placed`: with the place reached */
  fail(message: string, placed = true): never {
    throw new PatternError(message, placed ? this.#offset() : undefined);
  }

  #offset(): number {
    const token = this.#tokens[this.#index] as Token;
    // With a name its value's first sign is read already.
    if (token.kind === 'name') return reached(this.#tokens[this.#index + 1] as Token);
    return this.#read ? token.end : reached(token);
  }
}

/** Of a string only the opening quote is read at first. */
function reached(token: Token): number {
  return token.kind === 'string' ? token.start + 1 : token.end;
}
