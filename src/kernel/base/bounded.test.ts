import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounded, TookTooLong } from './bounded.ts';

test('work gives what it gives, and throws what it throws', () => {
  assert.deepEqual(
    bounded(1_000, () => [1, 2]),
    [1, 2],
  );
  assert.throws(
    () =>
      bounded(1_000, () => {
        throw new RangeError('its own');
      }),
    RangeError,
  );
});

test('work without an end is cut off', () => {
  assert.throws(
    () =>
      bounded(20, () => {
        for (;;);
      }),
    TookTooLong,
  );
});
