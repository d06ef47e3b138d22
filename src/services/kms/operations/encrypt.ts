/** Encrypt, Decrypt, ReEncrypt; by RSA keys as well as symmetric ones. */
import type { Ctx, Handler } from '#kernel/contract';
import type { EncryptionAlgorithmSpec } from '#models/kms';
import {
  algorithmFor,
  checkContext,
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
import { badUsage, dryRun, noAttestation } from '../errors.ts';

const USAGE = 'ENCRYPT_DECRYPT';

export const encrypt: Handler<'kms', 'Encrypt'> = (input, ctx) => {
  const found = useKey(input, USAGE, 'Encrypt', ctx);
  const algorithm = algorithmFor(found, input.EncryptionAlgorithm);
  checkContext(algorithm, input.EncryptionContext);
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

/** Decrypts what is there; a dry run ends here, with a ciphertext or without. */
function decryptSource(
  found: Found,
  algorithm: EncryptionAlgorithmSpec,
  context: { [key: string]: string } | undefined,
  input: { CiphertextBlob?: Uint8Array; DryRun?: boolean },
) {
  if (input.CiphertextBlob === undefined) throw dryRun();
  const opened = decryptUnder(found, algorithm, context, input.CiphertextBlob);
  endDryRun(input);
  return opened;
}

export const decrypt: Handler<'kms', 'Decrypt'> = (input, ctx) => {
  const found = useSource(sourceOfDecrypt(input), 'Decrypt', ctx);
  if (input.Recipient !== undefined) throw noAttestation();
  const algorithm = algorithmFor(found, input.EncryptionAlgorithm);
  checkContext(algorithm, input.EncryptionContext);
  const { plaintext, material } = decryptSource(found, algorithm, input.EncryptionContext, input);
  noteUse(found, 'Decrypt', ctx);
  return {
    KeyId: found.key.arn,
    Plaintext: plaintext,
    EncryptionAlgorithm: algorithm,
    ...(material !== '' && { KeyMaterialId: material }),
  };
};

export const reEncrypt: Handler<'kms', 'ReEncrypt'> = (input, ctx) => {
  const from = useSource(sourceOfReEncrypt(input), 'ReEncryptFrom', ctx);
  const to = useKey({ KeyId: input.DestinationKeyId }, USAGE, 'ReEncryptTo', ctx);
  const fromAlgorithm = algorithmFor(from, input.SourceEncryptionAlgorithm);
  const toAlgorithm = algorithmFor(to, input.DestinationEncryptionAlgorithm);
  checkContext(fromAlgorithm, input.SourceEncryptionContext);
  checkContext(toAlgorithm, input.DestinationEncryptionContext);
  const before = decryptSource(from, fromAlgorithm, input.SourceEncryptionContext, input);
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
