/** A walk over tokens, as the parsers of expressions and of PartiQL both go. */
export abstract class Walk<T extends { kind: string; text: string }> {
  /** The last is of the kind `end`. */
  protected readonly tokens: readonly T[];
  protected at = 0;

  constructor(tokens: readonly T[]) {
    this.tokens = tokens;
  }

  /** Says that the present token should not be there. */
  abstract unexpected(): Error;

  get token(): T {
    return this.tokens[this.at] as T;
  }

  peek(ahead: number): T {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)] as T;
  }

  next(): T {
    const { token } = this;
    if (token.kind !== 'end') this.at += 1;
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
    this.at += 1;
    return true;
  }

  takeWord(keyword: string): boolean {
    if (!this.isWord(keyword)) return false;
    this.at += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.unexpected();
  }

  expectWord(keyword: string): void {
    if (!this.takeWord(keyword)) throw this.unexpected();
  }
}
