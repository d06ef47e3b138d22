import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Body } from './body.ts';
import { Cache, type Entry } from './cache.ts';

function entryOf(bytes: number, path = '/'): Entry {
  const body = Body.of(Buffer.alloc(bytes));
  const times = { bornAt: 0, freshUntil: 1, staleUntil: 1, staleIfErrorUntil: undefined };
  return {
    path,
    status: 200,
    headers: {},
    body,
    ...times,
    etag: undefined,
    lastModified: undefined,
    isAskedAlways: false,
    once: [],
  };
}

test('the least recently used goes first, by bytes and by number', () => {
  const cache = new Cache({ memory: 10_000, disk: 0, entries: 100 });
  for (const name of ['a', 'b', 'c']) cache.put(`d ${name}`, entryOf(2_000), 'd', 0);
  assert.ok(cache.get('d a'));
  cache.put('d d', entryOf(2_000), 'd', 0);
  assert.equal(cache.get('d b'), undefined);
  assert.ok(cache.get('d a'));
  const few = new Cache({ memory: 1e9, disk: 0, entries: 2 });
  for (const name of ['a', 'b', 'c']) few.put(`d ${name}`, entryOf(1), 'd', 0);
  assert.equal(few.size, 2);
});

test('what was asked for before an invalidation is not kept after it', () => {
  const cache = new Cache();
  const generation = cache.generation('d');
  cache.put('d x', entryOf(1, '/x'), 'd', generation);
  cache.put('e x', entryOf(1, '/x'), 'e', cache.generation('e'));
  cache.invalidate('d', (path) => path === '/x');
  cache.put('d y', entryOf(1, '/y'), 'd', generation);
  assert.deepEqual([cache.get('d x'), cache.get('d y'), cache.get('e x') !== undefined], [undefined, undefined, true]);
});

test('many read a body while it comes; where it breaks off, all fail', async () => {
  const body = new Body(() => '');
  let give: (value: Uint8Array | Error) => void = () => {};
  const source = (async function* () {
    for (;;) {
      const next = await new Promise<Uint8Array | Error>((resolve) => {
        give = resolve;
      });
      if (next instanceof Error) throw next;
      yield next;
    }
  })();
  const filled = body.fill(source, undefined);
  const read = async () => {
    const parts: Uint8Array[] = [];
    for await (const part of body.read()) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  const readers = [read(), read()];
  for (const text of ['one', 'two']) {
    await new Promise((resolve) => setImmediate(resolve));
    give(Buffer.from(text));
  }
  await new Promise((resolve) => setImmediate(resolve));
  give(new Error('broke off'));
  assert.equal(await filled, false);
  for (const reader of readers) await assert.rejects(reader, /broke off/);
});

test('a long body that is dropped can be read as long as it is held', async () => {
  const body = new Body(() => join(tmpdir(), `edge-${process.pid}`));
  const long = Buffer.alloc(3_000_000, 'ab');
  await body.fill(
    (async function* () {
      yield long;
    })(),
    long.length,
  );
  const read = async () => {
    const parts: Uint8Array[] = [];
    for await (const part of body.read()) parts.push(part);
    return Buffer.concat(parts).equals(long);
  };
  const release = body.hold();
  body.drop();
  assert.equal(await read(), true);
  release();
  await assert.rejects(read(), /closed/);
});
