// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, compilePieces, matchesPattern } from './wildcard.ts';

function matches(pattern: string, text: string): boolean {
  return matchesPattern(compilePattern(pattern), text);
}

describe('wildcards', () => {
  const cases: [pattern: string, text: string, expected: boolean][] = [
    ['*', '', true],
    ['*', 'anything', true],
    ['**', '', true],
    ['?', '', false],
    ['?', 'a', true],
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'ABC', false],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a?c*e', 'abcde', true],
    ['a?c*e', 'abce', true],
    ['a?c*e', 'abde', false],
    ['*ab?d*', 'xxabcdyy', true],
    ['*aab*', 'aaab', true],
    ['*.example.com', 'www.example.com', true],
    ['a.c', 'abc', false],
    ['*abcdefghijklmnopqrstuvw*', 'xxabcdefghijklmnopqrstuvabcdefghijklmnopqrstuvwxx', true],
    ['*abcdefghijklmnopqrstuvw*', 'xxabcdefghijklmnopqrstuv', false],
    [`*${'ab?d'.repeat(20)}*`, `zz${'abcd'.repeat(21)}`, true],
    [`*${'ab?d'.repeat(20)}*`, `zz${'abcd'.repeat(19)}abc`, false],
  ];
  for (const [pattern, text, expected] of cases) {
    test(`${pattern} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(matches(pattern, text), expected);
    });
  }

  test('agrees with a regular expression', () => {
    const letter = fc.constantFrom('a', 'b', '*', '?');
    const pattern = fc.oneof(
      fc.array(letter, { maxLength: 12 }),
      // Long stretches without a star take the other two searches.
      fc
        .tuple(fc.array(fc.constantFrom('a', 'a', 'b', '?'), { minLength: 17, maxLength: 70 }))
        .map(([mid]) => ['*', ...mid, '*']),
    );
    const text = fc.array(fc.constantFrom('a', 'a', 'b'), { maxLength: 90 });
    fc.assert(
      fc.property(pattern, text, fc.boolean(), (letters, given, planted) => {
        const source = letters.join('');
        const filled = source.replaceAll('*', 'ab').replaceAll('?', 'b');
        const subject = planted ? filled : given.join('');
        const expression = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        assert.equal(matches(source, subject), expression.test(subject));
      }),
      { numRuns: 3000 },
    );
  });

  test('a text piece is literal, stars and all', () => {
    const pattern = compilePieces([{ kind: 'text', text: 'a*' }, { kind: 'run' }], 'a${*}*');
    assert.equal(matchesPattern(pattern, 'a*b'), true);
    assert.equal(matchesPattern(pattern, 'ab'), false);
  });

  test('hostile patterns finish', () => {
    // With backtracking each of these takes longer than the universe has been there.
    const text = 'a'.repeat(1_000_000);
    assert.equal(matches(`${'*a'.repeat(10_000)}*b`, text), false);
    assert.equal(matches(`${'*a'.repeat(10_000)}*b*`, text), false);
    assert.equal(matches(`*${'a'.repeat(10_000)}b*`, text), false);
    assert.equal(matches(`*${'a'.repeat(30)}?b*`, text), false);
    assert.equal(matches(`*${'a?'.repeat(200)}b*`, text.slice(0, 200_000)), false);
    assert.equal(matches(`${'*a?a'.repeat(5000)}*`, text), true);
  });
});
