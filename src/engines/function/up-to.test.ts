import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { upTo } from './up-to.ts';

/** What is read of a stream of such pieces, and whether there was more. */
async function read(max: number, pieces: readonly string[]) {
  let isOver = false;
  const stream = Readable.from(pieces.map((text) => Buffer.from(text)));
  const over = () => {
    isOver = true;
  };
  const limited = upTo(max, stream, over);
  const found = Buffer.concat(await Readable.from(limited).toArray()).toString();
  return { found, isOver, isDestroyed: stream.destroyed && !stream.readableEnded };
}

test('what is written after the reader has left is dropped', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  stream.write('abc');
  for await (const piece of upTo(10, stream, () => {})) {
    assert.equal(piece.toString(), 'abc');
    break;
  }
  for (const text of ['def', 'ghi', 'jkl']) await new Promise((resolve) => stream.write(text, resolve));
  stream.end();
  await once(stream, 'close');
});

test('a stream ends where it may be no longer, and what it comes from does not', async () => {
  assert.deepEqual(await read(6, ['abc', 'def']), { found: 'abcdef', isOver: false, isDestroyed: false });
  assert.deepEqual(await read(5, ['abc', 'def', 'ghi']), { found: 'abcde', isOver: true, isDestroyed: false });
  assert.deepEqual(await read(3, ['abc', 'd']), { found: 'abc', isOver: true, isDestroyed: false });
  assert.deepEqual(await read(0, []), { found: '', isOver: false, isDestroyed: false });
});
