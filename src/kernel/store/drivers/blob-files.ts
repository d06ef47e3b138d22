/** Bodies as files: written under `tmp/`, renamed into `<two hex digits>/<id>` when complete. */
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { giveBack } from '#kernel/base';
import type { BlobDriver, BlobWriter, ByteRange, Turned } from '../blobs.ts';
import type { Durability } from './sqlite.ts';

const READ_BYTES = 256 * 1_024;
const BATCH_BYTES = 512 * 1_024;
/** One call of the system takes 1,024. */
const BATCH_PIECES = 1_000;

export class BlobFiles implements BlobDriver {
  readonly folder: string;
  readonly durability: Durability;
  #made = new Set<string>();
  #removing = new Set<Promise<void>>();

  constructor(folder: string, durability: Durability) {
    this.folder = folder;
    this.durability = durability;
    rmSync(join(folder, 'tmp'), { recursive: true, force: true });
    mkdirSync(join(folder, 'tmp'), { recursive: true });
  }

  async create(id: string): Promise<BlobWriter> {
    const temporary = join(this.folder, 'tmp', id);
    const file = await open(temporary, 'wx');
    const batches = new Batches(file);
    return {
      write: (piece, spendable) => batches.add(piece, spendable),
      end: async () => {
        await batches.end();
        if (this.durability === 'disk') await file.sync();
        await file.close();
        await this.#folderOf(id);
        await rename(temporary, this.#path(id));
      },
      abort: async () => {
        await batches.end().catch(() => {});
        await file.close();
        await rm(temporary, { force: true });
      },
    };
  }

  async *read(id: string, range: ByteRange, turned?: Turned): AsyncIterable<Uint8Array> {
    const file = await open(this.#path(id));
    try {
      let buffer: Buffer | undefined;
      for (let at = range.from; at <= range.to; ) {
        // What is turned into something else is read into the same memory again and again.
        buffer = turned === undefined ? undefined : buffer;
        buffer ??= Buffer.allocUnsafeSlow(Math.min(READ_BYTES, range.to - at + 1));
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, range.to - at + 1), at);
        if (bytesRead === 0) return;
        at += bytesRead;
        const piece = buffer.subarray(0, bytesRead);
        yield turned?.(piece) ?? piece;
      }
    } finally {
      await file.close();
    }
  }

  remove(id: string): void {
    const removing = rm(this.#path(id), { force: true })
      .catch(() => {})
      .finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }

  async removed(): Promise<void> {
    await Promise.all(this.#removing);
  }

  async *list(): AsyncIterable<string> {
    for await (const shelf of await opendir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(shelf.name)) continue;
      for await (const file of await opendir(join(this.folder, shelf.name))) yield file.name;
    }
  }

  close(): void {}

  #path(id: string): string {
    return join(this.folder, id.slice(0, 2), id);
  }

  async #folderOf(id: string): Promise<void> {
    const shelf = id.slice(0, 2);
    if (this.#made.has(shelf)) return;
    await mkdir(join(this.folder, shelf), { recursive: true });
    this.#made.add(shelf);
  }
}

/** Pieces on their way into a file: while one batch is written the next is gathered, and hashed by whoever brings it. */
class Batches {
  readonly #file: FileHandle;
  #gathered: Uint8Array[] = [];
  #spendable: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(piece: Uint8Array, spendable: boolean): Promise<void> {
    this.#gathered.push(piece);
    if (spendable) this.#spendable.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= BATCH_BYTES || this.#gathered.length >= BATCH_PIECES) await this.#next();
  }

  async end(): Promise<void> {
    await this.#next();
    await this.#writing;
  }

  /** Waits for the batch before, and begins with this one. */
  async #next(): Promise<void> {
    await this.#writing;
    const pieces = this.#gathered;
    const spendable = this.#spendable;
    this.#gathered = [];
    this.#spendable = [];
    this.#bytes = 0;
    this.#writing = writeAll(this.#file, pieces).finally(() => spendable.forEach(giveBack));
    // Told by the next who waits.
    this.#writing.catch(() => {});
  }
}

async function writeAll(file: FileHandle, pieces: Uint8Array[]): Promise<void> {
  for (let left = pieces; left.length > 0; ) {
    let { bytesWritten } = await file.writev(left);
    const done = left.findIndex(({ length }) => {
      if (bytesWritten < length) return true;
      bytesWritten -= length;
      return false;
    });
    left = done < 0 ? [] : [(left[done] as Uint8Array).subarray(bytesWritten), ...left.slice(done + 1)];
  }
}
