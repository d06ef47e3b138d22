/** What processors make of an event. Source: CloudWatch Logs User Guide, "Processors that you can use". */
import type { Processor } from '#models/cloudwatch-logs';
import { cellsOf } from '../csv.ts';
import { DatePattern } from '../date-pattern.ts';
import { Regex } from '../regex/regex.ts';
import { deleteField, type Fields, getField, setField } from './fields.ts';
import { grokked, readGrok } from './grok.ts';
import { VENDED_PARSERS } from './vended.ts';

/** An event on its way: its text, and the fields found so far. */
export type Event = { message: string; fields: Fields };

/** An event that can't be transformed stays as it is. */
export class TransformFailure extends Error {
  override name = 'TransformFailure';
}

type Given<Name extends keyof Processor> = NonNullable<Processor[Name]>;
type Carry<Name extends keyof Processor> = (given: Given<Name>, event: Event) => void;

const MESSAGE = '@message';

/** The text that a parser reads. */
function sourceOf(source: string | undefined, { message, fields }: Event): string {
  if (source === undefined || source === MESSAGE) return message;
  const value = getField(fields, source);
  if (typeof value !== 'string') throw new TransformFailure(`${source} is no text`);
  return value;
}

/** What a parser has found: at the root, or in a field. */
function put(found: Fields, destination: string | undefined, { fields }: Event, overwrite = true): void {
  if (destination !== undefined) setField(fields, destination, found, overwrite);
  else for (const [name, value] of Object.entries(found)) setMember(fields, name, value, overwrite);
}

function setMember(fields: Fields, name: string, value: unknown, overwrite: boolean): void {
  if (!overwrite && Object.hasOwn(fields, name)) return;
  Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
}

const parseJSON: Carry<'parseJSON'> = ({ source, destination }, event) => {
  let value: unknown;
  try {
    value = JSON.parse(sourceOf(source, event));
  } catch {
    throw new TransformFailure('no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TransformFailure('no object');
  put(value as Fields, destination, event);
};

const parseKeyValue: Carry<'parseKeyValue'> = (given, event) => {
  const { fieldDelimiter = '&', keyValueDelimiter = '=', keyPrefix = '', nonMatchValue, overwriteIfExists } = given;
  const found: Fields = {};
  for (const pair of sourceOf(given.source, event).split(fieldDelimiter)) {
    const at = pair.indexOf(keyValueDelimiter);
    if (at !== -1)
      setMember(found, `${keyPrefix}${pair.slice(0, at)}`, pair.slice(at + keyValueDelimiter.length), true);
    else if (nonMatchValue !== undefined && pair !== '') setMember(found, `${keyPrefix}${pair}`, nonMatchValue, true);
  }
  put(found, given.destination, event, overwriteIfExists === true);
};

const csv: Carry<'csv'> = ({ quoteCharacter = '"', delimiter = ',', columns = [], source, destination }, event) => {
  const cells = cellsOf(sourceOf(source, event), delimiter === '\\t' ? '\t' : delimiter, quoteCharacter);
  const found: Fields = {};
  cells.forEach((cell, index) => {
    setMember(found, columns[index] ?? `column_${index + 1}`, cell, true);
  });
  put(found, destination, event);
};

const listToMap: Carry<'listToMap'> = ({ source, key, valueKey, target, flatten, flattenedElement }, { fields }) => {
  const list = getField(fields, source);
  if (!Array.isArray(list)) throw new TransformFailure(`${source} is no list`);
  const map = new Map<string, unknown[]>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null) throw new TransformFailure(`${source} is no list of objects`);
    const name = getField(item as Fields, key);
    if (name === undefined) continue;
    const value = valueKey === undefined ? item : getField(item as Fields, valueKey);
    map.set(String(name), [...(map.get(String(name)) ?? []), value]);
  }
  const pick = (values: unknown[]) =>
    flatten === true ? (flattenedElement === 'last' ? values.at(-1) : values[0]) : values;
  for (const [name, values] of map) {
    if (target === undefined) setMember(fields, name, pick(values), true);
    else setField(fields, `${target}.${name}`, pick(values));
  }
};

/** Changes the texts at some paths; what is no text stays. */
const eachText =
  (change: (text: string) => string) =>
  ({ withKeys }: { withKeys: readonly string[] }, { fields }: Event) => {
    for (const path of withKeys) {
      const value = getField(fields, path);
      if (typeof value === 'string') setField(fields, path, change(value));
    }
  };

const TYPES: { readonly [type: string]: (text: string) => unknown } = {
  string: (text) => text,
  integer: (text) => (/^[+-]?\d+(\.\d+)?$/.test(text) ? Math.trunc(Number(text)) : undefined),
  double: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  boolean: (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined),
};

const typeConverter: Carry<'typeConverter'> = ({ entries }, { fields }) => {
  for (const { key, type } of entries) {
    const value = getField(fields, key);
    if (value === undefined || value === null || typeof value === 'object') continue;
    const converted = TYPES[type]?.(String(value));
    if (converted === undefined) throw new TransformFailure(`${key} is no ${type}`);
    setField(fields, key, converted);
  }
};

const substituteString: Carry<'substituteString'> = ({ entries }, { fields }) => {
  for (const { source, from, to } of entries) {
    const value = getField(fields, source);
    if (typeof value === 'string') setField(fields, source, new Regex(from).replace(value, to));
  }
};

/** Moves or copies a value; where there is none, nothing happens. */
function carry(fields: Fields, source: string, target: string, overwrite: boolean | undefined, keeps: boolean): void {
  const value = getField(fields, source);
  if (value === undefined || (overwrite !== true && getField(fields, target) !== undefined)) return;
  setField(fields, target, keeps ? structuredClone(value) : value);
  if (!keeps && source !== target) deleteField(fields, source);
}

/** Source: User Guide, "dateTimeConverter": what is shown where nothing else is asked for. */
const FORMAT_DEFAULT = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";

const dateTimeConverter: Carry<'dateTimeConverter'> = (given, { fields }) => {
  const { source, target, targetFormat = FORMAT_DEFAULT, matchPatterns, sourceTimezone = 'UTC' } = given;
  const value = getField(fields, source);
  if (typeof value !== 'string' && typeof value !== 'number') throw new TransformFailure(`${source} is no text`);
  const at = matchPatterns
    .map((pattern) => new DatePattern(pattern).parse(String(value), zoneOf(sourceTimezone)))
    .find((one) => one !== undefined);
  if (at === undefined) throw new TransformFailure(`${source} has none of the forms`);
  const zone = zoneOf(given.targetTimezone ?? 'UTC');
  setField(fields, target, targetFormat === 'epoch' ? at : new DatePattern(targetFormat).format(at, zone));
};

/** The name of a time zone; `UTC+2` and `GMT-05:30` are some, too. */
export function zoneOf(text: string): string {
  const [, offset] = /^(?:UTC|GMT)?([+-]\d{1,2}(?::?\d\d)?)$/.exec(text) ?? [];
  if (offset === undefined) return text;
  const [, sign = '', hours = '', minutes = '00'] = /^([+-])(\d{1,2}):?(\d\d)?$/.exec(offset) ?? [];
  return `${sign}${hours.padStart(2, '0')}:${minutes}`;
}

const grok: Carry<'grok'> = ({ source, match }, event) => {
  const found = grokked(readGrok(match), sourceOf(source, event));
  if (found === undefined) throw new TransformFailure('the text has another form');
  for (const [path, value] of found) setField(event.fields, path, value);
};

const vended = Object.fromEntries(
  Object.entries(VENDED_PARSERS).map(([name, parse]) => [
    name,
    (_: unknown, event: Event) => {
      const found = parse(event.message);
      if (found === undefined) throw new TransformFailure('the text has another form');
      put(found, undefined, event);
    },
  ]),
);

const PROCESSORS: { readonly [Name in keyof Processor]?: Carry<Name> } = {
  parseJSON,
  parseKeyValue,
  csv,
  ...vended,
  grok,
  dateTimeConverter,
  listToMap,
  typeConverter,
  substituteString,
  lowerCaseString: eachText((text) => text.toLowerCase()),
  upperCaseString: eachText((text) => text.toUpperCase()),
  trimString: eachText((text) => text.trim()),
  splitString({ entries }, { fields }) {
    for (const { source, delimiter } of entries) {
      const value = getField(fields, source);
      if (typeof value === 'string') setField(fields, source, value.split(delimiter));
    }
  },
  addKeys({ entries }, { fields }) {
    for (const { key, value, overwriteIfExists } of entries) setField(fields, key, value, overwriteIfExists === true);
  },
  copyValue({ entries }, { fields }) {
    for (const { source, target, overwriteIfExists } of entries) carry(fields, source, target, overwriteIfExists, true);
  },
  moveKeys({ entries }, { fields }) {
    for (const { source, target, overwriteIfExists } of entries) {
      const name = source.slice(source.lastIndexOf('.') + 1);
      carry(fields, source, `${target}.${name}`, overwriteIfExists, false);
    }
  },
  renameKeys({ entries }, { fields }) {
    for (const { key, renameTo, overwriteIfExists } of entries) carry(fields, key, renameTo, overwriteIfExists, false);
  },
  deleteKeys({ withKeys }, { fields }) {
    for (const path of withKeys) deleteField(fields, path);
  },
};

export const PARSERS: ReadonlySet<string> = new Set([
  'parseJSON',
  'parseKeyValue',
  'csv',
  'grok',
  ...Object.keys(VENDED_PARSERS),
]);
export const BUILT: ReadonlySet<string> = new Set(Object.keys(PROCESSORS));

/** Carries out one processor. @throws {TransformFailure} */
export function process(processor: Processor, event: Event): void {
  const [[name, given] = []] = Object.entries(processor).filter(([, one]) => one !== undefined);
  const step = PROCESSORS[name as keyof Processor] as ((given: unknown, event: Event) => void) | undefined;
  step?.(given, event);
}
