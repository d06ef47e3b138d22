/** Numbers of message attributes: what is one, and how SQS writes it. */

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,9}))?$/i;
/** Source: SNS Developer Guide, "Message attributes", whose rule SQS shares: 38 digits, from 10^-128 to 10^126. */
const DIGITS_MAX = 38;
const POWER_MIN = -128;
const POWER_MAX = 126;

/**
 * A number as receivers get it: without an exponent, and without zeros that say nothing.
 *
 * Source: radkawar/stackd, measured in 2026.
 *
 * @returns undefined for what is no number, or none that SQS takes
 */
export function plainNumber(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits.length > DIGITS_MAX) return undefined;
  if (digits === '') return '0';
  /** Digits before the point. */
  const point = digits.length - fraction.length + Number(exponent);
  if (point - 1 < POWER_MIN || point - 1 >= POWER_MAX) return undefined;
  const minus = sign === '-' ? '-' : '';
  const told = digits.replace(/0+$/, '');
  if (point >= told.length) return `${minus}${told.padEnd(point, '0')}`;
  if (point > 0) return `${minus}${told.slice(0, point)}.${told.slice(point)}`;
  return `${minus}0.${'0'.repeat(-point)}${told}`;
}
