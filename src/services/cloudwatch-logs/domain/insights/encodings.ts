/** Functions that write texts and numbers in another form. */
import { createHash } from 'node:crypto';
import { Regex } from '../regex/regex.ts';
import { RegexError } from '../regex/syntax.ts';
import { type Call, one, textual } from './calls.ts';
import { toNumber, toText, type Value } from './value.ts';

const hashed = (algorithm: 'md5' | 'sha256') =>
  one(textual((text) => createHash(algorithm).update(text).digest('hex')));

function decodedUrl(text: string): Value {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function hexOf(value: Value): Value {
  const number = toNumber(value);
  if (number === undefined || !Number.isFinite(number)) return undefined;
  return `${number < 0 ? '-' : ''}0x${Math.abs(Math.trunc(number)).toString(16)}`;
}

const expressions = new Map<string, Regex | undefined>();
/** Expressions that are kept read. */
const EXPRESSIONS_MAX = 100;

function expressionOf(text: string): Regex | undefined {
  if (expressions.has(text)) return expressions.get(text);
  if (expressions.size >= EXPRESSIONS_MAX) expressions.clear();
  let regex: Regex | undefined;
  try {
    regex = new Regex(text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
  }
  expressions.set(text, regex);
  return regex;
}

/** Source: User Guide, "String functions" and "Hashing functions". */
export const ENCODINGS: { readonly [name: string]: Call } = {
  md5: hashed('md5'),
  sha256: hashed('sha256'),
  urlencode: one(textual((text) => encodeURIComponent(text.toWellFormed()))),
  urldecode: one(textual(decodedUrl)),
  base64encode: one(textual((text) => Buffer.from(text).toString('base64'))),
  base64decode: one(textual((text) => Buffer.from(text, 'base64').toString())),
  hextoascii: one(
    textual((text) => {
      const digits = text.replace(/^0x/i, '');
      return /^(?:[0-9a-f]{2})*$/i.test(digits) ? Buffer.from(digits, 'hex').toString('latin1') : undefined;
    }),
  ),
  hextodec: one(
    textual((text) => {
      const digits = text.replace(/^0x/i, '');
      return /^[0-9a-f]{1,16}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
    }),
  ),
  dectohex: one(hexOf),
  regexreplace: {
    min: 3,
    max: 3,
    call: textual((text, pattern, by) => expressionOf(toText(pattern) ?? '')?.replace(text, toText(by) ?? '')),
  },
};
