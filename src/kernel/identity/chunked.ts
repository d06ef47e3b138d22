/**
 * `aws-chunked` bodies: chunks that may each be signed, then trailers that may be signed. Decodes as the bytes flow and checks every signature.
 *
 * @see Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks"
 */
import { sha256Hex } from '#kernel/base';
import type { Claim } from './claim.ts';
import { isSigned } from './signature.ts';

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Longest chunk header or trailer line. */
const LINE_BYTES_MAX = 8_192;
/** All trailers together: S3 knows of a checksum and a signature. */
const TRAILER_BYTES_MAX = 16_384;
/** Least bytes of a chunk that another one follows. Source: S3's answers in github.com/versity/versitygw/issues/1665 and 1683. */
const CHUNK_BYTES_MIN = 8_192;
/** Largest chunk that is held to check its signature. */
const CHUNK_BYTES_MAX = 128 * 1_024 * 1_024;

export class ChunkFault extends Error {
  override name = 'ChunkFault';
  readonly kind: ChunkFaultKind;
  /** Of a chunk that is too small: the number of the one after it, from 1, and its own bytes. */
  readonly small: { chunk: number; size: number } | undefined;
  constructor(kind: ChunkFaultKind, message: string, small?: { chunk: number; size: number }) {
    super(message);
    this.kind = kind;
    this.small = small;
  }
}

type ChunkFaultKind = 'signature' | 'malformed' | 'trailer' | 'small';

/** How the chunks of a body are signed; undefined secret: not at all. */
export type ChunkSigning = { claim: Claim; secret: string } | undefined;

/**
 * The bytes inside an aws-chunked body. `trailers` is filled when the end is reached.
 *
 * @throws {ChunkFault} a signature that is wrong, bytes that are no chunks, or a small chunk before the last
 */
export async function* decodeChunks(
  body: AsyncIterable<Uint8Array>,
  signing: ChunkSigning,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  const source = new Source(body);
  try {
    yield* chunksOf(source, signing, trailers);
    await source.end();
  } finally {
    // Whoever stops early leaves the body to whoever reads on, or drops the rest.
    await source.leave();
  }
}

async function* chunksOf(
  source: Source,
  signing: ChunkSigning,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  let previous = signing?.claim.signature ?? '';
  let before = CHUNK_BYTES_MIN;
  for (let chunk = 1; ; chunk += 1) {
    const header = await source.line();
    const [sizeText = '', ...extensions] = header.split(';');
    if (!/^[0-9a-fA-F]{1,8}$/.test(sizeText.trim())) throw new ChunkFault('malformed', 'invalid chunk size');
    const size = Number.parseInt(sizeText, 16);
    if (size > CHUNK_BYTES_MAX) throw new ChunkFault('malformed', 'chunk too large');
    if (size > 0 && before < CHUNK_BYTES_MIN) throw new ChunkFault('small', 'chunk too small', { chunk, size: before });
    before = size;
    if (signing === undefined) {
      if (size === 0) break;
      yield* source.flow(size);
    } else {
      const given =
        extensions
          .map((one) => one.trim())
          .find((one) => one.startsWith('chunk-signature='))
          ?.slice(16)
          // Signatures of 4a vary in length; they are filled up so that the body's length is known before.
          .replace(/\*+$/, '') ?? '';
      const data = await source.take(size);
      const content = `${previous}\n${EMPTY_HASH}\n${sha256Hex(data)}`;
      if (!isSigned(signing.claim, signing.secret, '-PAYLOAD', content, given))
        throw new ChunkFault('signature', 'chunk signature');
      previous = given;
      if (size === 0) break;
      yield data;
    }
    if ((await source.line()) !== '') throw new ChunkFault('malformed', 'no end of chunk');
  }
  await readTrailers(source, signing, previous, trailers);
}

async function readTrailers(
  source: Source,
  signing: ChunkSigning,
  previous: string,
  trailers: Record<string, string>,
): Promise<void> {
  let text = '';
  let size = 0;
  let given: string | undefined;
  for (let line = await source.line(true); line !== ''; line = await source.line(true)) {
    size += line.length;
    const colon = line.indexOf(':');
    // Source: S3's answer in github.com/versity/versitygw/issues/1626.
    if (colon === 0) throw new ChunkFault('trailer', 'a trailer without a name');
    if (colon === -1 || size > TRAILER_BYTES_MAX) throw new ChunkFault('malformed', 'invalid trailer');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') given = value;
    else {
      trailers[name] = value;
      text += `${name}:${value}\n`;
    }
  }
  if (signing === undefined || text === '') return;
  const content = `${previous}\n${sha256Hex(text)}`;
  if (given === undefined || !isSigned(signing.claim, signing.secret, '-TRAILER', content, given.replace(/\*+$/, '')))
    throw new ChunkFault('signature', 'trailer signature');
}

/** Reads lines and counted bytes from a stream of pieces. */
class Source {
  #pieces: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#pieces = body[Symbol.asyncIterator]();
  }

  /** The text up to the next CRLF. At the very end an empty line may be missing when `mayEnd`. */
  async line(mayEnd = false): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf('\r\n');
      if (at !== -1) {
        const text = this.#held.subarray(0, at).toString('latin1');
        this.#held = this.#held.subarray(at + 2);
        return text;
      }
      if (this.#held.length > LINE_BYTES_MAX) throw new ChunkFault('malformed', 'line too long');
      if (await this.#more()) continue;
      if (mayEnd && this.#held.length === 0) return '';
      throw new ChunkFault('malformed', 'the body ends too early');
    }
  }

  async take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.flow(size)) parts.push(part as Buffer);
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  async *flow(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more()))
        throw new ChunkFault('malformed', 'the body ends too early');
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Reads to the end, so that the request is known to be whole; only line ends may follow the last chunk. */
  async end(): Promise<void> {
    while (await this.#more()) if (this.#held.length > LINE_BYTES_MAX) break;
    if (this.#held.toString('latin1').trim() !== '') throw new ChunkFault('malformed', 'bytes after the last chunk');
  }

  async leave(): Promise<void> {
    if (!this.#ended) await this.#pieces.return?.();
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#pieces.next();
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    const piece = Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value);
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    return true;
  }
}
