/**
 * What was written since the database last committed, turn by turn, in a file beside it: adding to it is one call to the
 * system, where a commit of SQLite writes every page that was touched.
 *
 * A record is a text behind a head of four numbers (32 bits, little endian): its length in bytes, the commit of the database
 * that it follows, a salt that the records after one commit share, and a CRC-32 over the CRC before, the head and the text.
 * The file is written from its beginning again after each commit; commit, salt and CRC tell what is left of earlier records.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, rmSync, writevSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { secretBytes } from '#kernel/random';

const HEAD_BYTES = 16;
const CRC_AT = 12;
const SALT_BYTES = 4;

export class RedoLog {
  readonly #file: string;
  readonly #isSynced: boolean;
  readonly #fd: number;
  #end = 0;
  #salt = 0;
  #crc = 0;

  /** @param isSynced whether a record that was added is on the disk, and not only with the system */
  constructor(file: string, isSynced: boolean) {
    this.#file = file;
    this.#isSynced = isSynced;
    this.#fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** Bytes of the records that count. */
  get size(): number {
    return this.#end;
  }

  /** Adds a record, durably. When it throws, the record does not count. */
  append(commit: number, text: string): void {
    if (this.#end === 0) this.#salt = secretBytes(SALT_BYTES).readUInt32LE();
    const body = Buffer.from(text);
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32LE(body.length, 0);
    head.writeUInt32LE(commit, 4);
    head.writeUInt32LE(this.#salt, 8);
    const crc = crcOf(head, body, this.#crc);
    head.writeUInt32LE(crc, CRC_AT);
    writeWhole(this.#fd, [head, body], this.#end);
    if (this.#isSynced) fdatasyncSync(this.#fd);
    this.#end += HEAD_BYTES + body.length;
    this.#crc = crc;
  }

  /** After a commit of the database: no record counts any more. */
  restart(): void {
    this.#end = 0;
    this.#crc = 0;
  }

  /**
   * Texts of the records that follow a commit, in order. What is appended next comes behind them.
   *
   * @param size no record beyond it counts
   */
  read(commit: number, size = fstatSync(this.#fd).size): string[] {
    const bytes = Buffer.alloc(size);
    readSync(this.#fd, bytes, 0, bytes.length, 0);
    const texts: string[] = [];
    this.restart();
    while (this.#end + HEAD_BYTES <= bytes.length) {
      const head = bytes.subarray(this.#end, this.#end + HEAD_BYTES);
      const end = this.#end + HEAD_BYTES + head.readUInt32LE(0);
      const salt = head.readUInt32LE(8);
      if (head.readUInt32LE(4) !== commit || (texts.length > 0 && salt !== this.#salt) || end > bytes.length) break;
      const body = bytes.subarray(this.#end + HEAD_BYTES, end);
      const crc = crcOf(head, body, this.#crc);
      if (crc !== head.readUInt32LE(CRC_AT)) break;
      this.#salt = salt;
      this.#crc = crc;
      this.#end = end;
      texts.push(body.toString());
    }
    return texts;
  }

  /** Removes the file when no record counts. */
  close(): void {
    closeSync(this.#fd);
    if (this.#end === 0) rmSync(this.#file, { force: true });
  }
}

function crcOf(head: Buffer, body: Buffer, before: number): number {
  return crc32(body, crc32(head.subarray(0, CRC_AT), before));
}

/** A disk that is nearly full takes a part, and refuses only the rest. */
function writeWhole(fd: number, pieces: readonly Buffer[], at: number): void {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const written = writevSync(fd, pieces, at);
  if (written === bytes) return;
  const rest = Buffer.concat(pieces).subarray(written);
  writeWhole(fd, [rest], at + written);
}
