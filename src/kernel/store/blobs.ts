/**
 * Bodies: small ones travel inside their row, larger ones are immutable files counted by a table. A file is complete before any row names
 * it, and is removed only after the last row that did has gone, so that a crash at any moment leaves at most a file nobody names (swept later).
 */

import { bytesStream, giveBack, SpendableStream, streamOf } from '#kernel/base';
import type { RandomStream } from '#kernel/random';
import type { ByteStream } from '#models/base';
import type { Driver } from './driver.ts';
import { encodeKey, LAST_KEY } from './key.ts';
import { decodeRow, encodeRow } from './row.ts';
import { table } from './table.ts';
import type { Transaction } from './transaction.ts';
import { viewOf } from './view.ts';

/** Bodies up to this size stay in the row (house rule, ARCHITECTURE.md "State"). */
export const INLINE_BYTES_MAX = 16 * 1_024;

/** Where a body is. Plain JSON: it is kept inside a service's row. */
export type BlobRef = { size: number; inline?: string; file?: string };

/** Bytes from `from` to `to`, both inclusive. */
export type ByteRange = { from: number; to: number };

/** Where the files of bodies are kept. */
export interface BlobDriver {
  /** Takes pieces until `end`, which publishes the file atomically under `id`. */
  create(id: string): Promise<BlobWriter>;
  /** @param turned as in `BlobRoom` */
  read(id: string, range: ByteRange, turned?: Turned): AsyncIterable<Uint8Array>;
  remove(id: string): void;
  /** Resolves when what was removed so far has gone. */
  removed(): Promise<void>;
  /** Ids of all files; for the sweep. */
  list(): AsyncIterable<string>;
  close(): void;
}

export interface BlobWriter {
  /** Resolves when the next may come. @param spendable the piece's memory is given back once it is written */
  write(piece: Uint8Array, spendable: boolean): Promise<void>;
  end(): Promise<void>;
  abort(): Promise<void>;
}

/** Sees a piece of a body on its way; what it makes of it, of the same length, is stored in its place and belongs to the store from then on. */
export type OnPiece = (piece: Uint8Array) => Uint8Array | undefined;
/** Makes another piece of one that was stored, of the same length, in memory of its own. */
export type Turned = (piece: Uint8Array) => Uint8Array;

export interface BlobRoom {
  /**
   * Stores a body as it flows. Nothing remains when the source fails.
   *
   * @param onPiece for checksums and encryption
   */
  write(source: AsyncIterable<Uint8Array>, onPiece?: OnPiece): Promise<BlobRef>;
  /** @param turned for decryption */
  read(ref: BlobRef, range?: ByteRange, turned?: Turned): ByteStream;
  /** In a transaction that stores a ref: one more row names it. */
  keep(ref: BlobRef): void;
  /** In a transaction that forgets a ref: one row fewer names it. Of a ref that was never kept it removes the file. */
  drop(ref: BlobRef): void;
}

type BlobRow = { id: string; rows: number };
const blobs = table<BlobRow>()('kernel.blobs', { scope: 'global', key: ['id'] });
const NOWHERE = { account: '', region: '' };

export class Blobs {
  readonly driver: BlobDriver;
  readonly #ids: RandomStream;
  /** Files being written, or written and not yet named: the sweep leaves them alone. */
  #fresh = new Set<string>();
  /** Copies that are being made; and the files to be removed after them. */
  #holds = 0;
  #held = new Set<string>();

  constructor(driver: BlobDriver, ids: RandomStream) {
    this.driver = driver;
    this.#ids = ids;
  }

  /** The room as one request sees it; `source` gives the transaction that is open. */
  room(source: () => Transaction): BlobRoom {
    return {
      write: (body, onPiece) => this.#write(body, onPiece),
      read: (ref, range, turned) => this.read(ref, range, turned),
      keep: (ref) => this.#count(source(), ref, 1),
      drop: (ref) => this.#count(source(), ref, -1),
    };
  }

  read(ref: BlobRef, range: ByteRange = { from: 0, to: ref.size - 1 }, turned?: Turned): ByteStream {
    const length = Math.max(0, range.to - range.from + 1);
    const { file } = ref;
    if (file === undefined) {
      const bytes = Buffer.from(ref.inline ?? '', 'base64').subarray(range.from, range.from + length);
      return bytesStream(turned?.(bytes) ?? bytes);
    }
    if (length === 0) return bytesStream('');
    return streamOf(length, () => this.driver.read(file, range, turned), turned !== undefined);
  }

  /** Removes files that no row names: what a crash may have left. Runs beside the work, a file at a time. */
  async sweep(isNamed: (id: string) => boolean): Promise<number> {
    let removed = 0;
    for await (const id of this.driver.list()) {
      if (this.#fresh.has(id) || isNamed(id)) continue;
      this.remove(id);
      removed += 1;
    }
    return removed;
  }

  /** Removes a file that no row names. */
  remove(id: string): void {
    this.#fresh.delete(id);
    if (this.#holds > 0) this.#held.add(id);
    else this.driver.remove(id);
  }

  /** No file goes away while `work` copies the state or replaces it; what rows name again by then stays. */
  async holding<T>(isNamed: (id: string) => boolean, work: () => Promise<T>): Promise<T> {
    this.#holds += 1;
    try {
      await this.driver.removed();
      return await work();
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) {
        const held = [...this.#held];
        this.#held.clear();
        for (const id of held) if (!isNamed(id)) this.driver.remove(id);
      }
    }
  }

  /** Whether some row names the file. */
  isNamed(tx: Transaction, id: string): boolean {
    return viewOf(() => tx, NOWHERE).get(blobs, { id }) !== undefined;
  }

  async #write(source: AsyncIterable<Uint8Array>, onPiece: OnPiece | undefined): Promise<BlobRef> {
    let held: Uint8Array[] = [];
    let size = 0;
    let writer: BlobWriter | undefined;
    const isSpendable = source instanceof SpendableStream;
    const id = this.#ids.uuid();
    try {
      for await (const given of source) {
        const made = onPiece?.(given);
        const piece = made ?? given;
        size += piece.length;
        if (made !== undefined && made !== given && isSpendable) giveBack(given);
        if (writer !== undefined) await writer.write(piece, made !== undefined || isSpendable);
        else {
          held.push(piece);
          if (size <= INLINE_BYTES_MAX) continue;
          this.#fresh.add(id);
          writer = await this.driver.create(id);
          for (const one of held) await writer.write(one, false);
          held = [];
        }
      }
      if (writer === undefined) return { size, inline: Buffer.concat(held).toString('base64') };
      await writer.end();
      return { size, file: id };
    } catch (error) {
      await writer?.abort();
      this.#fresh.delete(id);
      throw error;
    }
  }

  #count(tx: Transaction, ref: BlobRef, change: 1 | -1): void {
    const { file: id } = ref;
    if (id === undefined) return;
    const view = viewOf(() => tx, NOWHERE);
    const rows = (view.get(blobs, { id })?.rows ?? 0) + change;
    if (rows > 0) {
      view.put(blobs, { id, rows });
      tx.afterCommit(() => this.#fresh.delete(id));
    } else {
      view.delete(blobs, { id });
      tx.afterDurable(() => this.remove(id));
    }
  }
}

/**
 * Takes back what rows that go away at once counted.
 *
 * @param named how many of those rows name each file; asked only when there is any file
 * @returns files that no row names any more
 */
export function uncountBodies(driver: Driver, named: () => ReadonlyMap<string, number>): string[] {
  if (driver.range(blobs.name, { from: '', to: LAST_KEY, limit: 1 }).length === 0) return [];
  const gone: string[] = [];
  for (const [id, count] of named()) {
    const key = encodeKey([id]);
    const text = driver.get(blobs.name, key);
    if (text === undefined) continue;
    const rows = (decodeRow(blobs, text) as BlobRow).rows - count;
    if (rows <= 0) gone.push(id);
    driver.apply([{ space: blobs.name, key, value: rows > 0 ? encodeRow(blobs, { id, rows }) : undefined }]);
  }
  return gone;
}
