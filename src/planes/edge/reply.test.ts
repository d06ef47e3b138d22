import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rangeOf } from './reply.ts';

test('a range that is given lies within the body', () => {
  const header = fc.oneof(
    fc.tuple(fc.option(fc.nat()), fc.option(fc.nat())).map(([from, to]) => `bytes=${from ?? ''}-${to ?? ''}`),
    fc.string(),
    fc.constantFrom('bytes=0-0,1-1', 'bytes=99999999999999999999-', 'bytes=-0', 'bytes=-', 'items=0-1'),
  );
  fc.assert(
    fc.property(header, fc.nat({ max: 1_000 }), (text, size) => {
      const range = rangeOf(text, size);
      if (typeof range === 'object') assert.ok(range.from >= 0 && range.from <= range.to && range.to < size);
    }),
  );
});
