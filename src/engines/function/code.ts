/**
 * Files of functions and layers: archives unpacked once each, whatever an archive tries. What is unpacked can be unpacked again: it goes when nobody
 * has used it for a while, or when its function has gone or changed, but never while an environment runs from it.
 */
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { HOUR, type Millis, sha256Hex } from '#kernel/base';
import { machineNow } from '#kernel/clock';
import { CodeError, type FunctionCode, type FunctionSpec } from '#kernel/contract';
import { Archive } from './archive.ts';

/** A link's target is a path. */
const LINK_BYTES_MAX = 4_096;
const FILE_TYPE = 0o170000;
const LINK = 0o120000;
const SIZES_KEPT_MAX = 1_000;
/** What nobody uses stays so long. */
const UNUSED_KEPT: Millis = HOUR;
/** What is being made, or removed, lies in folders of such names. */
const PARTIAL = '.partial-';

type Files = Pick<FunctionSpec, 'code' | 'layers'>;

export class CodeFolders {
  readonly #root: string;
  #unpacked = new Map<string, Promise<string>>();
  /** What archives unpack to, by hash: the functions of an application often share theirs. */
  #sizes = new Map<string, number>();
  #count = 0;
  /** Environments that run from a folder, or are about to. */
  #users = new Map<string, number>();
  /** Folders whose functions have gone or changed. */
  #unwanted = new Set<string>();
  /** Where folders are made; another one in each process, so that none meets what was left half done. */
  #workshop: Promise<string> | undefined;

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

  /** The folder in which its files are. It stays while somebody holds it. */
  async folder(code: FunctionCode): Promise<string> {
    return 'folder' in code ? code.folder : this.#once(nameOf(code), (name) => this.#unpack(name, code));
  }

  /** One folder with the files of several archives; what comes later covers what came before. */
  async merged(codes: readonly FunctionCode[]): Promise<string> {
    const [first] = codes;
    if (first !== undefined && codes.length === 1) return this.folder(first);
    return this.#once(mergedName(codes), (name) =>
      this.#into(name, async (target) => {
        for (const code of codes)
          await cp(await this.folder(code), target, { recursive: true, verbatimSymlinks: true });
      }),
    );
  }

  /** An environment is to run from these files. @returns to be called when it has ended */
  hold(files: Files): () => void {
    const names = namesOf(files);
    for (const name of names) {
      this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
      this.#unwanted.delete(name);
    }
    return () => {
      for (const name of names.splice(0)) {
        const left = (this.#users.get(name) ?? 0) - 1;
        if (left > 0) this.#users.set(name, left);
        else this.#users.delete(name);
        // When it was used last.
        const now = new Date(machineNow());
        if (left <= 0) void utimes(join(this.#root, name), now, now).catch(() => {});
      }
    };
  }

  /** Their function is gone, or has others now: the next tidying removes them, unless somebody holds them by then. */
  discard(files: Files): void {
    for (const name of namesOf(files)) this.#unwanted.add(name);
  }

  /** Removes what is not wanted any more, what nobody has used for long, and what an earlier process has left half done. */
  async tidy(): Promise<void> {
    const before = machineNow() - UNUSED_KEPT;
    const unwanted = [...this.#unwanted];
    const workshop = basename(dirname(await this.#partial()));
    for (const name of await readdir(this.#root).catch(() => [])) {
      const path = join(this.#root, name);
      if (name.startsWith(PARTIAL) && name !== workshop) await rm(path, { recursive: true, force: true });
      if (!/^(code|layers)-/.test(name) || this.#users.has(name)) continue;
      const usedAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
      if (usedAt < before || this.#unwanted.has(name)) await this.#remove(name);
    }
    for (const name of unwanted) if (!this.#users.has(name)) this.#unwanted.delete(name);
  }

  /** Whether the next tidying has something to remove that was used only now. */
  get hasUnwanted(): boolean {
    return this.#unwanted.size > 0;
  }

  /** Unless somebody has come to use it meanwhile. */
  async #remove(name: string): Promise<void> {
    const gone = await this.#partial();
    if (this.#users.has(name)) return;
    this.#unwanted.delete(name);
    this.#unpacked.delete(name);
    // At once out of the way: who asks for it from now on unpacks it anew.
    renameSync(join(this.#root, name), gone);
    await rm(gone, { recursive: true, force: true });
  }

  #once(name: string, make: (name: string) => Promise<string>): Promise<string> {
    let unpacked = this.#unpacked.get(name);
    if (unpacked === undefined) {
      unpacked = make(name).catch((error) => {
        this.#unpacked.delete(name);
        throw error;
      });
      this.#unpacked.set(name, unpacked);
    }
    return unpacked;
  }

  #unpack(name: string, code: Archived): Promise<string> {
    return this.#into(name, (target) => this.#archive(code, (archive) => unpackInto(archive, target)));
  }

  /** Made elsewhere and moved there when complete: a crash leaves nothing half. */
  async #into(name: string, fill: (target: string) => Promise<void>): Promise<string> {
    const target = join(this.#root, name);
    if (await exists(target)) return target;
    const partial = await this.#partial();
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

  async #archive<T>(code: Archived, work: (archive: Archive) => Promise<T>): Promise<T> {
    const file = `${await this.#partial()}.zip`;
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

  async #partial(): Promise<string> {
    this.#count += 1;
    const own = String(this.#count);
    this.#workshop ??= mkdir(this.#root, { recursive: true }).then(() => mkdtemp(join(this.#root, PARTIAL)));
    return join(await this.#workshop, own);
  }
}

type Archived = Exclude<FunctionCode, { folder: string }>;

function nameOf(code: Archived): string {
  return `code-${Buffer.from(code.sha256, 'base64').toString('hex')}`;
}

function mergedName(codes: readonly FunctionCode[]): string {
  const names = codes.map((code) => ('folder' in code ? code.folder : code.sha256));
  return `layers-${sha256Hex(names.join('\n'))}`;
}

/** The folders that files are in, of layers each by itself and all together. */
function namesOf({ code, layers }: Files): string[] {
  const own = [code, ...layers].flatMap((one) => ('folder' in one ? [] : [nameOf(one)]));
  return [...new Set(layers.length > 1 ? [...own, mergedName(layers)] : own)];
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
