/** Lists in pages: Marker, MaxItems, IsTruncated. */
import { readToken, writeToken } from '#kernel/base';
import type { Reads, Table } from '#kernel/store';
import { invalidMarker } from '../errors.ts';
import { PAGE_DEFAULT } from '../limits.ts';

export type PageInput = { Marker?: string; MaxItems?: number };
export type PageEnd = { IsTruncated: boolean; Marker?: string };
export type Page<Item> = { items: Item[]; end: PageEnd };

/**
 * Reads one more than a page holds, to know whether more follow.
 *
 * @param parts how many parts a key of this list can have; a marker with another number is of another list
 * @throws {ServiceError} ValidationError
 */
export function pageBy<Item>(
  input: PageInput,
  read: (after: string[] | undefined, limit: number) => Item[],
  keyOf: (item: Item) => string[],
  parts: readonly number[] = [1],
): Page<Item> {
  const size = input.MaxItems ?? PAGE_DEFAULT;
  const after = input.Marker === undefined ? undefined : readMarker(input.Marker);
  if (after !== undefined && !parts.includes(after.length)) throw invalidMarker();
  const found = read(after, size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  if (found.length <= size || last === undefined) return { items, end: { IsTruncated: false } };
  return { items, end: { IsTruncated: true, Marker: writeMarker(keyOf(last)) } };
}

/** A page of a list that is bounded by a quota. */
export function pageOf<Item>(input: PageInput, all: readonly Item[]): Page<Item> {
  const from = input.Marker === undefined ? 0 : Number(readMarker(input.Marker)[0]);
  if (!Number.isInteger(from) || from < 0) throw invalidMarker();
  const to = from + (input.MaxItems ?? PAGE_DEFAULT);
  return {
    items: all.slice(from, to),
    end: to >= all.length ? { IsTruncated: false } : { IsTruncated: true, Marker: writeMarker([String(to)]) },
  };
}

/** Rows with a path and a name, by name; those under a path by path and name. */
export function pageByPath<Row extends { name: string; path: string }, Key extends keyof Row & string>(
  input: PageInput & { PathPrefix?: string },
  store: Reads,
  rows: Table<Row, Key>,
): Page<Row> {
  const prefix = input.PathPrefix ?? '/';
  if (prefix === '/')
    return pageBy(
      input,
      ([name] = [], limit) =>
        store.list(rows, {
          ...(name !== undefined && { after: { name } as Partial<Row> }),
          limit,
        }),
      (row) => [row.name],
    );
  return pageBy(
    input,
    (after, limit) =>
      store.list(rows, {
        index: 'byPath',
        startsWith: prefix,
        ...(after !== undefined && { after: { path: after[0], name: after[1] } as Partial<Row> }),
        limit,
      }),
    (row) => [row.path, row.name],
    [2],
  );
}

/** The text of a place in a list; opaque to clients. */
export function writeMarker(key: readonly string[]): string {
  return writeToken(key);
}

/** @throws {ServiceError} ValidationError */
export function readMarker(text: string): string[] {
  const key = readToken(text);
  if (Array.isArray(key) && key.every((part) => typeof part === 'string')) return key;
  throw invalidMarker();
}
