/** Patterns of AWS's models, written in Java's dialect, as JavaScript's: what can't be said there constrains nothing. */
import { setFlagsFromString } from 'node:v8';
import { fromJava, plainEscapes, UNICODE_ONLY } from '#kernel/base';

/** Some models' patterns backtrack for ever on a hostile text (`^([0-9]+)+$`): past 50,000 steps V8 goes on with an engine whose time is linear. */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Whether a text matches a model's pattern as a whole, which is how AWS reads them.
 *
 * @returns undefined when JavaScript can't say the pattern
 */
export function patternOf(pattern: string): ((text: string) => boolean) | undefined {
  const { source, flags } = fromJava(pattern);
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
