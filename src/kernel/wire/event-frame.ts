/** `application/vnd.amazon.eventstream`: length-prefixed messages with typed headers and two CRC-32s. */
import { crc32 } from 'node:zlib';
import { WireFailure } from './failure.ts';

/** A number is an int, a bigint a long. Smaller integers say so when they are written; read, they are numbers. */
export type EventHeader = string | boolean | number | bigint | Uint8Array | Date | { byte: number } | { short: number };
export type EventMessage = { headers: Record<string, EventHeader>; payload: Uint8Array };

const PRELUDE = 12;
const OVERHEAD = PRELUDE + 4;
/** Largest message AWS sends or takes. */
const MESSAGE_BYTES_MAX = 24 * 1_024 * 1_024;
const HEADER_BYTES_MAX = 128 * 1_024;

/** Lays out one message: total length, header length, prelude CRC, headers, payload, message CRC. */
export function encodeEvent(message: EventMessage): Buffer {
  const headers = Buffer.concat(Object.entries(message.headers).map(([name, value]) => encodeHeader(name, value)));
  const total = OVERHEAD + headers.length + message.payload.length;
  const buffer = Buffer.alloc(total);
  buffer.writeUInt32BE(total, 0);
  buffer.writeUInt32BE(headers.length, 4);
  buffer.writeUInt32BE(crc32(buffer.subarray(0, 8)), 8);
  headers.copy(buffer, PRELUDE);
  buffer.set(message.payload, PRELUDE + headers.length);
  buffer.writeUInt32BE(crc32(buffer.subarray(0, total - 4)), total - 4);
  return buffer;
}

function encodeHeader(name: string, value: EventHeader): Buffer {
  const label = Buffer.from(name);
  const head = Buffer.concat([Buffer.from([label.length]), label]);
  const sized = (type: number, bytes: Uint8Array) => {
    const length = Buffer.alloc(3);
    length[0] = type;
    length.writeUInt16BE(bytes.length, 1);
    return Buffer.concat([head, length, bytes]);
  };
  if (typeof value === 'boolean') return Buffer.concat([head, Buffer.from([value ? 0 : 1])]);
  if (typeof value === 'string') return sized(7, Buffer.from(value));
  if (value instanceof Uint8Array) return sized(6, value);
  if (typeof value === 'object' && 'byte' in value) return Buffer.concat([head, sizedInteger(2, 1, value.byte)]);
  if (typeof value === 'object' && 'short' in value) return Buffer.concat([head, sizedInteger(3, 2, value.short)]);
  if (typeof value === 'number') return Buffer.concat([head, sizedInteger(4, 4, value)]);
  const bytes = Buffer.alloc(9);
  bytes[0] = typeof value === 'bigint' ? 5 : 8;
  bytes.writeBigInt64BE(typeof value === 'bigint' ? value : BigInt(value.getTime()), 1);
  return Buffer.concat([head, bytes]);
}

function sizedInteger(type: number, size: number, value: number): Buffer {
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = type;
  bytes.writeIntBE(value, 1, size);
  return bytes;
}

/** The message at the start of `buffer`; undefined while it is not complete. Checks both CRCs. */
export function decodeEvent(buffer: Buffer): { message: EventMessage; size: number } | undefined {
  if (buffer.length < PRELUDE) return undefined;
  const total = buffer.readUInt32BE(0);
  const headerBytes = buffer.readUInt32BE(4);
  if (crc32(buffer.subarray(0, 8)) !== buffer.readUInt32BE(8)) throw broken('prelude checksum');
  if (headerBytes > HEADER_BYTES_MAX || total < OVERHEAD + headerBytes || total > MESSAGE_BYTES_MAX)
    throw broken('length');
  if (buffer.length < total) return undefined;
  if (crc32(buffer.subarray(0, total - 4)) !== buffer.readUInt32BE(total - 4)) throw broken('message checksum');
  const headers = decodeHeaders(buffer.subarray(PRELUDE, PRELUDE + headerBytes));
  return { message: { headers, payload: buffer.subarray(PRELUDE + headerBytes, total - 4) }, size: total };
}

function decodeHeaders(buffer: Buffer): Record<string, EventHeader> {
  const headers: Record<string, EventHeader> = {};
  let at = 0;
  const take = (length: number) => {
    if (at + length > buffer.length) throw broken('headers');
    at += length;
    return buffer.subarray(at - length, at);
  };
  while (at < buffer.length) {
    const name = take(take(1)[0] as number).toString();
    headers[name] = decodeValue(take(1)[0] as number, take);
  }
  return headers;
}

function decodeValue(type: number, take: (length: number) => Buffer): EventHeader {
  switch (type) {
    case 0:
    case 1:
      return type === 0;
    case 2:
      return take(1).readInt8();
    case 3:
      return take(2).readInt16BE();
    case 4:
      return take(4).readInt32BE();
    case 5:
      return take(8).readBigInt64BE();
    case 6:
      return Buffer.from(take(take(2).readUInt16BE()));
    case 7:
      return take(take(2).readUInt16BE()).toString();
    case 8:
      return new Date(Number(take(8).readBigInt64BE()));
    case 9:
      return Buffer.from(take(16));
    default:
      throw broken(`header type ${type}`);
  }
}

function broken(what: string): WireFailure {
  return new WireFailure('serialization', `broken event stream message: ${what}`);
}
