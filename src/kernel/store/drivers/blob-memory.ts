/** Bodies in this process, for clouds without a folder. A fork shares them: they never change. */
import type { BlobDriver, BlobWriter, ByteRange, Turned } from '../blobs.ts';

const PIECE_BYTES = 256 * 1_024;

export class BlobMemory implements BlobDriver {
  #bodies: Map<string, Buffer>;

  constructor(bodies: ReadonlyMap<string, Buffer> = new Map()) {
    this.#bodies = new Map(bodies);
  }

  async create(id: string): Promise<BlobWriter> {
    const pieces: Uint8Array[] = [];
    return {
      write: async (piece) => void pieces.push(Buffer.from(piece)),
      end: async () => void this.#bodies.set(id, Buffer.concat(pieces)),
      abort: async () => {},
    };
  }

  async *read(id: string, range: ByteRange, turned?: Turned): AsyncIterable<Uint8Array> {
    const body = this.#bodies.get(id) ?? Buffer.alloc(0);
    for (let at = range.from; at <= range.to; at += PIECE_BYTES) {
      const piece = body.subarray(at, Math.min(at + PIECE_BYTES, range.to + 1));
      yield turned?.(piece) ?? piece;
    }
  }

  remove(id: string): void {
    this.#bodies.delete(id);
  }

  async removed(): Promise<void> {}

  async *list(): AsyncIterable<string> {
    yield* [...this.#bodies.keys()];
  }

  /** Adds what another driver has. What no row names then, the sweep removes. */
  take(other: BlobMemory): void {
    for (const [id, body] of other.#bodies) this.#bodies.set(id, body);
  }

  clone(): BlobMemory {
    return new BlobMemory(this.#bodies);
  }

  close(): void {
    this.#bodies.clear();
  }
}
