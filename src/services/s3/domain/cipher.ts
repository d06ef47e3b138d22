/**
 * How bodies lie on the disk: AES-256 in counter mode, so that any range can be read by itself and no byte is added. Each body has
 * a data key of its own, each piece of it a nonce; data keys are kept wrapped (AES-256-GCM). Keys and nonces are never seeded.
 */
import { createCipheriv } from 'node:crypto';
import { seal, secretBytes, unseal } from '#kernel/contract';

const BLOCK = 16;
const KEY_BYTES = 32;
const COUNTER_MASK = (1n << 128n) - 1n;

/** A key for one body; twice as long for two layers of encryption. */
export function newDataKey(layers: 1 | 2): Buffer {
  return secretBytes(KEY_BYTES * layers);
}

/** A nonce for one piece, in base64. */
export function newNonce(): string {
  return secretBytes(BLOCK).toString('base64');
}

/** Encrypts or decrypts a piece's bytes as they pass; the first of them lies at `offset` of the piece. */
export function passing(key: Buffer, nonce: string, offset = 0): (bytes: Uint8Array) => Uint8Array {
  const first = layer(key.subarray(0, KEY_BYTES), nonce, offset);
  if (key.length === KEY_BYTES) return first;
  const second = layer(key.subarray(KEY_BYTES), nonce, offset);
  return (bytes) => second(first(bytes));
}

function layer(key: Buffer, nonce: string, offset: number): (bytes: Uint8Array) => Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', key, counterAt(Buffer.from(nonce, 'base64'), offset));
  const within = offset % BLOCK;
  if (within > 0) cipher.update(Buffer.alloc(within));
  return (bytes) => cipher.update(bytes);
}

/** The counter of the block that holds the byte at `offset`. */
function counterAt(nonce: Buffer, offset: number): Buffer {
  if (offset < BLOCK) return nonce;
  const counter = (BigInt(`0x${nonce.toString('hex')}`) + BigInt(Math.floor(offset / BLOCK))) & COUNTER_MASK;
  return Buffer.from(counter.toString(16).padStart(BLOCK * 2, '0'), 'hex');
}

/** A key under another one, in base64. */
export function wrap(under: Buffer, key: Buffer): string {
  return seal(under, key).toString('base64');
}

/** The key that was wrapped; undefined when it was under another one. */
export function unwrap(under: Buffer, wrapped: string): Buffer | undefined {
  return unseal(under, Buffer.from(wrapped, 'base64'));
}
