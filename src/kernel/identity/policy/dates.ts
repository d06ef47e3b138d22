/** Dates of Date… conditions: seconds since the epoch, or ISO 8601 in the forms the W3C note lists, as leniently as IAM reads them. */

const ISO_DATE =
  /^(-?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

const EPOCH_MAX = 9_223_372_036_854_775_807n;
const YEAR_MIN = -292_275_054;
const YEAR_MAX = 292_278_993;
/** The mean Gregorian year, in milliseconds: for years beyond what a Date holds, only the order counts. */
const YEAR_MILLIS = 31_556_952_000;
const DATE_YEAR_MAX = 200_000;

/**
 * Reads a date of a policy or a request.
 *
 * @returns milliseconds since the epoch; undefined when the text is no date. Digits alone are seconds since the epoch, not a year.
 * @see IAM User Guide, "Date condition operators"; moto, tests/test_iam/test_iam_policies.py, for what IAM was seen to accept and refuse
 */
export function parseDate(text: string): number | undefined {
  if (/^\d+$/.test(text)) return text.length < 20 && BigInt(text) <= EPOCH_MAX ? Number(text) * 1000 : undefined;
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined || year < YEAR_MIN || year > YEAR_MAX) return undefined;
  if (
    !within(month, 1, 12) ||
    !within(day, 1, 31) ||
    !within(hour, 0, 23) ||
    !within(minute, 0, 59) ||
    !within(second, 0, 59)
  )
    return undefined;
  const offset = offsetMinutes(match[8] ?? match[9]);
  if (offset === undefined) return undefined;
  if (Math.abs(year) > DATE_YEAR_MAX) return (year - 1970) * YEAR_MILLIS;
  const millis = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  // setUTCFullYear, because Date.UTC reads the years 0 to 99 as the twentieth century.
  const date = new Date(Date.UTC(2000, 0, 1, hour ?? 0, (minute ?? 0) - offset, second ?? 0, millis));
  const shift = date.getTime() - Date.UTC(2000, 0, 1);
  return new Date(0).setUTCFullYear(year, (month ?? 1) - 1, day ?? 1) + shift;
}

function within(value: number | undefined, low: number, high: number): boolean {
  return value === undefined || (value >= low && value <= high);
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
