/** Dates by patterns of Java's DateTimeFormatter: `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`. */
import { instantOf, type Millis, offsetAt, zoneOffset } from '#kernel/base';
import { Regex } from './regex/regex.ts';

/** A text that is no pattern. */
export class DatePatternError extends Error {
  override name = 'DatePatternError';
}

type Parts = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millis: number;
  isAfternoon?: boolean;
  /** How far ahead of UTC, where the text says so. */
  offset?: Millis;
  zone?: string;
  epoch?: Millis;
};

type Piece = {
  form: string;
  read(text: string, parts: Parts): void;
  write(wall: Date, at: Millis, zone: string): string;
};

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const padded = (number: number, length: number) => String(number).padStart(length, '0');
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const anyOf = (names: readonly string[]) => names.map((name) => escaped(name)).join('|');
const placeOf = (names: readonly string[], text: string) =>
  names.findIndex((name) => name.toLowerCase() === text.toLowerCase());

/** A number of so many digits; of one letter, of as many as there are. */
function number(
  count: number,
  most: number,
  read: (value: number, parts: Parts) => void,
  write: (wall: Date) => number,
): Piece {
  return {
    form: count === 1 ? `\\d{1,${most}}` : `\\d{${count}}`,
    read: (text, parts) => read(Number(text), parts),
    write: (wall) => padded(write(wall), count),
  };
}

function offsetText(at: Millis, zone: string, colon: boolean): string {
  const minutes = Math.round(offsetAt(zone, at) / 60_000);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}${colon ? ':' : ''}${padded(size % 60, 2)}`;
}

function offsetOf(text: string): Millis {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** `X`: with Z for UTC; `x`: without. */
function offset(count: number, isLower: boolean): Piece {
  const colon = count === 3;
  const numeric = count === 1 ? '[+-]\\d\\d(?:\\d\\d)?' : colon ? '[+-]\\d\\d:\\d\\d' : '[+-]\\d{4}';
  return {
    form: isLower ? numeric : `Z|${numeric}`,
    read: (text, parts) => {
      parts.offset = offsetOf(text);
    },
    write: (_, at, zone) => (!isLower && offsetAt(zone, at) === 0 ? 'Z' : offsetText(at, zone, colon)),
  };
}

function months(count: number): Piece {
  if (count < 3)
    return number(
      count,
      2,
      (value, parts) => {
        parts.month = value;
      },
      (wall) => wall.getUTCMonth() + 1,
    );
  const names = count === 3 ? MONTHS.map((name) => name.slice(0, 3)) : MONTHS;
  return {
    form: anyOf(names),
    read: (text, parts) => {
      parts.month = placeOf(names, text) + 1;
    },
    write: (wall) => names[wall.getUTCMonth()] ?? '',
  };
}

function years(count: number): Piece {
  return {
    form: count === 2 ? '\\d\\d' : count === 1 ? '\\d{1,6}' : `\\d{${count}}`,
    read: (text, parts) => {
      parts.year = count === 2 ? 2_000 + Number(text) : Number(text);
    },
    write: (wall) => (count === 2 ? padded(wall.getUTCFullYear() % 100, 2) : padded(wall.getUTCFullYear(), count)),
  };
}

function weekdays(count: number): Piece {
  const names = count <= 3 ? DAYS.map((name) => name.slice(0, 3)) : DAYS;
  return { form: anyOf(names), read: () => {}, write: (wall) => names[wall.getUTCDay()] ?? '' };
}

function fraction(count: number): Piece {
  return {
    form: `\\d{${count}}`,
    read: (text, parts) => {
      parts.millis = Math.trunc(Number(`0.${text}`) * 1_000 + 1e-9);
    },
    write: (wall) => padded(wall.getUTCMilliseconds(), 3).padEnd(count, '0').slice(0, count),
  };
}

const zoneName: Piece = {
  form: '[A-Za-z][A-Za-z_/+-]*\\d*',
  read: (text, parts) => {
    parts.zone = text === 'Z' ? 'UTC' : text;
  },
  write: (_, __, zone) => zone,
};

const half: Piece = {
  form: 'AM|PM',
  read: (text, parts) => {
    parts.isAfternoon = text.toUpperCase() === 'PM';
  },
  write: (wall) => (wall.getUTCHours() < 12 ? 'AM' : 'PM'),
};

function pieceOf(letter: string, count: number): Piece {
  const set = (name: 'day' | 'hour' | 'minute' | 'second', write: (wall: Date) => number) =>
    number(
      count,
      2,
      (value, parts) => {
        parts[name] = value;
      },
      write,
    );
  switch (letter) {
    case 'y':
    case 'u':
      return years(count);
    case 'M':
    case 'L':
      return months(count);
    case 'd':
      return set('day', (wall) => wall.getUTCDate());
    case 'H':
      return set('hour', (wall) => wall.getUTCHours());
    case 'h':
      return set('hour', (wall) => wall.getUTCHours() % 12 || 12);
    case 'm':
      return set('minute', (wall) => wall.getUTCMinutes());
    case 's':
      return set('second', (wall) => wall.getUTCSeconds());
    case 'S':
      return fraction(count);
    case 'a':
      return half;
    case 'E':
      return weekdays(count);
    case 'X':
      return offset(count, false);
    case 'x':
      return offset(count, true);
    case 'Z':
      return offset(count === 5 ? 3 : 2, count !== 5);
    case 'z':
    case 'V':
      return zoneName;
  }
  throw new DatePatternError(`Unknown pattern letter: ${letter}`);
}

const EPOCH: Piece = {
  form: '-?\\d{1,14}',
  read: (text, parts) => {
    parts.epoch = Number(text);
  },
  write: (_, at) => String(at),
};

/** Letters of one kind that stand together at most. */
const LETTERS_MAX = 9;

export class DatePattern {
  readonly #pieces: readonly (string | Piece)[];
  #form: Regex | undefined;

  /** @throws {DatePatternError} */
  constructor(pattern: string) {
    const pieces: (string | Piece)[] = [];
    if (pattern === 'epoch') pieces.push(EPOCH);
    else
      for (const [whole, quoted, letter] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']|'/g)) {
        if (whole === "'" || whole.length > LETTERS_MAX + 200) throw new DatePatternError('A quotation mark is open.');
        if (letter !== undefined) {
          if (whole.length > LETTERS_MAX) throw new DatePatternError(`Too many pattern letters: ${letter}`);
          pieces.push(pieceOf(letter, whole.length));
        } else pieces.push(quoted === undefined ? whole : quoted === '' ? "'" : quoted.replaceAll("''", "'"));
      }
    if (!pieces.some((piece) => typeof piece !== 'string')) throw new DatePatternError('The pattern has no letters.');
    this.#pieces = pieces;
  }

  /**
   * The instant of a text; undefined where it is of another form.
   *
   * @param zone where the text does not name one
   */
  parse(text: string, zone: string): Millis | undefined {
    this.#form ??= new Regex(
      `^${this.#pieces.map((piece) => (typeof piece === 'string' ? escaped(piece) : `(${piece.form})`)).join('')}$`,
      'i',
    );
    const found = this.#form.exec(text);
    if (found === undefined) return undefined;
    const parts: Parts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millis: 0 };
    const read = this.#pieces.filter((piece) => typeof piece !== 'string');
    for (const [index, piece] of read.entries())
      piece.read(text.slice(found[2 * index + 2], found[2 * index + 3]), parts);
    return instant(parts, zone);
  }

  /** An instant as clocks of a zone show it. */
  format(at: Millis, zone: string): string {
    const wall = new Date(at + offsetAt(zone, at));
    return this.#pieces.map((piece) => (typeof piece === 'string' ? piece : piece.write(wall, at, zone))).join('');
  }
}

function instant(parts: Parts, zone: string): Millis | undefined {
  if (parts.epoch !== undefined) return parts.epoch;
  const { year, month, day, minute, second, millis, isAfternoon, offset: ahead } = parts;
  const hour = isAfternoon === undefined ? parts.hour : (parts.hour % 12) + (isAfternoon ? 12 : 0);
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, millis);
  const date = new Date(wall);
  // What does not stay as it was given is no date: the 31st of June.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  if (ahead !== undefined) return wall - ahead;
  const named = parts.zone ?? zone;
  return zoneOffset(named, 0) === undefined ? undefined : instantOf(named, wall);
}
