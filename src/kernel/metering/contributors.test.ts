import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, MINUTE } from '#kernel/base';
import { MemoryDriver, Store, viewOf } from '#kernel/store';
import { Contributors, contributionsOf } from './contributors.ts';

const HERE = { account: '111111111111', region: 'eu-west-1' };
const START = Date.UTC(2026, 0, 1);

/** What a rule knows of a time, once all is written. */
function told(store: Store, contributors: Contributors, from = START, to = START + DAY) {
  contributors.flush();
  return store.transact((tx) =>
    contributionsOf(
      viewOf(() => tx, HERE),
      'top',
      from,
      to,
    ),
  );
}

test('contributors add up by the minute, also when some of it is written already', () => {
  const store = new Store(new MemoryDriver());
  const contributors = new Contributors(store);
  contributors.add(HERE, 'top', ['a'], 1, START);
  contributors.add(HERE, 'top', ['b'], 5, START);
  assert.equal(told(store, contributors).length, 1);
  contributors.add(HERE, 'top', ['a'], 9, START + 1);
  contributors.add(HERE, 'top', ['a'], 2, START + MINUTE);
  assert.deepEqual(
    told(store, contributors).map(({ at, top }) => [at - START, ...top.map(({ keys, value }) => `${keys}=${value}`)]),
    [
      [0, 'a=10', 'b=5'],
      [MINUTE, 'a=2'],
    ],
  );
});

test('what was written of a minute counts further, however small it was', () => {
  const store = new Store(new MemoryDriver());
  const contributors = new Contributors(store);
  for (let at = 0; at < 100; at += 1) contributors.add(HERE, 'top', [`k-${at}`], 2, START);
  contributors.add(HERE, 'top', ['late'], 1, START);
  assert.equal(told(store, contributors)[0]?.top.length, 100);
  contributors.add(HERE, 'top', ['late'], 9, START);
  assert.deepEqual(told(store, contributors)[0]?.top[0], { keys: ['late'], value: 10 });
  // One that has not seen it adds to what is there.
  const other = new Contributors(store);
  other.add(HERE, 'top', ['late'], 1, START);
  assert.deepEqual(told(store, other)[0]?.top[0], { keys: ['late'], value: 11 });
});

test('however many there are, the largest are kept, and no more than a hundred; minutes are forgotten after 15 days', () => {
  const store = new Store(new MemoryDriver());
  const contributors = new Contributors(store);
  for (let at = 0; at < 5_000; at += 1) {
    contributors.add(HERE, 'top', [`once-${at}`], 1, START);
    if (at % 10 === 0) contributors.add(HERE, 'top', ['often'], 1, START);
  }
  const [minute] = told(store, contributors);
  assert.equal(minute?.top.length, 100);
  assert.deepEqual(minute?.top[0], { keys: ['often'], value: 500 });
  contributors.add(HERE, 'top', ['later'], 1, START + 15 * DAY + MINUTE);
  assert.deepEqual(
    told(store, contributors, START, START + 16 * DAY).map(({ at }) => at),
    [START + 15 * DAY + MINUTE],
  );
});
