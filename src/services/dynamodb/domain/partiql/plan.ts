/** How a statement reads: conditions on the key become ranges, as a Query's do; without them it is a Scan. */
import { noKeyInWhere, orderNeedsHash, orderNeedsKey, orderNeedsWhere, tooManyReads } from '../../errors.ts';
import { IN_KEYS_MAX } from '../../limits.ts';
import type { KeySpec } from '../../state.ts';
import { type Bindings, type Condition, type Operand, stepOf } from '../expression/ast.ts';
import { keyParts, keyRange } from '../key-condition.ts';
import type { Range } from '../page.ts';
import { compareValues, equalValues, type Item, type Value } from '../value.ts';
import type { Select } from './statement.ts';

/** Ranges in the order they are read, each of one item at most where they are `whole` keys; `hashes` are the partition keys that were asked for; `asksMore` than one item's key. */
export type Plan = {
  ranges: readonly Range[];
  hashes: readonly Value[];
  isScan: boolean;
  whole: boolean;
  isOneItem: boolean;
  asksMore: boolean;
};

type Compared = Extract<Condition, { kind: 'compare' }>;

/**
 * Deviation: alternatives by OR are a scan; AWS queries ranges of keys that don't overlap, and refuses those that do.
 *
 * @throws {ServiceError} ValidationException
 */
export function planOf(where: Condition | undefined, spec: KeySpec, bindings: Bindings): Plan {
  const parts = where === undefined ? [] : conjuncts(where);
  const { range: key } = spec;
  const onHash = keyConditions(parts, spec.hash.name, bindings);
  const onSort = key === undefined ? [] : keyConditions(parts, key.name, bindings);
  const hash = onHash.find((part) => isEquality(part) || part.kind === 'in');
  if (hash === undefined || !agree(onHash, bindings) || !agree(onSort, bindings))
    return {
      ranges: [{ segment: ['', undefined] }],
      hashes: [],
      isScan: true,
      whole: false,
      isOneItem: false,
      asksMore: true,
    };
  const sort = onSort.find(isRange);
  const operands = constantsOf(hash);
  if (operands.length > IN_KEYS_MAX) throw tooManyReads();
  const hashes = distinct(operands.map((operand) => constant(operand, bindings)));
  const ranges = hashes.map((value) => {
    const names = { ...bindings, values: { ...bindings.values, ':hash': value } };
    const equal: Condition = {
      kind: 'compare',
      operator: '=',
      left: operandOf(hash),
      right: { kind: 'value', name: ':hash' },
    };
    const tree: Condition = sort === undefined ? equal : { kind: 'and', left: equal, right: sort };
    return keyRange(keyParts({ tree, bindings: names, legacy: true }), spec).range;
  });
  const whole = key === undefined || (sort !== undefined && isEquality(sort));
  const isOneItem = hash.kind !== 'in' && whole;
  return { ranges, hashes, isScan: false, whole, isOneItem, asksMore: parts.length > (key === undefined ? 1 : 2) };
}

/** What all must hold; comparisons with the constant on the right. */
function conjuncts(where: Condition): Condition[] {
  const parts: Condition[] = [];
  for (let rest = where; ; rest = rest.left) {
    if (rest.kind !== 'and') {
      parts.unshift(turned(rest));
      return parts;
    }
    // Parentheses may lead down on the right side, too; the grammar bounds them.
    parts.unshift(...(rest.right.kind === 'and' ? conjuncts(rest.right) : [turned(rest.right)]));
  }
}

const FLIPPED = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function turned(part: Condition): Condition {
  if (part.kind !== 'compare' || part.left.kind !== 'value') return part;
  return { kind: 'compare', operator: FLIPPED[part.operator], left: part.right, right: part.left };
}

function operandOf(part: Condition): Operand {
  if (part.kind === 'compare') return part.left;
  return part.kind === 'in' || part.kind === 'between' || part.kind === 'begins_with'
    ? part.operand
    : { kind: 'path', path: [] };
}

/** Whether a part compares an attribute of the item's top level with constants. */
function isOn(part: Condition, name: string, bindings: Bindings): boolean {
  const operand = operandOf(part);
  if (operand.kind !== 'path' || operand.path.length !== 1) return false;
  const [first] = operand.path;
  return first !== undefined && stepOf(first, bindings.names) === name && constantsOf(part).every(isConstant);
}

function constantsOf(part: Condition): readonly Operand[] {
  switch (part.kind) {
    case 'compare':
      return [part.right];
    case 'in':
      return part.list;
    case 'between':
      return [part.low, part.high];
    case 'begins_with':
      return [part.sought];
    default:
      return [];
  }
}

function isConstant(operand: Operand): boolean {
  return operand.kind === 'value';
}

/** All partition keys that a statement names: what it writes is among them. */
export function hashesOf(where: Condition | undefined, spec: KeySpec, bindings: Bindings): Value[] {
  return keyConditions(where === undefined ? [] : conjuncts(where), spec.hash.name, bindings)
    .filter((part) => isEquality(part) || part.kind === 'in')
    .flatMap((part) => constantsOf(part).map((operand) => constant(operand, bindings)));
}

/** Those of the parts that could be a range of the key. */
function keyConditions(parts: readonly Condition[], name: string, bindings: Bindings): Condition[] {
  return parts.filter((part) => isOn(part, name, bindings) && (isRange(part) || part.kind === 'in'));
}

/**
 * Whether conditions that must all hold of one key say the same. Two that differ make no narrower range: AWS then scans.
 * Source: radkawar/stackd, measured in 2026.
 */
function agree([first, ...others]: readonly Condition[], bindings: Bindings): boolean {
  return others.every((other) => first !== undefined && saysTheSame(first, other, bindings));
}

function saysTheSame(one: Condition, other: Condition, bindings: Bindings): boolean {
  if (operatorOf(one) === 'in' || operatorOf(one) !== operatorOf(other)) return false;
  const values = constantsOf(other).map((operand) => constant(operand, bindings));
  return constantsOf(one).every((operand, at) => equalValues(constant(operand, bindings), values[at] ?? {}));
}

/** A list of one is an equality. */
function operatorOf(part: Condition): string {
  if (part.kind === 'compare') return part.operator;
  return part.kind === 'in' && part.list.length === 1 ? '=' : part.kind;
}

function isEquality(part: Condition): boolean {
  return part.kind === 'compare' && part.operator === '=';
}

function isRange(part: Condition): boolean {
  return part.kind === 'between' || part.kind === 'begins_with' || (part.kind === 'compare' && part.operator !== '<>');
}

function constant(operand: Operand, bindings: Bindings): Value {
  return operand.kind === 'value' ? (bindings.values[operand.name] ?? {}) : {};
}

function distinct(values: readonly Value[]): Value[] {
  return values.filter((value, at) => values.findIndex((other) => equalValues(other, value)) === at);
}

/** The key of the one item that a write is about. @throws {ServiceError} ValidationException */
export function writtenKey(where: Condition | undefined, spec: KeySpec, bindings: Bindings): Item {
  const parts = where === undefined ? [] : conjuncts(where);
  const key = (spec.range === undefined ? [spec.hash] : [spec.hash, spec.range]).map(({ name }) => {
    const part = parts.find((one) => isEquality(one) && isOn(one, name, bindings));
    if (part === undefined) throw noKeyInWhere();
    return [name, constant((part as Compared).right, bindings)] as const;
  });
  return Object.fromEntries(key);
}

/** Puts the ranges in the order wanted; true when each is to be read backwards. @throws {ServiceError} ValidationException */
export function orderOf({ order, where }: Select, plan: Plan, spec: KeySpec): { plan: Plan; reverse: boolean } {
  if (order.length === 0) return { plan, reverse: false };
  if (where === undefined) throw orderNeedsWhere();
  if (plan.isScan) throw orderNeedsHash();
  const stray = order.find(({ name }) => name !== spec.hash.name && name !== spec.range?.name);
  if (stray !== undefined) throw orderNeedsKey(stray.name);
  const byHash = order.find(({ name }) => name === spec.hash.name);
  const reverse = order.find(({ name }) => name !== spec.hash.name)?.descending === true;
  if (byHash === undefined) return { plan, reverse };
  const sign = byHash.descending ? -1 : 1;
  const sorted = plan.ranges
    .map((range, at) => ({ range, hash: plan.hashes[at] ?? {} }))
    .sort((a, b) => sign * (compareValues(a.hash, b.hash) ?? 0));
  return {
    plan: { ...plan, ranges: sorted.map((one) => one.range), hashes: sorted.map((one) => one.hash) },
    reverse,
  };
}

/** The names of the attributes a condition is about. */
export function attributesOf(where: Condition | undefined, names: Bindings['names'], into: Set<string>): void {
  if (where === undefined) return;
  const add = (operand: Operand): void => {
    if (operand.kind === 'size') add(operand.operand);
    else if (operand.kind === 'path' && operand.path[0] !== undefined) into.add(String(stepOf(operand.path[0], names)));
  };
  switch (where.kind) {
    case 'and':
    case 'or':
      attributesOf(where.left, names, into);
      attributesOf(where.right, names, into);
      return;
    case 'not':
      attributesOf(where.inner, names, into);
      return;
    case 'exists':
    case 'type':
      add({ kind: 'path', path: where.path });
      return;
    default:
      add(where.kind === 'compare' ? where.left : where.operand);
      for (const one of constantsOf(where)) add(one);
  }
}
