/** Whether an item meets a condition. */
import { compareValues, equalValues, type Item, type Value } from '../value.ts';
import { type Bindings, type Comparator, type Condition, type Operand, valueAt } from './ast.ts';

/** Whether an item meets a condition or filter. */
export function meets(tree: Condition, item: Item, bindings: Bindings): boolean {
  switch (tree.kind) {
    case 'and':
      return meets(tree.left, item, bindings) && meets(tree.right, item, bindings);
    case 'or':
      return meets(tree.left, item, bindings) || meets(tree.right, item, bindings);
    case 'not':
      return !meets(tree.inner, item, bindings);
    case 'exists':
      return (valueAt(item, tree.path, bindings.names) !== undefined) === tree.wanted;
    case 'compare':
      return compares(tree.operator, operandOf(tree.left, item, bindings), operandOf(tree.right, item, bindings));
    case 'between': {
      const value = operandOf(tree.operand, item, bindings);
      return (
        compares('>=', value, operandOf(tree.low, item, bindings)) &&
        compares('<=', value, operandOf(tree.high, item, bindings))
      );
    }
    case 'in': {
      const value = operandOf(tree.operand, item, bindings);
      return tree.list.some((one) => compares('=', value, operandOf(one, item, bindings)));
    }
    case 'type': {
      const value =
        tree.constant === undefined ? valueAt(item, tree.path, bindings.names) : bindings.values[tree.constant];
      const type = operandOf(tree.type, item, bindings)?.S;
      return value !== undefined && type !== undefined && Object.hasOwn(value, type);
    }
    case 'begins_with':
      return beginsWith(operandOf(tree.operand, item, bindings), operandOf(tree.sought, item, bindings));
    case 'contains':
      return contains(operandOf(tree.operand, item, bindings), operandOf(tree.sought, item, bindings));
  }
}

function operandOf(operand: Operand, item: Item, bindings: Bindings): Value | undefined {
  if (operand.kind === 'value') return bindings.values[operand.name];
  if (operand.kind === 'path') return valueAt(item, operand.path, bindings.names);
  const size = sizeOf(operandOf(operand.operand, item, bindings));
  return size === undefined ? undefined : { N: String(size) };
}

/** What is not there equals nothing, and is therefore unequal to everything, also to what is not there either. */
function compares(operator: Comparator, left: Value | undefined, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '<>';
  if (operator === '=') return equalValues(left, right);
  if (operator === '<>') return !equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function beginsWith(value: Value | undefined, prefix: Value | undefined): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  const start = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, start.length).equals(start);
}

function contains(value: Value | undefined, sought: Value | undefined): boolean {
  if (value === undefined || sought === undefined) return false;
  if (value.L !== undefined) return value.L.some((one) => equalValues(one, sought));
  if (value.S !== undefined) return sought.S !== undefined && value.S.includes(sought.S);
  if (value.B !== undefined)
    return sought.B !== undefined && Buffer.from(value.B, 'base64').includes(Buffer.from(sought.B, 'base64'));
  if (value.SS !== undefined) return sought.S !== undefined && value.SS.includes(sought.S);
  if (value.NS !== undefined) return sought.N !== undefined && value.NS.includes(sought.N);
  return value.BS !== undefined && sought.B !== undefined && value.BS.includes(sought.B);
}

/** Characters of text, bytes of binary, members of the rest; undefined where a value has no size. */
function sizeOf(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return Buffer.from(value.B, 'base64').length;
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}
