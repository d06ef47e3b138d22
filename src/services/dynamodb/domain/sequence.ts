/** Sequence numbers of streams: 21 digits, of which the first thirteen are the time, so that a time can be found among them. */
import type { Millis } from '#kernel/base';

const TIME_DIGITS = 13;
const COUNT_DIGITS = 8;
const COUNT_MAX = 10 ** COUNT_DIGITS;

/** A point in the order of a stream's records. */
export type Moment = { at: Millis; count: number };

/** The one after `last`, at `now` or, where the clock went back, later. */
export function nextMoment(last: Moment | undefined, now: Millis): Moment {
  if (last === undefined || now > last.at) return { at: now, count: 0 };
  return last.count + 1 < COUNT_MAX ? { at: last.at, count: last.count + 1 } : { at: last.at + 1, count: 0 };
}

/** A moment as a sequence number; sorts as text as the moments do. */
export function sequenceOf({ at, count }: Moment): string {
  return `${String(at).padStart(TIME_DIGITS, '0')}${String(count).padStart(COUNT_DIGITS, '0')}`;
}

/** The least sequence number that a record of this time or later has. */
export function sequenceAt(at: Millis): string {
  return sequenceOf({ at: Math.max(0, Math.floor(at)), count: 0 });
}

/** The greatest that a record of this time or earlier has. */
export function sequenceThrough(at: Millis): string {
  return sequenceOf({ at: Math.max(0, Math.floor(at)), count: COUNT_MAX - 1 });
}

/** The moment of a sequence number. */
export function momentOf(sequence: string): Moment {
  return { at: Number(sequence.slice(0, TIME_DIGITS)), count: Number(sequence.slice(TIME_DIGITS)) };
}
