/** Opening what was wrapped for import, and checking that it is material of the key's kind. Source: KMS Developer Guide, "Importing key material". */
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import type { AlgorithmSpec, WrappingKeySpec } from '#models/kms';
import { badCiphertext, badMaterial, unsupported } from '../errors.ts';
import type { KeyRow } from '../state.ts';
import type { Material } from './material.ts';
import { specOf } from './specs.ts';

/** RFC 5649's initial value. */
const WRAP_PAD_IV = Buffer.from('A65959A6', 'hex');

/** How an algorithm wraps: by OAEP alone, or an AES key by OAEP and the material by that key. */
const WRAPPINGS: { readonly [algorithm in AlgorithmSpec]?: { oaepHash: string; aes: boolean } } = {
  RSAES_OAEP_SHA_1: { oaepHash: 'sha1', aes: false },
  RSAES_OAEP_SHA_256: { oaepHash: 'sha256', aes: false },
  RSA_AES_KEY_WRAP_SHA_1: { oaepHash: 'sha1', aes: true },
  RSA_AES_KEY_WRAP_SHA_256: { oaepHash: 'sha256', aes: true },
};

/**
 * @throws {ServiceError} UnsupportedOperationException for an algorithm that can't wrap such material
 * @see KMS API Reference, GetParametersForImport, WrappingAlgorithm, WrappingKeySpec: which material is too long for which key
 */
export function checkWrapping(key: KeyRow, algorithm: AlgorithmSpec, wrappingSpec: WrappingKeySpec): void {
  const wrapping = WRAPPINGS[algorithm];
  const { kind } = specOf(key.spec);
  const isTooLong = kind === 'rsa' || (key.spec === 'ECC_NIST_P521' && wrappingSpec === 'RSA_2048');
  if (wrapping === undefined || (isTooLong && !wrapping.aes))
    throw unsupported(`Wrapping algorithm ${algorithm} is not supported for key spec ${key.spec}.`);
}

/** @throws {ServiceError} InvalidCiphertextException when it was not wrapped under this key by this algorithm */
export function unwrapImport(key: KeyObject, algorithm: AlgorithmSpec, wrapped: Uint8Array): Buffer {
  const { oaepHash = 'sha1', aes = false } = WRAPPINGS[algorithm] ?? {};
  const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  const bytes = Buffer.from(wrapped);
  try {
    if (!aes) return privateDecrypt(oaep, bytes);
    const modulus = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    const wrappingKey = privateDecrypt(oaep, bytes.subarray(0, modulus));
    const decipher = createDecipheriv('id-aes256-wrap-pad', wrappingKey, WRAP_PAD_IV);
    return Buffer.concat([decipher.update(bytes.subarray(modulus)), decipher.final()]);
  } catch {
    throw badCiphertext();
  }
}

/** The material in the form in which it is kept. @throws {ServiceError} IncorrectKeyMaterialException */
export function readMaterial(key: KeyRow, bytes: Buffer): Material {
  const { kind, size, curve } = specOf(key.spec);
  if (kind === 'symmetric' || kind === 'hmac') {
    if (bytes.length !== size) throw badMaterial();
    return { secret: bytes };
  }
  let own: KeyObject;
  try {
    own = createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' });
  } catch {
    throw badMaterial();
  }
  const { modulusLength, namedCurve } = own.asymmetricKeyDetails ?? {};
  const fits =
    own.asymmetricKeyType === (kind.startsWith('ml-') ? key.spec.toLowerCase().replaceAll('_', '-') : kind) &&
    (kind !== 'rsa' || modulusLength === size) &&
    (kind !== 'ec' || namedCurve === OPENSSL_CURVES[curve ?? '']);
  if (!fits) throw badMaterial();
  return {
    secret: own.export({ type: 'pkcs8', format: 'der' }),
    publicKey: createPublicKey(own).export({ type: 'spki', format: 'der' }),
  };
}

const OPENSSL_CURVES: { readonly [curve: string]: string } = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
  secp256k1: 'secp256k1',
};
