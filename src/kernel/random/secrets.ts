/** Real randomness, for what must stay secret: keys, nonces. Never from the seed: docs/decisions/0006-key-material.md says why. */
import { randomBytes } from 'node:crypto';

/** Bytes of the operating system. */
export function secretBytes(length: number): Buffer {
  return randomBytes(length);
}
