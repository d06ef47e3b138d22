import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegexError, safeRegex } from './safe-regex.ts';

for (const [pattern, text, fits] of [
  ['.*Bad.*', 'so [Bad] here', true],
  // Java's dot means no end of a line.
  ['.*Bad.*', 'so [Bad]\nhere', false],
  ['(\\n|.)*Bad(\\n|.)*', 'so [Bad]\nhere', true],
  ['(?s).*bad.*', 'so [bad]\nhere', true],
  ['(?i)bad.*', 'BAD', true],
  ['\\ABad\\z', 'Bad', true],
  ['Bad', 'so Bad', false],
  ['4\\d{2}', '404', true],
  ['a|b', 'b', true],
  ['[a-z0-9]+(-[a-z0-9]+)*', 'a-slug-like-this', true],
  ['[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '123e4567-e89b-12d3-a456-426614174000', true],
  ['\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z', '2026-11-21T10:40:35.123Z', true],
  ['(?=.*\\d)(?=.*[a-z]).{8,64}', 'passw0rd', true],
] as const)
  test(`${pattern} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
    assert.equal(safeRegex(pattern).matches(text), fits);
  });

for (const pattern of ['(', '[a', 'a**'])
  test(`${pattern} is refused`, () => {
    assert.throws(() => safeRegex(pattern), RegexError);
  });

for (const [pattern, text] of [
  ['(a+)+b', 'a'.repeat(40)],
  ['(a|a)*b', 'a'.repeat(40)],
  ['(a?){40}', `${'a'.repeat(39)}b`],
  [`${'a?'.repeat(40)}b`, 'a'.repeat(39)],
  ['.*a.*b.*c.*d', 'abc'.repeat(3_000)],
  ['(a*)\\1*\\1*\\1*b', 'a'.repeat(2_000)],
] as const)
  test(`${pattern} is given up in a text that it would try for hours`, () => {
    assert.throws(() => safeRegex(pattern).matches(text), RegexError);
  });

test('a search that begins at each place anew is given up, too', () => {
  assert.throws(() => safeRegex('a+b').finds('a'.repeat(500_000)), RegexError);
  assert.equal(safeRegex('^a+b').finds('a'.repeat(500_000)), false);
});
