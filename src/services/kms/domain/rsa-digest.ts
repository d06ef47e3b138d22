/** RSA signatures over a digest that is already made, which Node's crypto.sign would hash again. Source: RFC 8017, 8.2 and 9. */
import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';
import { secretBytes } from '#kernel/contract';

const { RSA_NO_PADDING, RSA_PKCS1_PADDING } = constants;

/** DigestInfo up to the digest. Source: RFC 8017, 9.2, note 1. */
const PREFIXES: { readonly [hash: string]: string } = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

function digestInfo(hash: string, digest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(PREFIXES[hash] ?? '', 'hex'), digest]);
}

/** RSASSA-PKCS1-v1_5. */
export function signPkcs1(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: RSA_PKCS1_PADDING }, digestInfo(hash, digest));
}

/** Whether it is an RSASSA-PKCS1-v1_5 signature of the digest. */
export function verifyPkcs1(key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return publicDecrypt({ key, padding: RSA_PKCS1_PADDING }, signature).equals(digestInfo(hash, digest));
  } catch {
    return false;
  }
}

/** RSASSA-PSS with a salt as long as the digest, as KMS signs. */
export function signPss(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  const bytes = modulusBytes(key);
  const salt = secretBytes(digest.length);
  const seed = pssHash(hash, digest, salt);
  const block = Buffer.alloc(bytes - digest.length - 1);
  block[block.length - salt.length - 1] = 1;
  salt.copy(block, block.length - salt.length);
  const masked = xor(block, mask(hash, seed, block.length));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return privateEncrypt({ key, padding: RSA_NO_PADDING }, Buffer.concat([masked, seed, Buffer.from([0xbc])]));
}

/** Whether it is an RSASSA-PSS signature of the digest, with a salt of the same length. */
export function verifyPss(key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const bytes = modulusBytes(key);
  if (signature.length !== bytes) return false;
  let encoded: Buffer;
  try {
    encoded = publicDecrypt({ key, padding: RSA_NO_PADDING }, signature);
  } catch {
    return false;
  }
  const length = bytes - digest.length - 1;
  const seed = encoded.subarray(length, -1);
  if (encoded[bytes - 1] !== 0xbc || (encoded[0] ?? 0) > 0x7f) return false;
  const block = xor(encoded.subarray(0, length), mask(hash, seed, length));
  block[0] = (block[0] ?? 0) & 0x7f;
  const at = length - digest.length - 1;
  const padded = block.subarray(0, at).every((byte) => byte === 0) && block[at] === 1;
  return padded && pssHash(hash, digest, block.subarray(at + 1)).equals(seed);
}

function pssHash(hash: string, digest: Uint8Array, salt: Uint8Array): Buffer {
  return createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

/** MGF1. */
function mask(hash: string, seed: Uint8Array, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    const part = createHash(hash).update(seed).update(index).digest();
    parts.push(part);
    made += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

function modulusBytes(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
}
