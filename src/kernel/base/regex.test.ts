import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findsPattern, PatternTooSlow } from './regex.ts';

test('a pattern is found or not, and one that would not end is cut off', () => {
  assert.equal(findsPattern('^\\d+$', '123'), true);
  assert.equal(findsPattern('^\\d+$', '12a'), false);
  assert.throws(() => findsPattern('(', ''), SyntaxError);
  assert.throws(() => findsPattern('^(a+)+$', `${'a'.repeat(40)}b`), PatternTooSlow);
  assert.equal(findsPattern('b$', 'aab'), true);
});
