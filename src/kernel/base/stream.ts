/** Bytes that are at hand, where a body that flows is wanted. */
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
