/**
 * ECDSA over a digest that is already made. OpenSSL, as Node offers it, always hashes: so signing does the scalar arithmetic
 * here (the point comes from OpenSSL), and verifying the point arithmetic, too, which concerns public values only.
 *
 * @see FIPS 186-5, 6.4; curves: FIPS 186-5 SP 800-186, 3.2.1; SEC 2, 2.4.1
 */
import { createECDH, type KeyObject } from 'node:crypto';
import { invariant } from '#kernel/base';

/** y² = x³ + ax + b over p; n is the order of the generator (x, y). */
type Curve = { openssl: string; bytes: number; p: bigint; a: bigint; n: bigint; x: bigint; y: bigint };
/** Jacobian coordinates; z = 0 is the point at infinity. */
type Point = readonly [x: bigint, y: bigint, z: bigint];

const CURVES: { readonly [curve: string]: Curve } = {
  'P-256': {
    openssl: 'prime256v1',
    bytes: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    a: -3n,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
  'P-384': {
    openssl: 'secp384r1',
    bytes: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    a: -3n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  },
  'P-521': {
    openssl: 'secp521r1',
    bytes: 66,
    p: 2n ** 521n - 1n,
    a: -3n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    x: 0x00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
    y: 0x011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
  },
  secp256k1: {
    openssl: 'secp256k1',
    bytes: 32,
    p: 2n ** 256n - 2n ** 32n - 977n,
    a: 0n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  },
};

/** A signature of a digest, in DER. `name` is the curve as specs.ts calls it. */
export function signDigest(name: string, key: KeyObject, digest: Uint8Array): Buffer {
  const curve = curveOf(name);
  const d = numberOf(key.export({ format: 'jwk' }).d);
  for (;;) {
    const ephemeral = createECDH(curve.openssl);
    const point = ephemeral.generateKeys();
    const r = mod(toNumber(point.subarray(1, 1 + curve.bytes)), curve.n);
    const k = toNumber(ephemeral.getPrivateKey());
    const s = mod(inverse(k, curve.n) * (truncated(digest, curve) + r * d), curve.n);
    if (r !== 0n && s !== 0n) return writeDer(r, s);
  }
}

/** Whether the signature, in DER, is one of the digest. */
export function verifyDigest(name: string, key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const curve = curveOf(name);
  const { p, n } = curve;
  const [r, s] = readDer(Buffer.from(signature)) ?? [0n, 0n];
  if (r <= 0n || r >= n || s <= 0n || s >= n) return false;
  const jwk = key.export({ format: 'jwk' });
  const w = inverse(s, n);
  const generator: Point = [curve.x, curve.y, 1n];
  const own: Point = [numberOf(jwk.x), numberOf(jwk.y), 1n];
  const [x, , z] = combine(mod(truncated(digest, curve) * w, n), generator, mod(r * w, n), own, curve);
  if (z === 0n) return false;
  const inverted = inverse(z, p);
  return mod(mod(x * inverted * inverted, p), n) === r;
}

function curveOf(name: string): Curve {
  const curve = CURVES[name];
  invariant(curve !== undefined, `${name} is a curve of KMS`);
  return curve;
}

/** The leftmost bits of the digest, as many as n has. */
function truncated(digest: Uint8Array, { n }: Curve): bigint {
  const excess = digest.length * 8 - n.toString(2).length;
  return excess > 0 ? toNumber(digest) >> BigInt(excess) : toNumber(digest);
}

/** u·P + v·Q in one pass over the bits of both (Shamir's trick). */
function combine(u: bigint, p: Point, v: bigint, q: Point, curve: Curve): Point {
  const both = add(p, q, curve);
  let sum: Point = [1n, 1n, 0n];
  for (let bit = BigInt(curve.n.toString(2).length - 1); bit >= 0n; bit -= 1n) {
    sum = double(sum, curve);
    const inU = ((u >> bit) & 1n) === 1n;
    const inV = ((v >> bit) & 1n) === 1n;
    if (inU || inV) sum = add(sum, inU && inV ? both : inU ? p : q, curve);
  }
  return sum;
}

/** @see hyperelliptic.org/EFD, "Jacobian coordinates", dbl-2007-bl */
function double([x, y, z]: Point, { p, a }: Curve): Point {
  if (z === 0n) return [x, y, z];
  const yy = mod(y * y, p);
  const s = mod(4n * x * yy, p);
  const m = mod(3n * x * x + a * z ** 4n, p);
  const x3 = mod(m * m - 2n * s, p);
  return [x3, mod(m * (s - x3) - 8n * yy * yy, p), mod(2n * y * z, p)];
}

/** @see hyperelliptic.org/EFD, "Jacobian coordinates", add-1998-cmo-2 */
function add(left: Point, right: Point, curve: Curve): Point {
  const { p } = curve;
  const [x1, y1, z1] = left;
  const [x2, y2, z2] = right;
  if (z1 === 0n) return right;
  if (z2 === 0n) return left;
  const zz1 = mod(z1 * z1, p);
  const zz2 = mod(z2 * z2, p);
  const u1 = mod(x1 * zz2, p);
  const s1 = mod(y1 * zz2 * z2, p);
  const h = mod(x2 * zz1 - u1, p);
  const r = mod(y2 * zz1 * z1 - s1, p);
  if (h === 0n) return r === 0n ? double(left, curve) : [1n, 1n, 0n];
  const hh = mod(h * h, p);
  const v = mod(u1 * hh, p);
  const x3 = mod(r * r - hh * h - 2n * v, p);
  return [x3, mod(r * (v - x3) - s1 * hh * h, p), mod(z1 * z2 * h, p)];
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** By the extended Euclidean algorithm; the modulus is prime. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [mod(value, modulus), modulus, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return mod(x, modulus);
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

function numberOf(base64url: string | undefined): bigint {
  return toNumber(Buffer.from(base64url ?? '', 'base64url'));
}

/** SEQUENCE { INTEGER r, INTEGER s }. */
function writeDer(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([integer(r), integer(s)]);
  const length = body.length < 128 ? [body.length] : [0x81, body.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), body]);
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
  return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes]);
}

/** r and s; undefined when the text is not exactly what writeDer would write. */
function readDer(bytes: Buffer): [bigint, bigint] | undefined {
  const start = bytes[1] === 0x81 ? 3 : 2;
  const lengthOfR = bytes[start + 1] ?? 0;
  const r = toNumber(bytes.subarray(start + 2, start + 2 + lengthOfR));
  const lengthOfS = bytes[start + 3 + lengthOfR] ?? 0;
  const s = toNumber(bytes.subarray(start + 4 + lengthOfR, start + 4 + lengthOfR + lengthOfS));
  return writeDer(r, s).equals(bytes) ? [r, s] : undefined;
}
