/**
 * How much of a page's megabyte an item takes: what DynamoDB keeps of it, which is not the size it bills.
 * Source: pages recorded from AWS, just below and just above the limit.
 */
import { utf8Length } from '#kernel/base';
import { base64Size, type Item, numberSize, type Value } from './value.ts';

/** An item is kept in pieces of so many bytes, each with its key and some bytes of its own. */
const PIECE_BYTES = 3_072;
const PIECE_OVERHEAD = 18;
const ITEM_OVERHEAD = 2;

/** Bytes of an item that is kept. @param sortKey the attribute that each piece repeats */
export function storedSize(item: Item, sortKey: string | undefined): number {
  let size = 0;
  let repeated = 0;
  for (const name in item) {
    const value = item[name] as Value;
    // A name is kept as a number that stands for it.
    if (name === sortKey) repeated = keySize(value);
    else size += 1 + withLength(value);
  }
  const pieces = 1 + Math.floor((1 + size) / PIECE_BYTES);
  return ITEM_OVERHEAD + size + pieces * (PIECE_OVERHEAD + repeated);
}

/** No item is kept in more bytes than this; sizes are those that are billed. */
export function storedSizeMax(size: number): number {
  return 3 * size + 1_100;
}

function keySize(value: Value): number {
  if (value.S !== undefined) return utf8Length(value.S);
  return value.N === undefined ? base64Size(value.B ?? '') : numberSize(value.N);
}

/** A value behind its length, or behind how many values it has. */
function withLength(value: Value): number {
  if (value.S !== undefined) {
    const size = utf8Length(value.S);
    return size + (size < 128 ? 1 : size < 16_384 ? 2 : 3);
  }
  if (value.N !== undefined) return numberSize(value.N) + 1;
  if (value.B !== undefined) return base64Size(value.B) + 1;
  if (value.SS !== undefined) return value.SS.reduce((sum, one) => sum + utf8Length(one) + 1, 1);
  if (value.NS !== undefined) return value.NS.reduce((sum, one) => sum + numberSize(one) + 1, 1);
  if (value.BS !== undefined) return value.BS.reduce((sum, one) => sum + base64Size(one) + 1, 1);
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + withLength(one) + 1, 3);
  if (value.M !== undefined) return Object.values(value.M).reduce((sum, one) => sum + withLength(one) + 2, 3);
  return value.NULL === undefined ? 1 : 0;
}
