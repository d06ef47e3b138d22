/** Bodies that flow, and bytes at hand where one is wanted. */
import type { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteStream } from '#models/base';

/** Whoever knows that a stream is one of these takes its bytes at once. */
export class BytesStream implements ByteStream {
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.length > 0) yield this.bytes;
  }
}

/** Bytes, or a text in UTF-8, as a stream. */
export function bytesStream(bytes: Uint8Array | string): BytesStream {
  return new BytesStream(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
}

/**
 * A body whose pieces were made for its reader alone. Whoever has used one may give its memory back at once: left to the collector of
 * garbage, which counts what lies outside of its heap, large bodies cost more in collections than in reading and sending.
 */
export class SpendableStream implements ByteStream {
  readonly length: number | undefined;
  readonly #pieces: () => AsyncIterable<Uint8Array>;

  constructor(length: number | undefined, pieces: () => AsyncIterable<Uint8Array>) {
    this.length = length;
    this.#pieces = pieces;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#pieces()[Symbol.asyncIterator]();
  }
}

/** A body that flows; spendable where each of its pieces is its reader's alone. */
export function streamOf(
  length: number | undefined,
  pieces: () => AsyncIterable<Uint8Array>,
  isSpendable: boolean,
): ByteStream {
  return isSpendable
    ? new SpendableStream(length, pieces)
    : { length, [Symbol.asyncIterator]: () => pieces()[Symbol.asyncIterator]() };
}

/** Gives back the memory of a piece that nobody reads any more. One that shares its memory with others is left alone. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** A body of gzip, unpacked as it flows. @throws {Error} with zlib's code where it is none, or ends too early */
export async function* gunzipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const feed = (async () => {
    try {
      for await (const piece of body) {
        // Whoever reads may have had enough, or it is no gzip; then there is nothing to wait for, and the body ends here.
        if (gunzip.destroyed) return;
        if (!gunzip.write(piece)) await writable(gunzip);
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } finally {
    gunzip.destroy();
    await feed;
  }
}

/** Until more can be written, or never will be. */
export function writable(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done);
      to.off('close', done);
      resolve();
    };
    to.on('drain', done);
    to.on('close', done);
  });
}
