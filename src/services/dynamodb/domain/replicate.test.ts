/** Which of two writes wins: a total order, whoever compares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNewer } from './replicate.ts';

const stamp = fc.record({
  at: fc.integer({ min: 1, max: 3 }),
  count: fc.integer({ min: 0, max: 2 }),
  region: fc.constantFrom('eu-west-1', 'us-east-1'),
});

test('time comes first, then the count within it, then the Region', () => {
  const late = { at: 2, count: 0, region: 'eu-west-1' };
  assert.ok(isNewer(late, undefined));
  assert.ok(isNewer(late, { at: 1, count: 9, region: 'us-east-1' }));
  assert.ok(isNewer({ ...late, count: 1 }, { ...late, region: 'us-east-1' }));
  assert.ok(isNewer({ ...late, region: 'us-east-1' }, late));
});

test('of two different stamps exactly one is newer, and newer is transitive', () => {
  fc.assert(
    fc.property(stamp, stamp, stamp, (a, b, c) => {
      const same = a.at === b.at && a.count === b.count && a.region === b.region;
      assert.equal(isNewer(a, b) !== isNewer(b, a), !same);
      if (isNewer(a, b) && isNewer(b, c)) assert.ok(isNewer(a, c));
    }),
  );
});
