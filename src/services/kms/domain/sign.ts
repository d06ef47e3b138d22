/** Signing and verifying by every signing algorithm of KMS. Source: KMS Developer Guide, "Key spec reference"; API Reference, Sign. */
import { constants, createHash, type KeyObject, sign, verify } from 'node:crypto';
import { invariant } from '#kernel/base';
import type { MessageType, SigningAlgorithmSpec } from '#models/kms';
import { badDigestLength, badMessageType, unsupported } from '../errors.ts';
import { signDigest, verifyDigest } from './curve.ts';
import { signPrehashed, verifyPrehashed } from './ed25519ph.ts';
import { signPkcs1, signPss, verifyPkcs1, verifyPss } from './rsa-digest.ts';
import type { SpecFacts } from './specs.ts';

/** How a key signs: all that an algorithm needs to know. */
export type Signing = { algorithm: SigningAlgorithmSpec; type: MessageType; spec: SpecFacts };

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const DIGEST_BYTES: { readonly [hash: string]: number } = { sha256: 32, sha384: 48, sha512: 64 };

function hashOf(algorithm: SigningAlgorithmSpec): string {
  const hash = /SHA_(256|384|512)$/.exec(algorithm)?.[1];
  invariant(hash !== undefined, `${algorithm} names its hash`);
  return `sha${hash}`;
}

/**
 * Whether the message is given as it is to be signed.
 *
 * @throws {ServiceError} ValidationException, UnsupportedOperationException
 */
export function checkMessage({ algorithm, type }: Signing, keySpec: string, message: Uint8Array): void {
  if (type === 'EXTERNAL_MU') {
    if (algorithm !== 'ML_DSA_SHAKE_256') throw badMessageType(type, `key spec ${keySpec}`);
    // Deviation: AWS signs a representative that was computed outside; Node's OpenSSL takes none.
    throw unsupported('Cloudyard signs messages by ML-DSA, but no EXTERNAL_MU: use the message type RAW.');
  }
  const digestOnly = algorithm === 'ED25519_PH_SHA_512';
  if (algorithm === 'ML_DSA_SHAKE_256' && type !== 'RAW') throw badMessageType(type, `key spec ${keySpec}`);
  if (digestOnly ? type !== 'DIGEST' : algorithm === 'ED25519_SHA_512' && type !== 'RAW')
    throw badMessageType(type, `algorithm ${algorithm}`);
  if (type === 'DIGEST' && message.length !== DIGEST_BYTES[hashOf(algorithm)]) throw badDigestLength(algorithm);
}

/** The signature, as AWS encodes it: DER for ECDSA, else plain bytes. */
export function signMessage({ algorithm, type, spec }: Signing, key: KeyObject, message: Uint8Array): Buffer {
  switch (spec.kind) {
    case 'rsa': {
      const hash = hashOf(algorithm);
      const pss = algorithm.startsWith('RSASSA_PSS');
      if (type === 'DIGEST') return pss ? signPss(key, hash, message) : signPkcs1(key, hash, message);
      return sign(hash, message, pss ? { key, ...PSS } : key);
    }
    case 'ec':
      return type === 'DIGEST' ? signDigest(spec.curve ?? '', key, message) : sign(hashOf(algorithm), message, key);
    default:
      return type === 'DIGEST' ? signPrehashed(key, message) : sign(null, message, key);
  }
}

/** Whether the signature is one of the message. */
export function verifyMessage(
  { algorithm, type, spec }: Signing,
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (spec.kind) {
    case 'rsa': {
      const hash = hashOf(algorithm);
      const digest = type === 'DIGEST' ? message : createHash(hash).update(message).digest();
      if (algorithm.startsWith('RSASSA_PSS')) return verifyPss(key, hash, digest, signature);
      return verifyPkcs1(key, hash, digest, signature);
    }
    case 'ec':
      return type === 'DIGEST'
        ? verifyDigest(spec.curve ?? '', key, message, signature)
        : verify(hashOf(algorithm), message, key, signature);
    default:
      return type === 'DIGEST' ? verifyPrehashed(key, message, signature) : verify(null, message, key, signature);
  }
}
