/** Ranges of keys in a store against a plain sorted array: numbers, text and binary, both ways, in pages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryDriver, Store, viewOf } from '#kernel/store';
import { type ItemRow, items, type KeyType, type TableRow } from '../state.ts';
import { Expressions } from './expression/bind.ts';
import { keyParts, keyRange } from './key-condition.ts';
import { spotOfItem } from './keys.ts';
import { type Range, readPage, type Start } from './page.ts';
import { compareValues, type Value } from './value.ts';

const TEXTS = ['a', 'ab', 'a\u0000', 'a\u0001b', '\u0002', 'b', '\uFFFF', '\u{1F600}', 'é', 'a~'];
const values: { readonly [type in KeyType]: fc.Arbitrary<Value> } = {
  S: fc
    .oneof(fc.constantFrom(...TEXTS), fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' }))
    .map((S) => ({ S })),
  N: fc
    .oneof(
      fc.integer({ min: -1_100, max: 1_100 }).map(String),
      fc.constantFrom('0', '0.5', '-0.05', '1.25', '-1.25', '12345678901234567890', '-12345678901234567890'),
    )
    .map((N) => ({ N })),
  B: fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => ({ B: Buffer.from(bytes).toString('base64') })),
};

const OPERATORS = ['=', '<', '<=', '>', '>=', 'BETWEEN', 'begins_with', 'all'] as const;
type Operator = (typeof OPERATORS)[number];

function holds(operator: Operator, value: Value, a: Value, b: Value): boolean {
  const order = compareValues(value, a) ?? 0;
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case 'BETWEEN':
      return order >= 0 && (compareValues(value, b) ?? 0) <= 0;
    case 'begins_with':
      return value.S === undefined
        ? Buffer.from(value.B ?? '', 'base64')
            .toString('hex')
            .startsWith(Buffer.from(a.B ?? '', 'base64').toString('hex'))
        : value.S.startsWith(a.S ?? '');
    case 'all':
      return true;
  }
}

const CONDITIONS: { readonly [operator in Operator]: string } = {
  '=': ' AND sk = :a',
  '<': ' AND sk < :a',
  '<=': ' AND sk <= :a',
  '>': ' AND :a < sk',
  '>=': ' AND sk >= :a',
  BETWEEN: ' AND sk BETWEEN :a AND :b',
  begins_with: ' AND begins_with(sk, :a)',
  all: '',
};

function tableOf(type: KeyType): TableRow {
  return {
    name: 't',
    arn: '',
    id: '',
    pile: 'p',
    attributes: [],
    indexes: [],
    billing: 'PAY_PER_REQUEST',
    deletionProtected: false,
    tags: {},
    createdAt: 0,
    hash: { name: 'id', type: 'S' },
    range: { name: 'sk', type },
  };
}

function rangeOf(table: TableRow, operator: Operator, a: Value, b: Value): Range {
  const text = `id = :p${CONDITIONS[operator]}`;
  const given = {
    ':p': { S: 'one' },
    ...(operator !== 'all' && { ':a': a }),
    ...(operator === 'BETWEEN' && { ':b': b }),
  };
  const expressions = new Expressions({ ExpressionAttributeValues: given as never }, { KeyConditionExpression: text });
  const parsed = expressions.condition('KeyConditionExpression', text);
  assert.ok(parsed !== undefined);
  return keyRange(keyParts({ tree: parsed.tree, bindings: expressions.bindings, legacy: false }), table).range;
}

for (const type of ['S', 'N', 'B'] as const) {
  test(`ranges of ${type} keys are those of a sorted array`, () => {
    const table = tableOf(type);
    const operators = OPERATORS.filter((one) => type !== 'N' || one !== 'begins_with');
    fc.assert(
      fc.property(
        fc.array(values[type], { maxLength: 25 }),
        fc.constantFrom(...operators),
        values[type],
        values[type],
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        (keys, operator, x, y, reverse, limit) => {
          const store = new Store(new MemoryDriver());
          const [a, b] = (compareValues(x, y) ?? 0) <= 0 ? [x, y] : [y, x];
          store.transact((tx) => {
            const view = viewOf(() => tx, { account: '1', region: 'r' });
            for (const sk of keys)
              for (const id of ['one', 'other'])
                view.put(items, {
                  pile: 'p',
                  ...spotOfItem(table, { id: { S: id }, sk }),
                  item: { id: { S: id }, sk },
                  size: 1,
                });
          });
          const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]));
          const wanted = [...distinct.values()]
            .filter((key) => holds(operator, key, a, b))
            .sort((p, q) => compareValues(p, q) ?? 0);
          if (reverse) wanted.reverse();
          const range = rangeOf(table, operator, a, b);
          const found: ItemRow[] = [];
          store.transact((tx) => {
            let start: Start | undefined;
            for (;;) {
              const page = readPage(
                table,
                undefined,
                viewOf(() => tx, { account: '1', region: 'r' }),
                range,
                limit,
                reverse,
                start,
              );
              found.push(...page.rows);
              const last = page.rows.at(-1);
              if (!page.more || last === undefined) break;
              start = { partition: last.partition, sort: last.sort, basePartition: '', baseSort: '' };
            }
          });
          assert.deepEqual(
            found.map((row) => row.item.sk),
            wanted,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
}
