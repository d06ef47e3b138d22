/**
 * What was written since the database last committed, turn by turn, in a file beside it: adding to it costs one call to the
 * system, where a commit of SQLite writes every page that was touched.
 *
 * A record is its text behind a head of four numbers (32 bits, little endian): length in bytes, the commit of the database
 * that it follows, a salt that the records after one commit share, and a CRC over the text, the head and the CRC before. The
 * file is written from its beginning again after each commit; what is left of earlier records is told by commit, salt and CRC.
 */
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, rmSync, writevSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { invariant } from '#kernel/base';
import type { Write } from '../driver.ts';

const HEAD_BYTES = 16;

export class RedoLog {
  readonly #file: string;
  readonly #isSynced: boolean;
  readonly #fd: number;
  #end = 0;
  #crc = 0;
  #salt = 0;

  /** @param isSynced whether a record is on the disk, and not only with the system, when it was added */
  constructor(file: string, isSynced: boolean) {
    this.#file = file;
    this.#isSynced = isSynced;
    this.#fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** Bytes of the records that count. */
  get size(): number {
    return this.#end;
  }

  /** Adds a record, durably; when it throws, the record does not count. */
  append(commit: number, text: string): void {
    const body = Buffer.from(text);
    if (this.#end === 0) this.#salt = nextSalt(this.#salt);
    const head = headOf(body.length, commit, this.#salt);
    const crc = chain(this.#crc, head, body);
    head.writeUInt32LE(crc, 12);
    writeWhole(this.#fd, [head, body], this.#end);
    if (this.#isSynced) fdatasyncSync(this.#fd);
    this.#end += HEAD_BYTES + body.length;
    this.#crc = crc;
  }

  /** The database has committed: no record counts any more. */
  restart(): void {
    this.#end = 0;
    this.#crc = 0;
  }

  /** Finds the records that follow a commit of the database, as a process that ended left them; gives their texts in order. */
  read(commit: number): string[] {
    const { size } = fstatSync(this.#fd);
    const bytes = Buffer.alloc(size);
    readSync(this.#fd, bytes, 0, size, 0);
    const texts: string[] = [];
    this.restart();
    for (let at = 0; at + HEAD_BYTES <= size; at = this.#end) {
      const [length, follows, salt, crc] = [0, 4, 8, 12].map((offset) => bytes.readUInt32LE(at + offset)) as Head;
      const end = at + HEAD_BYTES + length;
      if (follows !== commit || (at > 0 && salt !== this.#salt) || end > size) break;
      const body = bytes.subarray(at + HEAD_BYTES, end);
      if (chain(this.#crc, headOf(length, follows, salt), body) !== crc) break;
      [this.#salt, this.#crc, this.#end] = [salt, crc, end];
      texts.push(body.toString());
    }
    return texts;
  }

  /** Closes the file, and removes it when no record counts. */
  close(): void {
    closeSync(this.#fd);
    if (this.#end === 0) rmSync(this.#file, { force: true });
  }
}
