/** Functions of the query language. Source: User Guide, "Supported operations and functions". */
import { type Call, chosen, finite, numeric, one, oneOrTwo, type Plain, some, textual, two } from './calls.ts';
import { DATES } from './dates.ts';
import { ENCODINGS } from './encodings.ts';
import { isInSubnet, parseAddress } from './ip.ts';
import { isPrivate, isReserved } from './networks.ts';
import { fromJson, isTrue, parseJson, toNumber, toText, type Value } from './value.ts';

/** Both ends, the left, or the right, of blanks or of the letters that are given. */
function trimmed(text: string, letters: Value, left: boolean, right: boolean): string {
  const set = toText(letters);
  const goes = (char: string | undefined) =>
    char !== undefined && (set === undefined ? /\s/.test(char) : set.includes(char));
  let from = 0;
  let to = text.length;
  while (left && from < to && goes(text[from])) from += 1;
  while (right && to > from && goes(text[to - 1])) to -= 1;
  return text.slice(from, to);
}

const inSubnet =
  (family: 4 | 6 | undefined): Plain =>
  (value, subnet) =>
    isInSubnet(toText(value) ?? '', toText(subnet) ?? '', family);
const familyOf = (value: Value) => parseAddress(toText(value) ?? '')?.family;

function rounded(number: number | undefined, digits: number | undefined): Value {
  if (number === undefined || digits === undefined || Math.abs(digits) > 15) return undefined;
  const scale = 10 ** Math.trunc(digits);
  return finite((Math.sign(number) * Math.round(Math.abs(number) * scale)) / scale);
}

/** Kilometers. */
const EARTH_RADIUS = 6_371;

/** Kilometers on a great circle between two places in degrees. */
function distance(places: readonly (number | undefined)[]): Value {
  const [lat1, lon1, lat2, lon2] = places.map((degrees) => (degrees ?? Number.NaN) * (Math.PI / 180));
  if (lat1 === undefined || lon1 === undefined || lat2 === undefined || lon2 === undefined) return undefined;
  const chord = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return finite(2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(chord))));
}

/** Conditions and values by turns; an odd one at the end is for when none holds. */
function branched(...values: readonly Value[]): Value {
  for (let at = 0; at + 1 < values.length; at += 2) if (isTrue(values[at])) return values[at + 1];
  return values.length % 2 === 1 ? values.at(-1) : undefined;
}

function contains(value: Value, part: Value, isLoose: Value): Value {
  const [text, wanted] = [toText(value) ?? '', toText(part) ?? ''];
  return isTrue(isLoose) ? text.toLowerCase().includes(wanted.toLowerCase()) : text.includes(wanted);
}

/** A list, or a text of JSON that is one. */
function listOf(value: Value): readonly unknown[] | undefined {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  return typeof parsed === 'object' && 'json' in parsed && Array.isArray(parsed.json) ? parsed.json : undefined;
}

const BY_NAME: { readonly [name: string]: Call } = {
  ...DATES,
  ...ENCODINGS,
  abs: one(numeric(Math.abs)),
  ceil: one(numeric(Math.ceil)),
  floor: one(numeric(Math.floor)),
  log: one(numeric(Math.log)),
  sqrt: one(numeric(Math.sqrt)),
  round: oneOrTwo((value, digits) => rounded(toNumber(value), digits === undefined ? 0 : toNumber(digits))),
  haversine: { min: 4, max: 4, call: (...values) => distance(values.map(toNumber)) },
  tonumber: one((value) => toNumber(value)),
  todouble: one((value) => toNumber(value)),
  toint: one(numeric((number) => (Math.abs(number) < 2 ** 31 ? Math.trunc(number) : Number.NaN))),
  tolong: one(numeric(Math.trunc)),
  isnumeric: one((value) => toNumber(value) !== undefined),
  case: { min: 2, max: 21, call: branched },
  if: { min: 3, max: 3, call: (condition, yes, no) => (isTrue(condition) ? yes : no) },
  messagesize: one(textual((text) => Buffer.byteLength(text))),
  greatest: some(chosen(Math.max)),
  least: some(chosen(Math.min)),
  frommillis: one((value) => {
    const at = toNumber(value);
    return at === undefined ? undefined : { at };
  }),
  tomillis: one((value) => toNumber(value)),
  ispresent: one((value) => value !== undefined),
  coalesce: some((...values) => values.find((value) => value !== undefined)),
  isempty: one((value) => toText(value) === undefined || toText(value) === ''),
  isblank: one((value) => (toText(value) ?? '').trim() === ''),
  concat: some((...values) => values.map((value) => toText(value) ?? '').join('')),
  trim: oneOrTwo(textual((text, letters) => trimmed(text, letters, true, true))),
  ltrim: oneOrTwo(textual((text, letters) => trimmed(text, letters, true, false))),
  rtrim: oneOrTwo(textual((text, letters) => trimmed(text, letters, false, true))),
  strlen: one(textual((text) => [...text].length)),
  toupper: one(textual((text) => text.toUpperCase())),
  tolower: one(textual((text) => text.toLowerCase())),
  substr: {
    min: 2,
    max: 3,
    call: textual((text, from, length) => {
      const start = Math.max(0, toNumber(from) ?? 0);
      const count = length === undefined ? text.length : Math.max(0, toNumber(length) ?? 0);
      return text.slice(start, start + count);
    }),
  },
  replace: {
    min: 3,
    max: 3,
    call: textual((text, search, by) => text.replaceAll(toText(search) ?? '', () => toText(by) ?? '')),
  },
  strcontains: { min: 2, max: 3, call: contains },
  startswith: two((value, part) => (toText(value) ?? '').startsWith(toText(part) ?? '')),
  endswith: two((value, part) => (toText(value) ?? '').endsWith(toText(part) ?? '')),
  split: two(textual((text, delimiter) => ({ json: text.split(toText(delimiter) ?? '') }))),
  ipv4tonumber: one((value) => {
    const address = parseAddress(toText(value) ?? '');
    return address?.family === 4 ? Number(address.bits) : undefined;
  }),
  isprivateip: one((value) => isPrivate(toText(value) ?? '')),
  isreservedip: one((value) => isReserved(toText(value) ?? '')),
  ispublicip: one((value) => {
    const text = toText(value) ?? '';
    return parseAddress(text) !== undefined && !isPrivate(text) && !isReserved(text);
  }),
  isvalidip: one((value) => familyOf(value) !== undefined),
  isvalidipv4: one((value) => familyOf(value) === 4),
  isvalidipv6: one((value) => familyOf(value) === 6),
  isipinsubnet: two(inSubnet(undefined)),
  isipv4insubnet: two(inSubnet(4)),
  isipv6insubnet: two(inSubnet(6)),
  jsonarraysize: one((value) => listOf(value)?.length),
  jsonarraycontains: two(
    (value, item) => listOf(value)?.some((one) => toText(fromJson(one)) === toText(item)) ?? false,
  ),
  jsonparse: one(textual(parseJson)),
  jsonstringify: one((value) =>
    typeof value === 'object' && 'json' in value ? JSON.stringify(value.json) : JSON.stringify(toText(value)),
  ),
  not: one((value) => !isTrue(value)),
};

/** A function by its name, whatever the case of its letters; undefined where there is none. */
export function functionOf(name: string): Call | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(BY_NAME, key) ? BY_NAME[key] : undefined;
}
