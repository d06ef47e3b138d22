import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ctx } from '#kernel/contract';
import { MemoryDriver, Store, viewOf } from '#kernel/store';
import { type ItemRow, items } from '../state.ts';
import { nextChange, noteBefore, type Past, readPast } from './history.ts';
import type { Spot } from './keys.ts';

const PILE = 'now';
const LOG = 'log';

const spot = fc.record({ partition: fc.constantFrom('a', 'b', 'ba'), sort: fc.constantFrom('', '1', '2') });
const change = fc.record({ spot, n: fc.option(fc.nat({ max: 9 })), later: fc.boolean() });

/** What readPast gives in pages of `limit`, as `partition/sort` → n. */
function whole(past: Past, view: ReturnType<typeof viewOf>, limit: number): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  let after: Spot | undefined;
  do {
    const { rows, last } = readPast(past, view, after, limit);
    for (const row of rows) found.set(`${row.partition}/${row.sort}`, row.item.n?.N);
    after = last;
  } while (after !== undefined);
  return found;
}

test('a pile is as it was after each of its changes', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (changes, limit) => {
      const store = new Store(new MemoryDriver());
      const tx = store.begin();
      const view = viewOf(() => tx, { account: '1', region: 'r' });
      let now = 1_000;
      const ctx = {
        get now() {
          return now;
        },
      } as Ctx;
      const known: { sequence: string; state: Map<string, string | undefined> }[] = [];
      const state = new Map<string, string | undefined>();
      for (const { spot: at, n, later } of changes) {
        const key = { pile: PILE, ...at };
        const before: ItemRow | undefined = view.get(items, key);
        if (later) now += 5;
        noteBefore(LOG, view, ctx, at, before);
        if (n === null) {
          view.delete(items, key);
          state.delete(`${at.partition}/${at.sort}`);
        } else {
          view.put(items, { ...key, item: { n: { N: String(n) } }, size: 1 });
          state.set(`${at.partition}/${at.sort}`, String(n));
        }
        known.push({ sequence: nextChange(LOG, view, ctx), state: new Map(state) });
      }
      for (const { sequence, state: then } of known)
        assert.deepEqual(whole({ pile: PILE, as: { pile: LOG, sequence } }, view, limit), sorted(then));
      assert.deepEqual(whole({ pile: PILE }, view, limit), sorted(state));
    }),
    { seed: 11 },
  );
});

function sorted(state: Map<string, string | undefined>): Map<string, string | undefined> {
  return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}
