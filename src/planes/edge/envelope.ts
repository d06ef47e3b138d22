/**
 * A value encrypted for who has the private key: a message of the AWS Encryption SDK, whose data key is wrapped by RSA-OAEP with SHA-256.
 * Source: AWS Encryption SDK Developer Guide, "AWS Encryption SDK message format reference", "Body additional authenticated data (AAD) reference".
 */
import { constants, createCipheriv, hkdfSync, publicEncrypt } from 'node:crypto';
import { KIB } from '#kernel/base';

/** Whose key it is, as the SDK is told when it decrypts. */
export type Recipient = { provider: string; keyName: string; pem: string };

/** Deviation: AWS does not say with which algorithm the edge encrypts; this is AES-256 in GCM with a key derived by HKDF, without a signature. */
const ALGORITHM = 0x0178;
const VERSION = 1;
const TYPE = 0x80;
const FRAMED = 2;
const KEY_BYTES = 32;
const ID_BYTES = 16;
const IV_BYTES = 12;
/** One frame holds any value. */
export const VALUE_BYTES_MAX = 16 * KIB;
const LAST_FRAME = 0xffffffff;
const FRAME_TEXT = 'AWSKMSEncryptionClient Final Frame';

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
const withLength = (bytes: Uint8Array) => [u16(bytes.length), bytes];

function seal(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, text: Uint8Array): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The message.
 *
 * @param text at most `VALUE_BYTES_MAX` bytes
 * @param random gives so many random bytes
 */
export function envelope(text: Uint8Array, to: Recipient, random: (bytes: number) => Uint8Array): Buffer {
  const id = random(ID_BYTES);
  const secret = random(KEY_BYTES);
  const padding = { key: to.pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const wrapped = publicEncrypt(padding, secret);
  const key = new Uint8Array(hkdfSync('sha256', secret, '', Buffer.concat([u16(ALGORITHM), id]), KEY_BYTES));
  const header = Buffer.concat([
    Buffer.from([VERSION, TYPE]),
    u16(ALGORITHM),
    id,
    // No encryption context, one data key.
    u16(0),
    u16(1),
    ...withLength(Buffer.from(to.provider)),
    ...withLength(Buffer.from(to.keyName)),
    ...withLength(wrapped),
    Buffer.from([FRAMED]),
    u32(0),
    Buffer.from([IV_BYTES]),
    u32(VALUE_BYTES_MAX),
  ]);
  const headerIv = Buffer.alloc(IV_BYTES);
  const sealed = seal(key, headerIv, header, Buffer.alloc(0));
  const sequence = u32(1);
  const iv = Buffer.concat([Buffer.alloc(IV_BYTES - sequence.length), sequence]);
  const length = u32(text.length);
  const aad = Buffer.concat([id, Buffer.from(FRAME_TEXT), sequence, Buffer.alloc(4), length]);
  const frame = seal(key, iv, aad, text);
  return Buffer.concat([
    header,
    headerIv,
    sealed.tag,
    u32(LAST_FRAME),
    sequence,
    iv,
    length,
    frame.ciphertext,
    frame.tag,
  ]);
}
