/**
 * Instants in the words of Java's DateTimeFormatter, as prefixes have them: `yyyy/MM/dd/HH`.
 *
 * @see Developer Guide, "Custom prefixes for Amazon S3 objects": the timestamp namespace
 */
import type { Millis } from '#kernel/base';

/** A letter, so and so often, or text that stands for itself. */
export type Moment = readonly ({ letter: string; count: number } | { text: string })[];

const LETTERS = 'yuMLdDHhkKmsSaEeQqnN';
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Reads a pattern. @throws {SyntaxError} for a letter that Java doesn't know, or that is not built here, and for a quotation without an end */
export function readMoment(pattern: string): Moment {
  const parts: ({ letter: string; count: number } | { text: string })[] = [];
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at] as string;
    if (letter === "'") {
      const end = pattern.indexOf("'", at + 1);
      if (end < 0) throw new SyntaxError('a quotation has no end');
      parts.push({ text: end === at + 1 ? "'" : pattern.slice(at + 1, end) });
      at = end + 1;
    } else if (/[A-Za-z]/.test(letter)) {
      if (!LETTERS.includes(letter)) throw new SyntaxError(`${letter} is no pattern letter`);
      const start = at;
      while (pattern[at] === letter) at += 1;
      parts.push({ letter, count: at - start });
    } else {
      parts.push({ text: letter });
      at += 1;
    }
  }
  return parts;
}

type Fields = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millis: number;
};

/** What the clocks of a time zone show. */
function fieldsIn(zone: string, at: Millis): Fields {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const found = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, hour, minute, second, millis: at % 1_000 };
}

/** Whether there is such a time zone. */
export function isZone(zone: string): boolean {
  try {
    fieldsIn(zone, 0);
    return true;
  } catch {
    return false;
  }
}

/** An instant in the words of a pattern. @param zone `Asia/Tokyo` */
export function writeMoment(moment: Moment, at: Millis, zone: string): string {
  const fields = fieldsIn(zone, at);
  return moment.map((part) => ('text' in part ? part.text : written(part.letter, part.count, fields))).join('');
}

function written(letter: string, count: number, fields: Fields): string {
  const pad = (value: number) => String(value).padStart(count, '0');
  const name = (names: readonly string[], index: number) => {
    const long = names[index] ?? '';
    return count === 4 ? long : long.slice(0, count === 5 ? 1 : 3);
  };
  const { year, month, day, hour, minute, second, millis } = fields;
  const date = Date.UTC(year, month - 1, day);
  const weekday = new Date(date).getUTCDay();
  const quarter = Math.ceil(month / 3);
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? String(year % 100).padStart(2, '0') : pad(year);
    case 'M':
    case 'L':
      return count > 2 ? name(MONTHS, month - 1) : pad(month);
    case 'd':
      return pad(day);
    case 'D':
      return pad((date - Date.UTC(year, 0, 1)) / 86_400_000 + 1);
    case 'H':
      return pad(hour);
    case 'k':
      return pad(hour === 0 ? 24 : hour);
    case 'K':
      return pad(hour % 12);
    case 'h':
      return pad(hour % 12 === 0 ? 12 : hour % 12);
    case 'm':
      return pad(minute);
    case 's':
      return pad(second);
    case 'S':
      return String(millis).padStart(3, '0').padEnd(count, '0').slice(0, count);
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'Q':
    case 'q':
      return count > 2 ? `Q${quarter}` : pad(quarter);
    case 'n':
      return pad(millis * 1_000_000);
    case 'N':
      return pad(ofDay * 1_000_000);
    case 'e':
      return count > 2 ? name(DAYS, weekday) : pad(weekday + 1);
    default:
      return name(DAYS, weekday);
  }
}
