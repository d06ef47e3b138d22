/**
 * The ciphertext of a symmetric key. It says which key and which of its materials made it, so that Decrypt needs neither:
 *
 *     format 1 | kind of key id 1 | key id 16 | account 6 | material id 32 | nonce 12 | ciphertext | tag 16
 *
 * Everything before the nonce is authenticated together with the encryption context. The Region is left out: a multi-Region
 * key decrypts wherever it has a replica.
 *
 * @see docs/decisions/0006-key-material.md
 */
import { type CipherKey, createCipheriv, createDecipheriv } from 'node:crypto';
import { secretBytes } from '#kernel/contract';

export type EncryptionContext = { readonly [key: string]: string };

/** What a ciphertext says of its maker. */
export type Maker = { key: string; account: string; material: string };

const FORMAT = 0xc1;
/** The format of a ciphertext that an external key made of one of ours: xks/envelope.ts. */
export const OUTSIDE = 0xc2;
const UUID = 0;
const MULTI_REGION = 1;
export const HEADER_BYTES = 56;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const EMPTY = Buffer.alloc(0);

/** How a ciphertext begins. */
export function headerOf({ key, account, material }: Maker, format = FORMAT): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  const multiRegion = key.startsWith('mrk-');
  header[0] = format;
  header[1] = multiRegion ? MULTI_REGION : UUID;
  header.write(multiRegion ? key.slice(4) : key.replaceAll('-', ''), 2, 'hex');
  header.writeUIntBE(Number(account), 18, 6);
  header.write(material, 24, 'hex');
  return header;
}

/** The context in one form, whatever the order of its entries; empty for none. */
export function canonical(context: EncryptionContext | undefined): Buffer {
  if (context === undefined) return EMPTY;
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? EMPTY : Buffer.from(JSON.stringify(entries));
}

/** Encrypts under a material's secret. */
export function seal(
  secret: CipherKey,
  maker: Maker,
  context: EncryptionContext | undefined,
  plaintext: Uint8Array,
): Uint8Array {
  const header = headerOf(maker);
  const nonce = secretBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce);
  cipher.setAAD(Buffer.concat([header, canonical(context)]));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Who made a ciphertext, as far as it says; undefined when it is none of ours. */
export function makerOf(blob: Uint8Array): Maker | undefined {
  if (blob.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || (blob[1] ?? 2) > MULTI_REGION) return undefined;
  if (blob[0] !== FORMAT && blob[0] !== OUTSIDE) return undefined;
  const header = Buffer.from(blob.buffer, blob.byteOffset, HEADER_BYTES);
  const hex = header.toString('hex', 2, 18);
  const key =
    header[1] === MULTI_REGION
      ? `mrk-${hex}`
      : `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { key, account: String(header.readUIntBE(18, 6)).padStart(12, '0'), material: header.toString('hex', 24, 56) };
}

/** The plaintext; undefined when the ciphertext was changed or the context is another. */
export function open(
  secret: CipherKey,
  context: EncryptionContext | undefined,
  blob: Uint8Array,
): Uint8Array | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length);
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES));
  decipher.setAAD(Buffer.concat([bytes.subarray(0, HEADER_BYTES), canonical(context)]));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
