/** Rows as they are stored: their text, their keys, and those of their index entries. */
import { invariant } from '#kernel/base';
import { encodeKey, type KeyPart } from './key.ts';
import type { AnyTable, Place } from './table.ts';

/** A row as text: its JSON, behind the table's version where that is not 1. */
export function encodeRow(table: AnyTable, row: object): string {
  const json = JSON.stringify(row);
  return table.version === 1 ? json : `${table.version}${json}`;
}

/** The row of a text, brought to the table's present version. */
export function decodeRow(table: AnyTable, text: string): object {
  const start = text.indexOf('{');
  let row = JSON.parse(start === 0 ? text : text.slice(start)) as Record<string, unknown>;
  const version = start === 0 ? 1 : Number(text.slice(0, start));
  for (const migrate of table.migrations.slice(version - 1)) row = migrate(row);
  return Object.freeze(row);
}

/** The beginning of every key of a table at a place. */
export function placeKey(table: AnyTable, place: Place): string {
  if (table.scope === 'global') return '';
  return table.scope === 'account' ? encodeKey([place.account]) : encodeKey([place.account, place.region]);
}

/** The space that holds a table's index. */
export function indexSpace(table: { name: string }, index: string): string {
  return `${table.name}#${index}`;
}

/** A row's own key, without its place. */
export function rowKey(table: { name: string; key: readonly string[] }, row: object): string {
  return encodeKey(
    table.key.map((field) => {
      const part = (row as Record<string, unknown>)[field];
      invariant(typeof part === 'string' || typeof part === 'number', `${table.name}: a row needs ${field}`);
      return part;
    }),
  );
}

/** The key of a row's entry in an index, made unique by the row's own key; undefined when a field is. */
export function indexKey(
  beginning: string,
  fields: readonly string[],
  row: object | undefined,
  key: string,
): string | undefined {
  if (row === undefined) return undefined;
  const parts: KeyPart[] = [];
  for (const field of fields) {
    const part = (row as Record<string, unknown>)[field];
    if (part === undefined || part === null) return undefined;
    parts.push(part as KeyPart);
  }
  return beginning + encodeKey(parts) + key.slice(beginning.length);
}
