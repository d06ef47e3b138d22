import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookThrough } from './look-through.ts';

/** All that is found of 1 to `count`, page by page. */
function pages(count: number, isWanted: (row: number) => boolean, limit: number): number[][] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const found: number[][] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const from: number = after;
    const page = lookThrough((max) => all.slice(from, from + max), isWanted, limit);
    found.push(page.found);
    after = page.last;
  }
  return found;
}

test('pages have what is wanted, each once, and look at so many rows', () => {
  assert.deepEqual(
    pages(6, (row) => row % 2 === 0, 2),
    [[2, 4], [6]],
  );
  assert.deepEqual(
    pages(4, () => true, 2),
    [
      [1, 2],
      [3, 4],
    ],
  );
  assert.deepEqual(
    pages(2_500, (row) => row === 2_400, 10),
    [[], [], [2_400]],
  );
  assert.deepEqual(
    pages(1_000, () => false, 10),
    [[]],
  );
  assert.deepEqual(
    pages(0, () => true, 10),
    [[]],
  );
});
