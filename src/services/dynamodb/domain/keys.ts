/** Keys of items: checking them, and their form in the store, where the order of the texts is the order of Query and Scan. */
import { md5Hex, utf8Length } from '#kernel/base';
import type { AttributeValue } from '#models/dynamodb';
import {
  emptyIndexKey,
  emptyKey,
  emptyKeyValue,
  indexKeyTooLong,
  indexKeyType,
  keyMismatch,
  keyType,
  missingKey,
  nestedKey,
  partitionKeyTooLong,
  sortKeyTooLong,
} from '../errors.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../limits.ts';
import type { IndexSpec, KeyAttribute, KeySpec, KeyType } from '../state.ts';
import { type Bindings, type Path, stepOf } from './expression/ast.ts';
import { centesimal, encodeNumber } from './number.ts';
import { attributeOf, base64Size, type Item, readItem, typeOf, type Value } from './value.ts';

/** Where an item lies on its pile. */
export type Spot = { partition: string; sort: string };

/** The partition key's attributes in their order. */
export function hashesOf({ hash, more }: KeySpec): readonly KeyAttribute[] {
  return more === undefined ? [hash] : [hash, ...more.hash];
}

/** The sort key's attributes in their order. */
export function rangesOf({ range, more }: KeySpec): readonly KeyAttribute[] {
  if (range === undefined) return [];
  return more === undefined ? [range] : [range, ...more.range];
}

/** All attributes of a key, the partition's first. */
export function keysOf(spec: KeySpec): readonly KeyAttribute[] {
  return [...hashesOf(spec), ...rangesOf(spec)];
}

const HASH_DIGITS = 8;

/** What DynamoDB hashes before the key itself. Source: the orders in which AWS has been seen to scan. */
const SALT = 'Outliers';

/** The place of a partition: first its hash, which decides about the order of Scan and the segment it is in. */
export function encodePartition(type: KeyType, value: Value): string {
  const text = encodePart(type, value);
  return hashOf(type === 'S' ? SALT + text : Buffer.concat([Buffer.from(SALT), keyBytes(type, value)])) + text;
}

function hashOf(data: string | Uint8Array): string {
  return md5Hex(data).slice(0, HASH_DIGITS);
}

/** What an entry of an index knows its item by. */
export type Base = { basePartition: string; baseSort: string };

/** The item of an entry. Entries of equal keys of a global index are in the order of the hashes of their items' whole keys. */
export function baseOf(table: KeySpec, index: IndexSpec, { partition, sort }: Spot, item: Item): Base {
  const { hash, range } = table;
  if (!index.global || range === undefined) return { basePartition: partition, baseSort: sort };
  const parts = [hash, range].map(({ name, type }) => keyBytes(type, attributeOf(item, name) ?? {}));
  return { basePartition: hashOf(Buffer.concat([Buffer.from(SALT), ...parts])) + partition, baseSort: sort };
}

/** Where the item of an entry lies. */
export function spotOfBase(table: KeySpec, index: IndexSpec, { basePartition, baseSort }: Base): Spot {
  const isHashed = index.global && table.range !== undefined;
  return { partition: isHashed ? basePartition.slice(HASH_DIGITS) : basePartition, sort: baseSort };
}

/** Text, binary and numbers as they are hashed: numbers by their exponent and digits in base 100, the negative ones turned round. */
function keyBytes(type: KeyType, value: Value): Uint8Array {
  if (type === 'S') return Buffer.from(value.S as string);
  if (type === 'B') return Buffer.from(value.B as string, 'base64');
  const { negative, pairs, whole } = centesimal(value.N as string);
  if (pairs.length === 0) return Buffer.of(0x80);
  const exponent = whole - 64;
  if (!negative) return Buffer.from([exponent, ...pairs.map((pair) => pair + 1)]);
  const end = pairs.length < 20 ? [102] : [];
  return Buffer.from([~exponent, ...pairs.map((pair) => 101 - pair), ...end]);
}

/** A sort key's text; it sorts as the keys do: numbers by value, text and binary by bytes. */
export function encodePart(type: KeyType, value: Value): string {
  if (type === 'S') return value.S as string;
  return type === 'N' ? encodeNumber(value.N as string) : Buffer.from(value.B as string, 'base64').toString('hex');
}

/**
 * Several attributes in one text that sorts as they do, one after another: each ends with what sorts before all that an attribute can
 * go on with.
 */
export const PART_END = '\0\0';
/** What takes the end's place to stand behind everything that begins with the part. */
export const PART_PAST = '\0\u0001';

/** One attribute of several, open at its end. */
export function encodeOpen(type: KeyType, value: Value): string {
  return encodePart(type, value).replaceAll('\0', '\0\u0002');
}

/** One attribute of several, whole. */
export function encodeWhole(type: KeyType, value: Value): string {
  return encodeOpen(type, value) + PART_END;
}

/** The place of a partition by its attributes. */
export function partitionOf({ hash, more }: KeySpec, values: readonly Value[]): string {
  if (more === undefined || more.hash.length === 0) return encodePartition(hash.type, values[0] as Value);
  const text = [hash, ...more.hash].map(({ type }, at) => encodeWhole(type, values[at] as Value)).join('');
  return hashOf(SALT + text) + text;
}

/** The half-open range of hashes of one segment of a parallel Scan. */
export function segmentBounds(segment: number, total: number): [from: string, before: string | undefined] {
  const edge = (index: number) =>
    Math.floor((index * 2 ** 32) / total)
      .toString(16)
      .padStart(HASH_DIGITS, '0');
  return [edge(segment), segment + 1 === total ? undefined : edge(segment + 1)];
}

/** The spot of an item that is to be written. @throws {ServiceError} ValidationException */
export function spotOfItem(spec: KeySpec, item: Item): Spot {
  const hash = checkedPart(spec.hash, item);
  const range = spec.range === undefined ? undefined : checkedPart(spec.range, item);
  checkLengths(spec, hash, range);
  return { partition: encodePartition(spec.hash.type, hash), sort: sortOf(spec, range) };
}

function checkedPart({ name, type }: KeyAttribute, item: Item): Value {
  const value = attributeOf(item, name);
  if (value === undefined) throw missingKey(name);
  const actual = typeOf(value);
  if (actual !== type) throw keyType(name, type, actual);
  if (isEmpty(value)) throw emptyKey(name, type);
  return value;
}

/** The values of a key, checked before its table is looked for. @throws {ServiceError} ValidationException */
export function keyValues(given: { readonly [name: string]: AttributeValue }): Item {
  return readItem(given, { size: 0, binary: false });
}

/** The key a client names an item by: exactly the key attributes. @throws {ServiceError} ValidationException */
export function readKey(spec: KeySpec, given: { readonly [name: string]: AttributeValue }): Spot & { key: Item } {
  return keyOf(spec, keyValues(given));
}

/** The spot that the values of a key name. @param empty the error of an empty one. @throws {ServiceError} ValidationException */
export function keyOf(spec: KeySpec, key: Item, empty: typeof emptyKey = emptyKeyValue): Spot & { key: Item } {
  const count = spec.range === undefined ? 1 : 2;
  const hash = attributeOf(key, spec.hash.name);
  const range = spec.range === undefined ? undefined : attributeOf(key, spec.range.name);
  if (Object.keys(key).length !== count || hash === undefined || typeOf(hash) !== spec.hash.type) throw keyMismatch();
  if (spec.range !== undefined && (range === undefined || typeOf(range) !== spec.range.type)) throw keyMismatch();
  if (isEmpty(hash)) throw empty(spec.hash.name, spec.hash.type);
  if (spec.range !== undefined && range !== undefined && isEmpty(range)) throw empty(spec.range.name, spec.range.type);
  checkLengths(spec, hash, range);
  return { partition: encodePartition(spec.hash.type, hash), sort: sortOf(spec, range), key };
}

function checkLengths(spec: KeySpec, hash: Value, range: Value | undefined): void {
  if (byteLength(spec.hash.type, hash) > PARTITION_KEY_BYTES_MAX) throw partitionKeyTooLong();
  if (spec.range !== undefined && range !== undefined && byteLength(spec.range.type, range) > SORT_KEY_BYTES_MAX)
    throw sortKeyTooLong();
}

function byteLength(type: KeyType, value: Value): number {
  if (type === 'S') return utf8Length(value.S as string);
  return type === 'B' ? base64Size(value.B as string) : 0;
}

function sortOf(spec: KeySpec, range: Value | undefined): string {
  return spec.range === undefined || range === undefined ? '' : encodePart(spec.range.type, range);
}

function isEmpty(value: Value): boolean {
  return value.S === '' || value.B === '';
}

/** The spot of an item in an index; undefined when it lacks one of the index's key attributes, or has one that can't be a key. */
export function spotInIndex(index: KeySpec, item: Item): Spot | undefined {
  if (index.more !== undefined) return spotOfSeveral(index, item);
  const hash = keyPart(index.hash, item, PARTITION_KEY_BYTES_MAX);
  if (hash === undefined) return undefined;
  if (index.range === undefined) return { partition: encodePartition(index.hash.type, hash), sort: '' };
  const range = keyPart(index.range, item, SORT_KEY_BYTES_MAX);
  if (range === undefined) return undefined;
  return { partition: encodePartition(index.hash.type, hash), sort: encodePart(index.range.type, range) };
}

function keyPart({ name, type }: KeyAttribute, item: Item, most: number): Value | undefined {
  const value = attributeOf(item, name);
  if (value === undefined || typeOf(value) !== type || isEmpty(value)) return undefined;
  return byteLength(type, value) > most ? undefined : value;
}

function spotOfSeveral(index: KeySpec, item: Item): Spot | undefined {
  const hashes = hashesOf(index).map((key) => keyPart(key, item, PARTITION_KEY_BYTES_MAX));
  const ranges = rangesOf(index).map((key) => keyPart(key, item, SORT_KEY_BYTES_MAX));
  if (hashes.includes(undefined) || ranges.includes(undefined)) return undefined;
  const sorts = rangesOf(index).map(({ type }, at) => encodeWhole(type, ranges[at] as Value));
  return { partition: partitionOf(index, hashes as Value[]), sort: sorts.join('') };
}

/** How a fault of an index's key is told: one of type, an empty one. */
export type IndexKeyFaults = { readonly mistyped: typeof indexKeyType; readonly emptied: typeof emptyIndexKey };
const PUT_FAULTS: IndexKeyFaults = { mistyped: indexKeyType, emptied: emptyIndexKey };

/**
 * Attributes that are keys of an index must have its types.
 *
 * @param faults the errors of those that have not, and of empty ones
 * @throws {ServiceError} ValidationException
 */
export function checkIndexKeys(indexes: readonly IndexSpec[], item: Item, faults: IndexKeyFaults = PUT_FAULTS): void {
  for (const index of indexes) {
    const hashes = hashesOf(index).length;
    for (const [at, key] of keysOf(index).entries()) {
      const value = attributeOf(item, key.name);
      if (value === undefined) continue;
      const actual = typeOf(value);
      if (actual !== key.type) throw faults.mistyped(key.name, key.type, actual, index.name);
      if (isEmpty(value)) throw faults.emptied(key.name, key.type, index.name);
      const most = at < hashes ? PARTITION_KEY_BYTES_MAX : SORT_KEY_BYTES_MAX;
      const size = byteLength(key.type, value);
      if (size > most) throw indexKeyTooLong(key.name, size, most, index.name);
    }
  }
}

/** Paths that look into a key as if it were a map or list. @throws {ServiceError} ValidationException */
export function refuseNestedKeys(
  table: KeySpec & { readonly indexes: readonly KeySpec[] },
  paths: readonly Path[],
  names: Bindings['names'],
): void {
  const heads = new Set(
    paths.flatMap(([first, ...rest]) => (rest.length === 0 || first === undefined ? [] : [stepOf(first, names)])),
  );
  if (heads.size === 0) return;
  for (const spec of [table, ...table.indexes]) {
    for (const one of keysOf(spec))
      if (heads.has(one.name)) throw nestedKey(spec === table ? 'Key' : 'IndexKey', one.name);
  }
}

/** The key attributes of an item, for the tables and indexes named. */
export function keyAttributes(item: Item, ...specs: readonly KeySpec[]): Item {
  const key = new Map<string, Value>();
  for (const { name } of specs.flatMap(keysOf)) {
    const value = attributeOf(item, name);
    if (value !== undefined) key.set(name, value);
  }
  // An attribute may be called as what objects inherit.
  return Object.fromEntries(key);
}
