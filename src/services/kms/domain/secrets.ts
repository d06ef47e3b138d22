/** Real randomness for what must stay secret: material, nonces, data keys. Why never from the seed: docs/decisions/0006-key-material.md. */
import { randomBytes } from 'node:crypto';

/** Bytes of the operating system. */
export function secretBytes(length: number): Buffer {
  return randomBytes(length);
}
