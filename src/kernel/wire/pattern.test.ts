import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternOf } from './pattern.ts';

const ROWS: [pattern: string, matches: string[], fails: string[]][] = [
  ['[a-z]+', ['abc'], ['ABC', 'abc1', '']],
  ['^[a-z]+$', ['abc'], ['abc\n']],
  ['\\p{Alnum}{2}', ['a1'], ['a', 'p{Alnum}{2}']],
  ['[\\p{Alpha}_]+', ['a_B'], ['1']],
  ['[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', ['Größe 1', ''], ['#']],
  ['(?s).*', ['a\nb'], []],
  ['[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*', ['a😀'], ['\u0000']],
  ['[\\w\\-\\_]+', ['a-_'], ['a b']],
  ['.{1,2}', ['😀😀', 'ab'], ['abc', '']],
  ['arn:aws:\\S+', ['arn:aws:x'], ['arn:aws: x']],
];

for (const [pattern, matches, fails] of ROWS) {
  test(`${pattern} is read as Java does`, () => {
    const test = patternOf(pattern);
    for (const text of matches) assert.equal(test?.(text), true, text);
    for (const text of fails) assert.equal(test?.(text), false, text);
  });
}

test('a pattern that backtracks for ever is answered all the same', () => {
  assert.equal(patternOf('^([0-9]+)+$')?.(`${'0'.repeat(100)}!`), false);
});

test('what JavaScript can not say constrains nothing', () => assert.equal(patternOf('\\d{1}+(?<x'), undefined));
