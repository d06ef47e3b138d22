import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPrelude } from './prelude.ts';

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of body) all.push(piece);
  return Buffer.concat(all).toString();
}

test('metadata and body come apart, however the pieces are cut', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), sizes, async (value, text, cuts) => {
      const bytes = Buffer.concat([Buffer.from(JSON.stringify({ value })), Buffer.alloc(8), Buffer.from(text)]);
      const read = await readPrelude(pieces(bytes, cuts), 1_000);
      assert.deepEqual(read?.metadata, { value });
      assert.equal(await textOf(read?.body ?? pieces(bytes, [])), Buffer.from(text).toString());
    }),
  );
});

test('what has no metadata in time, or none that is an object, has none; its source is let go', async () => {
  const end = Buffer.alloc(8);
  for (const head of ['[]', 'null', '{', '"a"', '', `{"a":"${'b'.repeat(50)}"}`]) {
    let isLetGo = false;
    const source = (async function* () {
      try {
        yield Buffer.concat([Buffer.from(head), end]);
        yield Buffer.from('more');
      } finally {
        isLetGo = true;
      }
    })();
    assert.equal(await readPrelude(source, 40), undefined, head);
    assert.ok(isLetGo, head);
  }
  assert.equal(await readPrelude(pieces(Buffer.from('{}'), [1]), 40), undefined);
});
