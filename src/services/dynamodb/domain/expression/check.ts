/** Operands of conditions that can never be right, told before any item is looked at. */
import { invalid } from '../../errors.ts';
import { compareValues, type Item, typeOf, type Value, type ValueType } from '../value.ts';
import type { Condition, Operand } from './ast.ts';

const VALUE_TYPES: readonly ValueType[] = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];
const ORDERED: readonly ValueType[] = ['S', 'N', 'B'];
const SIZED: readonly ValueType[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];

/** @throws {ServiceError} ValidationException */
export function checkConditionTypes(tree: Condition, values: Item, label: string): void {
  const refuse = (message: string) => invalid(`Invalid ${label}: ${message}`);
  const constant = (operand: Operand): Value | undefined =>
    operand.kind === 'value' ? values[operand.name] : undefined;
  const demand = (operand: Operand, name: string, allowed: readonly ValueType[]) => {
    if (operand.kind === 'size') demand(operand.operand, 'size', SIZED);
    const value = constant(operand);
    if (value !== undefined && !allowed.includes(typeOf(value)))
      throw refuse(
        `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(value)}`,
      );
  };
  const walk = (node: Condition): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        walk(node.left);
        walk(node.right);
        return;
      case 'not':
        walk(node.inner);
        return;
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
        const wanted = constant(node.type);
        if (wanted === undefined) return;
        demand(node.type, 'attribute_type', ['S']);
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
      case 'in':
      case 'exists':
        return;
    }
  };
  walk(tree);
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
