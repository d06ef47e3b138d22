/** Real randomness, for what must stay secret, and sealing under a key. Never from the seed: docs/decisions/0006-key-material.md says why. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const COUNTER_BYTES = 16;
/** Asking the operating system's generator costs more than what a nonce needs of it: small demands share one answer. */
const POOL_BYTES = 8_192;
const SHARE_BYTES_MAX = 64;
let pool = Buffer.alloc(0);

/** Random bytes of the operating system that nobody else gets; no trace of them stays here. */
export function secretBytes(length: number): Buffer {
  if (length > SHARE_BYTES_MAX) return randomBytes(length);
  if (pool.length < length) pool = randomBytes(POOL_BYTES);
  const bytes = Buffer.from(pool.subarray(0, length));
  pool.fill(0, 0, length);
  pool = pool.subarray(length);
  return bytes;
}

/**
 * Seals bytes under a key of 32 (AES-256-GCM): nonce, ciphertext, tag.
 *
 * @param bound what must be given again to open them
 */
export function seal(key: Uint8Array, bytes: Uint8Array, bound = ''): Buffer {
  const nonce = secretBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  if (bound !== '') cipher.setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** The bytes that were sealed; undefined when it was under another key or something has changed. */
export function unseal(key: Uint8Array, sealed: Buffer, bound = ''): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  if (bound !== '') decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const bytes = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return bytes;
  } catch {
    return undefined;
  }
}

/**
 * Enciphers bytes under a key of 32 (AES-256 in counter mode): nonce, ciphertext. At half of what sealing costs nothing tells whether
 * they were changed: for what has a digest of its own.
 */
export function encipher(key: Uint8Array, bytes: Uint8Array): Buffer {
  const nonce = secretBytes(COUNTER_BYTES);
  return Buffer.concat([nonce, createCipheriv('aes-256-ctr', key, nonce).update(bytes)]);
}

/** The bytes that were enciphered. */
export function decipher(key: Uint8Array, enciphered: Uint8Array): Buffer {
  const nonce = enciphered.subarray(0, COUNTER_BYTES);
  return createDecipheriv('aes-256-ctr', key, nonce).update(enciphered.subarray(COUNTER_BYTES));
}
