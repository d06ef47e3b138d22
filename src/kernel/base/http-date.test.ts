import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpDate } from './http-date.ts';
import { DAY } from './units.ts';

test('dates are those of the language, by day and second, before the epoch and far after it', () => {
  for (const from of [
    0,
    -1,
    -5 * DAY - 1,
    Date.UTC(1994, 10, 6, 8, 49, 37),
    Date.UTC(2026, 1, 28, 23, 59, 59, 999),
    Date.UTC(12026, 0),
  ])
    for (const step of [0, 1, 999, 1_000, 59_999, 3_599_000, DAY - 1, DAY, -DAY])
      assert.equal(httpDate(from + step), new Date(from + step).toUTCString());
});
