/** DynamoDB's numbers: exact decimals of up to 38 digits. They are stored as plain text in one normal form, so equal numbers are equal texts. */
import { badNumber, numberOverflow, numberUnderflow, tooManyDigits } from '../errors.ts';
import { NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN } from '../limits.ts';

/** 0.DIGITS × 10^point; the digits begin and end with others than 0. Zero has no digits. */
type Decimal = { negative: boolean; digits: string; point: number };

const SMALL_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,19}))?$/;
/** Exponents beyond this are no numbers of 64 bits. */
const EXPONENT_READABLE = 2 ** 63;

/**
 * The normal form of a number's text: no leading or trailing zeros, no exponent.
 *
 * @throws {ServiceError} ValidationException when it is no number, has too many digits or is out of range
 */
export function normalizeNumber(text: string): string {
  return SMALL_INTEGER.test(text) ? text : plainText(check(parse(text)));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. Both are in normal form. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  // Up to fifteen digits are exact and distinct as doubles.
  if (a.length <= 15 && b.length <= 15) return Number(a) - Number(b);
  return encodeNumber(a) < encodeNumber(b) ? -1 : 1;
}

/** The sum of two numbers in normal form. */
export function addNumbers(a: string, b: string): string {
  if (SMALL_INTEGER.test(a) && SMALL_INTEGER.test(b)) return String(Number(a) + Number(b));
  const x = parse(a);
  const y = parse(b);
  const scale = Math.max(0, x.digits.length - x.point, y.digits.length - y.point);
  const sum = scaled(x, scale) + scaled(y, scale);
  const digits = String(sum < 0n ? -sum : sum);
  const exact = trim(sum < 0n, digits, digits.length - scale);
  // AWS calls it so, whatever its magnitude.
  if (exact.digits.length > NUMBER_DIGITS_MAX) throw numberOverflow();
  return plainText(check(exact));
}

/** `a` minus `b`, both in normal form. */
export function subtractNumbers(a: string, b: string): string {
  return addNumbers(a, b === '0' ? b : b.startsWith('-') ? b.slice(1) : `-${b}`);
}

/** Text that sorts, byte by byte, as the numbers do. */
export function encodeNumber(text: string): string {
  const { negative, digits, point } = parse(text);
  if (digits === '') return '1';
  const exponent = point + 300;
  if (!negative) return `2${exponent}${digits}`;
  return `0${999 - exponent}${digits.replace(/\d/g, (digit) => String(9 - Number(digit)))}~`;
}

/** A number in base 100, as DynamoDB keeps it: pairs of digits from the first that is not 0, of which `whole` stand before the point. */
export function centesimal(text: string): { negative: boolean; pairs: readonly number[]; whole: number } {
  const { negative, digits, point } = parse(text);
  const isOdd = point % 2 !== 0;
  const padded = (isOdd ? '0' : '') + digits;
  const pairs = (padded.match(/..?/g) ?? []).map((pair) => Number(pair.padEnd(2, '0')));
  return { negative, pairs: digits === '' ? [] : pairs, whole: digits === '' ? 0 : (point + (isOdd ? 1 : 0)) / 2 };
}

/** How many digits in base 100 it has, for the size of an item. */
export function pairsOf(text: string): number {
  if (text.length > 15 || !SMALL_INTEGER.test(text)) return centesimal(text).pairs.length;
  if (text === '0') return 0;
  const digits = text.startsWith('-') ? text.slice(1) : text;
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return Math.ceil((end + (digits.length % 2)) / 2);
}

function parse(text: string): Decimal {
  const match = NUMBER.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  const exponent = Number(match?.[4] ?? 0);
  if (match === null || whole + fraction === '' || Math.abs(exponent) >= EXPONENT_READABLE) throw badNumber(text);
  const number = trim(match[1] === '-', whole + fraction, whole.length + exponent);
  // Even of 0 the exponent must be one that numbers have.
  if (number.digits === '' && exponent > NUMBER_EXPONENT_MAX) throw numberOverflow();
  if (number.digits === '' && exponent < NUMBER_EXPONENT_MIN) throw numberUnderflow();
  return number;
}

function trim(negative: boolean, text: string, point: number): Decimal {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '0') start += 1;
  while (end > start && text[end - 1] === '0') end -= 1;
  if (start === end) return { negative: false, digits: '', point: 0 };
  return { negative, digits: text.slice(start, end), point: point - start };
}

function check(number: Decimal): Decimal {
  if (number.digits === '') return number;
  if (number.digits.length > NUMBER_DIGITS_MAX) throw tooManyDigits();
  if (number.point - 1 > NUMBER_EXPONENT_MAX) throw numberOverflow();
  if (number.point - 1 < NUMBER_EXPONENT_MIN) throw numberUnderflow();
  return number;
}

function plainText({ negative, digits, point }: Decimal): string {
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The number times 10^scale, as an integer. */
function scaled({ negative, digits, point }: Decimal, scale: number): bigint {
  if (digits === '') return 0n;
  const value = BigInt(digits + '0'.repeat(scale + point - digits.length));
  return negative ? -value : value;
}
