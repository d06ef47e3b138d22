import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matches, readEvent, readPattern } from '#kernel/base';
import { anchorsOf } from './anchors.ts';

const words = fc.constantFrom('a', 'b', 'c');
const tests = fc.array(fc.oneof(words, fc.constant({ prefix: 'a' }), fc.constant({ 'anything-but': 'b' })), {
  minLength: 1,
  maxLength: 3,
});
const branch = fc.record({ source: tests, 'detail-type': tests }, { requiredKeys: [] });
const pattern = fc.oneof(
  branch.filter((one) => Object.keys(one).length > 0),
  fc
    .tuple(branch, branch)
    .filter((both) => both.every((one) => Object.keys(one).length > 0))
    .map(($or) => ({ $or })),
);

describe('where rules hang', () => {
  it('an event finds every rule that it matches', () => {
    fc.assert(
      fc.property(pattern, words, words, (given, source, type) => {
        const read = readPattern(JSON.stringify(given));
        const event = readEvent(JSON.stringify({ source, 'detail-type': type })) ?? assert.fail();
        if (!matches(read, event)) return;
        const places = [
          [source, type],
          [source, null],
          [null, type],
          [null, null],
        ].map((place) => JSON.stringify(place));
        const found = anchorsOf(read).filter((one) => places.includes(one));
        assert.notEqual(found.length, 0);
      }),
    );
  });

  it('at what the pattern names, or where all events come by', () => {
    const of = (given: object) => anchorsOf(readPattern(JSON.stringify(given)));
    assert.deepEqual(of({ source: ['a', 'b'], 'detail-type': ['t'] }), ['["a","t"]', '["b","t"]']);
    assert.deepEqual(of({ detail: { n: [1] } }), ['[null,null]']);
    assert.deepEqual(of({ source: [{ prefix: 'aws.' }], 'detail-type': ['t'] }), ['[null,"t"]']);
    const many = Array.from({ length: 101 }, (_, index) => `s${index}`);
    assert.deepEqual(of({ source: many }), ['[null,null]']);
  });
});
