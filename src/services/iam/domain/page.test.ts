import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PageEnd, pageBy, pageOf, readMarker, writeMarker } from './page.ts';

/** Turns pages until none follow. */
function walk<Item>(next: (marker: string | undefined) => { items: Item[]; end: PageEnd }): Item[] {
  const all: Item[] = [];
  let marker: string | undefined;
  do {
    const { items, end } = next(marker);
    all.push(...items);
    assert.equal(end.IsTruncated, end.Marker !== undefined);
    marker = end.Marker;
  } while (marker !== undefined);
  return all;
}

const page = (MaxItems: number, marker: string | undefined) => ({
  MaxItems,
  ...(marker !== undefined && { Marker: marker }),
});

test('pages of any size give everything once, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 10 }), (names, size) => {
      const sorted = names.sort();
      const after = (key: string[] | undefined) =>
        key === undefined ? sorted : sorted.filter((name) => name > (key[0] as string));
      assert.deepEqual(
        walk((marker) =>
          pageBy(
            page(size, marker),
            (key, limit) => after(key).slice(0, limit),
            (name) => [name],
          ),
        ),
        sorted,
      );
      assert.deepEqual(
        walk((marker) => pageOf(page(size, marker), sorted)),
        sorted,
      );
    }),
  );
});

test('a marker reads back; what is none is refused', () => {
  fc.assert(fc.property(fc.array(fc.string()), (key) => assert.deepEqual(readMarker(writeMarker(key)), key)));
  assert.throws(() => readMarker('nonsense'), { message: 'Invalid Marker.' });
});
