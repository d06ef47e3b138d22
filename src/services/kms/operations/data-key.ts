/** Data keys and pairs of them, given out in plaintext and encrypted under a symmetric key; random bytes. */
import { type Ctx, type Handler, secretBytes } from '#kernel/contract';
import type { DataKeyPairSpec, GenerateDataKeyRequest } from '#models/kms';
import { encryptUnder } from '../domain/cipher.ts';
import type { Found } from '../domain/find.ts';
import { newMaterial } from '../domain/material.ts';
import { endDryRun, noteUse, useKey } from '../domain/use.ts';
import { invalid, noAttestation, noSuchStore, notForDataKeys, unsupported } from '../errors.ts';

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

export const generateDataKey: Handler<'kms', 'GenerateDataKey'> = (input, ctx) => {
  const found = useSymmetric(input, 'GenerateDataKey', ctx);
  const bytes = bytesWanted(input);
  endDryRun(input);
  const plaintext = secretBytes(bytes);
  const { blob, material } = encryptUnder(found, 'SYMMETRIC_DEFAULT', input.EncryptionContext, plaintext);
  noteUse(found, 'GenerateDataKey', ctx);
  return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: found.key.arn, KeyMaterialId: material };
};

export const generateDataKeyWithoutPlaintext: Handler<'kms', 'GenerateDataKeyWithoutPlaintext'> = (input, ctx) => {
  const found = useSymmetric(input, 'GenerateDataKeyWithoutPlaintext', ctx);
  const bytes = bytesWanted(input);
  endDryRun(input);
  const { blob, material } = encryptUnder(found, 'SYMMETRIC_DEFAULT', input.EncryptionContext, secretBytes(bytes));
  noteUse(found, 'GenerateDataKeyWithoutPlaintext', ctx);
  return { CiphertextBlob: blob, KeyId: found.key.arn, KeyMaterialId: material };
};

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
  const found = useSymmetric(input, 'GenerateDataKeyPair', ctx);
  endDryRun(input);
  const { secret, shown } = await makePair(found, input.KeyPairSpec, input.EncryptionContext);
  ctx.transact(() => noteUse(found, 'GenerateDataKeyPair', ctx));
  return { ...shown, PrivateKeyPlaintext: secret };
};

export const generateDataKeyPairWithoutPlaintext: Handler<'kms', 'GenerateDataKeyPairWithoutPlaintext'> = async (
  input,
  ctx,
) => {
  const found = useSymmetric(input, 'GenerateDataKeyPairWithoutPlaintext', ctx);
  endDryRun(input);
  const { shown } = await makePair(found, input.KeyPairSpec, input.EncryptionContext);
  ctx.transact(() => noteUse(found, 'GenerateDataKeyPairWithoutPlaintext', ctx));
  return shown;
};

export const generateRandom: Handler<'kms', 'GenerateRandom'> = (input) => {
  if (input.Recipient !== undefined) throw noAttestation();
  if (input.CustomKeyStoreId !== undefined) throw noSuchStore();
  if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.');
  return { Plaintext: secretBytes(input.NumberOfBytes) };
};
