import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameWatch } from './frames.ts';

/** A client's frame, masked as all of them are. */
function frame(length: number): Buffer {
  const head =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0x80 | 126, length >> 8, length & 255]
        : [0x80 | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  // Bytes of a body that look like headers of long frames.
  return Buffer.concat([Buffer.from([0x81, ...head, 1, 2, 3, 4]), Buffer.alloc(length, 0xff)]);
}

function told(bytes: Buffer, step: number): number {
  let times = 0;
  const watch = frameWatch(32_768, () => (times += 1));
  for (let at = 0; at < bytes.length; at += step) watch(bytes.subarray(at, at + step));
  return times;
}

test('a frame that is too long is told of once, wherever the pieces of it begin', () => {
  const fine = Buffer.concat([frame(0), frame(5), frame(125), frame(126), frame(32_768), frame(3)]);
  for (const step of [1, 7, 1_000, 1_000_000]) {
    assert.equal(told(fine, step), 0);
    for (const length of [32_769, 65_536, 100_000]) assert.equal(told(Buffer.concat([fine, frame(length)]), step), 1);
    assert.equal(told(Buffer.concat([frame(40_000), frame(40_000)]), step), 1);
  }
});
