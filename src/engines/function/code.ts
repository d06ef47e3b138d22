/** Files of functions and layers: archives unpacked once each, whatever an archive tries. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { CodeError, type FunctionCode } from '#kernel/contract';
import { Archive } from './archive.ts';

/** A link's target is a path. */
const LINK_BYTES_MAX = 4_096;
const FILE_TYPE = 0o170000;
const LINK = 0o120000;
const SIZES_KEPT_MAX = 1_000;

export class CodeFolders {
  readonly #root: string;
  #unpacked = new Map<string, Promise<string>>();
  /** What archives unpack to, by hash: the functions of an application often share theirs. */
  #sizes = new Map<string, number>();
  #count = 0;

  /** @param root folder that is this one's alone */
  constructor(root: string) {
    this.#root = root;
  }

  /** Bytes that an archive unpacks to. */
  async check(code: FunctionCode, unpackedMax: number): Promise<number> {
    if ('folder' in code) return 0;
    const known = this.#sizes.get(code.sha256);
    if (known !== undefined && known <= unpackedMax) return known;
    const size = await this.#archive(code, async (archive) => {
      let bytes = 0;
      for await (const entry of archive.entries()) bytes = grown(bytes, entry, unpackedMax);
      return bytes;
    });
    if (this.#sizes.size >= SIZES_KEPT_MAX) this.#sizes.clear();
    this.#sizes.set(code.sha256, size);
    return size;
  }

  /** The folder in which its files are. */
  folder(code: FunctionCode): Promise<string> {
    if ('folder' in code) return Promise.resolve(code.folder);
    let unpacked = this.#unpacked.get(code.sha256);
    if (unpacked === undefined) {
      unpacked = this.#unpack(code).catch((error) => {
        this.#unpacked.delete(code.sha256);
        throw error;
      });
      this.#unpacked.set(code.sha256, unpacked);
    }
    return unpacked;
  }

  /** One folder with the files of several archives; what comes later covers what came before. */
  async merged(codes: readonly FunctionCode[]): Promise<string> {
    const [first] = codes;
    if (first !== undefined && codes.length === 1) return this.folder(first);
    const names = codes.map((code) => ('folder' in code ? code.folder : code.sha256));
    const key = `layers-${createHash('sha256').update(names.join('\n')).digest('hex')}`;
    let made = this.#unpacked.get(key);
    if (made === undefined) {
      made = this.#into(key, async (target) => {
        for (const code of codes)
          await cp(await this.folder(code), target, { recursive: true, verbatimSymlinks: true });
      }).catch((error) => {
        this.#unpacked.delete(key);
        throw error;
      });
      this.#unpacked.set(key, made);
    }
    return made;
  }

  async #unpack(code: Exclude<FunctionCode, { folder: string }>): Promise<string> {
    return this.#into(`code-${Buffer.from(code.sha256, 'base64').toString('hex')}`, (target) =>
      this.#archive(code, (archive) => unpackInto(archive, target)),
    );
  }

  /** Made elsewhere and moved there when complete: a crash leaves nothing half. */
  async #into(name: string, fill: (target: string) => Promise<void>): Promise<string> {
    const target = join(this.#root, name);
    if (await exists(target)) return target;
    const partial = this.#partial();
    await mkdir(partial, { recursive: true });
    try {
      await fill(partial);
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      if (!(await exists(target))) throw error;
    }
    return target;
  }

  async #archive<T>(
    code: Exclude<FunctionCode, { folder: string }>,
    work: (archive: Archive) => Promise<T>,
  ): Promise<T> {
    const file = `${this.#partial()}.zip`;
    await mkdir(this.#root, { recursive: true });
    try {
      await pipeline(Readable.from(code.open()), createWriteStream(file));
      const archive = await Archive.open(file).catch(unreadable);
      try {
        return await work(archive).catch(unreadable);
      } finally {
        archive.close();
      }
    } finally {
      await rm(file, { force: true });
    }
  }

  #partial(): string {
    this.#count += 1;
    return join(this.#root, `.partial-${process.pid}-${this.#count}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function unreadable(error: Error & { code?: string }): never {
  if (error instanceof CodeError || error.code !== undefined) throw error;
  throw new CodeError('unreadable', error.message);
}

function grown(bytes: number, entry: Entry, max: number): number {
  const sum = bytes + entry.uncompressedSize;
  if (sum > max) throw new CodeError('too-large', `more than ${max} bytes unpacked`);
  return sum;
}

/** Links are made last: no file is ever written through one. */
async function unpackInto(archive: Archive, target: string): Promise<void> {
  const links: { path: string; to: string }[] = [];
  const folders = new Set<string>();
  for await (const entry of archive.entries()) {
    const path = join(target, entry.fileName);
    const type = entry.externalFileAttributes >>> 16;
    const folder = entry.fileName.endsWith('/') ? path : dirname(path);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    if (entry.fileName.endsWith('/')) continue;
    const content = await archive.content(entry);
    const mode = modeOf(type);
    if ((type & FILE_TYPE) === LINK) links.push({ path, to: await targetOf(entry, content, path, target) });
    else if (content instanceof Uint8Array) writeFileSync(path, content, { mode });
    else await pipeline(content, createWriteStream(path, { mode }));
  }
  for (const { path, to } of links) {
    await rm(path, { force: true });
    await symlink(to, path);
  }
  // One by itself may stay inside, and lead out by way of another.
  const root = await realpath(target);
  for (const { path } of links) {
    const end = await realpath(path).catch(() => root);
    if (!isWithin(end, root)) throw new CodeError('unreadable', 'a link leaves the folder');
  }
}

/** With its separator: the folder of another archive may be called by a name that begins like this one's. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * What everybody may read, and run what its owner may. Archives without modes (of Windows) have files that are read.
 *
 * Deviation: on AWS a function can't read files that only their owner may.
 */
function modeOf(type: number): number {
  const mode = type & 0o777 || 0o644;
  return mode | 0o444 | ((mode & 0o100) === 0 ? 0 : 0o111);
}

/** @throws {CodeError} a link is too long, or leads out of the folder */
async function targetOf(entry: Entry, content: Uint8Array | Readable, path: string, target: string): Promise<string> {
  if (entry.uncompressedSize > LINK_BYTES_MAX) throw new CodeError('unreadable', 'a link is too long');
  const bytes = content instanceof Uint8Array ? content : Buffer.concat(await content.toArray());
  const to = Buffer.from(bytes).toString('utf8');
  const end = normalize(join(path, '..', to));
  if (!isWithin(end, target)) throw new CodeError('unreadable', 'a link leaves the folder');
  return to;
}
