/** Encrypt, Decrypt, ReEncrypt; by RSA keys as well as symmetric ones. */
import type { Ctx, Handler } from '#kernel/contract';
import type { DecryptRequest, EncryptionAlgorithmSpec, EncryptRequest, ReEncryptRequest } from '#models/kms';
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
import { demandReady, endDryRun, noteUse, useKey } from '../domain/use.ts';
import { badUsage, dryRun, noAttestation } from '../errors.ts';
import { decryptOutside, encryptOutside } from '../xks/cipher.ts';

const USAGE = 'ENCRYPT_DECRYPT';

export const encrypt: Handler<'kms', 'Encrypt'> = (input, ctx) => {
  const found = useKey(input, USAGE, 'Encrypt', ctx);
  const algorithm = algorithmFor(found, input.EncryptionAlgorithm);
  checkContext(algorithm, input.EncryptionContext);
  endDryRun(input);
  if (found.key.external !== undefined) return encryptExternally(found, input, ctx);
  const { blob } = encryptUnder(found, algorithm, input.EncryptionContext, input.Plaintext);
  noteUse(found, 'Encrypt', ctx);
  return { CiphertextBlob: blob, KeyId: found.key.arn, EncryptionAlgorithm: algorithm };
};

async function encryptExternally(found: Found, { EncryptionContext, Plaintext }: EncryptRequest, ctx: Ctx) {
  const blob = await encryptOutside(found, 'Encrypt', EncryptionContext, Plaintext, ctx);
  ctx.transact(() => noteUse(found, 'Encrypt', ctx));
  return { CiphertextBlob: blob, KeyId: found.key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const };
}

/** The key that is to decrypt, usable. */
function useSource(source: Source, operation: string, ctx: Ctx): Found {
  const found = findSource(source, ctx, `kms:${operation}`);
  if (found.key.usage !== USAGE) throw badUsage(found.key.arn, found.key.usage, operation);
  demandReady(found, ctx);
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
  if (found.key.external !== undefined) return decryptExternally(found, input, ctx);
  const { plaintext, material } = decryptSource(found, algorithm, input.EncryptionContext, input);
  noteUse(found, 'Decrypt', ctx);
  return {
    KeyId: found.key.arn,
    Plaintext: plaintext,
    EncryptionAlgorithm: algorithm,
    ...(material !== '' && { KeyMaterialId: material }),
  };
};

async function decryptExternally(found: Found, input: DecryptRequest, ctx: Ctx) {
  const Plaintext = await openOutside(found, 'Decrypt', input.EncryptionContext, input, ctx);
  ctx.transact(() => noteUse(found, 'Decrypt', ctx));
  return { KeyId: found.key.arn, Plaintext, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const };
}

/** As `decryptSource`; a dry run ends before the proxy is asked. */
async function openOutside(
  found: Found,
  operation: string,
  context: { [key: string]: string } | undefined,
  input: { CiphertextBlob?: Uint8Array; DryRun?: boolean },
  ctx: Ctx,
): Promise<Uint8Array> {
  endDryRun(input);
  return decryptOutside(found, operation, context, input.CiphertextBlob ?? new Uint8Array(0), ctx);
}

export const reEncrypt: Handler<'kms', 'ReEncrypt'> = (input, ctx) => {
  const from = useSource(sourceOfReEncrypt(input), 'ReEncryptFrom', ctx);
  const to = useKey({ KeyId: input.DestinationKeyId }, USAGE, 'ReEncryptTo', ctx);
  const fromAlgorithm = algorithmFor(from, input.SourceEncryptionAlgorithm);
  const toAlgorithm = algorithmFor(to, input.DestinationEncryptionAlgorithm);
  checkContext(fromAlgorithm, input.SourceEncryptionContext);
  checkContext(toAlgorithm, input.DestinationEncryptionContext);
  if (from.key.external !== undefined || to.key.external !== undefined)
    return reEncryptExternally({ from, fromAlgorithm, to, toAlgorithm }, input, ctx);
  const before = decryptSource(from, fromAlgorithm, input.SourceEncryptionContext, input);
  const after = encryptUnder(to, toAlgorithm, input.DestinationEncryptionContext, before.plaintext);
  return reEncrypted({ from, fromAlgorithm, to, toAlgorithm }, before.material, after, ctx);
};

type Passage = {
  from: Found;
  fromAlgorithm: EncryptionAlgorithmSpec;
  to: Found;
  toAlgorithm: EncryptionAlgorithmSpec;
};

/** In a transaction. Materials are told of keys that are no external ones. */
function reEncrypted(
  { from, fromAlgorithm, to, toAlgorithm }: Passage,
  source: string,
  { blob, material }: { blob: Uint8Array; material: string },
  ctx: Ctx,
) {
  noteUse(from, 'ReEncrypt', ctx);
  noteUse(to, 'ReEncrypt', ctx);
  return {
    CiphertextBlob: blob,
    SourceKeyId: from.key.arn,
    KeyId: to.key.arn,
    SourceEncryptionAlgorithm: fromAlgorithm,
    DestinationEncryptionAlgorithm: toAlgorithm,
    ...(source !== '' && { SourceKeyMaterialId: source }),
    ...(material !== '' && { DestinationKeyMaterialId: material }),
  };
}

/** Where either key is an external one. */
async function reEncryptExternally(passage: Passage, input: ReEncryptRequest, ctx: Ctx) {
  const { from, fromAlgorithm, to, toAlgorithm } = passage;
  const { SourceEncryptionContext: fromContext, DestinationEncryptionContext: toContext } = input;
  const before =
    from.key.external === undefined
      ? decryptSource(from, fromAlgorithm, fromContext, input)
      : { plaintext: await openOutside(from, 'ReEncrypt', fromContext, input, ctx), material: '' };
  const after =
    to.key.external === undefined
      ? encryptUnder(to, toAlgorithm, toContext, before.plaintext)
      : { blob: await encryptOutside(to, 'ReEncrypt', toContext, before.plaintext, ctx), material: '' };
  return ctx.transact(() => reEncrypted(passage, before.material, after, ctx));
}
