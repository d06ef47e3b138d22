import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Regex } from './regex.ts';
import { RegexError } from './syntax.ts';

/** Expressions in the syntax that both engines know. */
const expression = fc.letrec<{ node: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '\\s', '\\b', '^', '$', 'é', '\\x61', '[b-d]'),
    fc.tuple(tie('node')).map(([inner]) => `(${inner})`),
    fc.tuple(tie('node')).map(([inner]) => `(?:${inner})`),
  ),
  node: fc.oneof(
    { maxDepth: 4 },
    tie('atom'),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a}|${b}`),
    fc
      .tuple(
        fc.constantFrom('a', 'b', '[ab]', '.', '\\w', '(a|b)', '(?:ab)'),
        fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '+?', '??'),
      )
      .map(([a, b]) => a + b),
  ),
})).node;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', ' ', '1', '\n', 'é', '_'), maxLength: 12 });

test('a match is found where the engine of JavaScript finds one, and its groups', () => {
  fc.assert(
    fc.property(expression, text, (pattern, subject) => {
      const ours = new Regex(pattern);
      const theirs = new RegExp(pattern, 'd').exec(subject);
      assert.equal(ours.test(subject), theirs !== null, `test of /${pattern}/`);
      const found = ours.exec(subject);
      assert.deepEqual(found?.slice(0, 2), theirs?.indices?.[0], `exec of /${pattern}/`);
    }),
    { numRuns: 2_000 },
  );
});

test('names, flags and classes', () => {
  const regex = new Regex('user=(?<user>[^ ,]+),? id:(\\d+)');
  assert.deepEqual(regex.groups, [undefined, 'user', undefined]);
  const subject = 'x user=jo, id:17';
  const [, , from, to, start, end] = regex.exec(subject) ?? [];
  assert.deepEqual([subject.slice(from, to), subject.slice(start, end)], ['jo', '17']);
  assert.equal(new Regex('(?i)error [A-C]').test('ERROR b'), true);
  assert.equal(new Regex('error', 'i').test('ErRoR'), true);
  assert.equal(new Regex('^b$', 'm').test('a\nb\nc'), true);
  assert.equal(new Regex('[[:digit:]]{3}').test('a123'), true);
});

test('what can not be matched in linear time is refused', () => {
  for (const bad of [
    '(?=a)',
    '(?<!a)',
    '(a)\\1',
    '(',
    ')',
    '[a',
    '*a',
    'a{2000}',
    'a{3,2}',
    '[b-a]',
    '\\',
    '(a{100}){100}',
  ])
    assert.throws(() => new Regex(bad), RegexError, bad);
});

test('a hostile expression takes time linear in the text', () => {
  for (const hostile of ['(a+)+$', '(a|a)*b', '(.*)*x', '.*.*.*=.*;', '(a?){30}a{30}']) {
    const regex = new Regex(hostile);
    assert.equal(regex.test(`${'a'.repeat(20_000)}!`), hostile === '(a?){30}a{30}');
    regex.exec(`${'a'.repeat(500)}!`);
  }
});

test('any text is an expression or is refused', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?\\^$.-,:<>P=!1'), maxLength: 20 }),
      text,
      (pattern, subject) => {
        try {
          new Regex(pattern).test(subject);
        } catch (error) {
          assert.ok(error instanceof RegexError, String(error));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
