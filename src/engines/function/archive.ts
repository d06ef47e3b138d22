/** Archives of code as files that are read at once: packages are thousands of small entries, each of which would cost a way through Node's threads. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { KIB, type Millis } from '#kernel/base';
import { machineTick } from '#kernel/clock';
import { CodeError } from '#kernel/contract';

/** More than any real package has; each costs this machine a file. */
const ENTRIES_MAX = 200_000;
/** Up to this size, packed and unpacked, an entry is read in one go, which costs a tenth of a stream. */
const SMALL_BYTES_MAX = 256 * KIB;
/** Others have their turn after so long of reading. */
const TURN: Millis = 8;
const STORED = 0;
const DEFLATED = 8;
/** Of the general purpose bits. */
const ENCRYPTED = 1;
/** Source: APPNOTE.TXT, 4.3.7, "Local file header". */
const LOCAL = { bytes: 30, signature: 0x04034b50, nameLengthAt: 26, extraLengthAt: 28 } as const;

export class Archive {
  readonly #file: ArchiveFile;
  readonly #zip: ZipFile;

  private constructor(file: ArchiveFile, zip: ZipFile) {
    this.#file = file;
    this.#zip = zip;
  }

  /** @throws {Error} it is no archive, or a broken one */
  static async open(path: string): Promise<Archive> {
    const file = new ArchiveFile(path);
    try {
      const options = { strictFileNames: true, autoClose: false };
      return new Archive(file, await fromRandomAccessReaderPromise(file, file.size, options));
    } catch (error) {
      file.end();
      throw error;
    }
  }

  close(): void {
    this.#file.end();
  }

  /** @throws {CodeError} there are too many */
  async *entries(): AsyncGenerator<Entry> {
    if (this.#zip.entryCount > ENTRIES_MAX) throw new CodeError('too-large', `more than ${ENTRIES_MAX} files`);
    let turnEnds = machineTick() + TURN;
    for await (const entry of this.#zip.eachEntry()) {
      yield entry;
      if (machineTick() < turnEnds) continue;
      await setImmediate();
      turnEnds = machineTick() + TURN;
    }
  }

  /**
   * An entry's content: at once where it is small; it is never longer than the entry says.
   *
   * @throws {CodeError} it is broken
   */
  async content(entry: Entry): Promise<Uint8Array | Readable> {
    const { compressedSize, uncompressedSize, compressionMethod: method, generalPurposeBitFlag: bits } = entry;
    const isPlain = (method === STORED || method === DEFLATED) && (bits & ENCRYPTED) === 0;
    if (!isPlain || compressedSize > SMALL_BYTES_MAX || uncompressedSize > SMALL_BYTES_MAX)
      return this.#zip.openReadStreamPromise(entry);
    const at = entry.relativeOffsetOfLocalHeader;
    const head = this.#file.bytes(LOCAL.bytes, at);
    if (head.readUInt32LE(0) !== LOCAL.signature) throw new CodeError('unreadable', 'a local file header is missing');
    const names = head.readUInt16LE(LOCAL.nameLengthAt) + head.readUInt16LE(LOCAL.extraLengthAt);
    const packed = this.#file.bytes(compressedSize, at + LOCAL.bytes + names);
    const content = method === STORED ? packed : inflated(packed, uncompressedSize);
    if (content.length !== uncompressedSize) throw new CodeError('unreadable', `${entry.fileName} is broken`);
    return content;
  }
}

function inflated(packed: Uint8Array, size: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new CodeError('unreadable', String(error));
  }
}

class ArchiveFile extends RandomAccessReader {
  readonly size: number;
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    super();
    this.#path = path;
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  /** @throws {CodeError} it ends before */
  bytes(length: number, at: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(this.#file, bytes, 0, length, at) !== length) throw new CodeError('unreadable', 'it ends too soon');
    return bytes;
  }

  override read(buffer: Buffer, offset: number, length: number, at: number, done: (error: Error | null) => void): void {
    const read = readSync(this.#file, buffer, offset, length, at);
    queueMicrotask(() => done(read === length ? null : new Error('unexpected EOF')));
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }

  end(): void {
    closeSync(this.#file);
  }
}
