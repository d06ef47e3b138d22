/** Functions of the query language. Source: User Guide, "Supported operations and functions". */
import { isInSubnet, parseAddress } from './ip.ts';
import { fromJson, isTrue, toNumber, toText, type Value } from './value.ts';

type Plain = (...values: readonly Value[]) => Value;
type Function = { min: number; max: number; call: Plain };

const numeric =
  (call: (number: number) => number): Plain =>
  (value) => {
    const number = toNumber(value);
    return number === undefined ? undefined : finite(call(number));
  };
const textual =
  (call: (text: string, ...more: Value[]) => Value): Plain =>
  (value, ...more) => {
    const text = toText(value);
    return text === undefined ? undefined : call(text, ...more);
  };
const finite = (number: number): Value => (Number.isFinite(number) ? number : undefined);
const chosen =
  (choose: (...numbers: number[]) => number): Plain =>
  (...values) => {
    const numbers = values.map(toNumber).filter((one): one is number => one !== undefined);
    return numbers.length === 0 ? undefined : choose(...numbers);
  };

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

function parsedJson(text: string): Value {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const one = (call: Plain): Function => ({ min: 1, max: 1, call });
const two = (call: Plain): Function => ({ min: 2, max: 2, call });
const some = (call: Plain): Function => ({ min: 1, max: 100, call });
const oneOrTwo = (call: Plain): Function => ({ min: 1, max: 2, call });

const BY_NAME: { readonly [name: string]: Function } = {
  abs: one(numeric(Math.abs)),
  ceil: one(numeric(Math.ceil)),
  floor: one(numeric(Math.floor)),
  log: one(numeric(Math.log)),
  sqrt: one(numeric(Math.sqrt)),
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
  strcontains: two((value, part) => (toText(value) ?? '').includes(toText(part) ?? '')),
  isvalidip: one((value) => familyOf(value) !== undefined),
  isvalidipv4: one((value) => familyOf(value) === 4),
  isvalidipv6: one((value) => familyOf(value) === 6),
  isipinsubnet: two(inSubnet(undefined)),
  isipv4insubnet: two(inSubnet(4)),
  isipv6insubnet: two(inSubnet(6)),
  jsonparse: one(textual(parsedJson)),
  jsonstringify: one((value) =>
    typeof value === 'object' && 'json' in value ? JSON.stringify(value.json) : JSON.stringify(toText(value)),
  ),
  not: one((value) => !isTrue(value)),
};

/** A function by its name, whatever the case of its letters; undefined where there is none. */
export function functionOf(name: string): Function | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(BY_NAME, key) ? BY_NAME[key] : undefined;
}
