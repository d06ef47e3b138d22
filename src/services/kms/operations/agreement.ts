/** Secrets shared with a peer: by elliptic-curve Diffie-Hellman, and by ML-KEM. */
import {
  createPublicKey,
  diffieHellman,
  type KeyObject,
  decapsulate as opened,
  encapsulate as sealed,
} from 'node:crypto';
import type { Handler } from '#kernel/contract';
import { privateKeyOf, publicKeyOf } from '../domain/material.ts';
import { endDryRun, noteUse, useKey } from '../domain/use.ts';
import { badCiphertext, badPeer } from '../errors.ts';

/** @throws {ServiceError} ValidationException unless it is a public key of the same curve */
function readPeer(der: Uint8Array, own: KeyObject): KeyObject {
  let peer: KeyObject | undefined;
  try {
    peer = createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
  } catch {
    // Refused below, like any other key that doesn't fit.
  }
  if (peer?.asymmetricKeyDetails?.namedCurve !== own.asymmetricKeyDetails?.namedCurve || peer === undefined)
    throw badPeer();
  return peer;
}

export const deriveSharedSecret: Handler<'kms', 'DeriveSharedSecret'> = (input, ctx) => {
  const found = useKey(input, 'KEY_AGREEMENT', 'DeriveSharedSecret', ctx);
  const privateKey = privateKeyOf(found.store, found.key);
  const publicKey = readPeer(input.PublicKey, privateKey);
  endDryRun(input);
  const SharedSecret = diffieHellman({ privateKey, publicKey });
  noteUse(found, 'DeriveSharedSecret', ctx);
  const { arn, origin } = found.key;
  return { KeyId: arn, SharedSecret, KeyAgreementAlgorithm: input.KeyAgreementAlgorithm, KeyOrigin: origin };
};

export const encapsulate: Handler<'kms', 'Encapsulate'> = (input, ctx) => {
  const found = useKey(input, 'ENCAPSULATE_DECAPSULATE', 'Encapsulate', ctx);
  endDryRun(input);
  const { sharedKey, ciphertext } = sealed(publicKeyOf(found.key));
  noteUse(found, 'Encapsulate', ctx);
  return {
    KeyId: found.key.arn,
    SharedSecret: sharedKey,
    SharedSecretCiphertextBlob: ciphertext,
    EncapsulationAlgorithm: input.EncapsulationAlgorithm,
  };
};

export const decapsulate: Handler<'kms', 'Decapsulate'> = (input, ctx) => {
  const found = useKey(input, 'ENCAPSULATE_DECAPSULATE', 'Decapsulate', ctx);
  endDryRun(input);
  let SharedSecret: Uint8Array;
  try {
    SharedSecret = opened(privateKeyOf(found.store, found.key), input.SharedSecretCiphertextBlob);
  } catch {
    throw badCiphertext();
  }
  noteUse(found, 'Decapsulate', ctx);
  return { KeyId: found.key.arn, SharedSecret, EncapsulationAlgorithm: input.EncapsulationAlgorithm };
};
