import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { WireFailure } from './failure.ts';
import { parseBase64 } from './scalar.ts';

const STRICT = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

test('base64 is read where it is whole, standard and written in the one way', () => {
  const letters = fc.constantFrom(...'AQgwz9+/=', '-', '_', ' ', '\n', 'é');
  const texts = fc.oneof(fc.base64String(), fc.string({ unit: letters, maxLength: 12 }));
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text, 'base64');
      if (STRICT.test(text) && bytes.toString('base64') === text) assert.deepEqual(parseBase64(text), bytes);
      else assert.throws(() => parseBase64(text), WireFailure);
    }),
    { numRuns: 5_000 },
  );
});
