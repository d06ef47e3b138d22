/** Patterns of AWS's models, written in Java's dialect, as JavaScript's: what can't be said there constrains nothing. */
import { setFlagsFromString } from 'node:v8';

/** Some models' patterns backtrack for ever on a hostile text (`^([0-9]+)+$`): past 50,000 steps V8 goes on with an engine whose time is linear. */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** Classes that JavaScript lacks, as they stand inside brackets. */
const CLASSES: Record<string, string> = {
  Alnum: 'A-Za-z0-9',
  Alpha: 'A-Za-z',
  ASCII: '\\x00-\\x7f',
  Digit: '0-9',
  Graph: '\\x21-\\x7e',
  Lower: 'a-z',
  Print: '\\x20-\\x7e',
  Punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  Space: '\\s',
  Upper: 'A-Z',
  XDigit: '0-9A-Fa-f',
  IsLatin: '\\p{Script=Latin}',
};

/** Needs the u flag, without which it would say something else. */
const UNICODE_ONLY = /\\[pP]\{|\\u\{|\\u[dD][89abAB]/;
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Whether a text matches a model's pattern as a whole, which is how AWS reads them.
 *
 * @returns undefined when JavaScript can't say the pattern
 */
export function patternOf(pattern: string): ((text: string) => boolean) | undefined {
  const { source, flags } = translate(pattern);
  const unicode = compile(source, `${flags}u`) ?? compile(plainEscapes(source), `${flags}u`);
  if (UNICODE_ONLY.test(source)) return unicode && ((text) => unicode.test(text));
  const plain = compile(source, flags);
  if (plain === undefined) return unicode && ((text) => unicode.test(text));
  if (unicode === undefined) return (text) => plain.test(text);
  // The linear engine does not know the u flag, so only a text that needs it gets it.
  return (text) => (SURROGATE.test(text) ? unicode.test(text) : plain.test(text));
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, flags);
  } catch {
    return undefined;
  }
}

/** A Java pattern as JavaScript would write it: leading `(?s)` and the like become flags, `\x{10FFFF}` `\u{10FFFF}`, `\Z` `$`, and Java's classes ranges. */
export function translate(pattern: string): { source: string; flags: string } {
  const leading = /^(\^?)\(\?([a-z]+)\)/.exec(pattern);
  const flags = leading === null ? '' : ['i', 'm', 's'].filter((flag) => leading[2]?.includes(flag)).join('');
  let source = leading === null ? pattern : (leading[1] as string) + pattern.slice(leading[0].length);
  source = source
    .replace(/\\x\{([0-9A-Fa-f]+)\}/g, '\\u{$1}')
    .replace(/\\[zZ]/g, '$')
    .replace(/\\A/g, '^')
    .replace(/\\h/g, ' \\t')
    // Possessive repetitions find what greedy ones find, only sooner.
    .replace(/(\{\d+(?:,\d*)?\})\+/g, '$1')
    // After a class within brackets a dash is only a dash.
    .replace(/(\\[pP]\{\w+\})-(?=[^\]])/g, '$1\\x2d');
  source = source.replace(/\\p\{(\w+)\}/g, (whole, name: string, at: number) => {
    const ranges = CLASSES[name];
    if (ranges === undefined) return whole;
    return insideClass(source, at) ? ranges : `[${ranges}]`;
  });
  return { source, flags };
}

function insideClass(source: string, at: number): boolean {
  let inside = false;
  for (let index = 0; index < at; index += 1) {
    if (source[index] === '\\') index += 1;
    else if (source[index] === '[') inside = true;
    else if (source[index] === ']') inside = false;
  }
  return inside;
}

/** The u flag allows a backslash only before what has a meaning; Java before any sign. */
function plainEscapes(source: string): string {
  return source
    .replace(/\\([^\w\s])/g, (whole, char: string) =>
      '^$\\.*+?()[]{}|/-'.includes(char) && char !== '-' ? whole : char === '-' ? '\\x2d' : char,
    )
    .replace(/\\_/g, '_');
}
