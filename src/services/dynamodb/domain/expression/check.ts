/** Operands of conditions that can never be right, told before any item is looked at. */
import { invalid } from '../../errors.ts';
import { compareValues, type Item, typeOf, type Value, type ValueType } from '../value.ts';
import { type Bindings, type Clause, type Condition, type Operand, pathText, resolvePath } from './ast.ts';

const VALUE_TYPES: readonly ValueType[] = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];
const ORDERED: readonly ValueType[] = ['S', 'N', 'B'];
const SIZED: readonly ValueType[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];

/** A clause of a condition whose placeholders are all there. @throws {ServiceError} ValidationException */
export function checkClause(
  { count, place, distinct, node, measured }: Clause,
  { names, values }: Bindings,
  label: string,
): void {
  const refuse = (message: string) => invalid(`Invalid ${label}: ${message}`);
  if (count !== undefined) throw refuse(count);
  if (distinct !== undefined) checkDistinct(distinct, names, refuse);
  if (measured !== undefined) checkOperand(measured, 'size', SIZED, values, refuse);
  if (place !== undefined) throw refuse(place);
  if (node !== undefined) checkTypes(node, values, refuse);
}

/** Constants of a statement's condition that have no order where one is asked for. @throws {ServiceError} ValidationException */
export function checkOrdered(tree: Condition | undefined, values: Item): void {
  if (tree === undefined) return;
  const demand = (operand: Operand, name: string) => checkOperand(operand, name, ORDERED, values, invalid);
  switch (tree.kind) {
    case 'and':
    case 'or':
      checkOrdered(tree.left, values);
      checkOrdered(tree.right, values);
      return;
    case 'not':
      checkOrdered(tree.inner, values);
      return;
    case 'compare':
      if (tree.operator === '=' || tree.operator === '<>') return;
      for (const one of [tree.left, tree.right]) demand(one, tree.operator);
      return;
    case 'between':
      for (const one of [tree.operand, tree.low, tree.high]) demand(one, 'BETWEEN');
      return;
    default:
      return;
  }
}

/** A comparison of a path with itself is refused. */
function checkDistinct(
  { operator, operands: [first, ...rest] }: NonNullable<Clause['distinct']>,
  names: Bindings['names'],
  refuse: (message: string) => Error,
): void {
  if (first?.kind !== 'path' || !rest.some((one) => one.kind === 'path' && one.path.length === first.path.length))
    return;
  const text = pathText(resolvePath(first.path, names));
  if (rest.some((one) => one.kind === 'path' && pathText(resolvePath(one.path, names)) === text))
    throw refuse(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${text}`,
    );
}

function checkOperand(
  operand: Operand,
  name: string,
  allowed: readonly ValueType[],
  values: Item,
  refuse: (message: string) => Error,
): void {
  if (operand.kind === 'size') checkOperand(operand.operand, 'size', SIZED, values, refuse);
  const value = operand.kind === 'value' ? values[operand.name] : undefined;
  const type = operand.kind === 'size' ? 'N' : value && typeOf(value);
  if (type !== undefined && !allowed.includes(type))
    throw refuse(
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
}

function checkTypes(node: Condition, values: Item, refuse: (message: string) => Error): void {
  const constant = (operand: Operand): Value | undefined =>
    operand.kind === 'value' ? values[operand.name] : undefined;
  const demand = (operand: Operand, name: string, allowed: readonly ValueType[]) =>
    checkOperand(operand, name, allowed, values, refuse);
  switch (node.kind) {
    case 'compare': {
      const allowed = node.operator === '=' || node.operator === '<>' ? VALUE_TYPES : ORDERED;
      demand(node.left, node.operator, allowed);
      demand(node.right, node.operator, allowed);
      return;
    }
    case 'between':
      for (const one of [node.operand, node.low, node.high]) demand(one, 'BETWEEN', ORDERED);
      checkBounds(constant(node.low), constant(node.high), refuse);
      return;
    case 'type': {
      demand(node.type, 'attribute_type', ['S']);
      const wanted = constant(node.type);
      if (wanted === undefined)
        throw refuse(
          'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
        );
      if (!VALUE_TYPES.includes(wanted.S as ValueType))
        throw refuse(`Invalid attribute type name found; type: ${wanted.S}, valid types: {${VALUE_TYPES.join(',')}}`);
      return;
    }
    case 'begins_with':
      demand(node.operand, 'begins_with', ['S', 'B']);
      demand(node.sought, 'begins_with', ['S', 'B']);
      return;
    case 'contains':
      demand(node.operand, 'contains', ['S', 'B', 'SS', 'NS', 'BS', 'L']);
      return;
    default:
      return;
  }
}

function checkBounds(low: Value | undefined, high: Value | undefined, refuse: (message: string) => Error): void {
  if (low === undefined || high === undefined) return;
  const shown = (value: Value) => `AttributeValue: {${typeOf(value)}:${value.S ?? value.N ?? value.B}}`;
  const bounds = `lower bound operand: ${shown(low)}, upper bound operand: ${shown(high)}`;
  const order = compareValues(low, high);
  if (order === undefined)
    throw refuse(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
  if (order > 0)
    throw refuse(`The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`);
}
