import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLike } from './like.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?', '.'), maxLength: 12 });

test('patterns match as the same regular expression would', () => {
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('/', '\\/').replaceAll('*', '.*').replaceAll('?', '.');
      assert.equal(isLike(pattern, subject), new RegExp(`^${source}$`, 's').test(subject));
    }),
  );
});

test('a pattern of many stars costs no more than length times length', () => {
  assert.equal(isLike(`${'*a'.repeat(120)}b`, 'a'.repeat(8_000)), false);
});
