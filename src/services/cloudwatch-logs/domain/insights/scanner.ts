/** Reading a query piece by piece; what doesn't fit is told with its place. */

/** What is wrong with a query, and where. */
export class QueryError extends Error {
  override name = 'QueryError';
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** A command that is known but not carried out here. */
export class NotBuiltError extends QueryError {
  override name = 'NotBuiltError';
}

const BLANKS = /(?:\s|#[^\n]*)*/y;
const FIELD = /[@A-Za-z_][\w@]*(?:\.(?:[\w@]+|`[^`]*`)|\[\d+\])*/y;

export class Scanner {
  readonly text: string;
  at = 0;
  /** Where what was read last ends, before blanks and comments. */
  #end = 0;

  constructor(text: string) {
    this.text = text;
    this.blanks();
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  blanks(): void {
    this.#end = this.at;
    BLANKS.lastIndex = this.at;
    BLANKS.exec(this.text);
    this.at = BLANKS.lastIndex;
  }

  /** What was read from a place on. */
  since(at: number): string {
    return this.text.slice(at, this.#end);
  }

  /** What matches here, and the blanks after it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    this.blanks();
    return found;
  }

  /** A sign such as `|`. */
  sign(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    this.blanks();
    return true;
  }

  /** A word, whatever the case of its letters. */
  word(word: string): boolean {
    const end = this.at + word.length;
    if (this.text.slice(this.at, end).toLowerCase() !== word || /[\w@]/.test(this.text[end] ?? ' ')) return false;
    this.at = end;
    this.blanks();
    return true;
  }

  /** The name of an option, `name=`, in lower case. */
  option(): string | undefined {
    return this.take(/[A-Za-z]+\s*=(?!=)/y)
      ?.replace(/\s*=\s*$/, '')
      .toLowerCase();
  }

  /** `true` or `false`. @throws {QueryError} */
  truth(): boolean {
    const is = this.word('true');
    if (!is && !this.word('false')) throw this.unexpected();
    return is;
  }

  expect(sign: string): void {
    if (!this.sign(sign)) throw this.unexpected();
  }

  /** A text in quotes. */
  quoted(): string | undefined {
    const text = this.take(/"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y);
    return text?.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char);
  }

  /** An expression between slashes, with its flags. */
  regex(): { text: string; flags: string } | undefined {
    const found = this.take(/\/(?:[^/\\\n]|\\.)+\/[ims]*/y);
    if (found === undefined) return undefined;
    const end = found.lastIndexOf('/');
    return { text: found.slice(1, end).replaceAll('\\/', '/'), flags: found.slice(end + 1) };
  }

  /** The name of a field, plain or between backticks. */
  field(): string | undefined {
    const ticked = this.take(/`[^`]+`/y);
    if (ticked !== undefined) return ticked.slice(1, -1);
    return this.take(FIELD)
      ?.replaceAll('`', '')
      .replace(/\[(\d+)\]/g, '.$1');
  }

  /** @throws {QueryError} when there is none */
  needField(): string {
    const name = this.field();
    if (name === undefined) throw this.unexpected();
    return name;
  }

  /** The names of fields, with commas between. @throws {QueryError} when there is none */
  needFields(): string[] {
    const names = [this.needField()];
    while (this.sign(',')) names.push(this.needField());
    return names;
  }

  /** What comes next, so many letters of it. */
  ahead(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }

  /** The rest can't be read. Source: texts recorded from AWS. */
  unexpected(): QueryError {
    if (this.done) return new QueryError('unexpected end of input', this.text.length, this.text.length);
    const found = /^(?:[\w@.]+|[\s\S])/.exec(this.text.slice(this.at, this.at + 100))?.[0] ?? '';
    return this.fault(`unexpected symbol found ${found}`, found.length);
  }

  fault(message: string, length = 1, at = this.at): QueryError {
    const before = this.text.slice(0, at).split('\n');
    const place = `at line ${before.length} and position ${(before.at(-1)?.length ?? 0) + 1}`;
    return new QueryError(`${message} ${place}`, at, at + length);
  }
}

const ESCAPES: { readonly [char: string]: string } = { n: '\n', t: '\t', r: '\r' };
