/** Carries out an update expression: every operand is taken from the item as it was, and what is changed is copied. */
import { invalid } from '../../errors.ts';
import { addNumbers, subtractNumbers } from '../number.ts';
import { type Item, sortedSet, typeOf, type Value } from '../value.ts';
import { type Bindings, type Path, resolvePath, type Source, type Update, valueAt } from './ast.ts';

const noSuchAttribute = () => invalid('The provided expression refers to an attribute that does not exist in the item');
const wrongType = () => invalid('An operand in the update expression has an incorrect data type');
const badPath = () => invalid('The document path provided in the update expression is invalid for update');

const wrongTypeOfOld = () => invalid('Type mismatch for attribute to update');

/** @param isOld of AttributeUpdates. @throws {ServiceError} ValidationException when the item does not fit the expression */
export function applyUpdate(tree: Update, before: Item, bindings: Bindings, isOld = false): Item {
  const mismatch = isOld ? wrongTypeOfOld : wrongType;
  const { names, values } = bindings;
  const changes: [path: Path, value: Value | undefined][] = tree.set.map(({ path, source }) => [
    path,
    evaluate(source, before, bindings, mismatch),
  ]);
  for (const { path, value } of tree.add)
    changes.push([path, added(valueAt(before, path, names), values[value] as Value, mismatch)]);
  for (const { path, value } of tree.delete) {
    const had = valueAt(before, path, names);
    if (had !== undefined) changes.push([path, without(had, values[value] as Value, mismatch)]);
    else refuseLost(path, before, names);
  }
  const item = new Map(Object.entries(before));
  const resolved = changes.map(([path, value]) => [resolvePath(path, names), value] as const);
  // What is put behind the end of a list comes in the order of its positions.
  for (const [path, value] of resolved.sort(([a], [b]) => byLastPosition(b, a)))
    if (value !== undefined) change(item, path, value);
  const emptied = resolved.flatMap(([path, value]) => (value === undefined ? [path] : []));
  // Later positions of a list go first, so that the earlier ones still mean what they meant.
  for (const path of [...tree.remove.map((one) => resolvePath(one, names)), ...emptied].sort(byLastPosition))
    change(item, path, undefined);
  return Object.fromEntries(item);
}

/** Bytes of each part of an update that is measured. Source: measured answers of AWS (nubo-db/dynoxide, issue 187). */
const COST = { update: 3, written: 19, cleared: 2, position: 1, arithmetic: 50 };

/** Bytes that the actions of an update add to the item where its size is checked. */
export function updateCost({ set, add, remove, delete: deletes }: Update): number {
  const extra = set.map(
    ({ path, source }) =>
      (typeof path.at(-1) === 'number' ? COST.position : 0) +
      (source.kind === '+' || source.kind === '-' ? COST.arithmetic : 0),
  );
  return (
    COST.update +
    COST.written * (set.length + add.length) +
    COST.cleared * (remove.length + deletes.length) +
    extra.reduce((sum, one) => sum + one, 0)
  );
}

function byLastPosition(a: Path, b: Path): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x, y] = [a[index], b[index]];
    if (typeof x === 'number' && typeof y === 'number' && x !== y) return y - x;
  }
  return 0;
}

function evaluate(source: Source, item: Item, bindings: Bindings, mismatch: () => Error): Value {
  switch (source.kind) {
    case 'value':
      return bindings.values[source.name] as Value;
    case 'path': {
      const value = valueAt(item, source.path, bindings.names);
      if (value === undefined) throw noSuchAttribute();
      return value;
    }
    case 'if_not_exists':
      return valueAt(item, source.path, bindings.names) ?? evaluate(source.otherwise, item, bindings, mismatch);
    case 'list_append': {
      const left = evaluate(source.left, item, bindings, mismatch).L;
      const right = evaluate(source.right, item, bindings, mismatch).L;
      if (left === undefined || right === undefined) throw mismatch();
      return { L: [...left, ...right] };
    }
    default: {
      const left = evaluate(source.left, item, bindings, mismatch).N;
      const right = evaluate(source.right, item, bindings, mismatch).N;
      if (left === undefined || right === undefined) throw mismatch();
      return { N: source.kind === '+' ? addNumbers(left, right) : subtractNumbers(left, right) };
    }
  }
}

/** ADD: a number onto a number, or members into a set. */
function added(had: Value | undefined, value: Value, mismatch: () => Error): Value {
  if (had === undefined) return value;
  if (had.N !== undefined && value.N !== undefined) return { N: addNumbers(had.N, value.N) };
  const type = typeOf(value);
  if (type !== typeOf(had) || (type !== 'SS' && type !== 'NS' && type !== 'BS')) throw mismatch();
  return { [type]: sortedSet(type, [...new Set([...(had[type] ?? []), ...(value[type] ?? [])])]) };
}

/** DELETE: members out of a set; nothing is left of an empty one. */
function without(had: Value, value: Value, mismatch: () => Error): Value | undefined {
  const type = typeOf(value);
  if (type !== typeOf(had) || (type !== 'SS' && type !== 'NS' && type !== 'BS')) throw mismatch();
  const gone = new Set(value[type]);
  const left = (had[type] ?? []).filter((one) => !gone.has(one));
  return left.length === 0 ? undefined : { [type]: left };
}

/** A path to nothing must at least lead somewhere: into a map or list that is there. */
function refuseLost(path: Path, item: Item, names: Bindings['names']): void {
  if (path.length === 1) return;
  const parent = valueAt(item, path.slice(0, -1), names);
  if ((typeof path.at(-1) === 'number' ? parent?.L : parent?.M) === undefined) throw badPath();
}

/** Sets (or, with undefined, removes) what is at a path. */
function change(item: Map<string, Value>, [first, ...rest]: Path, value: Value | undefined): void {
  const name = String(first);
  if (rest.length === 0) {
    if (value === undefined) item.delete(name);
    else item.set(name, value);
    return;
  }
  const within = item.get(name);
  if (within === undefined) throw badPath();
  item.set(name, changed(within, rest, value));
}

function changed(within: Value, [step, ...rest]: Path, value: Value | undefined): Value {
  if (typeof step === 'number') {
    if (within.L === undefined) throw badPath();
    return { L: changedList(within.L, step, rest, value) };
  }
  if (within.M === undefined || step === undefined) throw badPath();
  const map = new Map(Object.entries(within.M));
  change(map, [step, ...rest], value);
  return { M: Object.fromEntries(map) };
}

/** A position past the end means the end. */
function changedList(list: readonly Value[], position: number, rest: Path, value: Value | undefined): Value[] {
  const before = list[position];
  if (rest.length > 0) {
    if (before === undefined) throw badPath();
    return list.with(position, changed(before, rest, value));
  }
  if (value === undefined) return list.filter((_, index) => index !== position);
  return before === undefined ? [...list, value] : list.with(position, value);
}
