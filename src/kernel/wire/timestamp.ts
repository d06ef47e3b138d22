/** The three spellings of an instant on the wire. Inside, an instant is milliseconds since the epoch. */
import { httpDate, type Millis, SECOND } from '#kernel/base';
import { badText, wrongType } from './failure.ts';
import type { TimestampFormat } from './model.ts';

/** With `Z` only: JSON bodies, paths, queries and headers refuse an offset, as Smithy's servers do. */
const ISO8601_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const ISO8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const RFC822 =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d(\.\d{1,3})? GMT$/;
/** What a date of JavaScript can hold, either way of the epoch: 271,821 years before Christ and as many after. */
const INSTANT_MAX: Millis = 8.64e15;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * An instant from its text. The format is strict: another one is refused.
 *
 * @param offsets whether an ISO 8601 text may have an offset (XML and forms)
 */
export function parseTimestamp(text: string, format: TimestampFormat, offsets = false): Millis {
  if (format === 'unixTimestamp') {
    const at = NUMBER.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN;
    if (!isInstant(at)) throw badText(text, 'Timestamp');
    return at;
  }
  const pattern = format === 'rfc822' ? RFC822 : offsets ? ISO8601 : ISO8601_UTC;
  const at = pattern.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw badText(text, 'Timestamp');
  return at;
}

const isInstant = (at: Millis) => Math.abs(at) <= INSTANT_MAX;

/** An instant from a JSON or CBOR value: a number of seconds, or a text where the format says so. */
export function timestampOf(value: unknown, format: TimestampFormat): Millis {
  if (format === 'unixTimestamp') {
    const at = typeof value === 'number' ? Math.round(value * 1_000) : Number.NaN;
    if (!isInstant(at)) throw wrongType(value, 'Timestamp');
    return at;
  }
  if (typeof value !== 'string') throw wrongType(value, 'Timestamp');
  return parseTimestamp(value, format);
}

/** Whole seconds are written without a fraction. */
export function formatTimestamp(at: Millis, format: TimestampFormat): string {
  switch (format) {
    case 'iso8601':
      return new Date(at).toISOString().replace('.000Z', 'Z');
    case 'rfc822':
      return at % SECOND === 0
        ? httpDate(at)
        : httpDate(at).replace(' GMT', `.${String(at % SECOND).padStart(3, '0')} GMT`);
    case 'unixTimestamp':
      return String(at / 1_000);
  }
}
