import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownStores } from './known-stores.ts';

const store = (id: string, version: string, bytes: number) => ({
  id,
  version,
  created: '',
  updated: '',
  bytes,
  pairs: () => ({ version }),
});

test('a store is told once for each version, and all anew where they are too much together', () => {
  const known = new KnownStores();
  const news = (...stores: Parameters<typeof known.news>[0]) => {
    const { forget, stores: told = [] } = known.news(stores);
    return [forget, ...told.map(({ id, pairs }) => `${id}${pairs.version}`)];
  };
  assert.deepEqual(news(store('a', '1', 3_000_000)), [undefined, 'a1']);
  assert.deepEqual(news(store('a', '1', 3_000_000)), [undefined]);
  assert.deepEqual(news(store('a', '2', 100), store('b', '1', 5_000_000)), [undefined, 'a2', 'b1']);
  assert.deepEqual(news(store('b', '1', 5_000_000), store('c', '1', 4_000_000)), [true, 'b1', 'c1']);
  assert.deepEqual(news(store('a', '2', 100)), [true, 'a2']);
});
