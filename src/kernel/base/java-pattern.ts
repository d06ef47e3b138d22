/** Patterns in Java's dialect, in which AWS reads those of its models and of its users, as JavaScript's. */

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
export const UNICODE_ONLY = /\\[pP]\{|\\u\{|\\u[dD][89abAB]/;

/** A Java pattern as JavaScript would write it: leading `(?s)` and the like become flags, `\x{10FFFF}` `\u{10FFFF}`, `\Z` `$`, and Java's classes ranges. */
export function fromJava(pattern: string): { source: string; flags: string } {
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
export function plainEscapes(source: string): string {
  return source
    .replace(/\\([^\w\s])/g, (whole, char: string) =>
      '^$\\.*+?()[]{}|/-'.includes(char) && char !== '-' ? whole : char === '-' ? '\\x2d' : char,
    )
    .replace(/\\_/g, '_');
}
