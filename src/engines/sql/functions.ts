/**
 * Functions of Trino that SQLite lacks, by their names: what CloudTrail Lake's queries call. Instants are texts, `2026-01-31 12:00:00`.
 *
 * @see Trino documentation, "Functions and operators"
 */

export type SqlValue = string | number | bigint | null | Uint8Array;
type Call = (...values: SqlValue[]) => SqlValue;

const text = (value: SqlValue | undefined): string => (value === null || value === undefined ? '' : String(value));
const truth = (is: boolean): number => (is ? 1 : 0);

/** What is null of its first argument is null itself. */
const strict =
  (call: Call): Call =>
  (...values) =>
    values[0] === null || values[0] === undefined ? null : call(...values);

/** A list or a map, written as JSON; undefined for what is neither. */
function parsed(value: SqlValue | undefined): object | undefined {
  try {
    const json: unknown = JSON.parse(text(value));
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

/** What stands in a list or a map, as SQL has it: objects stay JSON. */
function shown(value: unknown): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'boolean' ? String(value) : (value as string | number);
}

function elementAt(of: SqlValue, key: SqlValue | undefined): SqlValue {
  const json = parsed(of);
  if (json === undefined) return null;
  if (Array.isArray(json)) {
    const index = Number(key);
    return shown(json[index > 0 ? index - 1 : json.length + index]);
  }
  const name = text(key);
  return Object.hasOwn(json, name) ? shown((json as Record<string, unknown>)[name]) : null;
}

/** `$.a.b[0]` and `$["a"]`. */
function atPath(of: SqlValue, path: SqlValue | undefined): SqlValue {
  let found: unknown = parsed(of);
  for (const [, name, index, quoted] of text(path).matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]/g)) {
    const key = name ?? quoted ?? index ?? '';
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return null;
    found = (found as Record<string, unknown>)[key];
  }
  return shown(found);
}

const UNITS: { readonly [unit: string]: number } = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

/** An instant of a text; NaN for what is none. */
const instantOf = (value: SqlValue | undefined): number =>
  Date.parse(`${text(value).replace(' ', 'T').replace(/Z?$/, '')}${text(value).length > 10 ? 'Z' : ''}`);

function textOf(instant: number): SqlValue {
  return Number.isNaN(instant) ? null : new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
}

function months(unit: string): number | undefined {
  return { month: 1, quarter: 3, year: 12 }[unit];
}

function dateAdd(unit: SqlValue, count: SqlValue | undefined, at: SqlValue | undefined): SqlValue {
  const [name, instant] = [text(unit).toLowerCase(), instantOf(at)];
  const many = months(name);
  if (many === undefined) return textOf(instant + Number(count) * (UNITS[name] ?? Number.NaN));
  const date = new Date(instant);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + Number(count) * many);
  // A month that has no such day ends before it.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return textOf(date.getTime());
}

function dateDiff(unit: SqlValue, from: SqlValue | undefined, to: SqlValue | undefined): SqlValue {
  const [name, a, b] = [text(unit).toLowerCase(), new Date(instantOf(from)), new Date(instantOf(to))];
  const many = months(name);
  const difference =
    many === undefined
      ? (b.getTime() - a.getTime()) / (UNITS[name] ?? Number.NaN)
      : ((b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()) / many;
  return Number.isNaN(difference) ? null : Math.trunc(difference);
}

/** How much of `2026-01-31 12:34:56` a unit keeps, and what stands for the rest. */
const KEPT: { readonly [unit: string]: readonly [number, string] } = {
  second: [19, ''],
  minute: [16, ':00'],
  hour: [13, ':00:00'],
  day: [10, ' 00:00:00'],
  month: [7, '-01 00:00:00'],
  year: [4, '-01-01 00:00:00'],
};

function dateTrunc(unit: SqlValue, at: SqlValue | undefined): SqlValue {
  const whole = textOf(instantOf(at));
  if (typeof whole !== 'string') return null;
  if (text(unit).toLowerCase() === 'week') {
    const days = (new Date(instantOf(whole)).getUTCDay() + 6) % 7;
    return dateTrunc('day', textOf(instantOf(whole) - days * 86_400_000));
  }
  if (text(unit).toLowerCase() === 'quarter') {
    const month = Math.floor((Number(whole.slice(5, 7)) - 1) / 3) * 3 + 1;
    return `${whole.slice(0, 5)}${String(month).padStart(2, '0')}-01 00:00:00`;
  }
  const [length, rest] = KEPT[text(unit).toLowerCase()] ?? [];
  return length === undefined ? null : `${whole.slice(0, length)}${rest ?? ''}`;
}

/** A part of an instant. */
const part =
  (of: (date: Date) => number): Call =>
  (at = null) => {
    const date = new Date(instantOf(at));
    return Number.isNaN(date.getTime()) ? null : of(date);
  };

const dayOfWeek = (date: Date) => ((date.getUTCDay() + 6) % 7) + 1;
const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
/** The Thursday of a date's week: a week is of the year that its Thursday is in, as ISO 8601 has it. */
const thursdayOf = (date: Date) => new Date(date.getTime() + (4 - dayOfWeek(date)) * 86_400_000);
const weekOfYear = (date: Date) => Math.ceil(dayOfYear(thursdayOf(date)) / 7);
const yearOfWeek = (date: Date) => thursdayOf(date).getUTCFullYear();

function arrayOf(value: SqlValue | undefined): unknown[] {
  const json = parsed(value);
  return Array.isArray(json) ? json : [];
}

/** The one of a list that all others come before or after; null where one of them is. */
function extreme(of: SqlValue | undefined, isBetter: (a: never, b: never) => boolean): SqlValue {
  const all = arrayOf(of);
  if (all.includes(null)) return null;
  return shown(
    all.reduce((best, one) => (best === undefined || isBetter(one as never, best as never) ? one : best), undefined),
  );
}

function slice(of: SqlValue | undefined, start: SqlValue | undefined, length: SqlValue | undefined): SqlValue {
  const all = arrayOf(of);
  const from = Number(start) > 0 ? Number(start) - 1 : all.length + Number(start);
  return JSON.stringify(from < 0 ? [] : all.slice(from, from + Number(length)));
}

function isScalar(value: SqlValue | undefined): boolean {
  try {
    const json: unknown = JSON.parse(text(value));
    return typeof json !== 'object' || json === null;
  } catch {
    return false;
  }
}

/** Scalar functions; those that begin with a null are null. */
export const FUNCTIONS: { readonly [name: string]: Call } = {
  element_at: strict((of = null, key) => elementAt(of, key)),
  json_extract_scalar: strict((of = null, path) => atPath(of, path)),
  json_parse: strict((value = null) => value),
  json_format: strict((value = null) => value),
  cardinality: strict((of) => Object.keys(parsed(of) ?? {}).length),
  contains: strict((of, item) => truth(Object.values(parsed(of) ?? {}).some((one) => text(shown(one)) === text(item)))),
  map_keys: strict((of) => JSON.stringify(Object.keys(parsed(of) ?? {}))),
  map_values: strict((of) => JSON.stringify(Object.values(parsed(of) ?? {}))),
  array_distinct: strict((of) => {
    const all = arrayOf(of).map((one) => JSON.stringify(one));
    return `[${[...new Set(all)].join(',')}]`;
  }),
  array_max: strict((of) => extreme(of, (a, b) => a > b)),
  array_min: strict((of) => extreme(of, (a, b) => a < b)),
  slice: strict(slice),
  is_json_scalar: strict((value) => truth(isScalar(value))),
  json_array_contains: strict((of, item) => truth(arrayOf(of).some((one) => text(shown(one)) === text(item)))),
  json_array_get: strict((of, index) => shown(arrayOf(of).at(Number(index)))),
  split: strict((value, by) => JSON.stringify(text(value).split(text(by)))),
  split_part: strict((value, by, index) => text(value).split(text(by))[Number(index) - 1] ?? null),
  strpos: strict((value, piece) => text(value).indexOf(text(piece)) + 1),
  starts_with: strict((value, piece) => truth(text(value).startsWith(text(piece)))),
  reverse: strict((value) => [...text(value)].reverse().join('')),
  regexp_like: strict((value, pattern) => truth(new RegExp(text(pattern), 'u').test(text(value)))),
  regexp_extract: strict(
    (value, pattern, group) => new RegExp(text(pattern), 'u').exec(text(value))?.[Number(group ?? 0)] ?? null,
  ),
  regexp_replace: strict((value, pattern, by) => text(value).replace(new RegExp(text(pattern), 'gu'), text(by))),
  from_iso8601_timestamp: strict((value) => textOf(Date.parse(text(value)))),
  to_iso8601: strict((value) => text(value).replace(' ', 'T')),
  from_unixtime: strict((value) => textOf(Number(value) * 1_000)),
  to_unixtime: strict((value) => instantOf(value) / 1_000),
  date_add: dateAdd,
  date_diff: dateDiff,
  date_trunc: dateTrunc,
  year: part((date) => date.getUTCFullYear()),
  month: part((date) => date.getUTCMonth() + 1),
  day: part((date) => date.getUTCDate()),
  hour: part((date) => date.getUTCHours()),
  minute: part((date) => date.getUTCMinutes()),
  second: part((date) => date.getUTCSeconds()),
  millisecond: part((date) => date.getUTCMilliseconds()),
  quarter: part((date) => Math.floor(date.getUTCMonth() / 3) + 1),
  day_of_month: part((date) => date.getUTCDate()),
  day_of_week: part(dayOfWeek),
  dow: part(dayOfWeek),
  day_of_year: part(dayOfYear),
  doy: part(dayOfYear),
  week: part(weekOfYear),
  week_of_year: part(weekOfYear),
  year_of_week: part(yearOfWeek),
  yow: part(yearOfWeek),
};
