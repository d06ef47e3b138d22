/** What a Query asks of the key: the partition, and a range of sort keys. */
import { invalid, invalidParameter, keyMismatch } from '../errors.ts';
import type { KeyAttribute, KeySpec } from '../state.ts';
import type { Condition, Operand, Path } from './expression/ast.ts';
import { stepOf } from './expression/ast.ts';
import {
  encodeOpen,
  encodePart,
  encodePartition,
  encodeWhole,
  hashesOf,
  keysOf,
  PART_END,
  PART_PAST,
  partitionOf,
  rangesOf,
} from './keys.ts';
import type { Bound } from './legacy.ts';
import type { Range } from './page.ts';
import { attributeOf, type Item, typeOf, type Value } from './value.ts';

/** One comparison of a key attribute with constants. */
export type KeyPart = {
  name: string;
  /** `none` can't be asked of a key; that is told once the table is known. */
  operator: '=' | '<' | '<=' | '>' | '>=' | 'BETWEEN' | 'begins_with' | 'none';
  values: readonly Value[];
};

/** `label` begins the faults of an expression; legacy conditions have their own words. */
export type Asked = Bound<Condition> & { legacy: boolean };

export type KeyRange = { range: Extract<Range, { partition: string }>; hash: Value };

/** The comparisons a key condition consists of, checked as far as that goes without the table. @throws {ServiceError} ValidationException */
export function keyParts(asked: Asked): readonly KeyPart[] {
  const parts: KeyPart[] = [];
  flatten(asked, asked.tree, parts);
  const seen = new Set<string>();
  for (const { name } of parts) {
    if (seen.has(name))
      throw invalid('Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key');
    seen.add(name);
  }
  return parts;
}

function refuseMany(parts: readonly KeyPart[], keys: readonly KeyAttribute[]): void {
  if (parts.length > Math.max(2, keys.length))
    throw invalid(
      `The number of query conditions (${parts.length}) exceeds the number of key attributes defined in the schema (${keys.length})`,
    );
}

/**
 * The range of keys that the comparisons mean.
 *
 * @param start the key that a page begins after; it is checked in the same order as the conditions
 * @throws {ServiceError} ValidationException
 */
export function keyRange(parts: readonly KeyPart[], spec: KeySpec, start?: Item): KeyRange {
  if (spec.more !== undefined) return rangeOfSeveral(parts, spec, start);
  refuseMany(parts, keysOf(spec));
  const hash = checkedPart(spec.hash, parts, spec, start);
  const range = spec.range === undefined ? undefined : checkedPart(spec.range, parts, spec, start);
  const [value] = hash?.values ?? [];
  if (value === undefined) throw invalid('Query key condition not supported');
  const partition = encodePartition(spec.hash.type, value);
  if (range === undefined || spec.range === undefined) return { range: { partition }, hash: value };
  return { range: { partition, ...sortRange(range, spec.range) }, hash: value };
}

/** The same of a key of several attributes: all of the partition's, and the first ones of those that are sorted by. */
function rangeOfSeveral(parts: readonly KeyPart[], spec: KeySpec, start: Item | undefined): KeyRange {
  refuseMany(parts, keysOf(spec));
  if (start !== undefined) for (const key of keysOf(spec)) checkStart(key, start);
  const find = (key: KeyAttribute) => parts.find(({ name }) => name === key.name);
  const hashes = hashesOf(spec).map((key) => ({ key, asked: find(key) }));
  const missed = hashes.filter(({ asked }) => asked?.operator !== '=').map(({ key }) => key.name);
  if (missed.length > 0)
    throw invalid(`HASH key attributes ${missed.join(', ')} must have equality conditions specified in the query`);
  const ranges = rangesOf(spec).map((key) => ({ key, asked: find(key) }));
  for (const [at, { key, asked }] of ranges.entries()) {
    const later = ranges.slice(at + 1).find((one) => one.asked !== undefined);
    if (later !== undefined && asked?.operator !== '=')
      throw invalid(
        `RANGE key attributes ${key.name} must have equality conditions specified in the query because a condition is present on key attribute ${later.key.name}`,
      );
  }
  const known = [...hashes, ...ranges].flatMap(({ key, asked }) => (asked === undefined ? [] : [{ key, asked }]));
  if (known.length < parts.length) {
    const open = ranges.find(({ asked }) => asked === undefined);
    throw open === undefined
      ? invalid('Query key condition not supported')
      : invalid(`Query condition missed key schema element: ${open.key.name}`);
  }
  for (const { key, asked } of known) {
    if (asked.operator === 'none') throw invalid('Attempted conditional constraint is not an indexable operation');
    checkType(key, asked);
  }
  const values = hashes.map(({ asked }) => asked?.values[0] as Value);
  const sorts = known.slice(hashes.length);
  return { range: { partition: partitionOf(spec, values), ...sortRangeOfSeveral(sorts) }, hash: values[0] as Value };
}

/** All but the last are equalities: they are what the sort keys sought begin with. */
function sortRangeOfSeveral(
  sorts: readonly { key: KeyAttribute; asked: KeyPart }[],
): Omit<KeyRange['range'], 'partition'> {
  const last = sorts.at(-1);
  if (last === undefined) return {};
  const { type } = last.key;
  const equal = sorts.slice(0, -1).map(({ key, asked }) => encodeWhole(key.type, asked.values[0] as Value));
  const prefix = equal.join('');
  const [first = '', second = ''] = last.asked.values.map((value) => prefix + encodeOpen(type, value));
  const low = prefix === '' ? {} : { from: prefix };
  const high = prefix === '' ? {} : { before: prefix.slice(0, -PART_END.length) + PART_PAST };
  switch (last.asked.operator) {
    case '=':
      return { prefix: prefix + encodeWhole(type, last.asked.values[0] as Value) };
    case '<':
      return { ...low, before: first };
    case '<=':
      return { ...low, before: first + PART_PAST };
    case '>':
      return { from: first + PART_PAST, ...high };
    case '>=':
      return { from: first, ...high };
    case 'BETWEEN':
      return { from: first, before: second + PART_PAST };
    case 'begins_with':
      return { prefix: first };
    case 'none':
      return {};
  }
}

/** What is asked of one attribute of the key; undefined when it is none of the partition's. */
function checkedPart(
  key: KeyAttribute,
  parts: readonly KeyPart[],
  spec: KeySpec,
  start: Item | undefined,
): KeyPart | undefined {
  const isHash = key === spec.hash;
  if (start !== undefined) checkStart(key, start);
  if (isHash && spec.range === undefined && parts.length > 1) throw invalid('Query key condition not supported');
  const part = parts.find(({ name }) => name === key.name);
  if (part === undefined) {
    if (isHash || parts.length > 1) throw invalid(`Query condition missed key schema element: ${key.name}`);
    return undefined;
  }
  if (part.operator === 'none') throw invalid('Attempted conditional constraint is not an indexable operation');
  checkType(key, part);
  if (isHash && part.operator !== '=') throw invalid('Query key condition not supported');
  return part;
}

function checkStart({ name, type }: KeyAttribute, start: Item): void {
  const value = attributeOf(start, name);
  if (value === undefined) throw invalid('The provided starting key is invalid');
  if (typeOf(value) !== type) throw keyMismatch();
}

function checkType(key: KeyAttribute, { values, operator }: KeyPart): void {
  for (const value of values) {
    if (typeOf(value) !== key.type) throw invalidParameter('Condition parameter type does not match schema type');
    if (value.S === '' || value.B === '') {
      if (operator === 'begins_with' && value.S === '') continue;
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${key.type === 'B' ? 'binary' : 'string'} value. Key: ${key.name}`,
      );
    }
  }
  if (operator === 'begins_with' && key.type === 'N')
    throw invalid(
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    );
}

function sortRange({ operator, values }: KeyPart, { type }: KeyAttribute): Omit<KeyRange['range'], 'partition'> {
  const [first, second] = values.map((value) => encodePart(type, value));
  switch (operator) {
    case '=':
      return { from: first, to: first };
    case '<':
      return { before: first };
    case '<=':
      return { to: first };
    case '>':
      return { after: first };
    case '>=':
      return { from: first };
    case 'BETWEEN':
      return { from: first, to: second };
    case 'begins_with':
      return { prefix: first };
    case 'none':
      return {};
  }
}

function flatten(asked: Asked, node: Condition, parts: KeyPart[]): void {
  const refuse = (operator: string) => invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
  if (asked.legacy && node.kind !== 'and') {
    const operand = operandOf(node);
    const known = node.kind === 'between' || node.kind === 'begins_with' || node.kind === 'compare';
    if (!known || (node.kind === 'compare' && node.operator === '<>')) {
      parts.push({ name: nameOf(asked, operand), operator: 'none', values: [] });
      return;
    }
  }
  switch (node.kind) {
    case 'and':
      flatten(asked, node.left, parts);
      flatten(asked, node.right, parts);
      return;
    case 'compare': {
      if (node.operator === '<>') throw refuse('<>');
      const flipped = node.left.kind === 'value';
      parts.push({
        ...part(asked, flipped ? node.right : node.left, [flipped ? node.left : node.right]),
        operator: flipped ? FLIPPED[node.operator] : node.operator,
      });
      return;
    }
    case 'between':
      parts.push({ ...part(asked, node.operand, [node.low, node.high], 'BETWEEN'), operator: 'BETWEEN' });
      return;
    case 'begins_with':
      parts.push({ ...part(asked, node.operand, [node.sought], 'begins_with'), operator: 'begins_with' });
      return;
    default:
      throw refuse(OPERATOR_NAMES[node.kind === 'exists' && !node.wanted ? 'missing' : node.kind]);
  }
}

const FLIPPED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
const OPERATOR_NAMES = {
  or: 'OR',
  not: 'NOT',
  in: 'IN',
  exists: 'attribute_exists',
  missing: 'attribute_not_exists',
  type: 'attribute_type',
  contains: 'contains',
} as const;

function part(
  asked: Asked,
  operand: Operand,
  constants: readonly Operand[],
  called?: string,
): { name: string; values: readonly Value[] } {
  if (called !== undefined && operand.kind === 'value')
    throw badCondition(`${called} operator must have the key attribute as its first operand`);
  let found: Path | undefined;
  for (const one of [operand, ...constants]) {
    if (one.kind === 'value') continue;
    if (one.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations');
    if (found !== undefined) throw badCondition('Multiple attribute names used in one condition');
    if (one.path.length > 1) throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
    found = one.path;
  }
  if (found === undefined) throw badCondition('No key attribute specified');
  const values = constants.map((one) => (one.kind === 'value' ? (asked.bindings.values[one.name] as Value) : {}));
  return { name: nameOf(asked, found), values };
}

const badCondition = (why: string) => invalid(`Invalid condition in KeyConditionExpression: ${why}`);

/** The attribute a condition from before expressions is about. */
function operandOf(node: Condition): Path {
  if (node.kind === 'not') return operandOf(node.inner);
  if (node.kind === 'or') return operandOf(node.left);
  if (node.kind === 'exists' || node.kind === 'type') return node.path;
  const operand = node.kind === 'compare' ? node.left : 'operand' in node ? node.operand : undefined;
  return operand?.kind === 'path' ? operand.path : [];
}

function nameOf(asked: Asked, [first]: Path): string {
  return first === undefined ? '' : String(stepOf(first, asked.bindings.names));
}
