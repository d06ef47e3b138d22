/** Ed25519ph: EdDSA over a SHA-512 digest, which Node's OpenSSL does not offer. Source: RFC 8032, 5.1 and appendix A. */
import { createHash, type KeyObject } from 'node:crypto';

/** Extended homogeneous coordinates. */
type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);
const BASE_Y = mod(4n * power(5n, P - 2n));
const BASE = pointOf(littleEndian(BASE_Y)) as Point;
/** dom2(1, ""): prehashed, without a context. */
const DOMAIN = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.from([1, 0])]);

/** The 64 bytes of a signature. */
export function signPrehashed(key: KeyObject, digest: Uint8Array): Buffer {
  const { d, x } = key.export({ format: 'jwk' });
  const seed = createHash('sha512')
    .update(Buffer.from(d ?? '', 'base64url'))
    .digest();
  const scalar = clamp(seed.subarray(0, 32));
  const r = hashNumber(seed.subarray(32), digest);
  const R = encode(multiply(r, BASE));
  const k = hashNumber(R, Buffer.from(x ?? '', 'base64url'), digest);
  return Buffer.concat([R, littleEndian((r + k * scalar) % ORDER)]);
}

/** Whether the signature is one of the digest. */
export function verifyPrehashed(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const A = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  const R = Buffer.from(signature.subarray(0, 32));
  const s = toNumber(signature.subarray(32));
  const a = pointOf(A);
  const r = pointOf(R);
  if (a === undefined || r === undefined || s >= ORDER) return false;
  const left = multiply(s, BASE);
  const right = add(r, multiply(hashNumber(R, A, digest), a));
  return encode(left).equals(encode(right));
}

function hashNumber(...parts: Uint8Array[]): bigint {
  const hash = createHash('sha512').update(DOMAIN);
  for (const part of parts) hash.update(part);
  return toNumber(hash.digest()) % ORDER;
}

function clamp(half: Uint8Array): bigint {
  const bytes = Buffer.from(half);
  bytes[0] = (bytes[0] ?? 0) & 248;
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
  return toNumber(bytes);
}

function multiply(scalar: bigint, point: Point): Point {
  let sum: Point = [0n, 1n, 1n, 0n];
  for (const bit of scalar.toString(2)) {
    sum = add(sum, sum);
    if (bit === '1') sum = add(sum, point);
  }
  return sum;
}

/** Complete: it doubles, too. RFC 8032, 5.1.4. */
function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function encode([x, y, z]: Point): Buffer {
  const inverse = power(z, P - 2n);
  const bytes = littleEndian(mod(y * inverse));
  bytes[31] = (bytes[31] ?? 0) | (mod(x * inverse) % 2n === 1n ? 128 : 0);
  return bytes;
}

/** Recovers x from y and its sign. RFC 8032, 5.1.3. */
function pointOf(encoded: Uint8Array): Point | undefined {
  const bytes = Buffer.from(encoded);
  const odd = ((bytes[31] ?? 0) & 128) !== 0;
  bytes[31] = (bytes[31] ?? 0) & 127;
  const y = toNumber(bytes);
  if (y >= P) return undefined;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  const xx = mod(u * power(v, P - 2n));
  let x = power(xx, (P + 3n) / 8n);
  if (mod(x * x) !== xx) x = mod(x * ROOT_OF_MINUS_1);
  if (mod(x * x) !== xx || (x === 0n && odd)) return undefined;
  if ((x % 2n === 1n) !== odd) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = mod(result * result);
    if (bit === '1') result = mod(result * base);
  }
  return result;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function toNumber(littleEndianBytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(littleEndianBytes).reverse().toString('hex')}`);
}

function littleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
