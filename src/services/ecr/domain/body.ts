/**
 * Bodies at rest: AES-256 in counter mode, a nonce per body, under the repository's key. That is the registry's own, or one of KMS that is opened each time, so
 * that nothing is given out once the key is disabled.
 *
 * Deviation: with KMS_DSSE there is one layer of encryption, not two.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { parseArn } from '#kernel/base';
import { type Ctx, ServiceError, secretBytes } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { kmsError } from '../errors.ts';
import { type Body, type RepositoryRow, registries } from '../state.ts';
import type { Found } from './find.ts';

const CIPHER = 'aes-256-ctr';

/** The secret of a registry, made when it is first needed. */
export function secretOf(store: StoreView, ctx: Ctx): Buffer {
  const row =
    store.get(registries, { id: 'own' }) ??
    ctx.transact(() => {
      const made = { id: 'own' as const, secret: secretBytes(32).toString('base64') };
      store.put(registries, made);
      return made;
    });
  return Buffer.from(row.secret, 'base64');
}

/** The key under which a repository's bodies are. @throws {ServiceError} KmsException */
export async function keyOf({ repository, store }: Found, ctx: Ctx): Promise<Buffer> {
  const { key, arn } = repository;
  if (key === undefined) return secretOf(store, ctx);
  const { Plaintext } = await throughKms(() =>
    ctx.awsFor(arn, undefined, parseArn(arn)?.region).kms.Decrypt({
      CiphertextBlob: Buffer.from(key.sealed, 'base64'),
      EncryptionContext: contextOf(arn),
    }),
  );
  return Buffer.from(Plaintext ?? []);
}

/**
 * A data key for a new repository, of a key that the caller may use, and the grant by which ECR opens it again.
 * Source: ECR User Guide, "Encryption at rest".
 *
 * @throws {ServiceError} KmsException
 */
export async function newKey(
  arn: string,
  { type, key = 'alias/aws/ecr' }: { type: string; key: string | undefined },
  ctx: Ctx,
): Promise<RepositoryRow['key']> {
  if (type === 'AES256') return undefined;
  const { kms } = ctx.awsForCaller();
  return throughKms(async () => {
    const { KeyMetadata } = await kms.DescribeKey({ KeyId: key });
    const KeyId = KeyMetadata?.Arn ?? key;
    const EncryptionContext = contextOf(arn);
    const { CiphertextBlob = new Uint8Array() } = await kms.GenerateDataKey({
      KeyId,
      KeySpec: 'AES_256',
      EncryptionContext,
    });
    const made = { arn: KeyId, sealed: Buffer.from(CiphertextBlob).toString('base64'), isTwofold: type === 'KMS_DSSE' };
    if (KeyMetadata?.KeyManager === 'AWS') return made;
    const { GrantId } = await kms.CreateGrant({
      KeyId,
      GranteeServicePrincipal: 'ecr.amazonaws.com',
      RetiringServicePrincipal: 'ecr.amazonaws.com',
      Operations: ['Decrypt', 'RetireGrant'],
      Constraints: { SourceArn: arn, EncryptionContextSubset: EncryptionContext },
    });
    return { ...made, ...(GrantId !== undefined && { grant: GrantId }) };
  });
}

/** Gives back the grant of a repository that goes. */
export async function retireKey({ key, arn }: RepositoryRow, ctx: Ctx): Promise<void> {
  if (key?.grant === undefined) return;
  try {
    await ctx.awsFor(arn).kms.RetireGrant({ KeyId: key.arn, GrantId: key.grant });
  } catch (error) {
    // A key that is gone has no grants.
    if (!(error instanceof ServiceError)) throw error;
  }
}

function contextOf(arn: string) {
  return { 'aws:ecr:arn': arn };
}

async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? kmsError(error) : error;
  }
}

/** Stores a body; a row that names it must `keep` its blob. */
export async function writeBody(bytes: Uint8Array | AsyncGenerator<Uint8Array>, key: Buffer, ctx: Ctx): Promise<Body> {
  const nonce = secretBytes(16);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const pieces = bytes instanceof Uint8Array ? inOne(bytes) : bytes;
  const blob = await ctx.blobs.write(pieces, (piece) => cipher.update(piece));
  return { blob, nonce: nonce.toString('base64') };
}

/** One transaction by which some row may name a body that was stored; where none does after all, the body goes. */
export function naming<T>({ blob }: Body, ctx: Ctx, work: () => T): T {
  try {
    return ctx.transact(work);
  } catch (error) {
    ctx.transact(() => ctx.blobs.drop(blob));
    throw error;
  }
}

/** Bodies as they were, one after the other. */
export async function* readBodies(bodies: readonly Body[], key: Buffer, ctx: Ctx): AsyncGenerator<Uint8Array> {
  for (const { blob, nonce } of bodies) {
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64'));
    yield* ctx.blobs.read(blob, undefined, (piece) => decipher.update(piece));
  }
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
