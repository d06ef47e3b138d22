/** Regular expressions that customers give, as far as they can be tried in bounded time: JavaScript's have no time limit of their own. */

/** Steps that a match may take at worst, about a tenth of a second. */
const WORST_STEPS_MAX = 1e8;

/** Refused: the pattern is not one, or may take too long. */
export class RegexError extends Error {
  override name = 'RegexError';
}

export type SafeRegex = {
  /** The whole text, as Java's `matches` asks. @throws {RegexError} */
  matches(text: string): boolean;
  /** To search with. @throws {RegexError} */
  over(text: string): RegExp;
};

/**
 * A customer's pattern, made ready once.
 *
 * @throws {RegexError} where a repetition holds another, or a choice: those may take exponential time
 */
export function safeRegex(pattern: string): SafeRegex {
  const repetitions = countRepetitions(pattern);
  const check = (text: string) => {
    if ((text.length + 1) ** repetitions > WORST_STEPS_MAX) throw new RegexError(`${pattern}: too long to try`);
  };
  const whole = compile(`^(?:${pattern})$`, 's');
  const part = compile(pattern, 'g');
  return {
    matches(text) {
      check(text);
      return whole.test(text);
    },
    over(text) {
      // A search begins at each place anew.
      check(text.slice(0, Math.floor(text.length / 2)) + text);
      return part;
    },
  };
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new RegexError((error as Error).message);
  }
}

/** How many repetitions without end a pattern has, none within another. */
function countRepetitions(pattern: string): number {
  const open: { isRisky: boolean }[] = [];
  let closed: { isRisky: boolean } | undefined;
  let total = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    const ended = closed;
    closed = undefined;
    if (char === '\\') at += 1;
    else if (char === '[') at = endOfClass(pattern, at);
    else if (char === '(') open.push({ isRisky: false });
    else if (char === ')') {
      closed = open.pop();
      const outer = open.at(-1);
      if (closed?.isRisky === true && outer !== undefined) outer.isRisky = true;
    } else if (char === '|') {
      const group = open.at(-1);
      if (group !== undefined) group.isRisky = true;
    } else if (char === '*' || char === '+' || char === '{') {
      if (ended?.isRisky === true) throw new RegexError(`${pattern}: a repetition within a repetition`);
      total += 1;
      const group = open.at(-1);
      if (group !== undefined) group.isRisky = true;
    }
  }
  return total;
}

function endOfClass(pattern: string, from: number): number {
  let at = from + 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}
