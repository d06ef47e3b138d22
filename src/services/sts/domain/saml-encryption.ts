/**
 * Encrypted assertions: opening one with a private key of the provider. Pure.
 *
 * @see W3C, "XML Encryption Syntax and Processing 1.1"; SAML 2.0 Core, section 6
 */
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto';
import { attributeOf, childOf, textOf, type XmlElement } from '#kernel/identity';

const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

const CIPHERS: { readonly [algorithm: string]: { name: string; nonce: number; tag: number } } = {
  [`${XENC}aes128-cbc`]: { name: 'aes-128-cbc', nonce: 16, tag: 0 },
  [`${XENC}aes256-cbc`]: { name: 'aes-256-cbc', nonce: 16, tag: 0 },
  [`${XENC11}aes128-gcm`]: { name: 'aes-128-gcm', nonce: 12, tag: 16 },
  [`${XENC11}aes256-gcm`]: { name: 'aes-256-gcm', nonce: 12, tag: 16 },
};
const DIGESTS: { readonly [algorithm: string]: string } = {
  [`${DSIG}sha1`]: 'sha1',
  [`${XENC}sha256`]: 'sha256',
  [`${XENC}sha512`]: 'sha512',
};

/** The text of the assertion inside; undefined when no key opens it. */
export function openAssertion(encrypted: XmlElement, pems: readonly string[]): string | undefined {
  const data = childOf(encrypted, XENC, 'EncryptedData');
  const wrapped =
    childOf(childOf(data, DSIG, 'KeyInfo'), XENC, 'EncryptedKey') ?? childOf(encrypted, XENC, 'EncryptedKey');
  for (const pem of pems) {
    try {
      const text = decrypt(data, unwrap(wrapped, pem));
      if (text !== undefined) return text;
    } catch {
      // Another key's, or damaged: the same to whoever asks.
    }
  }
  return undefined;
}

function cipherOf(element: XmlElement | undefined): Buffer {
  return Buffer.from(textOf(childOf(childOf(element, XENC, 'CipherData'), XENC, 'CipherValue')) ?? '', 'base64');
}

function unwrap(element: XmlElement | undefined, pem: string): Buffer | undefined {
  const method = childOf(element, XENC, 'EncryptionMethod');
  const algorithm = attributeOf(method, 'Algorithm');
  if (algorithm !== `${XENC}rsa-oaep-mgf1p` && algorithm !== `${XENC11}rsa-oaep`) return undefined;
  const oaepHash = DIGESTS[attributeOf(childOf(method, DSIG, 'DigestMethod'), 'Algorithm') ?? `${DSIG}sha1`];
  if (oaepHash === undefined) return undefined;
  return privateDecrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, cipherOf(element));
}

function decrypt(data: XmlElement | undefined, key: Buffer | undefined): string | undefined {
  const cipher = CIPHERS[attributeOf(childOf(data, XENC, 'EncryptionMethod'), 'Algorithm') ?? ''];
  const bytes = cipherOf(data);
  if (cipher === undefined || key === undefined) return undefined;
  const { name, nonce, tag } = cipher;
  const body = bytes.subarray(nonce, bytes.length - tag);
  if (tag > 0) {
    const opening = createDecipheriv(name as 'aes-256-gcm', key, bytes.subarray(0, nonce));
    opening.setAuthTag(bytes.subarray(bytes.length - tag));
    return Buffer.concat([opening.update(body), opening.final()]).toString('utf8');
  }
  const opening = createDecipheriv(name, key, bytes.subarray(0, nonce));
  opening.setAutoPadding(false);
  const padded = Buffer.concat([opening.update(body), opening.final()]);
  // Only the last byte of XML Encryption's padding says anything.
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString('utf8');
}
