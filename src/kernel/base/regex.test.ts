import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesPattern, PatternTooSlow } from './regex.ts';

test('a text is as the pattern says or not, and a pattern that would not end is cut off', () => {
  assert.equal(matchesPattern('\\d+', '123'), true);
  assert.equal(matchesPattern('\\d+', '12a'), false);
  assert.throws(() => matchesPattern('(', ''), SyntaxError);
  assert.throws(() => matchesPattern('^(a+)+$', `${'a'.repeat(40)}b`), PatternTooSlow);
});

test('patterns are read as Java does', () => {
  assert.equal(matchesPattern('^(?=(.*\\p{Print}){4,})(?!.*[ ,:=])[\\p{Print}]{12,}$', 'a-long-enough-one'), true);
  assert.equal(matchesPattern('(?i)vpc-[a-f]+', 'VPC-AB'), true);
  assert.equal(matchesPattern('[\\p{L}\\_]+', 'Größe_'), true);
  assert.equal(matchesPattern('\\p{Digit}+', 'p{Digit}'), false);
});
