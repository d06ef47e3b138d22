/** Regular expressions that customers give, tried in bounded time: JavaScript's have no time limit of their own. */
import { bounded, type Millis, TookTooLong } from '#kernel/base';

/** Up to so many steps at worst, some milliseconds, a pattern is tried as it is. */
const WORST_STEPS_MAX = 1e6;
/** Of one that may take longer. */
const TIME_MAX: Millis = 100;

/** Refused: the pattern is not one, or takes too long. */
export class RegexError extends Error {
  override name = 'RegexError';
}

export type SafeRegex = {
  /** The whole text, as Java's `matches` asks. @throws {RegexError} */
  matches(text: string): boolean;
  /** Somewhere in the text. @throws {RegexError} */
  finds(text: string): boolean;
  /** The same, where somebody else bounds the time. */
  freely(text: string): boolean;
  /** Uses the pattern to search in a text, from each of its places on. @throws {RegexError} */
  over<T>(text: string, use: (pattern: RegExp) => T): T;
  /** Whether it can't take long, whatever the text holds. */
  isQuickOver(text: string): boolean;
};

/**
 * A customer's pattern, made ready once.
 *
 * @throws {RegexError} for what is none
 */
export function safeRegex(pattern: string): SafeRegex {
  const { source, flags } = fromJava(pattern);
  const worst = worstOf(source);
  const whole = compile(`^(?:${source})$`, flags);
  const part = compile(source, `${flags}g`);
  const isQuick = (text: string, more: number) => worst(text.length + 1, more) <= WORST_STEPS_MAX;
  // A search begins at each place anew.
  const searches = source.startsWith('^') && !source.includes('|') && !flags.includes('m') ? 0 : 1;
  const isQuickOver = (text: string) => isQuick(text, searches);
  const over = <T>(text: string, use: (pattern: RegExp) => T) => {
    part.lastIndex = 0;
    return tried(pattern, isQuickOver(text), () => use(part));
  };
  return {
    matches: (text) => tried(pattern, isQuick(text, 0), () => whole.test(text)),
    finds: (text) => over(text, (found) => found.test(text)),
    freely: (text) => {
      part.lastIndex = 0;
      return part.test(text);
    },
    over,
    isQuickOver,
  };
}

function tried<T>(pattern: string, isQuick: boolean, work: () => T): T {
  if (isQuick) return work();
  try {
    return bounded(TIME_MAX, work);
  } catch (error) {
    if (error instanceof TookTooLong) throw new RegexError(`${pattern}: it takes too long`);
    throw error;
  }
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new RegexError((error as Error).message);
  }
}

/** What Java writes otherwise: flags at the beginning, ends of the text. */
function fromJava(pattern: string): { source: string; flags: string } {
  const [head = '', flags = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  const ends: { readonly [letter: string]: string } = { A: '^', z: '$', Z: '$' };
  const source = pattern.slice(head.length).replace(/\\(.)/gs, (all, letter: string) => ends[letter] ?? all);
  return { source, flags: [...new Set(flags)].join('') };
}

/** Steps at worst in a text of so many characters: each repetition without end may stop at any of them, whatever is optional may be there or not. */
function worstOf(pattern: string): (length: number, searches: number) => number {
  const { repetitions, options } = countRepetitions(pattern);
  return (length, searches) => length ** (Math.max(1, repetitions) + searches) * 2 ** options;
}

/** How many repetitions a pattern has; without end where one holds another, or a choice: that may take exponential time. */
function countRepetitions(pattern: string): { repetitions: number; options: number } {
  const open: { isRisky: boolean }[] = [];
  let closed: { isRisky: boolean } | undefined;
  let [repetitions, options] = [0, 0];
  const risk = () => {
    for (const group of open) group.isRisky = true;
  };
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    const ended = closed;
    closed = undefined;
    if (char === '\\') {
      // What a group held may come again.
      if (/[1-9k]/.test(pattern[at + 1] ?? '')) repetitions = Number.POSITIVE_INFINITY;
      at += 1;
    } else if (char === '[') at = endOfClass(pattern, at);
    else if (char === '(') {
      open.push({ isRisky: false });
      if (pattern[at + 1] === '?') at += 1;
    } else if (char === ')') closed = open.pop();
    else if (char === '|') {
      options += 1;
      risk();
    } else if ('*+?{'.includes(char)) {
      const exactly = /^\{\d+\}/.exec(pattern.slice(at, at + 8))?.[0];
      if (char === '?') options += 1;
      else if (ended?.isRisky === true) repetitions = Number.POSITIVE_INFINITY;
      else if (exactly === undefined) repetitions += 1;
      if (exactly === undefined) risk();
      else at += exactly.length - 1;
      // A repetition that takes as little as it can.
      if (char !== '?' && pattern[at + 1] === '?') at += 1;
    }
  }
  return { repetitions, options };
}

function endOfClass(pattern: string, from: number): number {
  let at = from + 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}
