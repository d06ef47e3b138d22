/** A body on its way into a cache: many may read it while it still comes. Short ones stay in memory, longer ones go to a file that has no name. */
import { mkdirSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { KIB, MIB } from '#kernel/base';
import type { ByteStream } from '#models/base';

/** Bodies up to this size stay in memory. */
const MEMORY_BYTES_MAX = MIB;
const READ_BYTES = 256 * KIB;
let files = 0;

export class Body {
  readonly #folder: () => string;
  #pieces: Uint8Array[] = [];
  #file: FileHandle | undefined;
  #size = 0;
  #isDone = false;
  #failure: Error | undefined;
  #waiting: (() => void)[] = [];
  #readers = 0;
  #isDropped = false;
  #source: ByteStream | undefined;

  /** @param folder for files of long bodies */
  constructor(folder: () => string) {
    this.#folder = folder;
  }

  /** A body that is there already. */
  static of(bytes: Uint8Array): Body {
    const body = new Body(() => '');
    body.#pieces = bytes.length === 0 ? [] : [bytes];
    body.#size = bytes.length;
    body.#isDone = true;
    return body;
  }

  /** A body that nobody keeps: it is read once, as it comes. */
  static through(source: ByteStream): Body {
    const body = new Body(() => '');
    body.#source = source;
    return body;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }
  get isDone(): boolean {
    return this.#isDone;
  }
  /** It is read as it comes, and kept nowhere. */
  get isThrough(): boolean {
    return this.#source !== undefined;
  }
  get isInMemory(): boolean {
    return this.#file === undefined;
  }

  /** The whole body, where it is complete and in memory. */
  whole(): Uint8Array | undefined {
    if (!this.#isDone || this.#file !== undefined) return undefined;
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0];
  }

  /** Takes a source to its end. Where that fails, so do all readers. Never rejects. */
  async fill(source: AsyncIterable<Uint8Array>, expected: number | undefined): Promise<boolean> {
    try {
      for await (const piece of source) await this.#append(piece);
      if (expected !== undefined && expected !== this.#size) throw new Error('the origin broke off its answer');
      return true;
    } catch (error) {
      this.#failure = error as Error;
      return false;
    } finally {
      this.#isDone = true;
      this.#wake();
      this.#closeIfUnused();
    }
  }

  async #append(piece: Uint8Array): Promise<void> {
    if (this.#file === undefined && this.#size + piece.length > MEMORY_BYTES_MAX) await this.#spill();
    if (this.#file === undefined) this.#pieces.push(piece);
    else await this.#file.write(piece, 0, piece.length, this.#size);
    this.#size += piece.length;
    this.#wake();
  }

  async #spill(): Promise<void> {
    const folder = this.#folder();
    mkdirSync(folder, { recursive: true });
    files += 1;
    const path = join(folder, `${process.pid}-${files}`);
    const file = await open(path, 'w+');
    unlinkSync(path);
    let at = 0;
    for (const piece of this.#pieces) {
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
    }
    // Readers that are in the middle of the pieces go on by position.
    this.#file = file;
    this.#pieces = [];
  }

  /** Waits until it is all there, or never will be. */
  async whenDone(): Promise<void> {
    while (!this.#isDone) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Bytes from `from` to before `end`, as they come. */
  read(from = 0, end = Number.POSITIVE_INFINITY): ByteStream {
    if (this.#source !== undefined)
      return from === 0 && end === Number.POSITIVE_INFINITY ? this.#source : part(this.#source, from, end);
    // Counted from now on: the file stays open until the reader is through.
    this.#readers += 1;
    const stream = this.#flow(from, end);
    const length = this.#isDone ? Math.max(0, Math.min(end, this.#size) - from) : undefined;
    return { length: Number.isFinite(end) ? end - from : length, [Symbol.asyncIterator]: () => stream };
  }

  async *#flow(from: number, end: number): AsyncGenerator<Uint8Array> {
    try {
      let at = from;
      while (at < end) {
        if (at < this.#size) {
          const piece = await this.#at(at, Math.min(end, this.#size));
          at += piece.length;
          yield piece;
        } else if (this.#failure !== undefined) throw this.#failure;
        else if (this.#isDone) return;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      this.#readers -= 1;
      this.#closeIfUnused();
    }
  }

  async #at(at: number, end: number): Promise<Uint8Array> {
    if (this.#file !== undefined) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at);
      return buffer.subarray(0, bytesRead);
    }
    let start = 0;
    for (const piece of this.#pieces) {
      if (at < start + piece.length) return piece.subarray(at - start, end - start);
      start += piece.length;
    }
    throw new Error('a body is shorter than its size');
  }

  /** Keeps the file of a body that is dropped. @returns what ends that */
  hold(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
      this.#closeIfUnused();
    };
  }

  /** Nobody is going to read what nobody keeps. */
  discard(): void {
    if (this.#source !== undefined) discard(this.#source);
  }

  /** No cache has it any more. */
  drop(): void {
    this.#isDropped = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (!this.#isDropped || this.#readers > 0 || !this.#isDone) return;
    void this.#file?.close().catch(() => {});
    this.#isDropped = false;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** Lets go of a body that nobody is going to read, so that its source does not wait for that. */
export function discard(body: string | Uint8Array | ByteStream): void {
  if (typeof body === 'string' || body instanceof Uint8Array) return;
  void body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {});
}

/** The part of a stream from `from` to before `end`; the rest is not waited for. */
function part(source: ByteStream, from: number, end: number): ByteStream {
  const iterator = source[Symbol.asyncIterator]();
  async function* flow(): AsyncGenerator<Uint8Array> {
    let at = 0;
    try {
      while (at < end) {
        const { done, value } = await iterator.next();
        if (done === true) return;
        const piece = value.subarray(Math.max(0, from - at), end - at);
        at += value.length;
        if (piece.length > 0) yield piece;
      }
    } finally {
      await iterator.return?.();
    }
  }
  const stream = flow();
  return { length: Number.isFinite(end) ? end - from : undefined, [Symbol.asyncIterator]: () => stream };
}
