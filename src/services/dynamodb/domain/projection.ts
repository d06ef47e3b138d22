/** Which attributes an index has of an item. */
import { utf8Length } from '#kernel/base';
import type { IndexSpec, KeySpec, TableRow } from '../state.ts';
import { keysOf } from './keys.ts';
import { type Item, type Value, valueSize } from './value.ts';

/** Whether an attribute is in the index: keys of the table and of the index always are. */
export function inProjection(table: KeySpec, index: IndexSpec, name: string): boolean {
  if (index.projection.type === 'ALL') return true;
  if (name === table.hash.name || name === table.range?.name || name === index.hash.name || name === index.range?.name)
    return true;
  if (index.more !== undefined && keysOf(index).some((key) => key.name === name)) return true;
  return index.projection.attributes?.includes(name) === true;
}

/** The item as the index shows it. */
export function projectItem(table: TableRow, index: IndexSpec, item: Item): Item {
  if (index.projection.type === 'ALL') return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => inProjection(table, index, name)));
}

/** Bytes of the item in the index. */
export function projectedSize(table: TableRow, index: IndexSpec, item: Item): number {
  let size = 0;
  for (const name in item)
    if (inProjection(table, index, name)) size += utf8Length(name) + valueSize(item[name] as Value);
  return size;
}
