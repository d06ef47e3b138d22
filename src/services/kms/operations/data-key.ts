/** Data keys and pairs of them, given out in plaintext and encrypted under a symmetric key; random bytes. */
import { type Ctx, type Handler, secretBytes } from '#kernel/contract';
import type { DataKeyPairSpec, GenerateDataKeyRequest } from '#models/kms';
import { encryptUnder } from '../domain/cipher.ts';
import type { Found } from '../domain/find.ts';
import { newMaterial } from '../domain/material.ts';
import { endDryRun, noteUse, useKey } from '../domain/use.ts';
import { badOrigin, invalid, noAttestation, notForDataKeys, unsupported } from '../errors.ts';
import { encryptOutside } from '../xks/cipher.ts';
import { noRandomOutside } from '../xks/errors.ts';
import { findKeyStore } from '../xks/store.ts';

const BYTES = { AES_256: 32, AES_128: 16 } as const;

/** The symmetric key that is to encrypt. @throws {ServiceError} InvalidKeyUsageException for an RSA key */
function useSymmetric(input: Parameters<typeof useKey>[0], operation: string, ctx: Ctx): Found {
  const found = useKey(input, 'ENCRYPT_DECRYPT', operation, ctx);
  if (found.key.spec !== 'SYMMETRIC_DEFAULT') throw notForDataKeys();
  return found;
}

/** @throws {ServiceError} ValidationException unless exactly one of both lengths is given */
function bytesWanted({ NumberOfBytes, KeySpec }: Pick<GenerateDataKeyRequest, 'NumberOfBytes' | 'KeySpec'>): number {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined))
    throw invalid('Please specify either number of bytes or key spec.');
  return NumberOfBytes ?? BYTES[KeySpec as keyof typeof BYTES];
}

/** A data key under a key in an external key store. */
async function wrapOutside(
  found: Found,
  operation: 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext',
  input: GenerateDataKeyRequest,
  plaintext: Uint8Array,
  ctx: Ctx,
) {
  const blob = await encryptOutside(found, operation, input.EncryptionContext, plaintext, ctx);
  ctx.transact(() => noteUse(found, operation, ctx));
  return { CiphertextBlob: blob, KeyId: found.key.arn };
}

export const generateDataKey: Handler<'kms', 'GenerateDataKey'> = (input, ctx) => {
  const found = useSymmetric(input, 'GenerateDataKey', ctx);
  const bytes = bytesWanted(input);
  endDryRun(input);
  const plaintext = secretBytes(bytes);
  if (found.key.external !== undefined) {
    const wrapped = wrapOutside(found, 'GenerateDataKey', input, plaintext, ctx);
    return wrapped.then((shown) => ({ ...shown, Plaintext: plaintext }));
  }
  const { blob, material } = encryptUnder(found, 'SYMMETRIC_DEFAULT', input.EncryptionContext, plaintext);
  noteUse(found, 'GenerateDataKey', ctx);
  return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: found.key.arn, KeyMaterialId: material };
};

export const generateDataKeyWithoutPlaintext: Handler<'kms', 'GenerateDataKeyWithoutPlaintext'> = (input, ctx) => {
  const found = useSymmetric(input, 'GenerateDataKeyWithoutPlaintext', ctx);
  const bytes = bytesWanted(input);
  endDryRun(input);
  const plaintext = secretBytes(bytes);
  if (found.key.external !== undefined)
    return wrapOutside(found, 'GenerateDataKeyWithoutPlaintext', input, plaintext, ctx);
  const { blob, material } = encryptUnder(found, 'SYMMETRIC_DEFAULT', input.EncryptionContext, plaintext);
  noteUse(found, 'GenerateDataKeyWithoutPlaintext', ctx);
  return { CiphertextBlob: blob, KeyId: found.key.arn, KeyMaterialId: material };
};

/** The symmetric key that is to encrypt a pair. Source: API Reference, GenerateDataKeyPair: none in a custom key store. @throws {ServiceError} UnsupportedOperationException */
function usePairable(input: Parameters<typeof useKey>[0], operation: string, ctx: Ctx): Found {
  const found = useSymmetric(input, operation, ctx);
  if (found.key.external !== undefined) throw badOrigin(found.key.arn, found.key.origin);
  return found;
}

/** A pair, its private half also under the key. */
async function makePair(found: Found, spec: DataKeyPairSpec, context: { [key: string]: string } | undefined) {
  // Source: API Reference, GenerateDataKeyPair: SM2 in China Regions only, which Cloudyard does not have.
  if (spec === 'SM2') throw unsupported('KeyPairSpec SM2 is not supported in this Region');
  const { secret, publicKey } = await newMaterial(spec);
  const { blob, material } = encryptUnder(found, 'SYMMETRIC_DEFAULT', context, secret);
  const shown = {
    PrivateKeyCiphertextBlob: blob,
    PublicKey: publicKey ?? new Uint8Array(0),
    KeyId: found.key.arn,
    KeyPairSpec: spec,
    KeyMaterialId: material,
  };
  return { secret, shown };
}

export const generateDataKeyPair: Handler<'kms', 'GenerateDataKeyPair'> = async (input, ctx) => {
  const found = usePairable(input, 'GenerateDataKeyPair', ctx);
  endDryRun(input);
  const { secret, shown } = await makePair(found, input.KeyPairSpec, input.EncryptionContext);
  ctx.transact(() => noteUse(found, 'GenerateDataKeyPair', ctx));
  return { ...shown, PrivateKeyPlaintext: secret };
};

export const generateDataKeyPairWithoutPlaintext: Handler<'kms', 'GenerateDataKeyPairWithoutPlaintext'> = async (
  input,
  ctx,
) => {
  const found = usePairable(input, 'GenerateDataKeyPairWithoutPlaintext', ctx);
  endDryRun(input);
  const { shown } = await makePair(found, input.KeyPairSpec, input.EncryptionContext);
  ctx.transact(() => noteUse(found, 'GenerateDataKeyPairWithoutPlaintext', ctx));
  return shown;
};

/** Source: API Reference, GenerateRandom, CustomKeyStoreId: external key stores give no random bytes. */
export const generateRandom: Handler<'kms', 'GenerateRandom'> = (input, ctx) => {
  if (input.Recipient !== undefined) throw noAttestation();
  if (input.CustomKeyStoreId !== undefined) {
    findKeyStore(input.CustomKeyStoreId, ctx.store);
    throw noRandomOutside();
  }
  if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.');
  return { Plaintext: secretBytes(input.NumberOfBytes) };
};
