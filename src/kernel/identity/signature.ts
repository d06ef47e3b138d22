/**
 * Checking a signature: HMAC for Signature Version 4, ECDSA over P-256 for 4a, whose key is derived from the same secret.
 *
 * @see IAM User Guide, "How AWS SigV4 works", "AWS Signature Version 4A"; NIST SP 800-108r1, "KDF in Counter Mode"
 */
import { createECDH, createHmac, createPublicKey, hash, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { Claim, Scope } from './claim.ts';

const ALGORITHMS = { v4: 'AWS4-HMAC-SHA256', v4a: 'AWS4-ECDSA-P256-SHA256' } as const;
/** Derived keys are kept, so many of each kind. */
const KEYS_MAX = 1_000;
/** P-256's order, minus 2. Source: FIPS 186-4, D.1.2.3. */
const ORDER_MINUS_2 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - 2n;

/** What is signed: the request itself, a chunk of its body, its trailers. */
export type SignedKind = '' | '-PAYLOAD' | '-TRAILER';

/** Whether `given` is the signature that the holder of `secret` makes under a claim; `content` are the lines below the scope. */
export function isSigned(claim: Claim, secret: string, kind: SignedKind, content: string, given: string): boolean {
  if (claim.algorithm === 'v4') return same(hmacSignature(claim, secret, kind, content), given);
  if (!/^([0-9a-f]{2})+$/.test(given)) return false;
  const text = Buffer.from(signedText(claim, kind, content));
  return verify('sha256', text, publicKey(secret, claim.accessKeyId), Buffer.from(given, 'hex'));
}

/** The text that is signed: AWS calls it the string to sign. */
export function signedText({ algorithm, timestamp, scope }: Claim, kind: SignedKind, content: string): string {
  const { date, region, service } = scope;
  const place = algorithm === 'v4' ? `${date}/${region}/${service}` : `${date}/${service}`;
  return `${ALGORITHMS[algorithm]}${kind}\n${timestamp}\n${place}/aws4_request\n${content}`;
}

/** The signature of version 4, in hex. */
export function hmacSignature(claim: Claim, secret: string, kind: SignedKind, content: string): string {
  return hmac(signingKey(secret, claim.scope), signedText(claim, kind, content));
}

/**
 * Whether a text by itself was signed with the secret, as the policies of forms are: in hex by version 4, within its scope, or in
 * base64 by version 2.
 *
 * @see S3 API Reference, "Authenticating requests in browser-based uploads using POST"
 */
export function isTextSigned(scope: Scope | undefined, secret: string, text: string, given: string): boolean {
  if (scope === undefined) return same(createHmac('sha1', secret).update(text).digest('base64'), given);
  return same(hmac(signingKey(secret, scope), text), given);
}

/** Compares without telling by its time how much agrees. */
function same(expected: string, given: string): boolean {
  const [x, y] = [Buffer.from(expected), Buffer.from(given)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** A key's two blocks of HMAC: two one-shot hashes over them cost less than an Hmac object. @see RFC 2104 */
type SigningKey = { inner: Uint8Array; outer: Uint8Array };

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** What is hashed is put together here; nothing waits in between. */
const scratch = Buffer.allocUnsafeSlow(1_024);
const UTF8_BYTES_MAX = 3;

function hmac({ inner, outer }: SigningKey, text: string): string {
  const isShort = text.length * UTF8_BYTES_MAX <= scratch.length - BLOCK_BYTES;
  let asked: Buffer;
  if (isShort) {
    scratch.set(inner);
    asked = scratch.subarray(0, BLOCK_BYTES + scratch.write(text, BLOCK_BYTES));
  } else asked = Buffer.concat([inner, Buffer.from(text)]);
  const digest = hash('sha256', asked);
  scratch.set(outer);
  scratch.write(digest, BLOCK_BYTES, 'hex');
  return hash('sha256', scratch.subarray(0, BLOCK_BYTES + DIGEST_BYTES));
}

const signingKeys = new Map<string, SigningKey>();
const publicKeys = new Map<string, KeyObject>();

/** The key derived from a secret for one day, Region and service. */
function signingKey(secret: string, scope: Scope): SigningKey {
  const id = `${secret}/${scope.date}/${scope.region}/${scope.service}`;
  let key = signingKeys.get(id);
  if (key === undefined) {
    const step = (from: Buffer | string, text: string) => createHmac('sha256', from).update(text).digest();
    const derived = step(step(step(step(`AWS4${secret}`, scope.date), scope.region), scope.service), 'aws4_request');
    const block = (pad: number) => Uint8Array.from({ length: BLOCK_BYTES }, (_, at) => (derived[at] ?? 0) ^ pad);
    key = { inner: block(0x36), outer: block(0x5c) };
    if (signingKeys.size >= KEYS_MAX) signingKeys.clear();
    signingKeys.set(id, key);
  }
  return key;
}

/** The public half of the key pair derived from a secret and its id. */
function publicKey(secret: string, accessKeyId: string): KeyObject {
  const id = `${secret}/${accessKeyId}`;
  let key = publicKeys.get(id);
  if (key === undefined) {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(privateKey(secret, accessKeyId));
    const point = pair.getPublicKey();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url')) as [
      string,
      string,
    ];
    key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    if (publicKeys.size >= KEYS_MAX) publicKeys.clear();
    publicKeys.set(id, key);
  }
  return key;
}

/** Candidates by counter until one is below the curve's order; the first nearly always is. */
function privateKey(secret: string, accessKeyId: string): Buffer {
  for (let counter = 1; counter < 255; counter += 1) {
    const label = Buffer.from(`\u0000\u0000\u0000\u0001${ALGORITHMS.v4a}\u0000${accessKeyId}`, 'latin1');
    const fixed = Buffer.concat([label, Buffer.from([counter, 0, 0, 1, 0])]);
    const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secret}`).update(fixed).digest('hex')}`);
    if (candidate <= ORDER_MINUS_2) return Buffer.from((candidate + 1n).toString(16).padStart(64, '0'), 'hex');
  }
  throw new Error('no candidate for a private key');
}
