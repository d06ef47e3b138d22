/**
 * The parameters from before expressions (Expected, KeyConditions, QueryFilter, ScanFilter, AttributeUpdates, AttributesToGet), as the
 * trees expressions are parsed into. Source: Developer Guide, "Legacy conditional parameters".
 */
import type {
  AttributeUpdates,
  AttributeValue,
  ComparisonOperator,
  ConditionalOperator,
  ExpectedAttributeMap,
  Condition as WireCondition,
} from '#models/dynamodb';
import { emptyName, invalid, invalidParameter } from '../errors.ts';
import type { Bindings, Condition, Operand, Path, Update } from './expression/ast.ts';
import { compareValues, type Facts, readValue, typeOf, type Value, type ValueType } from './value.ts';

export type Bound<Tree> = { tree: Tree; bindings: Bindings };

/** Gathers names and values under placeholders, since attributes may be called anything. */
class Placeholders {
  readonly names: { [placeholder: string]: string } = {};
  readonly values: { [placeholder: string]: Value } = {};
  #count = 0;

  path(name: string): Path {
    this.#count += 1;
    this.names[`#${this.#count}`] = name;
    return [`#${this.#count}`];
  }

  value(value: Value): string {
    this.#count += 1;
    this.values[`:${this.#count}`] = value;
    return `:${this.#count}`;
  }
}

const ARGUMENTS: { readonly [operator in ComparisonOperator]: readonly [min: number, max: number] } = {
  EQ: [1, 1],
  NE: [1, 1],
  IN: [1, Number.POSITIVE_INFINITY],
  LE: [1, 1],
  LT: [1, 1],
  GE: [1, 1],
  GT: [1, 1],
  BETWEEN: [2, 2],
  NOT_NULL: [0, 0],
  NULL: [0, 0],
  CONTAINS: [1, 1],
  NOT_CONTAINS: [1, 1],
  BEGINS_WITH: [1, 1],
};
const SCALAR_ONLY: readonly ComparisonOperator[] = [
  'LE',
  'LT',
  'GE',
  'GT',
  'BETWEEN',
  'IN',
  'CONTAINS',
  'NOT_CONTAINS',
];
const COMPARATORS = { EQ: '=', NE: '<>', LE: '<=', LT: '<', GE: '>=', GT: '>' } as const;

/** @throws {ServiceError} ValidationException */
function conditionOf(
  name: string,
  operator: ComparisonOperator,
  list: readonly AttributeValue[],
  given: Placeholders,
): Condition {
  const values = list.map((one) => readValue(one, { size: 0, binary: false }));
  checkArguments(operator, values);
  const path = given.path(name);
  const operand: Operand = { kind: 'path', path };
  const [first, second] = values.map((value): Operand => ({ kind: 'value', name: given.value(value) }));
  if (operator === 'NULL' || operator === 'NOT_NULL') return { kind: 'exists', path, wanted: operator === 'NOT_NULL' };
  if (first === undefined)
    throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  switch (operator) {
    case 'BETWEEN':
      return { kind: 'between', operand, low: first, high: second ?? first };
    case 'IN':
      return {
        kind: 'in',
        operand,
        list: values.map((value): Operand => ({ kind: 'value', name: given.value(value) })),
      };
    case 'BEGINS_WITH':
      return { kind: 'begins_with', operand, sought: first };
    case 'CONTAINS':
      return { kind: 'contains', operand, sought: first };
    case 'NOT_CONTAINS':
      // What is not there neither contains anything nor does it not.
      return {
        kind: 'not',
        inner: {
          kind: 'or',
          left: { kind: 'exists', path, wanted: false },
          right: { kind: 'contains', operand, sought: first },
        },
      };
    default:
      return { kind: 'compare', operator: COMPARATORS[operator], left: operand, right: first };
  }
}

function checkArguments(operator: ComparisonOperator, values: readonly Value[]): void {
  const [min, max] = ARGUMENTS[operator];
  if (values.length < min || values.length > max)
    throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  const [first, second] = values;
  if (first !== undefined && values.some((value) => typeOf(value) !== typeOf(first)))
    throw invalidParameter('AttributeValues inside AttributeValueList must be of same type');
  for (const value of values) {
    const type = typeOf(value);
    const scalar = type === 'S' || type === 'N' || type === 'B';
    const fits = operator === 'BEGINS_WITH' ? type === 'S' || type === 'B' : scalar || !SCALAR_ONLY.includes(operator);
    if (!fits) throw invalidParameter(`ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);
  }
  if (operator === 'BETWEEN' && first !== undefined && second !== undefined && (compareValues(first, second) ?? 0) > 0)
    throw invalid('The BETWEEN condition was provided a range where the lower bound is greater than the upper bound');
}

function joined(conditions: readonly Condition[], operator: ConditionalOperator | undefined): Condition | undefined {
  const kind = operator === 'OR' ? 'or' : 'and';
  const [first, ...rest] = conditions;
  return first === undefined ? undefined : rest.reduce((left, right): Condition => ({ kind, left, right }), first);
}

/** KeyConditions, QueryFilter and ScanFilter. @throws {ServiceError} ValidationException */
export function legacyConditions(
  given: { [name: string]: WireCondition } | undefined,
  operator?: ConditionalOperator,
): Bound<Condition> | undefined {
  if (given === undefined) {
    if (operator !== undefined) throw operatorAlone();
    return undefined;
  }
  const placeholders = new Placeholders();
  const conditions = Object.entries(given).map(([name, { ComparisonOperator: one, AttributeValueList: list }]) =>
    conditionOf(name, one, list ?? [], placeholders),
  );
  if (operator !== undefined && conditions.length < 2) throw operatorOfOne();
  const tree = joined(conditions, operator);
  return tree === undefined ? undefined : { tree, bindings: placeholders };
}

const operatorAlone = () => invalid('ConditionalOperator cannot be used without Filter or Expected');
const operatorOfOne = () =>
  invalid('ConditionalOperator can only be used when Filter or Expected has two or more elements');

/** Expected. @throws {ServiceError} ValidationException */
export function legacyExpected(
  given: ExpectedAttributeMap | undefined,
  operator: ConditionalOperator | undefined,
): Bound<Condition> | undefined {
  if (given === undefined) {
    if (operator !== undefined) throw operatorAlone();
    return undefined;
  }
  const placeholders = new Placeholders();
  const conditions = Object.entries(given).map(([name, one]) => {
    const { Value: value, Exists: exists, ComparisonOperator: comparison, AttributeValueList: list } = one;
    if (value !== undefined && list !== undefined)
      throw invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
    if (comparison !== undefined) {
      if (exists !== undefined) {
        throw invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
      }
      if (value === undefined && list === undefined && comparison !== 'NULL' && comparison !== 'NOT_NULL')
        throw invalidParameter(
          `Value or AttributeValueList must be used with ComparisonOperator: ${comparison} for Attribute: ${name}`,
        );
      return conditionOf(name, comparison, value === undefined ? (list ?? []) : [value], placeholders);
    }
    if (list !== undefined) {
      throw invalidParameter(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
    }
    if (exists === false) {
      if (value !== undefined)
        throw invalidParameter(`Value cannot be used when Exists is false for Attribute: ${name}`);
      return conditionOf(name, 'NULL', [], placeholders);
    }
    if (value === undefined) {
      throw invalidParameter(`Value must be provided when Exists is ${exists ?? 'null'} for Attribute: ${name}`);
    }
    return conditionOf(name, 'EQ', [value], placeholders);
  });
  if (operator !== undefined && conditions.length < 2) throw operatorOfOne();
  const tree = joined(conditions, operator);
  return tree === undefined ? undefined : { tree, bindings: placeholders };
}

const ADDABLE: readonly ValueType[] = ['N', 'SS', 'NS', 'BS', 'L'];
const DELETABLE: readonly ValueType[] = ['SS', 'NS', 'BS'];

/** AttributeUpdates, with the paths it touches. @throws {ServiceError} ValidationException */
export function legacyUpdates(given: AttributeUpdates, facts: Facts): Bound<Update> & { paths: readonly Path[] } {
  const placeholders = new Placeholders();
  const tree = {
    set: [] as Update['set'][number][],
    remove: [] as Path[],
    add: [] as Update['add'][number][],
    delete: [] as Update['delete'][number][],
  };
  const paths: Path[] = [];
  for (const [name, { Value: wire, Action: action = 'PUT' }] of Object.entries(given)) {
    if (name === '') throw emptyName();
    const path = placeholders.path(name);
    paths.push(path);
    if (wire === undefined) {
      if (action !== 'DELETE')
        throw invalidParameter('Only DELETE action is allowed when no attribute value is specified');
      tree.remove.push(path);
      continue;
    }
    const read = readValue(wire, facts);
    const type = typeOf(read);
    const value = placeholders.value(read);
    if (action === 'PUT') tree.set.push({ path, source: { kind: 'value', name: value } });
    else if (action === 'ADD') {
      if (!ADDABLE.includes(type)) throw invalidParameter(`ADD action is not supported for the type ${type}`);
      if (type === 'L') {
        const empty = placeholders.value({ L: [] });
        tree.set.push({
          path,
          source: {
            kind: 'list_append',
            left: { kind: 'if_not_exists', path, otherwise: { kind: 'value', name: empty } },
            right: { kind: 'value', name: value },
          },
        });
      } else tree.add.push({ path, value });
    } else {
      if (!DELETABLE.includes(type))
        throw invalidParameter(`DELETE action with value is not supported for the type ${type}`);
      tree.delete.push({ path, value });
    }
  }
  return { tree, bindings: placeholders, paths };
}

/** AttributesToGet. @throws {ServiceError} ValidationException */
export function legacyProjection(names: readonly string[]): { paths: readonly Path[]; bindings: Bindings } {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '') throw emptyName();
    if (seen.has(name)) throw invalidParameter(`Duplicate value in attribute name: ${name}`);
    seen.add(name);
  }
  const placeholders = new Placeholders();
  return { paths: names.map((name) => placeholders.path(name)), bindings: placeholders };
}

/** Parameters of the two generations can't be mixed. @throws {ServiceError} ValidationException */
export function refuseMixed(
  old: { readonly [parameter: string]: unknown },
  now: { readonly [parameter: string]: unknown },
): void {
  const given = (parameters: { readonly [parameter: string]: unknown }) =>
    Object.keys(parameters).filter((name) => parameters[name] !== undefined);
  const [before, after] = [given(old), given(now)];
  if (before.length === 0 || after.length === 0) return;
  throw invalid(
    `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${before.join(', ')}} Expression parameters: {${after.join(', ')}}`,
  );
}
