/** Digests and encodings in the forms AWS uses. */
import { createHash, hash } from 'node:crypto';

/** MD5 in lower-case hex. */
export function md5Hex(data: string | Uint8Array): string {
  return hash('md5', data);
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data);
}

/** SHA-256 as bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Length of `text` in UTF-8 bytes. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** All of a stream in one buffer; throws `tooLarge()` as soon as it passes `limit` bytes. */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  return parts.length === 1 ? Buffer.from(parts[0] as Uint8Array) : Buffer.concat(parts, size);
}

/** Decodes percent escapes; a text that has broken ones stays as it is. */
export function safeDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** S3's extended request id, 76 characters long, which goes with a request's id. */
export function hostIdOf(requestId: string): string {
  const times = Math.ceil(HOST_ID_BYTES / (requestId.length + 1));
  return Buffer.from(`${requestId}/`.repeat(times).slice(0, HOST_ID_BYTES)).toString('base64');
}

const HOST_ID_BYTES = 57;
