import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Start, startAfter, successor, walk } from './listing.ts';

type Row = { key: string };
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A sorted array as a table that counts what is read of it. */
function tableOf(keys: readonly string[]) {
  const sorted = [...new Set(keys)].sort(compare).map((key) => ({ key }));
  const counted = {
    rows: 0,
    read: (prefix: string) => (start: Start<Row> | undefined, limit: number) => {
      const fits = ({ key }: Row) =>
        key.startsWith(prefix) &&
        (start === undefined || ('from' in start ? compare(key, start.from) >= 0 : compare(key, start.after.key) > 0));
      const found = sorted.filter(fits).slice(0, limit);
      counted.rows += found.length;
      return found;
    },
  };
  return { sorted, counted };
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\uD7FF', '\uFFFF', '\u{10FFFF}', '\u{1F600}'),
  maxLength: 6,
});

test('pages together show every key and common prefix once, in order', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 40 }),
      text,
      fc.constantFrom(undefined, '/', 'a/', '\u{10FFFF}'),
      fc.integer({ min: 1, max: 5 }),
      (keys, prefix, delimiter, limit) => {
        const { sorted, counted } = tableOf(keys.filter((key) => key !== ''));
        const expected: string[] = [];
        for (const { key } of sorted) {
          if (!key.startsWith(prefix)) continue;
          const index = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
          const shown = index === -1 || delimiter === undefined ? key : `(${key.slice(0, index + delimiter.length)})`;
          if (expected.at(-1) !== shown) expected.push(shown);
        }
        const rules = { prefix, delimiter, limit };
        const seen: string[] = [];
        let start: ReturnType<typeof startAfter>;
        for (let more = true; more; ) {
          const page = walk<Row>(rules, start, counted.read(prefix));
          assert.ok(page.entries.length + page.prefixes.length <= limit);
          seen.push(...page.entries.map((row) => row.key), ...page.prefixes.map((one) => `(${one})`));
          start =
            page.last === undefined
              ? undefined
              : startAfter('key' in page.last ? page.last.key : page.last.prefix, rules);
          more = page.truncated;
        }
        assert.deepEqual(seen.sort(), expected.sort());
      },
    ),
    { numRuns: 500 },
  );
});

test('a page of common prefixes reads a few rows of each, however many lie under it', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `dir${String(index % 20).padStart(2, '0')}/${index}`);
  const { counted } = tableOf(keys);
  const page = walk<Row>({ prefix: '', delimiter: '/', limit: 1_000 }, undefined, counted.read(''));
  assert.equal(page.prefixes.length, 20);
  assert.ok(counted.rows <= 2 * 20, `${counted.rows} rows were read`);
});

test('the successor of a prefix is past all its keys and before all later ones', () => {
  assert.equal(successor('a/'), 'a0');
  assert.equal(successor('\uD7FF'), '\uE000');
  assert.equal(successor('a\u{10FFFF}'), 'b');
  assert.equal(successor('\u{10FFFF}'), undefined);
});
