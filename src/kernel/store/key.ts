/** Order-preserving text keys: comparing two keys byte by byte (UTF-8) compares their parts one after the other. */
import { invariant } from '#kernel/base';

export type KeyPart = string | number | boolean;

/** Ends each part; no encoded part contains it. */
const END = '\u0001';
/** Comes right after END, so `x + AFTER` is the first key past all those that begin with `x + END`. */
const AFTER = '\u0002';
/** Past every text that has the given beginning (nothing AWS accepts in a name contains this code point). */
export const LAST_KEY = '\u{10FFFF}';
const SPECIAL = /[\u0000-\u0002\ud800-\udfff]/;

/** A complete key, or the beginning that all keys with these leading parts share. */
export function encodeKey(parts: readonly KeyPart[]): string {
  let key = '';
  for (const part of parts) key += encodePart(part) + END;
  return key;
}

/** The first key past every key that begins with `beginning` (an encodeKey result). */
export function pastKey(beginning: string): string {
  return beginning === '' ? LAST_KEY : beginning.slice(0, -1) + AFTER;
}

/** The half-open range of keys whose next part starts with `text`. */
export function textRange(beginning: string, text: string): [from: string, to: string] {
  const start = beginning + encodeText(text);
  return [start, text === '' ? pastKey(beginning) : start + LAST_KEY];
}

function encodePart(part: KeyPart): string {
  if (typeof part === 'string') return encodeText(part);
  if (typeof part === 'number') return encodeNumber(part);
  return part ? 't' : 'f';
}

function encodeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0002]/g, (char) => `${AFTER}${String.fromCharCode(char.charCodeAt(0) + 0x10)}`);
}

/** Non-negative: digit count, then digits, then the fraction. Negative integers: '-', then both complemented. */
function encodeNumber(value: number): string {
  const most = Number.isInteger(value) ? 1e21 : 1e15;
  invariant(Math.abs(value) < most, `a key can't hold ${value}`);
  if (value >= 0) {
    const whole = String(Math.floor(value));
    const fraction = value % 1 === 0 ? '' : `.${value.toFixed(6).split('.')[1]}`;
    return String.fromCharCode(0x30 + whole.length) + whole + fraction;
  }
  invariant(Number.isInteger(value), `a key can't hold ${value}`);
  const digits = String(-value);
  return `-${String.fromCharCode(0x7a - digits.length)}${digits.replace(/\d/g, (digit) => String(9 - Number(digit)))}`;
}

/** Compares as SQLite compares TEXT: by code point, which differs from JavaScript's `<` beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 code units in code point order: surrogates stand for code points above all others, so what comes after them moves down. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
