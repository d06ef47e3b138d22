/**
 * Long templates, read piece by piece: velocityjs adds to the list of what it has read by copying it, so that it takes time with the square of
 * a text's length. What opens and what ends a block is read by itself, and the blocks are put together here, as it does.
 */

/** What velocityjs reads of a template: a text, or something with a type. */
type Read = string | { type: string } | readonly Read[];
type Piece = { kind: 'plain' | 'open' | 'end'; text: string };

/** Characters after which a piece ends where it can. */
const PIECE_CHARACTERS = 500;

const DIRECTIVE = /#@?([a-zA-Z_][\w-]*)[ ]*(?=\(\s*[$'"[{\-\w()!])/y;
const BLOCKS = new Set(['if', 'foreach', 'macro', 'define', 'noescape']);
const END = /#(?:end\b|\{end\})/y;
const REFERENCE = /\$!?\{?[a-zA-Z_][\w-]*/y;
const STEP = /\.[a-zA-Z_][\w-]*/y;
/** A bracket behind a reference, where it is more than text. */
const OPENED = /\(\s*(?=[$'"[{\-\w()!])|\[\s*(?=[-$"'0-9{[\]])/y;
/** Where nothing of the language begins, up to a place where a piece may end. */
const PLAIN = /[^#$\\\s]+/y;

/**
 * A template's nodes, as `whole` reads them.
 *
 * @param whole reads a text that is short, without a look at line ends after directives
 * @throws {Error} where it is none, or its blocks do not end
 */
export function readPieces(template: string, whole: (text: string) => readonly Read[]): readonly Read[] {
  const flat: Read[] = [];
  for (const { kind, text } of cut(template)) {
    if (kind === 'end') flat.push({ type: 'end' });
    // What opens a block heads a list.
    else if (kind === 'open') flat.push(whole(`${text}#end`)[0] ?? '');
    else flat.push(...whole(text));
  }
  return nested(withoutLineEnds(flat));
}

const LINE_END = /^[ \t]*\n/;

/** What is left of a line behind a directive is no text. */
function withoutLineEnds(flat: readonly Read[]): Read[] {
  return flat.map((one, index) => {
    const before = flat[index - 1];
    if (typeof one !== 'string' || before === undefined || typeof before === 'string') return one;
    if (isList(before)) return one.replace(LINE_END, '');
    if (before.type === 'end') return one.replace(/^\n/, '');
    return ['references', 'raw'].includes(before.type) ? one : one.replace(LINE_END, '');
  });
}

const isList = (one: Read): one is readonly Read[] => Array.isArray(one);

function nested(flat: readonly Read[]): Read[] {
  const open: Read[][] = [[]];
  for (const one of flat) {
    const inner = open.at(-1) ?? [];
    if (typeof one !== 'string' && isList(one)) {
      const block = [...one];
      inner.push(block);
      open.push(block);
    } else if (typeof one !== 'string' && one.type === 'end') {
      // What nothing was opened for ends the template.
      if (open.length === 1) return inner;
      open.pop();
    } else inner.push(one);
  }
  if (open.length > 1) throw new Error('A block does not end');
  return open[0] ?? [];
}

function* cut(text: string): Generator<Piece> {
  let [start, at] = [0, 0];
  const before = function* (end: number): Generator<Piece> {
    if (end > start) yield { kind: 'plain', text: text.slice(start, end) };
  };
  while (at < text.length) {
    const char = text[at] ?? '';
    if (at - start >= PIECE_CHARACTERS && (char === '$' || /\s\S/.test(text.slice(at - 1, at + 1)))) {
      yield* before(at);
      start = at;
    }
    if (/\s/.test(char)) at += 1;
    else if (char === '\\') at = pastBackslashes(text, at);
    else if (char === '$') at = pastReference(text, at);
    else if (char !== '#') at = past(PLAIN, text, at);
    else {
      const end = past(END, text, at);
      const name = past(DIRECTIVE, text, at) === at ? undefined : nameAt(text, at);
      const isOpen = name !== undefined && (BLOCKS.has(name) || text[at + 1] === '@');
      const next = end > at ? end : name === undefined ? pastUnnamed(text, at) : pastDirective(text, at);
      if (end > at || isOpen) {
        yield* before(at);
        yield { kind: end > at ? 'end' : 'open', text: text.slice(at, next) };
        start = next;
      }
      at = next;
    }
  }
  yield* before(at);
}

/** Where what the pattern means at `at` ends; `at` where there is nothing. */
function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

const nameAt = (text: string, at: number): string => {
  DIRECTIVE.lastIndex = at;
  return DIRECTIVE.exec(text)?.[1] ?? '';
};

/** An odd number of backslashes makes what follows plain text. */
function pastBackslashes(text: string, from: number): number {
  let at = from;
  while (text[at] === '\\') at += 1;
  return (at - from) % 2 === 1 && /[$#]/.test(text[at] ?? '') ? at + 1 : at;
}

function pastReference(text: string, from: number): number {
  let at = past(REFERENCE, text, from);
  if (at === from) return from + 1;
  for (;;) {
    const step = past(STEP, text, at);
    if (step > at) at = step;
    else if (past(OPENED, text, at) > at) at = pastBrackets(text, at);
    else return text[at] === '}' ? at + 1 : at;
  }
}

const pastDirective = (text: string, at: number) => pastBrackets(text, past(DIRECTIVE, text, at));

/** Comments, what is to stand as it is, and a sign of which nothing is meant. */
function pastUnnamed(text: string, at: number): number {
  const until = (mark: string, from: number) => {
    const end = text.indexOf(mark, from);
    return end === -1 ? at + 1 : end + mark.length;
  };
  if (text.startsWith('##', at)) {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }
  if (text.startsWith('#*', at)) return until('*#', at + 3);
  if (text.startsWith('#[[', at)) return until(']]#', at + 4);
  return at + 1;
}

/** Behind the bracket that closes the one at `from`; what is in quotation marks closes nothing. */
function pastBrackets(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"' || char === "'") at = pastQuotes(text, at);
    else if (char === '(' || char === '[' || char === '{') depth += 1;
    else if (char === ')' || char === ']' || char === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new Error('A bracket is not closed');
}

/** The mark that closes the one at `from`. */
function pastQuotes(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && text[at + 1] === text[from]) at += 1;
    else if (text[at] === text[from]) return at;
  }
  throw new Error('A quotation is not closed');
}
