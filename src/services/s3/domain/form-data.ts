/**
 * Reading a multipart/form-data body as it flows: fields first, each whole and all of them within bounds, then one file.
 *
 * @see RFC 7578; S3 API Reference, "POST Object"
 */
import { formNotWellFormed, formTooLarge } from '../errors.ts';
import { FORM_BYTES_MAX } from '../limits.ts';

export type FormData = {
  /** By name in lower case; those of one name joined by commas, as the policy sees them. */
  fields: Map<string, string>;
  /** Undefined when the form had none. */
  file: { name: string | undefined; bytes: AsyncIterable<Uint8Array> } | undefined;
};

const NOTHING = Buffer.alloc(0);

/**
 * @param boundary as the content type names it
 * @throws {ServiceError} MalformedPOSTRequest, MaxPostPreDataLengthExceeded
 */
export async function readFormData(body: AsyncIterable<Uint8Array>, boundary: string): Promise<FormData> {
  const reader = new Reader(body);
  const fields = new Map<string, string>();
  await reader.until(`--${boundary}`);
  for (;;) {
    const end = await reader.until('\r\n');
    if (end.startsWith('--')) return { fields, file: undefined };
    const { name, filename } = partOf(await reader.headers());
    if (name === 'file') return { fields, file: { name: filename, bytes: reader.bytesUntil(`\r\n--${boundary}`) } };
    const value = await reader.until(`\r\n--${boundary}`);
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before},${value}`);
  }
}

function partOf(headers: string): { name: string; filename: string | undefined } {
  const line = headers.split('\r\n').find((one) => /^content-disposition:\s*form-data/i.test(one));
  const name = /[;\s]name="((?:[^"\\]|\\.)*)"/i.exec(line ?? '')?.[1] ?? /[;\s]name=([^\s;"]+)/i.exec(line ?? '')?.[1];
  if (name === undefined) throw formNotWellFormed();
  const filename = /filename="((?:[^"\\]|\\.)*)"/i.exec(line ?? '')?.[1]?.replace(/\\(.)/g, '$1');
  // Source: S3 API Reference, POST Object: some browsers send the whole path.
  return { name: name.toLowerCase(), filename: filename?.split(/[/\\]/).at(-1) };
}

class Reader {
  #source: AsyncIterator<Uint8Array>;
  #held: Buffer = NOTHING;
  /** Bytes of fields so far. */
  #size = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  /** The part's headers, to the empty line after them. */
  async headers(): Promise<string> {
    return this.until('\r\n\r\n');
  }

  /** What comes before `mark`, which is passed over. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at !== -1) {
        const text = this.#held.toString('utf8', 0, at);
        this.#size += at;
        this.#held = this.#held.subarray(at + Buffer.byteLength(mark));
        if (this.#size > FORM_BYTES_MAX) throw formTooLarge();
        return text;
      }
      if (this.#held.length > FORM_BYTES_MAX + mark.length) throw formTooLarge();
      await this.#more();
    }
  }

  /** The bytes before `mark`; what comes after it is read and dropped. */
  async *bytesUntil(mark: string): AsyncGenerator<Uint8Array> {
    const kept = Buffer.byteLength(mark) - 1;
    for (;;) {
      const at = this.#held.indexOf(mark);
      const sure = at === -1 ? this.#held.length - kept : at;
      if (sure > 0) yield this.#held.subarray(0, sure);
      if (at !== -1) break;
      if (sure > 0) this.#held = this.#held.subarray(sure);
      await this.#more();
    }
    while ((await this.#source.next()).done !== true);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) throw formNotWellFormed();
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
  }
}
