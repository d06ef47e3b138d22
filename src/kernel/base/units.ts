/** Units of time (milliseconds) and size (bytes), so that a constant reads as AWS writes it. */

/** Milliseconds: an instant since the Unix epoch, or a duration. */
export type Millis = number;

export const SECOND: Millis = 1_000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
export const DAY: Millis = 24 * HOUR;

export const KIB = 1_024;
export const MIB = 1_024 * KIB;
export const GIB = 1_024 * MIB;

/** An instant to the second: `2026-01-05T10:00:00Z`. */
export function isoSeconds(at: Millis): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The second that an instant is in, where AWS shows no fractions. */
export function wholeSecond(at: Millis): Millis {
  return Math.floor(at / SECOND) * SECOND;
}
