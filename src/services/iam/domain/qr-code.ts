/** A QR code as a PNG. Source: W3C, "Portable Network Graphics (PNG) Specification"; the code itself is made by uqr. */
import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Pixels of one square. */
const SCALE = 4;
/** Grey, one bit a pixel. */
const ONE_BIT_GREY = [1, 0, 0, 0, 0];

/** The image of a text. */
export function qrCodePng(text: string): Uint8Array {
  const { data, size } = encode(text);
  const side = size * SCALE;
  const row = (squares: readonly boolean[]) => {
    // A filter byte, then the pixels; a dark square is a zero.
    const bytes = Buffer.alloc(1 + Math.ceil(side / 8), 0xff);
    bytes[0] = 0;
    for (let x = 0; x < side; x += 1)
      if (squares[Math.floor(x / SCALE)] === true)
        bytes[1 + (x >> 3)] = (bytes[1 + (x >> 3)] ?? 0) & ~(0x80 >> (x & 7));
    return bytes;
  };
  const rows = data.flatMap((squares) => Array.from({ length: SCALE }, () => row(squares)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set(ONE_BIT_GREY, 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const bytes = Buffer.alloc(8 + typed.length);
  bytes.writeUInt32BE(data.length, 0);
  typed.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(typed), 4 + typed.length);
  return bytes;
}
