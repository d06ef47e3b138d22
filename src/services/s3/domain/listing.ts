/** Walking keys in order, rolling up common prefixes by seeking past them, so that a page costs what it shows. */

import { invalidArgument } from '../errors.ts';
import { LIST_KEYS_MAX } from '../limits.ts';

/** Where a walk goes on: at a key, after all of a key, or after one version of it. */
export type Start<Row = unknown> = { from: string } | { after: { key: string } & Partial<Row> };

export type Walk<Row> = {
  entries: Row[];
  prefixes: string[];
  /** The last thing shown; undefined when nothing was. */
  last: { key: string } | { prefix: string } | undefined;
  truncated: boolean;
};

export type Rules = { prefix: string; delimiter: string | undefined; limit: number };

/** Rows read at a time after a common prefix was skipped: there may be another one right behind. */
const CHUNK_MIN = 2;

/**
 * One page of a listing.
 *
 * @param read  rows whose key starts with the prefix, in order, at most `limit` of them
 * @param start where to begin; undefined for the beginning
 * @returns entries and common prefixes, together at most `rules.limit`
 */
export function walk<Row extends { key: string }>(
  rules: Rules,
  start: Start<Row> | undefined,
  read: (start: Start<Row> | undefined, limit: number) => readonly Row[],
): Walk<Row> {
  const { prefix, delimiter, limit } = rules;
  const result: Walk<Row> = { entries: [], prefixes: [], last: undefined, truncated: false };
  if (limit <= 0) return result;
  let at: Start<Row> | undefined = start;
  let chunk = delimiter === undefined ? limit + 1 : CHUNK_MIN;
  for (;;) {
    const asked = Math.min(chunk, limit + 1 - result.entries.length - result.prefixes.length);
    const rows = read(at, asked);
    let skipped = false;
    for (const row of rows) {
      if (result.entries.length + result.prefixes.length === limit) {
        result.truncated = true;
        return result;
      }
      const group = delimiter === undefined ? undefined : commonPrefix(row.key, prefix, delimiter);
      if (group !== undefined) {
        result.prefixes.push(group);
        result.last = { prefix: group };
        const next = successor(group);
        if (next === undefined) return result;
        at = { from: next };
        chunk = CHUNK_MIN;
        skipped = true;
        break;
      }
      result.entries.push(row);
      result.last = { key: row.key };
      at = { after: row };
    }
    if (skipped) continue;
    if (rows.length < asked) return result;
    chunk *= 2;
  }
}

/** The part of a key up to the first delimiter after the prefix. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const index = key.indexOf(delimiter, prefix.length);
  return index === -1 ? undefined : key.slice(0, index + delimiter.length);
}

/** The first key after all that start with `prefix`, in code point order; undefined when there is none. */
export function successor(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0) ?? 0;
    if (code === 0x10ffff) continue;
    // Lone surrogates are no text; the code points on both sides of them are neighbours.
    return points.join('') + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
  }
  return undefined;
}

/** Where a listing begins that was told a marker: one that is a common prefix stands for all keys under it. */
export function startAfter(
  marker: string | undefined,
  { prefix, delimiter }: Rules,
): { from: string } | { after: { key: string } } | undefined {
  if (marker === undefined || marker === '') return undefined;
  if (delimiter !== undefined && marker.startsWith(prefix) && commonPrefix(marker, prefix, delimiter) === marker) {
    const next = successor(marker);
    return next === undefined ? { after: { key: marker } } : { from: next };
  }
  return { after: { key: marker } };
}

/** The last thing that a page shows. */
export function lastShown(last: Walk<unknown>['last']): string {
  return last === undefined ? '' : 'key' in last ? last.key : last.prefix;
}

/**
 * How many a page shows at most.
 *
 * @param name of the parameter, as errors say it
 * @throws {ServiceError} InvalidArgument
 */
export function countOf(name: string, asked: number = LIST_KEYS_MAX): number {
  if (asked < 0)
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, String(asked));
  return Math.min(asked, LIST_KEYS_MAX);
}

/** `encoding-type=url`: everything but unreserved characters and `/` is percent-encoded. */
function encodeKey(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+');
}

/** How a list that is asked for in an encoding tells names. */
export const encoder = ({ EncodingType }: { EncodingType?: string }): ((text: string) => string) =>
  EncodingType === undefined ? (text) => text : encodeKey;
