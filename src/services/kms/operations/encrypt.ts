/** Encrypt, Decrypt, ReEncrypt; by RSA keys as well as symmetric ones. */
import { type Ctx, commonError, type Handler } from '#kernel/contract';
import {
  algorithmFor,
  decryptUnder,
  encryptUnder,
  findSource,
  type Source,
  sourceOfDecrypt,
  sourceOfReEncrypt,
} from '../domain/cipher.ts';
import type { Found } from '../domain/find.ts';
import { demandUsable } from '../domain/key-state.ts';
import { endDryRun, noteUse, useKey } from '../domain/use.ts';
import { badUsage, noAttestation } from '../errors.ts';

const USAGE = 'ENCRYPT_DECRYPT';

export const encrypt: Handler<'kms', 'Encrypt'> = (input, ctx) => {
  const found = useKey(input, USAGE, 'Encrypt', ctx);
  const algorithm = algorithmFor(found, input.EncryptionAlgorithm);
  endDryRun(input);
  const { blob } = encryptUnder(found, algorithm, input.EncryptionContext, input.Plaintext);
  noteUse(found, 'Encrypt', ctx);
  return { CiphertextBlob: blob, KeyId: found.key.arn, EncryptionAlgorithm: algorithm };
};

/** The key that is to decrypt, usable. */
function useSource(source: Source, operation: string, ctx: Ctx): Found {
  const found = findSource(source, ctx, `kms:${operation}`);
  if (found.key.usage !== USAGE) throw badUsage(found.key.arn, found.key.usage, operation);
  demandUsable(found.key, ctx.now);
  return found;
}

/** The ciphertext, which only a dry run may leave out. @throws {ServiceError} ValidationException */
function demandBlob(input: { CiphertextBlob?: Uint8Array; DryRun?: boolean; DryRunModifiers?: string[] }): Uint8Array {
  if (input.CiphertextBlob !== undefined) return input.CiphertextBlob;
  if (input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true) return new Uint8Array(0);
  throw commonError(
    'ValidationException',
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  );
}

export const decrypt: Handler<'kms', 'Decrypt'> = (input, ctx) => {
  const blob = demandBlob(input);
  const found = useSource(sourceOfDecrypt(input), 'Decrypt', ctx);
  if (input.Recipient !== undefined) throw noAttestation();
  const algorithm = algorithmFor(found, input.EncryptionAlgorithm);
  if (blob.length === 0) endDryRun(input);
  const { plaintext, material } = decryptUnder(found, algorithm, input.EncryptionContext, blob);
  endDryRun(input);
  noteUse(found, 'Decrypt', ctx);
  return {
    KeyId: found.key.arn,
    Plaintext: plaintext,
    EncryptionAlgorithm: algorithm,
    ...(material !== '' && { KeyMaterialId: material }),
  };
};

export const reEncrypt: Handler<'kms', 'ReEncrypt'> = (input, ctx) => {
  const blob = demandBlob(input);
  const from = useSource(sourceOfReEncrypt(input), 'ReEncryptFrom', ctx);
  const to = useKey({ KeyId: input.DestinationKeyId }, USAGE, 'ReEncryptTo', ctx);
  const fromAlgorithm = algorithmFor(from, input.SourceEncryptionAlgorithm);
  const toAlgorithm = algorithmFor(to, input.DestinationEncryptionAlgorithm);
  if (blob.length === 0) endDryRun(input);
  const before = decryptUnder(from, fromAlgorithm, input.SourceEncryptionContext, blob);
  endDryRun(input);
  const after = encryptUnder(to, toAlgorithm, input.DestinationEncryptionContext, before.plaintext);
  noteUse(from, 'ReEncrypt', ctx);
  noteUse(to, 'ReEncrypt', ctx);
  return {
    CiphertextBlob: after.blob,
    SourceKeyId: from.key.arn,
    KeyId: to.key.arn,
    SourceEncryptionAlgorithm: fromAlgorithm,
    DestinationEncryptionAlgorithm: toAlgorithm,
    ...(before.material !== '' && { SourceKeyMaterialId: before.material }),
    ...(after.material !== '' && { DestinationKeyMaterialId: after.material }),
  };
};
