/** Numbers of message attributes. They stay as they are written. */

const NUMBER = /^[+-]?(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,9}))?$/i;
/** Source: SNS Developer Guide, "Message attribute data types". */
const DIGITS_MAX = 38;
const POWER_MIN = -128;
const POWER_MAX = 126;

/** What is wrong with a number; undefined where nothing is. Source of the texts: radkawar/stackd, measured in 2026. */
export function numberFault(name: string, text: string): string | undefined {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === '' && fraction === '') return `Could not cast message attribute '${name}' value to number.`;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const said = `Message attribute '${name}' number value [${text}]`;
  if (digits.length > DIGITS_MAX) return `${said} must have less than ${DIGITS_MAX} precision digits.`;
  const power = digits.length - fraction.length - 1 + Number(exponent);
  if (digits !== '' && (power < POWER_MIN || power >= POWER_MAX))
    return `${said} scale must be 10^${POWER_MIN} and 10^${POWER_MAX}.`;
  return undefined;
}
