/** Real randomness for what must stay secret: material, nonces, data keys. Why never from the seed: docs/decisions/0006-key-material.md. */
import { randomBytes } from 'node:crypto';

/** Asking the operating system's generator costs more than what a nonce needs of it: small demands share one answer. */
const POOL_BYTES = 8_192;
const SHARE_BYTES_MAX = 64;
let pool = Buffer.alloc(0);

/** Random bytes that nobody else gets; no trace of them stays here. */
export function secretBytes(length: number): Buffer {
  if (length > SHARE_BYTES_MAX) return randomBytes(length);
  if (pool.length < length) pool = randomBytes(POOL_BYTES);
  const bytes = Buffer.from(pool.subarray(0, length));
  pool.fill(0, 0, length);
  pool = pool.subarray(length);
  return bytes;
}
