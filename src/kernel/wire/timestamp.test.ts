import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseTimestamp, timestampOf } from './timestamp.ts';

test('an instant that no calendar reaches is refused', () => {
  equal(timestampOf(1.5, 'unixTimestamp'), 1_500);
  equal(timestampOf(-8.64e12, 'unixTimestamp'), -8.64e15);
  equal(parseTimestamp('1e3', 'unixTimestamp'), 1_000_000);
  for (const given of [1e20, -8.65e12, Number.NaN, Number.POSITIVE_INFINITY, '1'])
    throws(() => timestampOf(given, 'unixTimestamp'));
  for (const given of ['1e20', '-8650000000000', 'x']) throws(() => parseTimestamp(given, 'unixTimestamp'));
});
