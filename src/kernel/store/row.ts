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
export function placeKey(table: AnyTable, { account, region }: Place): string {
  if (table.scope === 'global') return '';
  return table.scope === 'account' ? beginningOf(account, '') : beginningOf(account, region);
}

const KEPT_MAX = 1_000;
/** Beginnings of keys by account and Region, of which a cloud has few. */
const beginnings = new Map<string, Map<string, string>>();

/** @param region empty for what the account has in all of them */
function beginningOf(account: string, region: string): string {
  let known = beginnings.get(account);
  if (known === undefined) {
    if (beginnings.size >= KEPT_MAX) beginnings.clear();
    beginnings.set(account, (known = new Map()));
  }
  let beginning = known.get(region);
  if (beginning === undefined) {
    beginning = region === '' ? encodeKey([account]) : encodeKey([account, region]);
    if (known.size >= KEPT_MAX) known.clear();
    known.set(region, beginning);
  }
  return beginning;
}

/** The space that holds a table's index. */
export function indexSpace(table: AnyTable, name: string): string {
  for (const index of table.indexList) if (index.name === name) return index.space;
  throw new Error(`${table.name} has no index ${name}`);
}

/** A row's own key, without its place. */
export function rowKey(table: { name: string; key: readonly string[] }, row: object): string {
  const parts: KeyPart[] = [];
  for (const field of table.key) {
    const part = (row as Record<string, unknown>)[field];
    invariant(typeof part === 'string' || typeof part === 'number', `${table.name}: a row needs ${field}`);
    parts.push(part);
  }
  return encodeKey(parts);
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
