import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesStream } from '#kernel/base';
import { Random } from '#kernel/random';
import { BlobMemory, Blobs, type Driver, MemoryDriver, SqliteDriver, Store, table, viewOf } from '#kernel/store';

const ONE = '111111111111';
const TWO = '222222222222';
/** Sorts right behind the first account, and begins with the same digits as nothing else. */
const NEXT = '111111111112';

const things = table<{ id: number; size?: number; body?: unknown }>()('t.things', {
  scope: 'region',
  key: ['id'],
  indexes: { bySize: ['size'] },
});
const people = table<{ name: string }>()('t.people', { scope: 'account', key: ['name'] });
const names = table<{ name: string; account: string; note?: string }>()('t.names', {
  scope: 'global',
  key: ['name'],
  indexes: { byAccount: ['account', 'name'] },
});

const DRIVERS: readonly [string, (folder: string) => Driver][] = [
  ['memory', () => new MemoryDriver()],
  ['sqlite', (folder) => new SqliteDriver(join(folder, 'state.db'), 'process')],
];

for (const [name, make] of DRIVERS) {
  /** Runs `work` over a store that is closed and removed whatever happens. */
  const over = async (work: (store: Store, folder: string) => void | Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudyard-removal-'));
    const store = new Store(make(folder));
    try {
      await work(store, folder);
    } finally {
      store.close();
      rmSync(folder, { recursive: true });
    }
  };
  const at = (store: Store, account: string, region = 'us-east-1') => ({
    read: <T>(work: (view: ReturnType<typeof viewOf>) => T) =>
      store.transact((tx) => work(viewOf(() => tx, { account, region }))),
  });

  describe(`replacing the state over ${name}`, () => {
    test('one account goes: its rows, its index entries, its rows of global tables; all else stays', () =>
      over((store) => {
        fc.assert(
          fc.property(
            fc.array(
              fc.record({
                account: fc.constantFrom(ONE, NEXT, TWO),
                region: fc.constantFrom('us-east-1', 'eu-west-1'),
                id: fc.integer({ min: 0, max: 2_000 }),
                size: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
              }),
              { maxLength: 200 },
            ),
            (rows) => {
              store.replace((driver) => driver.clear());
              for (const { account, region, id, size } of rows)
                at(store, account, region).read((view) => {
                  view.put(things, { id, ...(size !== undefined && { size }) });
                  view.put(people, { name: `p${id}` });
                  view.put(names, { name: `${account} ${id}`, account, note: `"account":"${ONE}"` });
                });
              const shown = (account: string) =>
                ['us-east-1', 'eu-west-1'].map((region) =>
                  at(store, account, region).read((view) => ({
                    things: view.list(things),
                    bySize: view.list(things, { index: 'bySize' }),
                    people: view.list(people),
                    names: view.list(names, { index: 'byAccount', where: { account } }),
                    own: view.list(names).filter((row) => row.account === account),
                  })),
                );
              const before = [shown(NEXT), shown(TWO)];
              store.removeAccount(ONE);
              assert.deepEqual([shown(NEXT), shown(TWO)], before);
              const nothing = { things: [], bySize: [], people: [], names: [], own: [] };
              assert.deepEqual(shown(ONE), [nothing, nothing]);
            },
          ),
          { numRuns: 25 },
        );
      }));

    test('a row of a global table whose key is the number of an account is not that account’s', () =>
      over((store) => {
        at(store, TWO).read((view) => view.put(names, { name: ONE, account: TWO }));
        store.removeAccount(ONE);
        assert.equal(at(store, TWO).read((view) => view.get(names, { name: ONE }))?.account, TWO);
      }));

    test('bodies that only the account named are given back; those that others name too are kept', () =>
      over(async (store) => {
        const blobs = new Blobs(new BlobMemory(), new Random('1').stream('blobs'));
        const room = (
          work: (room: ReturnType<Blobs['room']>, view: ReturnType<typeof viewOf>) => void,
          account: string,
        ) =>
          store.transact((tx) =>
            work(
              blobs.room(() => tx),
              viewOf(() => tx, { account, region: 'us-east-1' }),
            ),
          );
        const write = () => blobs.room(() => store.begin()).write(bytesStream(Buffer.alloc(20_000, 'x')));
        const [own, shared] = [await write(), await write()];
        room((bodies, view) => {
          bodies.keep(own);
          bodies.keep(shared);
          view.put(things, { id: 1, body: own });
          view.put(things, { id: 2, body: { nested: [shared] } });
        }, ONE);
        room((bodies, view) => {
          bodies.keep(shared);
          view.put(things, { id: 1, body: shared });
        }, TWO);
        assert.deepEqual(store.removeAccount(ONE), [own.file]);
        assert.equal(
          store.transact((tx) => blobs.isNamed(tx, shared.file ?? '')),
          true,
        );
        assert.deepEqual(store.removeAccount(TWO), [shared.file]);
      }));

    test('what was derived is dropped, also of tables that this process never wrote', () =>
      over((store) => {
        const versions = [things, people, names].map((one) => store.version(one));
        const heard: (string | undefined)[] = [];
        store.onReplaced((account) => heard.push(account));
        store.replace((driver) => driver.clear());
        assert.ok([things, people, names].every((one, index) => store.version(one) > (versions[index] ?? 0)));
        store.removeAccount(ONE);
        assert.deepEqual(heard, [undefined, ONE]);
      }));

    test('a change that throws leaves everything as it was, and rows are read anew', () =>
      over((store) => {
        at(store, ONE).read((view) => view.put(people, { name: 'anna' }));
        store.flush();
        assert.throws(
          () =>
            store.replace(() => {
              throw new Error('no');
            }),
          /no/,
        );
        assert.deepEqual(
          at(store, ONE).read((view) => view.list(people)),
          [{ name: 'anna' }],
        );
      }));
  });
}

test('SQLite: a copy is one instant, and restoring it brings back exactly that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-removal-'));
  const store = new Store(new SqliteDriver(join(folder, 'state.db'), 'process'));
  try {
    const put = (name: string) =>
      store.transact((tx) => viewOf(() => tx, { account: ONE, region: 'us-east-1' }).put(people, { name }));
    const list = () => store.transact((tx) => viewOf(() => tx, { account: ONE, region: 'us-east-1' }).list(people));
    put('anna');
    store.flush();
    const copied = store.driver.copyTo(join(folder, 'copy.db'));
    await copied;
    put('berta');
    copyFileSync(join(folder, 'copy.db'), join(folder, 'again.db'));
    store.replace((driver) => driver.restoreFrom(join(folder, 'again.db')));
    assert.deepEqual(list(), [{ name: 'anna' }]);
    put('carla');
    assert.deepEqual(list(), [{ name: 'anna' }, { name: 'carla' }]);
    assert.throws(() => store.replace((driver) => driver.restoreFrom(join(folder, 'none.db'))));
    assert.deepEqual(list(), [{ name: 'anna' }, { name: 'carla' }]);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
});

test('files asked to go while the state is copied stay until then, and for good when a row names them again', async () => {
  const driver = new BlobMemory();
  const blobs = new Blobs(driver, new Random('1').stream('blobs'));
  const write = () => blobs.room(() => new Store(new MemoryDriver()).begin()).write(bytesStream(Buffer.alloc(20_000)));
  const [gone, named] = [(await write()).file ?? '', (await write()).file ?? ''];
  const there = async () => {
    const ids: string[] = [];
    for await (const id of driver.list()) ids.push(id);
    return ids;
  };
  await blobs.holding(
    (id) => id === named,
    async () => {
      blobs.remove(gone);
      blobs.remove(named);
      assert.deepEqual(await there(), [gone, named]);
    },
  );
  assert.deepEqual(await there(), [named]);
});
