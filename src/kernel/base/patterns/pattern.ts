/**
 * The pattern language of EventBridge's rules, SNS's filter policies and Pipes, read from its JSON text.
 *
 * @see EventBridge User Guide, "Comparison operators for use in event patterns"; the texts of errors as AWS's open-source Event Ruler has them
 */
import { JSON_DEPTH_MAX, readJsonText, type Token } from './json-text.ts';
import { anythingButTest, type ReadTest, readTest } from './pattern-tests.ts';
import { TokenCursor } from './token-cursor.ts';
import type { ValueTest } from './value-tests.ts';

/** Names by which a value inside `$or` is an operator. Source: Event Ruler, RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP. */
const RESERVED = [
  'exactly',
  'prefix',
  'suffix',
  'anything-but',
  'numeric',
  'exists',
  'equals-ignore-case',
  'wildcard',
  'cidr',
];

/** Tests by the dotted name of their field. */
export type Alternative = ReadonlyMap<string, readonly ValueTest[]>;

/** An event meets a pattern when it meets one of its alternatives, and that when it passes a test of each field. */
export type Pattern = { readonly alternatives: readonly Alternative[] };

export type PatternOptions = {
  /** More alternatives than this are too many: `$or` inside `$or` multiplies. */
  alternativesMax: number;
  tooComplex: string;
  /** What may stand in `anything-but`, in the words of the service. */
  anythingBut: readonly ('prefix' | 'suffix' | 'equals-ignore-case' | 'wildcard')[];
  /** What numbers may be compared with, either side of zero. */
  numberMax: number;
};

/** What EventBridge takes. Source: EventBridge User Guide, "Content filtering in Amazon EventBridge event patterns", numeric matching, for numbers. */
const EVERYTHING: PatternOptions = {
  alternativesMax: 1_000,
  tooComplex: 'Rule is too complex',
  anythingBut: ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'],
  numberMax: 5e9,
};

type Draft = Map<string, readonly ValueTest[]>[];

/**
 * Reads a pattern.
 *
 * @throws {JsonTextError} where the text is no JSON
 * @throws {PatternError} where it is no pattern
 */
export function readPattern(text: string, options: Partial<PatternOptions> = {}): Pattern {
  return new PatternReader(readJsonText(text), { ...EVERYTHING, ...options }).read();
}

class PatternReader {
  #cursor: TokenCursor;
  #options: PatternOptions;
  #draft: Draft = [];

  constructor(tokens: readonly Token[], options: PatternOptions) {
    this.#cursor = new TokenCursor(tokens, options.numberMax);
    this.#options = options;
  }

  read(): Pattern {
    const cursor = this.#cursor;
    if (cursor.next().kind !== '{') cursor.fail('Filter is not an object');
    this.#object([], false);
    return { alternatives: this.#draft };
  }

  #object(path: readonly string[], inOr: boolean): void {
    const cursor = this.#cursor;
    let empty = true;
    for (let name = cursor.next(); name.kind !== '}'; name = cursor.next()) {
      empty = false;
      if (name.text === '$or') {
        this.#or(path);
        continue;
      }
      if (inOr && RESERVED.includes(name.text))
        cursor.fail(`${name.text} is Ruler reserved fieldName which cannot be used inside $or.`);
      const { kind } = cursor.next();
      const steps = [...path, name.text];
      if (kind === '{') this.#object(steps, inOr);
      else if (kind === '[') this.#values(steps.join('.'));
      else cursor.fail(`"${name.text}" must be an object or an array`);
    }
    if (empty) cursor.fail('Empty objects are not allowed');
  }

  /** What was said before `$or` holds in each of its alternatives, what is said after it too. */
  #or(path: readonly string[]): void {
    const cursor = this.#cursor;
    const before = this.#draft;
    const all: Draft = [];
    if (cursor.next().kind !== '[') cursor.fail('It must be an Array followed with $or.');
    let count = 0;
    for (let token = cursor.next(); token.kind !== ']'; token = cursor.next()) {
      count += 1;
      if (token.kind !== '{') cursor.fail('Only JSON object is allowed in array of $or relationship.');
      this.#draft = before.length === 0 ? [new Map()] : before.map((one) => new Map(one));
      this.#object(path, true);
      all.push(...this.#draft);
      if (all.length > this.#options.alternativesMax) cursor.fail(this.#options.tooComplex, false);
    }
    if (count < 2) cursor.fail('There must have at least 2 Objects in $or relationship.');
    this.#draft = all;
  }

  #values(name: string): void {
    const cursor = this.#cursor;
    if (name.split('.').length > JSON_DEPTH_MAX) cursor.fail(this.#options.tooComplex, false);
    const tests: ValueTest[] = [];
    for (let token = cursor.next(); token.kind !== ']'; token = cursor.next()) {
      if (token.kind === '{') tests.push(this.#expression());
      else if (token.kind === '[') cursor.fail('Match value must be String, number, true, false, or null');
      else tests.push({ is: 'exactly', value: token.kind === 'string' ? token.text : JSON.parse(token.text) });
    }
    if (tests.length === 0) cursor.fail('Empty arrays are not allowed');
    if (this.#draft.length === 0) this.#draft.push(new Map());
    for (const alternative of this.#draft) alternative.set(name, tests);
  }

  /** An object among the values: one operator with what it is given. */
  #expression(): ValueTest {
    const cursor = this.#cursor;
    const name = cursor.next();
    if (name.kind !== 'name') cursor.fail('Match expression name not found');
    if (name.text === 'anything-but') return anythingButTest(cursor, this.#options.anythingBut);
    const read: ReadTest | undefined = readTest(name.text);
    return read === undefined ? cursor.fail(`Unrecognized match type ${name.text}`) : read(cursor);
  }
}
