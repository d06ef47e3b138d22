import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPath } from './json-path.ts';

const DOCUMENT = {
  a: { 'b c': [1, { d: 'x' }] },
  pets: [
    { n: 'one', age: 1 },
    { n: 'two', age: 3 },
  ],
  __proto__: null,
};

for (const [path, wanted] of [
  ['$', DOCUMENT],
  ["$.a['b c'][0]", 1],
  ['$.a["b c"][1].d', 'x'],
  ['$.pets[-1].n', 'two'],
  ['$.pets[*].n', ['one', 'two']],
  ['$.pets[0:1]', [DOCUMENT.pets[0]]],
  ['$..n', ['one', 'two']],
  ['$.pets[?(@.age > 1)].n', ['two']],
  ["$.pets[?(@.n == 'one')].age", [1]],
  ['$.none.at.all', undefined],
  ['$.constructor', undefined],
  ['pets[0].n', 'one'],
] as const)
  test(`${path}`, () => {
    assert.deepEqual(jsonPath(path)(DOCUMENT), wanted);
  });

test('a path that finds much, or comes by more, ends', () => {
  const wide = { a: Array.from({ length: 200_000 }, (_, at) => at) };
  assert.equal((jsonPath('$.a[*]')(wide) as unknown[]).length, 200_000);
  assert.equal((jsonPath('$.a[0:150000]')(wide) as unknown[]).length, 150_000);
  const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
  assert.throws(() => jsonPath('$..[?(@..x)]')(deep), SyntaxError);
  assert.throws(() => jsonPath(`$[?(@.a${' '.repeat(50_000)}!)]`), SyntaxError);
});

test('what is no path is refused', () => {
  assert.throws(() => jsonPath('$.[['), SyntaxError);
});
