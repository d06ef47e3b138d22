/**
 * The ciphertext of a key in an external key store: what the external key made of a ciphertext of KMS's own.
 *
 *     format 1 | kind of key id 1 | key id 16 | account 6 | material id 32
 *     | length 1 | metadata | length 1 | initialization vector | tag 16 | ciphertext
 *
 * It begins as the ciphertext within does, and that authenticates it.
 *
 * @see docs/decisions/0006-key-material.md
 */
import { HEADER_BYTES, headerOf, type Maker, OUTSIDE } from '../domain/ciphertext.ts';

/** What a proxy's `encrypt` gives. */
export type Sealed = { ciphertext: Uint8Array; iv: Uint8Array; tag: Uint8Array; metadata: Uint8Array };

const TAG_BYTES = 16;

/** Puts a proxy's answer into one ciphertext. */
export function enclose(maker: Maker, { ciphertext, iv, tag, metadata }: Sealed): Uint8Array {
  const lengths = [metadata, iv].map(({ length }) => Buffer.of(length)) as [Buffer, Buffer];
  return Buffer.concat([headerOf(maker, OUTSIDE), lengths[0], metadata, lengths[1], iv, tag, ciphertext]);
}

/** What the external key is to decrypt; undefined when the ciphertext is none that one has made. */
export function disclose(blob: Uint8Array): Sealed | undefined {
  if (blob[0] !== OUTSIDE) return undefined;
  let at = HEADER_BYTES;
  const take = (length: number) => blob.subarray(at, (at += length));
  const metadata = take(take(1)[0] ?? 0);
  const iv = take(take(1)[0] ?? 0);
  const tag = take(TAG_BYTES);
  const ciphertext = blob.subarray(at);
  return at < blob.length ? { metadata, iv, tag, ciphertext } : undefined;
}
