import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Driver, MemoryDriver, SqliteDriver, Store, table, viewOf } from '#kernel/store';
import { compareKeys, encodeKey } from './key.ts';

type Message = { queue: string; id: number; visibleAt?: number; body: string };
const messages = table<Message>()('t.messages', {
  scope: 'region',
  key: ['queue', 'id'],
  indexes: { byVisible: ['queue', 'visibleAt'] },
});
const here = { account: '111111111111', region: 'us-east-1' };

function drivers(): [string, () => { driver: Driver; done: () => void }][] {
  return [
    ['memory', () => ({ driver: new MemoryDriver(), done: () => {} })],
    [
      'sqlite',
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'cloudyard-store-'));
        return {
          driver: new SqliteDriver(join(folder, 'state.db'), 'process'),
          done: () => rmSync(folder, { recursive: true }),
        };
      },
    ],
  ];
}

for (const [name, open] of drivers()) {
  describe(`store over ${name}`, () => {
    test('a transaction sees its own writes and leaves nothing when it throws', () => {
      const { driver, done } = open();
      const store = new Store(driver);
      assert.throws(() =>
        store.transact((tx) => {
          const view = viewOf(() => tx, here);
          view.put(messages, { queue: 'a', id: 1, visibleAt: 5, body: 'x' });
          assert.equal(view.get(messages, { queue: 'a', id: 1 })?.body, 'x');
          assert.equal(view.list(messages, { index: 'byVisible', where: { queue: 'a' } }).length, 1);
          throw new Error('no');
        }),
      );
      store.transact((tx) => assert.deepEqual(viewOf(() => tx, here).list(messages), []));
      store.close();
      done();
    });

    test('ranges, indexes, prefixes and places agree with a plain model', () => {
      const { driver, done } = open();
      const store = new Store(driver);
      const step = fc.record({
        queue: fc.constantFrom('a', 'a\u0000', 'ab', '\u{1F600}', '\uFFFD'),
        id: fc.integer({ min: -20, max: 20 }),
        visibleAt: fc.option(fc.integer({ min: 0, max: 1_200 }), { nil: undefined }),
        gone: fc.boolean(),
      });
      const model = new Map<string, Message>();
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 30 }),
          fc.boolean(),
          fc.integer({ min: 1, max: 10 }),
          (steps, reverse, limit) => {
            store.transact((tx) => {
              const view = viewOf(() => tx, here);
              for (const { gone, ...row } of steps) {
                const id = encodeKey([row.queue, row.id]);
                if (gone) assert.equal(view.delete(messages, row), model.delete(id));
                else {
                  view.put(messages, { ...row, body: 'b' });
                  model.set(id, { ...row, body: 'b' });
                }
              }
              for (const queue of ['a', 'ab', '\u{1F600}']) {
                const all = [...model.values()].filter((row) => row.queue === queue).sort((x, y) => x.id - y.id);
                assert.deepEqual(
                  view.list(messages, { where: { queue } }).map((row) => row.id),
                  all.map((row) => row.id),
                );
                const due = all
                  .filter((row) => row.visibleAt !== undefined && row.visibleAt <= 600)
                  .sort((x, y) => (x.visibleAt ?? 0) - (y.visibleAt ?? 0) || x.id - y.id);
                const expected = (reverse ? due.toReversed() : due).slice(0, limit).map((row) => row.id);
                assert.deepEqual(
                  view
                    .list(messages, { index: 'byVisible', where: { queue }, to: { visibleAt: 600 }, limit, reverse })
                    .map((row) => row.id),
                  expected,
                );
              }
              assert.deepEqual(
                view.list(messages, { startsWith: 'a' }).length,
                [...model.values()].filter((row) => row.queue.startsWith('a')).length,
              );
              assert.deepEqual(view.in({ region: 'eu-west-1' }).list(messages), []);
            });
          },
        ),
        { numRuns: 60 },
      );
      store.close();
      done();
    });

    test('an index that is declared later is built from the rows that are there; old rows are migrated when read', () => {
      const { driver, done } = open();
      const first = new Store(driver);
      const v1 = table<{ id: string; size: number }>()('t.things', { scope: 'account', key: ['id'] });
      first.transact((tx) => viewOf(() => tx, here).put(v1, { id: 'x', size: 3 }));
      first.flush();
      const v2 = table<{ id: string; bytes: number }>()('t.things', {
        scope: 'account',
        key: ['id'],
        indexes: { bySize: ['bytes'] },
        migrations: [({ size, ...row }) => ({ ...row, bytes: size })],
      });
      const second = new Store(driver);
      second.transact((tx) =>
        assert.deepEqual(viewOf(() => tx, here).list(v2, { index: 'bySize', from: { bytes: 2 } }), [
          { id: 'x', bytes: 3 },
        ]),
      );
      second.close();
      done();
    });
  });
}

test('what one SQLite store wrote, the next one finds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-store-'));
  const file = join(folder, 'state.db');
  const first = new Store(new SqliteDriver(file, 'disk'));
  first.transact((tx) => viewOf(() => tx, here).put(messages, { queue: 'q', id: 1, body: 'kept' }));
  first.close();
  const second = new Store(new SqliteDriver(file, 'disk'));
  second.transact((tx) => assert.equal(viewOf(() => tx, here).get(messages, { queue: 'q', id: 1 })?.body, 'kept'));
  second.close();
  rmSync(folder, { recursive: true });
});

test('encoded keys sort as their parts do', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\u0000', '\u0001', '\u0002', 'a'));
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 2, maxLength: 2 }),
      fc.array(part, { minLength: 2, maxLength: 2 }),
      (a, b) => {
        const order =
          Buffer.compare(Buffer.from(a[0] as string), Buffer.from(b[0] as string)) ||
          Buffer.compare(Buffer.from(a[1] as string), Buffer.from(b[1] as string));
        assert.equal(Math.sign(compareKeys(encodeKey(a), encodeKey(b))), Math.sign(order));
      },
    ),
  );
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
      assert.equal(Math.sign(compareKeys(encodeKey([a]), encodeKey([b]))), Math.sign(a - b));
    }),
  );
});
