import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { storedSize, storedSizeMax } from './stored-size.ts';
import { type Item, itemSize, type Value } from './value.ts';

/** 25 items of a page that AWS was seen to end, or not to end, with the last one. */
function page(bytes: number, last: number, more: Item): number {
  let sum = 0;
  for (let at = 0; at < 25; at += 1) {
    const key = { a: { S: '123.456789' }, b: { S: String(at).padStart(2, '0') } };
    sum += storedSize({ ...key, ...more, e: { S: 'e'.repeat(at === 24 ? last : bytes) } }, 'b');
  }
  return sum;
}

test('a megabyte is reached where AWS reaches it', () => {
  assert.ok(page(41_645, 41_646, {}) >= 2 ** 20);
  assert.ok(page(41_645, 41_645, {}) < 2 ** 20);
});

test('each type of value is counted with what it is kept in', () => {
  const size = (value: Value) => storedSize({ v: value }, undefined) - 2 - 18 - 1;
  assert.equal(size({ S: 'abc' }), 4);
  assert.equal(size({ S: 'a'.repeat(128) }), 130);
  assert.equal(size({ B: 'AQI=' }), 3);
  assert.equal(size({ N: '0' }), 2);
  assert.equal(size({ N: '12.3456' }), 5);
  assert.equal(size({ N: '-1' }), 4);
  assert.equal(size({ N: '123' }), 4);
  assert.equal(size({ SS: ['a', 'bc'] }), 6);
  assert.equal(size({ NS: ['1.23', '12.3'] }), 9);
  assert.equal(size({ BS: ['AQI=', 'Ag==', 'AQ=='] }), 8);
  assert.equal(size({ BOOL: false }), 1);
  assert.equal(size({ NULL: true }), 0);
  assert.equal(size({ L: [{ S: 'a' }] }), 6);
  assert.equal(size({ M: { long: { S: 'a' } } }), 7);
});

test('no item is larger than the bound that spares counting', () => {
  const scalar = fc.oneof(
    fc.string().map((S) => ({ S })),
    fc.integer().map((n) => ({ N: String(n) })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.uniqueArray(fc.string(), { minLength: 1 }).map((SS) => ({ SS })),
  );
  const name = fc.string({ minLength: 1 });
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('value')).map((L) => ({ L })),
      fc.dictionary(name, tie('value')).map((M) => ({ M })),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.string({ maxLength: 900 }), (rest, S) => {
      const item = { ...rest, sort: { S } };
      assert.ok(storedSize(item, 'sort') <= storedSizeMax(itemSize(item)));
    }),
  );
});
