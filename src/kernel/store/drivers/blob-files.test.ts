import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { Random } from '#kernel/random';
import { Blobs } from '../blobs.ts';
import { BlobFiles } from './blob-files.ts';

const SIZE = 1_300_001;
const PIECE = 65_000;
/** Another byte than its neighbours' at each place of a piece, and than the same place's of the piece before. */
const BYTES = Buffer.from(Array.from({ length: SIZE }, (_, at) => (at * 7 + (at >> 8)) & 255));

async function* flowing(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < SIZE; at += PIECE) yield BYTES.subarray(at, at + PIECE);
}
const inverted = (piece: Uint8Array) => Buffer.from(piece.map((byte) => byte ^ 255));

function filesIn(t: { after(act: () => void): void }): { files: BlobFiles; blobs: Blobs; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-blobs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = new BlobFiles(folder, 'disk');
  return { files, blobs: new Blobs(files, new Random('blobs').stream('blobs')), folder };
}

test('a body comes back as it went, whole and in ranges, turned on its way or not', async (t) => {
  const { blobs } = filesIn(t);
  const plain = await blobs.room(neverAsked).write(flowing());
  const turned = await blobs.room(neverAsked).write(flowing(), inverted);
  for (const [from, to] of [
    [0, SIZE - 1],
    [1, 1],
    [262_143, 524_289],
    [SIZE - 1, SIZE - 1],
  ] as const) {
    // Whoever keeps the pieces finds each as it came, whatever was read after it.
    assert.ok((await buffer(blobs.read(plain, { from, to }))).equals(BYTES.subarray(from, to + 1)));
    assert.ok((await buffer(blobs.read(turned, { from, to }, inverted))).equals(BYTES.subarray(from, to + 1)));
  }
});

test('pieces that were not made for the store keep their bytes', async (t) => {
  const { blobs } = filesIn(t);
  const given: Uint8Array[] = [];
  await blobs.room(neverAsked).write(
    (async function* () {
      for await (const piece of flowing()) {
        given.push(new Uint8Array(piece));
        yield given.at(-1) as Uint8Array;
      }
    })(),
  );
  assert.ok(Buffer.concat(given).equals(BYTES));
});

test('a batch that cannot be written fails the body, and nothing is left of it', async (t) => {
  const { files, blobs, folder } = filesIn(t);
  const { create } = files;
  files.create = async (id) => {
    const writer = await create.call(files, id);
    // The disk is full from here on.
    const probe = await open(join(folder, 'tmp', id), 'r');
    const proto = Object.getPrototypeOf(probe) as { writev(...given: unknown[]): Promise<unknown> };
    await probe.close();
    t.mock.method(proto, 'writev', () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })));
    return writer;
  };
  await assert.rejects(blobs.room(neverAsked).write(flowing(), inverted), { code: 'ENOSPC' });
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

function neverAsked(): never {
  throw new Error('no row is asked for');
}
