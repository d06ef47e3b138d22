/** CBOR (RFC 8949) to plain values, as Smithy RPC v2 uses it: text keys, instants under tag 1, depth and lengths bounded. */
import { setOwn } from './codec.ts';
import { WireFailure } from './failure.ts';

/** As for JSON: deeper is refused, so that a hostile body can't exhaust the stack. */
const DEPTH_MAX = 1_000;
const INDEFINITE = 31;
const BREAK = 0xff;

/** Where the reader stands; passed down instead of a class, so that nothing outlives one body. */
type Cursor = { bytes: Buffer; at: number; depth: number };

/**
 * The one value that `bytes` hold.
 *
 * @returns objects, arrays, texts, numbers (bigint beyond 2^53), booleans, null, Buffer, and Date for an instant
 * @throws  {WireFailure} serialization
 */
export function decodeCbor(bytes: Buffer): unknown {
  const cursor: Cursor = { bytes, at: 0, depth: 0 };
  const value = item(cursor);
  if (cursor.at !== bytes.length) throw broken('bytes after the value');
  return value;
}

function item(cursor: Cursor): unknown {
  const head = byte(cursor);
  const major = head >> 5;
  const info = head & 0x1f;
  switch (major) {
    case 0:
      return lengthOf(cursor, info);
    case 1: {
      const value = lengthOf(cursor, info);
      return typeof value === 'bigint' ? -1n - value : -1 - value;
    }
    case 2:
      return info === INDEFINITE ? Buffer.concat(chunks(cursor, 2)) : take(cursor, sizeOf(cursor, info));
    case 3:
      return info === INDEFINITE
        ? Buffer.concat(chunks(cursor, 3)).toString('utf8')
        : text(cursor, sizeOf(cursor, info));
    case 4:
    case 5: {
      cursor.depth += 1;
      if (cursor.depth > DEPTH_MAX) throw broken('nested too deeply');
      const value = major === 4 ? list(cursor, info) : map(cursor, info);
      cursor.depth -= 1;
      return value;
    }
    case 6:
      return tagged(cursor, lengthOf(cursor, info));
    default:
      return simple(cursor, info);
  }
}

function byte(cursor: Cursor): number {
  const value = cursor.bytes[cursor.at];
  if (value === undefined) throw broken('it ends too early');
  cursor.at += 1;
  return value;
}

/** The argument of a head: itself, or in 1, 2, 4 or 8 bytes. */
function lengthOf(cursor: Cursor, info: number): number | bigint {
  if (info < 24) return info;
  if (info > 27) throw broken(`additional information ${info}`);
  const size = 1 << (info - 24);
  const at = cursor.at;
  if (at + size > cursor.bytes.length) throw broken('it ends too early');
  cursor.at += size;
  if (size < 8) return cursor.bytes.readUIntBE(at, size);
  const value = cursor.bytes.readBigUInt64BE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** A length that the rest of the body can hold, each member being a byte at least. */
function sizeOf(cursor: Cursor, info: number): number {
  const size = Number(lengthOf(cursor, info));
  if (size > cursor.bytes.length - cursor.at) throw broken('a length beyond its end');
  return size;
}

function take(cursor: Cursor, size: number): Buffer {
  cursor.at += size;
  return cursor.bytes.subarray(cursor.at - size, cursor.at);
}

function text(cursor: Cursor, size: number): string {
  cursor.at += size;
  return cursor.bytes.toString('utf8', cursor.at - size, cursor.at);
}

/** The pieces of a text or bytes without a length, up to the break. */
function chunks(cursor: Cursor, major: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let head = byte(cursor); head !== BREAK; head = byte(cursor)) {
    if (head >> 5 !== major || (head & 0x1f) === INDEFINITE) throw broken('a piece of another type');
    parts.push(take(cursor, sizeOf(cursor, head & 0x1f)));
  }
  return parts;
}

function isBreak(cursor: Cursor): boolean {
  if (cursor.bytes[cursor.at] !== BREAK) return false;
  cursor.at += 1;
  return true;
}

function list(cursor: Cursor, info: number): unknown[] {
  const values: unknown[] = [];
  if (info === INDEFINITE) while (!isBreak(cursor)) values.push(item(cursor));
  else for (let left = sizeOf(cursor, info); left > 0; left -= 1) values.push(item(cursor));
  return values;
}

function map(cursor: Cursor, info: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  if (info === INDEFINITE) while (!isBreak(cursor)) entry(cursor, values);
  else for (let left = sizeOf(cursor, info); left > 0; left -= 1) entry(cursor, values);
  return values;
}

function entry(cursor: Cursor, values: Record<string, unknown>): void {
  const key = item(cursor);
  if (typeof key !== 'string') throw broken('a key that is no text');
  setOwn(values, key, item(cursor));
}

/** Tag 1 is an instant in seconds, 2 and 3 are big integers, 4 is a decimal; another tag says nothing we need. */
function tagged(cursor: Cursor, tag: number | bigint): unknown {
  cursor.depth += 1;
  if (cursor.depth > DEPTH_MAX) throw broken('nested too deeply');
  const value = item(cursor);
  cursor.depth -= 1;
  if (tag === 1) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw broken('an instant that is no number');
    return new Date(Math.round(value * 1_000));
  }
  if ((tag === 2 || tag === 3) && value instanceof Uint8Array) {
    const size = value.length === 0 ? 0n : BigInt(`0x${Buffer.from(value).toString('hex')}`);
    return tag === 2 ? size : -1n - size;
  }
  if (
    tag === 4 &&
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((part) => typeof part === 'number' || typeof part === 'bigint')
  )
    return Number(`${value[1]}e${value[0]}`);
  return value;
}

function simple(cursor: Cursor, info: number): unknown {
  switch (info) {
    case 20:
    case 21:
      return info === 21;
    case 22:
    case 23:
      return null;
    case 25:
      return half(take(cursor, need(cursor, 2)).readUInt16BE());
    case 26:
      return take(cursor, need(cursor, 4)).readFloatBE();
    case 27:
      return take(cursor, need(cursor, 8)).readDoubleBE();
    default:
      throw broken(`simple value ${info}`);
  }
}

function need(cursor: Cursor, size: number): number {
  if (cursor.at + size > cursor.bytes.length) throw broken('it ends too early');
  return size;
}

/** @see RFC 8949, appendix D */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const size =
    exponent === 0
      ? mantissa * 2 ** -24
      : exponent === 31
        ? mantissa === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (mantissa + 1_024) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

function broken(what: string): WireFailure {
  return new WireFailure('serialization', `The request body is not valid CBOR: ${what}`);
}
