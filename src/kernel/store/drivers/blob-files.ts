/** Bodies as files: written under `tmp/`, renamed into `<two hex digits>/<id>` when complete. */
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { mkdir, open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobDriver, BlobWriter, ByteRange } from '../blobs.ts';
import type { Durability } from './sqlite.ts';

const READ_BYTES = 256 * 1_024;

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
    return {
      write: async (piece) => {
        for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
      },
      end: async () => {
        if (this.durability === 'disk') await file.sync();
        await file.close();
        await this.#folderOf(id);
        await rename(temporary, this.#path(id));
      },
      abort: async () => {
        await file.close();
        await rm(temporary, { force: true });
      },
    };
  }

  read(id: string, range: ByteRange): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path(id), { start: range.from, end: range.to, highWaterMark: READ_BYTES });
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
