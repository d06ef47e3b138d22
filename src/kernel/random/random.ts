/** Named streams of randomness. Without a seed they are the machine's; with one, each stream is the same in every run. */
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { sha256 } from '#kernel/base';

const CHUNK = 4_096;
const ZEROS = Buffer.alloc(CHUNK);

/** A keystream of AES-256-CTR: fit for secrets, and reproducible from its seed. */
export class RandomStream {
  #cipher;
  #chunk = Buffer.alloc(0);
  #used = 0;

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  bytes(length: number): Buffer {
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = length > CHUNK ? this.#cipher.update(Buffer.alloc(length)) : this.#cipher.update(ZEROS);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return this.#chunk.subarray(start, this.#used);
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.bytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  /** Uniform integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Version 4 UUID. */
  uuid(): string {
    const bytes = this.bytes(16);
    // The chunk is used up by what it gives, so it may be changed.
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** `length` characters, each drawn from `alphabet` (at most 256 characters). */
  text(length: number, alphabet: string): string {
    const bytes = this.bytes(length * 2);
    let text = '';
    for (let index = 0; index < length; index += 1) text += alphabet[bytes.readUInt16BE(index * 2) % alphabet.length];
    return text;
  }
}

export class Random {
  readonly seed: string;
  #streams = new Map<string, RandomStream>();

  constructor(seed: string | undefined) {
    this.seed = seed ?? randomBytes(16).toString('hex');
  }

  /** The stream of that name, e.g. a service's. */
  stream(name: string): RandomStream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream(sha256(`${this.seed}\n${name}`));
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** A seed for a person to type again: a number below 2³². */
export function freshSeed(): string {
  return String(randomInt(2 ** 32));
}
