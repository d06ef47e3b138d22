/**
 * Snappy: blocks, and the two ways in which blocks follow each other in a file.
 *
 * @see google/snappy, format_description.txt and framing_format.txt; Hadoop's BlockCompressorStream
 */
import { createCRC32 } from 'hash-wasm';

/** Matches are looked for within blocks of this size, so that a distance always fits in two bytes. */
const BLOCK = 65_536;
const HASH_BITS = 14;

/** One block: its length, then literals and copies of what came before. */
export function snappyBlock(bytes: Uint8Array): Buffer {
  const out: Uint8Array[] = [varint(bytes.length)];
  for (let from = 0; from < bytes.length; from += BLOCK) compress(bytes.subarray(from, from + BLOCK), out);
  return Buffer.concat(out);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function compress(input: Uint8Array, out: Uint8Array[]): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const seen = new Int32Array(1 << HASH_BITS).fill(-1);
  let literal = 0;
  let at = 0;
  while (at + 4 <= input.length) {
    const word = view.getUint32(at, true);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const before = seen[hash] as number;
    seen[hash] = at;
    if (before < 0 || view.getUint32(before, true) !== word) {
      at += 1;
      continue;
    }
    let length = 4;
    while (at + length < input.length && input[before + length] === input[at + length]) length += 1;
    putLiteral(input.subarray(literal, at), out);
    putCopy(at - before, length, out);
    at += length;
    literal = at;
  }
  putLiteral(input.subarray(literal), out);
}

function putLiteral(bytes: Uint8Array, out: Uint8Array[]): void {
  if (bytes.length === 0) return;
  const last = bytes.length - 1;
  if (last < 60) out.push(Uint8Array.of(last << 2));
  else if (last < 256) out.push(Uint8Array.of(60 << 2, last));
  else out.push(Uint8Array.of(61 << 2, last & 255, last >> 8));
  out.push(bytes);
}

/** Copies of up to 64 bytes, with two bytes of distance. */
function putCopy(distance: number, length: number, out: Uint8Array[]): void {
  for (let rest = length; rest > 0; rest -= 64)
    out.push(Uint8Array.of(((Math.min(rest, 64) - 1) << 2) | 2, distance & 255, distance >> 8));
}

/** Snappy's own framing: a name, then chunks with a checksum (CRC-32C, masked) each. */
export async function snappyFramed(bytes: Uint8Array): Promise<Buffer> {
  const crc = await createCRC32(0x82f63b78);
  const out: Uint8Array[] = [Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1')];
  for (let from = 0; from < bytes.length; from += BLOCK) {
    const piece = bytes.subarray(from, from + BLOCK);
    const block = snappyBlock(piece);
    const sum = Number.parseInt(crc.init().update(piece).digest(), 16);
    const head = Buffer.alloc(8);
    head.writeUIntLE(block.length + 4, 1, 3);
    head.writeUInt32LE((((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0, 4);
    out.push(head, block);
  }
  return Buffer.concat(out);
}

/** Hadoop's: how long the data is, how long the block is, the block. */
export function snappyHadoop(bytes: Uint8Array): Buffer {
  const out: Uint8Array[] = [];
  const buffer = 4 * BLOCK;
  for (let from = 0; from < bytes.length; from += buffer) {
    const piece = bytes.subarray(from, from + buffer);
    const block = snappyBlock(piece);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(piece.length, 0);
    head.writeUInt32BE(block.length, 4);
    out.push(head, block);
  }
  return Buffer.concat(out);
}
