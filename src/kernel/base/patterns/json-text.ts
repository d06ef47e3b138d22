/** JSON read token by token with places in the text, because AWS tells where a pattern is wrong, in the words of the parser it uses (Jackson). */

export type TokenKind = '{' | '}' | '[' | ']' | 'name' | 'string' | 'number' | 'literal';

export type Token = {
  kind: TokenKind;
  /** The text it stands for; of names and strings without escapes. */
  text: string;
  /** Characters of the document up to its beginning, and up to its end. */
  start: number;
  end: number;
};

/** A text that is no JSON. `offset`: how much of it had been read. */
export class JsonTextError extends Error {
  override name = 'JsonTextError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Source: Jackson, StreamReadConstraints, getMaxNestingDepth. */
export const JSON_DEPTH_MAX = 1_000;
/** Characters of a document that a location quotes. Source: Jackson, JsonLocation, MAX_CONTENT_SNIPPET. */
const SNIPPET_MAX = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /[\p{L}\p{N}_$]+/uy;
const SPACE = /[ \t\r\n]*/y;

/** Where a reader of the text stood, as its messages end: ` at [Source: …; line: 1, column: 2]`. */
export function placeIn(text: string, offset: number, source: string = sourceOf(text)): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1) + 1;
  return `\n at [Source: ${source}; line: ${line}, column: ${column}]`;
}

function sourceOf(text: string): string {
  const left = text.length - SNIPPET_MAX;
  return `(String)"${text.slice(0, SNIPPET_MAX)}"${left > 0 ? `[truncated ${left} chars]` : ''}`;
}

/**
 * All tokens of a JSON document; commas and colons are none.
 *
 * @param source what its messages say they read
 * @throws {JsonTextError}
 */
export function readJsonText(text: string, source: string = sourceOf(text)): Token[] {
  return new Reader(text, source).read();
}

class Reader {
  #text: string;
  #source: string;
  #at = 0;
  #tokens: Token[] = [];
  #open: { kind: '{' | '['; at: number }[] = [];

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
  }

  read(): Token[] {
    do this.#value();
    while (this.#goesOn());
    return this.#tokens;
  }

  /** A scalar, or an opening bracket with what follows up to the first value inside. */
  #value(): void {
    for (;;) {
      const char = this.#next();
      if (char !== '{' && char !== '[') {
        this.#scalar(char);
        return;
      }
      this.#open.push({ kind: char, at: this.#at });
      if (this.#open.length > JSON_DEPTH_MAX) throw tooDeep(this.#open.length, this.#at + 1);
      this.#add(char, this.#at + 1);
      const first = this.#next();
      if (first === (char === '{' ? '}' : ']')) return;
      if (char === '{') this.#name();
    }
  }

  /** After a value: closes what ends here; true where another value follows. */
  #goesOn(): boolean {
    for (let inside = this.#open.at(-1); inside !== undefined; inside = this.#open.at(-1)) {
      const char = this.#next();
      if (char === ',') {
        this.#at += 1;
        if (inside.kind === '{') this.#name();
        return true;
      }
      const end = inside.kind === '{' ? '}' : ']';
      if (char !== end)
        throw this.#wrong(`was expecting comma to separate ${end === '}' ? 'Object' : 'Array'} entries`);
      this.#open.pop();
      this.#add(end, this.#at + 1);
    }
    if (this.#next() !== undefined) throw this.#wrong('was expecting the end of the document');
    return false;
  }

  #name(): void {
    if (this.#next() !== '"') throw this.#wrong('was expecting double-quote to start field name');
    this.#string('name');
    if (this.#next() !== ':') throw this.#wrong('was expecting a colon to separate field name and value');
    this.#at += 1;
  }

  #scalar(char: string | undefined): void {
    if (char === '"') {
      this.#string('string');
      return;
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      this.#add('number', this.#at + number.length);
      return;
    }
    const word = this.#match(WORD);
    if (word === undefined)
      throw this.#wrong(
        "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      );
    if (!['true', 'false', 'null'].includes(word))
      throw new JsonTextError(
        `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
        this.#at + word.length,
      );
    this.#add('literal', this.#at + word.length);
  }

  #string(kind: 'name' | 'string'): void {
    const found = this.#match(STRING);
    if (found === undefined) throw brokenString(this.#text, this.#at);
    this.#add(kind, this.#at + found.length, JSON.parse(found) as string);
  }

  #add(kind: TokenKind, end: number, text: string = this.#text.slice(this.#at, end)): void {
    this.#tokens.push({ kind, text, start: this.#at, end });
    this.#at = end;
  }

  /** The next character that is no space. */
  #next(): string | undefined {
    this.#at += this.#match(SPACE)?.length ?? 0;
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }

  #wrong(expected: string): JsonTextError {
    const code = this.#text.codePointAt(this.#at);
    if (code !== undefined)
      return new JsonTextError(`Unexpected character (${describedCode(code)}): ${expected}`, this.#at);
    const inside = this.#open.at(-1);
    if (inside === undefined) return new JsonTextError('No content to map due to end-of-input', this.#at);
    const what = inside.kind === '{' ? 'Object' : 'Array';
    const began = placeIn(this.#text, inside.at, this.#source).replace(/^\n at \[|\]$/g, '');
    return new JsonTextError(
      `Unexpected end-of-input: expected close marker for ${what} (start marker at [${began}])`,
      this.#at,
    );
  }
}

/** A character as messages name it: one that can't be seen by its code alone. */
export function describedCode(code: number): string {
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return isControl ? `(CTRL-CHAR, code ${code})` : `'${String.fromCodePoint(code)}' (code ${code})`;
}

function brokenString(text: string, start: number): JsonTextError {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (text[at] === '\\') {
      const known = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
      known.lastIndex = at;
      const found = known.exec(text);
      if (found === null)
        return new JsonTextError(
          `Unrecognized character escape '${text[at + 1] ?? ''}' (code ${text.charCodeAt(at + 1) || 0})`,
          at + 2,
        );
      at += found[0].length - 1;
    } else if (code < 0x20)
      return new JsonTextError(
        `Illegal unquoted character ((CTRL-CHAR, code ${code})): has to be escaped using backslash to be included in string value`,
        at + 1,
      );
  }
  return new JsonTextError('Unexpected end-of-input: was expecting closing quote for a string value', text.length);
}

function tooDeep(depth: number, offset: number): JsonTextError {
  return new JsonTextError(
    `Document nesting depth (${depth}) exceeds the maximum allowed (${JSON_DEPTH_MAX}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`,
    offset,
  );
}
