/** Reading regular expressions: the part of the usual syntax that can be matched in linear time, so no lookaround and no back-references. */

/** Code units, as pairs of first and last, in order. */
export type Ranges = readonly (readonly [number, number])[];

export type Node =
  | { kind: 'empty' }
  | { kind: 'chars'; ranges: Ranges }
  | { kind: 'assert'; what: 'begin' | 'end' | 'word' | 'no-word' | 'line-begin' | 'line-end' }
  | { kind: 'all'; parts: readonly Node[] }
  | { kind: 'any'; parts: readonly Node[] }
  | { kind: 'group'; index: number; inner: Node }
  | { kind: 'repeat'; inner: Node; min: number; max: number; lazy: boolean };

export type Parsed = {
  node: Node /** Names of groups by their index; undefined for one without. */;
  groups: (string | undefined)[];
};

/** What is wrong with an expression. */
export class RegexError extends Error {
  override name = 'RegexError';
}

type Flags = { ignoreCase: boolean; multiline: boolean; dotAll: boolean };

const LAST = 0xffff;
const DIGITS: Ranges = [[48, 57]];
export const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACES: Ranges = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x2028, 0x2029],
  [0xfeff, 0xfeff],
];
const LINE_END: Ranges = [
  [10, 10],
  [13, 13],
];
const CLASSES: { readonly [letter: string]: Ranges } = { d: DIGITS, w: WORD, s: SPACES };
const CONTROLS: { readonly [letter: string]: number } = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27 };
const POSIX: { readonly [name: string]: Ranges } = {
  alpha: [
    [65, 90],
    [97, 122],
  ],
  digit: DIGITS,
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  upper: [[65, 90]],
  lower: [[97, 122]],
  space: SPACES,
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
  word: WORD,
};
/** As RE2 has it. */
const REPEAT_MAX = 1_000;
const DEPTH_MAX = 100;

/** All code units but these. */
function complement(ranges: Ranges): Ranges {
  const out: [number, number][] = [];
  let from = 0;
  for (const [first, last] of normalize(ranges)) {
    if (first > from) out.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) out.push([from, LAST]);
  return out;
}

function normalize(ranges: Ranges): Ranges {
  const out: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = out.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out;
}

/** With the other case of each ASCII letter. */
function folded(ranges: Ranges): Ranges {
  const out = [...ranges];
  const shift = (low: number, high: number, by: number) => {
    for (const [first, last] of ranges) {
      const [from, to] = [Math.max(first, low), Math.min(last, high)];
      if (from <= to) out.push([from + by, to + by]);
    }
  };
  shift(65, 90, 32);
  shift(97, 122, -32);
  return normalize(out);
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags;
  readonly groups: (string | undefined)[] = [undefined];

  constructor(text: string, flags: Flags) {
    this.#text = text;
    this.#flags = flags;
  }

  whole(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw new RegexError('unmatched )');
    return node;
  }

  #eat(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #take(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new RegexError('the expression ends too early');
    this.#at += 1;
    return char;
  }

  #alternatives(): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new RegexError('nested too deeply');
    const before = this.#flags;
    const parts = [this.#sequence()];
    while (this.#eat('|')) parts.push(this.#sequence());
    this.#flags = before;
    this.#depth -= 1;
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'any', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '|' || next === ')') break;
      parts.push(this.#quantified(this.#atom()));
    }
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'all', parts };
  }

  #quantified(inner: Node): Node {
    let node = inner;
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === undefined) return node;
      const [min, max] = bounds;
      const lazy = this.#eat('?');
      if (!lazy) this.#eat('+');
      node = { kind: 'repeat', inner: node, min, max, lazy };
    }
  }

  #bounds(): [number, number] | undefined {
    if (this.#eat('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#eat('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#eat('?')) return [0, 1];
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
    if (min > REPEAT_MAX || (max !== Number.POSITIVE_INFINITY && (max > REPEAT_MAX || max < min)))
      throw new RegexError(`bad repetition ${found[0]}`);
    return [min, max];
  }

  #atom(): Node {
    const char = this.#take();
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return this.#chars(this.#set());
      case '.':
        return { kind: 'chars', ranges: this.#flags.dotAll ? [[0, LAST]] : complement(LINE_END) };
      case '^':
        return { kind: 'assert', what: this.#flags.multiline ? 'line-begin' : 'begin' };
      case '$':
        return { kind: 'assert', what: this.#flags.multiline ? 'line-end' : 'end' };
      case '*':
      case '+':
      case '?':
        throw new RegexError(`nothing to repeat before ${char}`);
      case '\\':
        return this.#escape();
      default:
        return this.#chars([[char.charCodeAt(0), char.charCodeAt(0)]]);
    }
  }

  #chars(ranges: Ranges): Node {
    return { kind: 'chars', ranges: this.#flags.ignoreCase ? folded(ranges) : normalize(ranges) };
  }

  #group(): Node {
    if (!this.#eat('?')) return this.#captured(undefined);
    const named = /^(?:P?<([A-Za-z_][A-Za-z0-9_.@]*)>)/.exec(this.#text.slice(this.#at, this.#at + 200));
    if (named !== null) {
      this.#at += named[0].length;
      return this.#captured(named[1]);
    }
    const flags = /^([ims]*)(-[ims]+)?([:)])/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (flags === null) throw new RegexError('lookaround and other special groups are not supported');
    this.#at += flags[0].length;
    const outer = this.#flags;
    const has = (letter: string, now: boolean) =>
      (now || flags[1]?.includes(letter) === true) && flags[2]?.includes(letter) !== true;
    const inner = {
      ignoreCase: has('i', outer.ignoreCase),
      multiline: has('m', outer.multiline),
      dotAll: has('s', outer.dotAll),
    };
    this.#flags = inner;
    if (flags[3] === ')') return { kind: 'empty' };
    const node = this.#alternatives();
    this.#flags = outer;
    if (!this.#eat(')')) throw new RegexError('missing )');
    return node;
  }

  #captured(name: string | undefined): Node {
    const index = this.groups.push(name) - 1;
    const inner = this.#alternatives();
    if (!this.#eat(')')) throw new RegexError('missing )');
    return { kind: 'group', index, inner };
  }

  #escape(): Node {
    const char = this.#take();
    if (char === 'b') return { kind: 'assert', what: 'word' };
    if (char === 'B') return { kind: 'assert', what: 'no-word' };
    if (char === 'A') return { kind: 'assert', what: 'begin' };
    if (char === 'z' || char === 'Z') return { kind: 'assert', what: 'end' };
    if (/[1-9k]/.test(char)) throw new RegexError('back-references are not supported');
    return this.#chars(this.#escaped(char));
  }

  /** What an escape stands for, in a set or outside. */
  #escaped(char: string): Ranges {
    const known = CLASSES[char.toLowerCase()];
    if (known !== undefined && /[dwsDWS]/.test(char)) return char === char.toLowerCase() ? known : complement(known);
    const control = CONTROLS[char];
    if (control !== undefined) return [[control, control]];
    if (char === 'x' || char === 'u') {
      const digits = this.#text.slice(this.#at, this.#at + (char === 'x' ? 2 : 4));
      if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < 2) throw new RegexError(`bad escape \\${char}`);
      this.#at += digits.length;
      const code = Number.parseInt(digits, 16);
      return [[code, code]];
    }
    if (char === '0') return [[0, 0]];
    if (/[A-Za-z]/.test(char)) throw new RegexError(`unknown escape \\${char}`);
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  #set(): Ranges {
    const negated = this.#eat('^');
    const out: (readonly [number, number])[] = [];
    let first = true;
    while (first || this.#text[this.#at] !== ']') {
      first = false;
      const low = this.#member();
      if (low.length === 1 && low[0]?.[0] === low[0]?.[1] && /^-[^\]]/.test(this.#text.slice(this.#at, this.#at + 2))) {
        this.#at += 1;
        const [from, to] = [low[0]?.[0] ?? 0, this.#member().at(-1)?.[1] ?? 0];
        if (to < from) throw new RegexError('a range is out of order');
        out.push([from, to]);
      } else out.push(...low);
    }
    this.#at += 1;
    // A set must hold the other case of its letters before it is turned round.
    const ranges = this.#flags.ignoreCase ? folded(out) : normalize(out);
    return negated ? complement(ranges) : ranges;
  }

  #member(): Ranges {
    const posix = /^\[:(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (posix !== null) {
      const known = Object.hasOwn(POSIX, posix[1] ?? '') ? POSIX[posix[1] ?? ''] : undefined;
      if (known === undefined) throw new RegexError(`unknown class ${posix[0]}`);
      this.#at += posix[0].length;
      return known;
    }
    const char = this.#take();
    if (char !== '\\') return [[char.charCodeAt(0), char.charCodeAt(0)]];
    const escaped = this.#take();
    return escaped === 'b' ? [[8, 8]] : this.#escaped(escaped);
  }
}

/**
 * Parses an expression.
 *
 * @param flags letters of i, m and s
 * @throws {RegexError}
 */
export function parseRegex(text: string, flags = ''): Parsed {
  const parser = new Parser(text, {
    ignoreCase: flags.includes('i'),
    multiline: flags.includes('m'),
    dotAll: flags.includes('s'),
  });
  const node = parser.whole();
  return { node, groups: parser.groups };
}
