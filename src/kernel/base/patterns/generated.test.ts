import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventOf, type Json, matches, readJsonText, readPattern } from './index.ts';

const meets = (pattern: object, event: Json) => {
  const read = eventOf(event);
  return read !== undefined && matches(readPattern(JSON.stringify(pattern)), read);
};
const letters = (most: number) => fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: most });

test('a wildcard means what its regular expression means', () => {
  fc.assert(
    fc.property(letters(8), fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }), (given, value) => {
      const wildcard = given.replace(/\*+/g, '*');
      const expected = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`).test(value);
      equal(meets({ a: [{ wildcard }] }, { a: value }), expected);
    }),
    { numRuns: 2_000 },
  );
});

test('any JSON is read, and nothing else', () => {
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    fc.json().map((json) => json.slice(0, -1)),
  );
  fc.assert(
    fc.property(text, (json) => {
      let valid = true;
      try {
        JSON.parse(json);
      } catch {
        valid = false;
      }
      let read = true;
      try {
        readJsonText(json);
      } catch (error) {
        equal((error as Error).name, 'JsonTextError');
        read = false;
      }
      equal(read, valid, json);
    }),
    { numRuns: 2_000 },
  );
});

test('names below an array are met in one element: the same as trying each element alone', () => {
  const value = fc.constantFrom('x', 'y', 'z');
  const element = fc.record({ a: value, b: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(element, { maxLength: 5 }), value, value, (elements, a, b) => {
      const expected = elements.some((one) => one.a === a && one.b === b);
      equal(meets({ r: { a: [a], b: [b] } }, { r: elements as Json[] }), expected);
      equal(meets({ o: { r: { a: [a], b: [b] } } }, { o: { r: elements as Json[] } }), expected);
    }),
  );
});

test('anything but is the contrary where there is one value', () => {
  const scalar = fc.oneof(fc.constantFrom('', 'a', 'ab', 'B'), fc.integer({ min: -2, max: 2 }));
  fc.assert(
    fc.property(scalar, scalar, (wanted, value) => {
      equal(meets({ a: [{ 'anything-but': wanted }] }, { a: value }), !meets({ a: [wanted] }, { a: value }));
      if (typeof wanted === 'string' && wanted !== '')
        equal(
          meets({ a: [{ 'anything-but': { prefix: wanted } }] }, { a: value }),
          !meets({ a: [{ prefix: wanted }] }, { a: value }),
        );
    }),
  );
});
