import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { upTo } from './up-to.ts';

/** What is read of a stream of such pieces, and whether there was more. */
async function read(max: number, pieces: readonly string[]) {
  let isOver = false;
  const stream = Readable.from(pieces.map((text) => Buffer.from(text)));
  const limited = upTo(max, stream, () => {
    isOver = true;
  });
  const found = Buffer.concat(await Readable.from(limited).toArray()).toString();
  return { found, isOver, isDestroyed: stream.destroyed && !stream.readableEnded };
}

test('a stream ends where it may be no longer, and what it comes from does not', async () => {
  assert.deepEqual(await read(6, ['abc', 'def']), { found: 'abcdef', isOver: false, isDestroyed: false });
  assert.deepEqual(await read(5, ['abc', 'def', 'ghi']), { found: 'abcde', isOver: true, isDestroyed: false });
  assert.deepEqual(await read(3, ['abc', 'd']), { found: 'abc', isOver: true, isDestroyed: false });
  assert.deepEqual(await read(0, []), { found: '', isOver: false, isDestroyed: false });
});
