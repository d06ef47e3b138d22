import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InvariantError } from './invariant.ts';
import { page } from './page.ts';

test('pages one after the other are the whole list of what is wanted', () => {
  const list = fc.array(fc.boolean(), { maxLength: 500 });
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 120 }), (wanted, limit) => {
      const all = [...wanted.keys()];
      const found: number[] = [];
      let from: number | undefined;
      do {
        const start = from;
        const next = (after: number | undefined, size: number) => {
          const begin = (after ?? start ?? -1) + 1;
          return all.slice(begin, begin + size);
        };
        const { rows, last } = page(next, limit, (row) => wanted[row] === true);
        assert.ok(rows.length <= limit);
        found.push(...rows);
        from = last;
      } while (from !== undefined);
      assert.deepEqual(
        found,
        all.filter((row) => wanted[row]),
      );
    }),
  );
});

test('a page without rows is refused, instead of one that never ends', () => {
  for (const limit of [0, -1, -200, Number.NaN]) assert.throws(() => page(() => [1], limit), InvariantError);
});
