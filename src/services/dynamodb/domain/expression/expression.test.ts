/** Generated conditions against a naive evaluator that works on the generated tree, not on ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Item, Value } from '../value.ts';
import { Expressions } from './bind.ts';
import { meets } from './evaluate.ts';

type Scalar = { S: string } | { N: string } | { BOOL: boolean };
type Leaf =
  | { op: 'cmp'; sign: '=' | '<>' | '<' | '<=' | '>' | '>='; attr: string; value: Scalar }
  | { op: 'between'; attr: string; low: number; high: number }
  | { op: 'in'; attr: string; list: Scalar[] }
  | { op: 'exists' | 'missing'; attr: string }
  | { op: 'begins' | 'contains'; attr: string; value: { S: string } };
type Tree =
  | Leaf
  | { op: 'not'; inner: Tree }
  | { op: 'and'; left: Tree; right: Tree }
  | { op: 'or'; left: Tree; right: Tree };

const ATTRIBUTES = ['aa', 'bb', 'cc', 'dd'];
const attr = fc.constantFrom(...ATTRIBUTES);
const text = fc.constantFrom('', 'x', 'xy', 'y', 'é', '\u{1F600}', '\uFFFF').map((S) => ({ S }));
const number = fc.integer({ min: -3, max: 3 }).map((n) => ({ N: String(n) }));
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  text,
  number,
  fc.boolean().map((BOOL) => ({ BOOL })),
);
const ordered: fc.Arbitrary<Scalar> = fc.oneof(text, number);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ op: fc.constant('cmp' as const), sign: fc.constantFrom('=', '<>'), attr, value: scalar }),
    fc.record({ op: fc.constant('cmp' as const), sign: fc.constantFrom('<', '<=', '>', '>='), attr, value: ordered }),
    fc
      .tuple(attr, fc.integer({ min: -3, max: 3 }), fc.nat(3))
      .map(([name, low, more]) => ({ op: 'between' as const, attr: name, low, high: low + more })),
    fc.record({ op: fc.constant('in' as const), attr, list: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
    fc.record({ op: fc.constantFrom('exists' as const, 'missing' as const), attr }),
    fc.record({ op: fc.constantFrom('begins' as const, 'contains' as const), attr, value: text }),
    fc.record({ op: fc.constant('not' as const), inner: tie('tree') }),
    fc.record({ op: fc.constantFrom('and' as const, 'or' as const), left: tie('tree'), right: tie('tree') }),
  ) as fc.Arbitrary<Tree>,
}));

const LEVELS = { or: 1, and: 2, not: 3, other: 4 };

/** Writes the tree with as few parentheses as precedence allows, so that precedence itself is tested. */
function write(node: Tree, values: { [name: string]: Value }, least = 0): string {
  const value = (one: Value) => {
    const name = `:v${Object.keys(values).length}`;
    values[name] = one;
    return name;
  };
  const level = node.op === 'or' || node.op === 'and' || node.op === 'not' ? LEVELS[node.op] : LEVELS.other;
  const plain = (): string => {
    switch (node.op) {
      case 'cmp':
        return `${node.attr} ${node.sign} ${value(node.value)}`;
      case 'between':
        return `${node.attr} BETWEEN ${value({ N: String(node.low) })} AND ${value({ N: String(node.high) })}`;
      case 'in':
        return `${node.attr} IN (${node.list.map(value).join(', ')})`;
      case 'exists':
        return `attribute_exists(${node.attr})`;
      case 'missing':
        return `attribute_not_exists(${node.attr})`;
      case 'begins':
        return `begins_with(${node.attr}, ${value(node.value)})`;
      case 'contains':
        return `contains(${node.attr}, ${value(node.value)})`;
      case 'not':
        return `NOT ${write(node.inner, values, LEVELS.not)}`;
      default:
        // Both operators associate to the left.
        return `${write(node.left, values, level)} ${node.op.toUpperCase()} ${write(node.right, values, level + 1)}`;
    }
  };
  return level < least ? `(${plain()})` : plain();
}

function naive(node: Tree, item: { [name: string]: Scalar | undefined }): boolean {
  if (node.op === 'not') return !naive(node.inner, item);
  if (node.op === 'and') return naive(node.left, item) && naive(node.right, item);
  if (node.op === 'or') return naive(node.left, item) || naive(node.right, item);
  const value = item[node.attr];
  const same = (other: Scalar) => value !== undefined && JSON.stringify(value) === JSON.stringify(other);
  switch (node.op) {
    case 'exists':
      return value !== undefined;
    case 'missing':
      return value === undefined;
    case 'in':
      return node.list.some(same);
    case 'between':
      return value !== undefined && 'N' in value && Number(value.N) >= node.low && Number(value.N) <= node.high;
    case 'begins':
      return value !== undefined && 'S' in value && value.S.startsWith(node.value.S);
    case 'contains':
      return value !== undefined && 'S' in value && value.S.includes(node.value.S);
    case 'cmp': {
      if (node.sign === '=') return same(node.value);
      if (node.sign === '<>') return !same(node.value);
      const order = orderOf(value, node.value);
      if (order === undefined) return false;
      return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[node.sign];
    }
  }
}

function orderOf(a: Scalar | undefined, b: Scalar): number | undefined {
  if (a === undefined) return undefined;
  if ('N' in a && 'N' in b) return Number(a.N) - Number(b.N);
  if (!('S' in a && 'S' in b)) return undefined;
  const [x, y] = [[...a.S], [...b.S]];
  for (let at = 0; at < Math.min(x.length, y.length); at += 1) {
    const difference = (x[at]?.codePointAt(0) ?? 0) - (y[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

test('conditions mean what they say', () => {
  const item = fc.record({ aa: scalar, bb: scalar, cc: scalar, dd: scalar }, { requiredKeys: [] });
  fc.assert(
    fc.property(tree, item, (node, given) => {
      const values: { [name: string]: Value } = {};
      const written = write(node, values);
      if (Buffer.byteLength(written) > 4_096) return;
      const used = Object.keys(values).length > 0;
      const expressions = new Expressions(used ? { ExpressionAttributeValues: values as never } : {}, {
        ConditionExpression: written,
      });
      const parsed = expressions.condition('ConditionExpression', written);
      expressions.finish();
      assert.ok(parsed !== undefined);
      assert.equal(meets(parsed.tree, given as Item, expressions.bindings), naive(node, given), written);
    }),
    { numRuns: 2_000 },
  );
});

test('no text makes the parsers fail otherwise than by refusing it', () => {
  const pieces = fc.constantFrom(
    'a',
    'b.c',
    '[0]',
    '#n',
    ':v',
    '(',
    ')',
    ',',
    '=',
    '<',
    'AND',
    'NOT',
    'BETWEEN',
    'IN',
    'SET',
    'REMOVE',
    'ADD',
    'size',
    'contains',
    '+',
    '-',
    '"',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }),
      fc.constantFrom('condition', 'update', 'projection'),
      (list, kind) => {
        const source = list.join(' ');
        const expressions = new Expressions(
          { ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':v': { N: '1' } } },
          { ConditionExpression: source },
        );
        try {
          if (kind === 'condition') expressions.condition('ConditionExpression', source);
          else if (kind === 'update') expressions.update(source);
          else expressions.projection(source);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ValidationException', source);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
