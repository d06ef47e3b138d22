import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegexError, safeRegex } from './safe-regex.ts';

test('patterns match whole texts', () => {
  assert.equal(safeRegex('.*Bad.*').matches('so [Bad]\nhere'), true);
  assert.equal(safeRegex('Bad').matches('so Bad'), false);
  assert.equal(safeRegex('4\\d{2}').matches('404'), true);
  assert.equal(safeRegex('a|b').matches('b'), true);
});

for (const pattern of ['(a+)+b', '(a|a)*', '(a*){2}', '((a)+b)*', '(', '[a', 'a**'])
  test(`${pattern} is refused`, () => {
    assert.throws(() => safeRegex(pattern), RegexError);
  });

test('a text that is too long for its pattern is not tried', () => {
  assert.throws(() => safeRegex('.*a.*b.*c.*d').matches('x'.repeat(10_000)), RegexError);
});
