/** Keeps what is stored in step with what tables declare: an index that is new or has changed is built once, at the table's first use. */
import type { Driver, Write } from './driver.ts';
import { LAST_KEY } from './key.ts';
import { decodeRow, indexKey } from './row.ts';
import type { AnyTable, Scope } from './table.ts';

/** Holds, per table, its scope and the indexes that its entries were written for. */
export const SCHEMA_SPACE = 'kernel.schema';
const PAGE = 1_000;

/** The writes that bring a table's indexes up to date; none in the usual case. */
export function ensureIndexes(driver: Driver, table: AnyTable): Write[] {
  const declared = JSON.stringify({ version: table.version, scope: table.scope, indexes: table.indexes });
  const stored = driver.get(SCHEMA_SPACE, table.name);
  if (stored === declared) return [];
  const writes: Write[] = [{ space: SCHEMA_SPACE, key: table.name, value: declared }];
  if (table.indexList.length === 0) return writes;
  for (const { space } of table.indexList)
    for (const [key] of driver.range(space, { from: '', to: LAST_KEY, limit: Number.POSITIVE_INFINITY }))
      writes.push({ space, key, value: undefined });
  for (let from = ''; ; ) {
    const rows = driver.range(table.name, { from, to: LAST_KEY, limit: PAGE });
    for (const [key, text] of rows) {
      const row = decodeRow(table, text);
      for (const { space, fields } of table.indexList) {
        const entry = indexKey(placeOf(table, key), fields, row, key);
        if (entry !== undefined) writes.push({ space, key: entry, value: key });
      }
    }
    if (rows.length < PAGE) return writes;
    from = `${(rows.at(-1) as readonly [string, string])[0]}\u0000`;
  }
}

/** The scope of a table that is stored, as its last user declared it; undefined before its first use. */
export function storedScope(driver: Driver, table: string): Scope | undefined {
  const stored = driver.get(SCHEMA_SPACE, table);
  return stored === undefined ? undefined : (JSON.parse(stored) as { scope: Scope }).scope;
}

/** The account and Region that a stored key begins with. */
function placeOf(table: AnyTable, key: string): string {
  const parts = table.scope === 'global' ? 0 : table.scope === 'account' ? 1 : 2;
  let end = 0;
  for (let part = 0; part < parts; part += 1) end = key.indexOf('\u0001', end) + 1;
  return key.slice(0, end);
}
