import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { snappyBlock, snappyFramed, snappyHadoop } from './snappy.ts';

/** Opens a block, as format_description.txt says. */
function open(block: Uint8Array): Buffer {
  let [at, length, shift] = [0, 0, 0];
  for (let byte = 128; byte >= 128; at += 1, shift += 7) {
    byte = block[at] as number;
    length |= (byte & 127) << shift;
  }
  const out = Buffer.alloc(length);
  let to = 0;
  while (at < block.length) {
    const tag = block[at] as number;
    at += 1;
    if ((tag & 3) === 0) {
      let size = tag >> 2;
      if (size >= 60) {
        const more = size - 59;
        size = Buffer.from(block).readUIntLE(at, more);
        at += more;
      }
      out.set(block.subarray(at, at + size + 1), to);
      at += size + 1;
      to += size + 1;
    } else {
      assert.equal(tag & 3, 2, 'only copies with two bytes of distance are written');
      const distance = Buffer.from(block).readUInt16LE(at);
      at += 2;
      for (let left = (tag >> 2) + 1; left > 0; left -= 1, to += 1) out[to] = out[to - distance] as number;
    }
  }
  assert.equal(to, length);
  return out;
}

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(6_000))
    .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => unit))),
);

test('a block opens to what went in', () => {
  fc.assert(fc.property(bodies, (body) => open(snappyBlock(body)).equals(body)));
});

test("framings carry every block: snappy's own with its name, Hadoop's with lengths", async () => {
  const body = Buffer.from('again and again '.repeat(50_000));
  const framed = await snappyFramed(body);
  assert.equal(framed.subarray(0, 10).toString('latin1'), '\xff\x06\x00\x00sNaPpY');
  const pieces: Buffer[] = [];
  for (let at = 10; at < framed.length; ) {
    assert.equal(framed[at], 0);
    const length = framed.readUIntLE(at + 1, 3);
    pieces.push(open(framed.subarray(at + 8, at + 4 + length)));
    at += 4 + length;
  }
  assert.ok(Buffer.concat(pieces).equals(body));
  const hadoop = snappyHadoop(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < hadoop.length; ) {
    const [plain, packed] = [hadoop.readUInt32BE(at), hadoop.readUInt32BE(at + 4)];
    const part = open(hadoop.subarray(at + 8, at + 8 + packed));
    assert.equal(part.length, plain);
    parts.push(part);
    at += 8 + packed;
  }
  assert.ok(Buffer.concat(parts).equals(body));
});

test('the checksum of a chunk is the masked CRC-32C', async () => {
  // CRC-32C of "123456789" is e3069283 (RFC 3720); masked as framing_format.txt says.
  const framed = await snappyFramed(Buffer.from('123456789'));
  const masked = (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0;
  assert.equal(framed.readUInt32LE(14), masked);
});
