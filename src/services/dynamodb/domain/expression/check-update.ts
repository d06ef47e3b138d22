/** What can be refused of an update expression before any item is looked at: types of operands, and paths that get in each other's way. */
import { invalid } from '../../errors.ts';
import { type Item, typeOf, type Value, type ValueType } from '../value.ts';
import { type Bindings, type Path, pathText, resolvePath, type Source, stepOf, type Update } from './ast.ts';

/** The types as ADD and DELETE call them. */
const LONG_NAMES: { readonly [type in ValueType]: string } = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
};
const ADDED: readonly ValueType[] = ['N', 'SS', 'NS', 'BS'];
const DELETED: readonly ValueType[] = ['SS', 'NS', 'BS'];

/** @param fault what is wrong with its functions. @throws {ServiceError} ValidationException */
export function checkUpdateTypes(tree: Update, values: Item, fault?: string): void {
  for (const [operator, actions, allowed] of [
    ['ADD', tree.add, ADDED],
    ['DELETE', tree.delete, DELETED],
  ] as const) {
    for (const { value } of actions) {
      const type = typeOf(values[value] as Value);
      if (!allowed.includes(type))
        throw invalid(
          `Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${LONG_NAMES[type]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
        );
    }
  }
  if (fault !== undefined) throw invalid(`Invalid UpdateExpression: ${fault}`);
  for (const { source } of tree.set) checkSource(source, values);
}

/** What an update is known to set attributes to, whatever the item is: values, or others of their types. */
export function knownValues({ set, add }: Update, { names, values }: Bindings): Item {
  const known: [string, Value][] = [];
  const note = ([first, ...rest]: Path, value: Value | undefined) => {
    if (first !== undefined && rest.length === 0 && value !== undefined)
      known.push([String(stepOf(first, names)), value]);
  };
  for (const { path, source } of set) note(path, knownOf(source, values));
  for (const { path, value } of add) note(path, values[value]);
  return Object.fromEntries(known);
}

function knownOf(source: Source, values: Item): Value | undefined {
  if (source.kind === 'value') return values[source.name];
  if (source.kind === 'list_append') return { L: [] };
  return source.kind === '+' || source.kind === '-' ? { N: '0' } : undefined;
}

function checkSource(source: Source, values: Item): void {
  if (source.kind === 'if_not_exists') checkSource(source.otherwise, values);
  if (source.kind !== '+' && source.kind !== '-' && source.kind !== 'list_append') return;
  const wanted = source.kind === 'list_append' ? 'L' : 'N';
  for (const side of [source.left, source.right]) {
    checkSource(side, values);
    if (side.kind !== 'value') continue;
    const type = typeOf(values[side.name] as Value);
    if (type !== wanted)
      throw invalid(
        `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${source.kind}, operand type: ${type}`,
      );
  }
}

/** Paths of which one lies in another, or which take the same thing for a list and for a map. @throws {ServiceError} ValidationException */
export function checkOverlap(label: string, paths: readonly Path[], names: Bindings['names']): void {
  if (paths.length < 2) return;
  const tops = new Set<string | number | undefined>();
  const resolved = paths.map((path) => resolvePath(path, names));
  for (const path of resolved) tops.add(path[0]);
  if (tops.size === resolved.length) return;
  for (const sought of ['overlap', 'conflict'] as const) {
    for (const [index, second] of resolved.entries()) {
      for (const first of resolved.slice(0, index)) {
        if (relation(first, second) === sought)
          throw invalid(
            `Invalid ${label}: Two document paths ${sought} with each other; must remove or rewrite one of these paths; path one: ${pathText(first)}, path two: ${pathText(second)}`,
          );
      }
    }
  }
}

function relation(a: Path, b: Path): 'overlap' | 'conflict' | undefined {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    if (typeof a[index] !== typeof b[index]) return 'conflict';
    if (a[index] !== b[index]) return undefined;
  }
  return 'overlap';
}
