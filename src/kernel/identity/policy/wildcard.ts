/**
 * Matching with `*` (any run) and `?` (any one character) in time linear in the text, whatever the pattern:
 * the literal stretches between stars are found left to right and never tried again.
 */

export type PatternPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'run' }
  | { readonly kind: 'one' };

/** A stretch without `*`. `holes` are the positions of `?`, where `text` holds a placeholder. */
type Chunk = { readonly text: string; readonly holes: readonly number[]; readonly search: Search };

/** First start at or after `from` where the chunk lies in `text` and ends at or before `end`; -1 when there is none. */
type Search = (text: string, from: number, end: number) => number;

export type Pattern = {
  readonly source: string;
  readonly form: 'any' | 'exact' | 'prefix' | 'chunks';
  /** For exact and prefix. */
  readonly text: string;
  /** For chunks: first, those between stars, last. A pattern without stars has `first` only. */
  readonly chunks:
    | {
        readonly first: Chunk;
        readonly middle: readonly Chunk[];
        readonly last: Chunk | undefined;
        readonly length: number;
      }
    | undefined;
};

/** Up to this length plain searches are used: their worst case is a constant factor on linear. */
const SHORT_CHUNK_MAX = 16;

const MACHINE_WORD = 32;

/**
 * Compiles a text in which every `*` and `?` is a wildcard.
 *
 * @param source the pattern as written
 * @see IAM User Guide, "IAM JSON policy elements: Resource", on wildcards
 */
export function compilePattern(source: string): Pattern {
  const pieces: PatternPiece[] = [];
  let from = 0;
  for (let at = 0; at <= source.length; at++) {
    const letter = source[at];
    if (letter !== '*' && letter !== '?' && letter !== undefined) continue;
    if (at > from) pieces.push({ kind: 'text', text: source.slice(from, at) });
    if (letter !== undefined) pieces.push({ kind: letter === '*' ? 'run' : 'one' });
    from = at + 1;
  }
  return compilePieces(pieces, source);
}

/**
 * Compiles a pattern from pieces, so that a literal star or question mark can stand in a text piece.
 *
 * @param pieces in order; empty means the pattern that matches the empty text only
 * @param source how the pattern was written, kept for explanations
 */
export function compilePieces(pieces: readonly PatternPiece[], source: string): Pattern {
  const parts: { text: string; holes: number[] }[] = [{ text: '', holes: [] }];
  for (const piece of pieces) {
    const part = parts.at(-1);
    if (piece.kind === 'run' || part === undefined) parts.push({ text: '', holes: [] });
    else if (piece.kind === 'text') part.text += piece.text;
    else {
      part.holes.push(part.text.length);
      part.text += '?';
    }
  }
  const [head, ...rest] = parts;
  const tail = rest.pop();
  const middle = rest.filter((part) => part.text !== '');
  const text = head?.text ?? '';
  const plain = head?.holes.length === 0 && middle.length === 0;
  if (plain && tail === undefined) return { source, form: 'exact', text, chunks: undefined };
  if (plain && tail?.text === '') return { source, form: text === '' ? 'any' : 'prefix', text, chunks: undefined };
  const first = chunkOf(text, head?.holes ?? []);
  const last = tail === undefined ? undefined : chunkOf(tail.text, tail.holes);
  const between = middle.map((part) => chunkOf(part.text, part.holes));
  const length = parts.reduce((sum, part) => sum + part.text.length, 0);
  return { source, form: 'chunks', text: '', chunks: { first, middle: between, last, length } };
}

/**
 * Whether the whole text matches the pattern; case matters.
 *
 * @param text any length; the time is linear in it
 */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  switch (pattern.form) {
    case 'any':
      return true;
    case 'exact':
      return text === pattern.text;
    case 'prefix':
      return text.startsWith(pattern.text);
    case 'chunks':
      return matchesChunks(pattern, text);
  }
}

function matchesChunks(pattern: Pattern, text: string): boolean {
  const { chunks } = pattern;
  if (chunks === undefined || text.length < chunks.length) return false;
  const { first, last } = chunks;
  if (last === undefined) return text.length === chunks.length && liesAt(first, text, 0);
  const end = text.length - last.text.length;
  if (!liesAt(first, text, 0) || !liesAt(last, text, end)) return false;
  let from = first.text.length;
  for (const chunk of chunks.middle) {
    const at = chunk.search(text, from, end);
    if (at < 0) return false;
    from = at + chunk.text.length;
  }
  return true;
}

function chunkOf(text: string, holes: readonly number[]): Chunk {
  if (text.length <= SHORT_CHUNK_MAX) {
    const chunk: Chunk = { text, holes, search: (given, from, end) => searchShort(chunk, given, from, end) };
    return chunk;
  }
  return { text, holes, search: holes.length === 0 ? literalSearch(text) : maskSearch(text, holes) };
}

function liesAt(chunk: Chunk, text: string, at: number): boolean {
  if (chunk.holes.length === 0) return text.startsWith(chunk.text, at);
  for (let index = 0; index < chunk.text.length; index++) {
    if (text.charCodeAt(at + index) !== chunk.text.charCodeAt(index) && !chunk.holes.includes(index)) return false;
  }
  return true;
}

function searchShort(chunk: Chunk, text: string, from: number, end: number): number {
  if (chunk.holes.length === 0) {
    const at = text.indexOf(chunk.text, from);
    return at + chunk.text.length <= end ? at : -1;
  }
  for (let at = from; at + chunk.text.length <= end; at++) if (liesAt(chunk, text, at)) return at;
  return -1;
}

/** Knuth, Morris and Pratt: on a mismatch, fall back to the longest border instead of to the start. */
function literalSearch(chunk: string): Search {
  const borders = new Int32Array(chunk.length);
  for (let at = 1, length = 0; at < chunk.length; at++) {
    while (length > 0 && chunk.charCodeAt(at) !== chunk.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (chunk.charCodeAt(at) === chunk.charCodeAt(length)) length++;
    borders[at] = length;
  }
  return (text, from, end) => {
    for (let at = from, length = 0; at < end; at++) {
      while (length > 0 && text.charCodeAt(at) !== chunk.charCodeAt(length)) length = borders[length - 1] ?? 0;
      if (text.charCodeAt(at) === chunk.charCodeAt(length)) length++;
      if (length === chunk.length) return at - length + 1;
    }
    return -1;
  };
}

/** Shift-And: bit i of the state says that the last i + 1 characters match the chunk's first i + 1; a hole's bit is always let through. */
function maskSearch(chunk: string, holes: readonly number[]): Search {
  const words = Math.ceil(chunk.length / MACHINE_WORD);
  const anywhere = new Int32Array(words);
  for (const hole of holes) setBit(anywhere, hole);
  const masks = new Map<number, Int32Array>();
  for (let at = 0; at < chunk.length; at++) {
    const code = chunk.charCodeAt(at);
    const mask = masks.get(code) ?? anywhere.slice();
    if (!holes.includes(at)) setBit(mask, at);
    masks.set(code, mask);
  }
  const goal = 1 << ((chunk.length - 1) % MACHINE_WORD);
  return (text, from, end) => {
    const state = new Int32Array(words);
    for (let at = from; at < end; at++) {
      const mask = masks.get(text.charCodeAt(at)) ?? anywhere;
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> (MACHINE_WORD - 1);
      }
      if (((state[words - 1] ?? 0) & goal) !== 0) return at - chunk.length + 1;
    }
    return -1;
  };
}

function setBit(words: Int32Array, bit: number): void {
  const word = Math.floor(bit / MACHINE_WORD);
  words[word] = (words[word] ?? 0) | (1 << (bit % MACHINE_WORD));
}
