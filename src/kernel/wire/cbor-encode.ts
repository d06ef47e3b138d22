/** Writes CBOR (RFC 8949) piece by piece into one growing buffer. */

const FIRST_BYTES = 512;
const INSTANT = 0xc1;

/** A CBOR text under way. Structures are maps without a length, so that their members need no counting. */
export class CborWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** What has been written. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Bytes that are CBOR already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  openStructure(): void {
    this.#byte(0xbf);
  }

  closeStructure(): void {
    this.#byte(0xff);
  }

  list(length: number): void {
    this.#head(4, length);
  }

  map(length: number): void {
    this.#head(5, length);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#head(3, length);
    this.#room(length);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  bytes(bytes: Uint8Array): void {
    this.#head(2, bytes.length);
    this.raw(bytes);
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xf5 : 0xf4);
  }

  null(): void {
    this.#byte(0xf6);
  }

  integer(value: number | bigint): void {
    if (value >= 0) this.#head(0, value);
    else this.#head(1, typeof value === 'bigint' ? -1n - value : -1 - value);
  }

  float(value: number): void {
    this.#room(5);
    this.#bytes[this.#at] = 0xfa;
    this.#bytes.writeFloatBE(value, this.#at + 1);
    this.#at += 5;
  }

  double(value: number): void {
    this.#room(9);
    this.#bytes[this.#at] = 0xfb;
    this.#bytes.writeDoubleBE(value, this.#at + 1);
    this.#at += 9;
  }

  /** @param at milliseconds since the epoch */
  instant(at: number): void {
    this.#byte(INSTANT);
    if (at % 1_000 === 0) this.integer(at / 1_000);
    else this.double(at / 1_000);
  }

  /** @param at milliseconds since the epoch, which stay milliseconds */
  instantInMilliseconds(at: number): void {
    this.#byte(INSTANT);
    this.integer(Math.round(at));
  }

  /** A value without a shape: a document. */
  document(value: unknown): void {
    if (value === null || value === undefined) this.null();
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'boolean') this.boolean(value);
    else if (typeof value === 'bigint') this.integer(value);
    else if (typeof value === 'number') Number.isSafeInteger(value) ? this.integer(value) : this.double(value);
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (Array.isArray(value)) {
      this.list(value.length);
      for (const one of value) this.document(one);
    } else {
      const entries = Object.entries(value).filter(([, one]) => one !== undefined);
      this.map(entries.length);
      for (const [key, one] of entries) {
        this.text(key);
        this.document(one);
      }
    }
  }

  #head(major: number, size: number | bigint): void {
    this.#room(9);
    const high = major << 5;
    if (size < 24) this.#bytes[this.#at++] = high | Number(size);
    else if (size < 0x100) this.#argument(high | 24, Number(size), 1);
    else if (size < 0x10000) this.#argument(high | 25, Number(size), 2);
    else if (size < 0x100000000) this.#argument(high | 26, Number(size), 4);
    else {
      this.#bytes[this.#at] = high | 27;
      this.#bytes.writeBigUInt64BE(BigInt(size), this.#at + 1);
      this.#at += 9;
    }
  }

  #argument(head: number, size: number, bytes: number): void {
    this.#bytes[this.#at] = head;
    this.#bytes.writeUIntBE(size, this.#at + 1, bytes);
    this.#at += 1 + bytes;
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

/** A text as CBOR, for keys that are written often. */
export function cborText(text: string): Buffer {
  const writer = new CborWriter();
  writer.text(text);
  return Buffer.from(writer.finish());
}
