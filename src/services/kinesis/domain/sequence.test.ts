import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { after, LAST_ORDINAL, nextOrdinal, ordinalAt, readSequence, sequenceOf } from './sequence.ts';

const NOW = Date.UTC(2026, 0, 1);
const index = fc.integer({ min: 0, max: 0x7fffffff });
const born = fc.integer({ min: 1, max: 2 ** 33 });
const instant = fc.integer({ min: NOW, max: 2 * NOW });

test('a sequence number says where it belongs', () => {
  fc.assert(
    fc.property(index, born, instant, (i, b, at) => {
      const shard = { index: i, born: b };
      const text = sequenceOf(shard, ordinalAt(at), at);
      assert.match(text, /^\d{56}$/);
      assert.deepEqual(readSequence(text), { ...shard, ordinal: ordinalAt(at) });
    }),
  );
});

test('sequence numbers grow, also where the clock stands or goes back', () => {
  fc.assert(
    fc.property(fc.array(instant, { minLength: 2 }), (times) => {
      const shard = { index: 3, born: 1_700_000_000 };
      let last: string | undefined;
      let before = '';
      for (const at of times) {
        last = nextOrdinal(last, at);
        const text = sequenceOf(shard, last, at);
        assert.ok(text > before);
        assert.ok(last < LAST_ORDINAL);
        before = text;
      }
    }),
  );
  assert.ok(after(ordinalAt(NOW)) < ordinalAt(NOW + 1));
});

test('other texts are no sequence numbers', () => {
  for (const text of ['', '0', '12', 'x', '9'.repeat(129), '49545115243490985018280067714973144582180062593244200961'])
    assert.equal(readSequence(text), undefined);
});
