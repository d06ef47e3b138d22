import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { linesOf } from './lines.ts';

/** A body in pieces, which notes when its reader has let go of it. */
function body(bytes: Buffer, piece: number) {
  const state = { ended: false };
  const pieces = (async function* () {
    try {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    } finally {
      state.ended = true;
    }
  })();
  return { pieces, state };
}

const TEXT = Array.from({ length: 20_000 }, (_, at) => `${at} ${randomBytes(40).toString('base64')}`);

test('lines of a compressed body that is larger than any buffer', async () => {
  const { pieces, state } = body(gzipSync(TEXT.join('\n')), 60_000);
  const found: string[] = [];
  for await (const line of linesOf(pieces, 'GZIP')) found.push(line);
  assert.deepEqual(found, TEXT);
  assert.equal(state.ended, true);
});

test('a body is let go of when its reader has had enough', async () => {
  const { pieces, state } = body(gzipSync(TEXT.join('\n')), 20_000);
  for await (const line of linesOf(pieces, 'GZIP')) if (line.startsWith('10 ')) break;
  assert.equal(state.ended, true);
});

test('a body that is no gzip is refused and let go of', async () => {
  const { pieces, state } = body(Buffer.concat([gzipSync('a\n').subarray(0, 15), randomBytes(500_000)]), 20_000);
  await assert.rejects(async () => {
    for await (const _ of linesOf(pieces, 'GZIP'));
  });
  assert.equal(state.ended, true);
});
