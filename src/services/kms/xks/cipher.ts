/**
 * Encrypting twice: by the KMS key's own material, and what that gives by the external key; decrypting the other way round.
 *
 * Deviation: what the external key authenticates is the encryption context as JSON, its entries sorted, as the ciphertext within has it; AWS does not say which form it sends.
 *
 * @see KMS Developer Guide, "External key stores", "Double encryption"
 */
import { invariant } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { canonical, type EncryptionContext, makerOf, open, seal } from '../domain/ciphertext.ts';
import type { Found } from '../domain/find.ts';
import { currentMaterial, secretOf } from '../domain/material.ts';
import { badCiphertext } from '../errors.ts';
import { disclose, enclose } from './envelope.ts';
import { badInnerCiphertext, faultWhileUsing } from './errors.ts';
import { decryptExternally, encryptExternally } from './external-key.ts';
import { ProxyFault } from './faults.ts';
import { proxyOf, type XksProxy } from './proxy.ts';
import { keyStoreOf } from './store.ts';

/**
 * A key in an external key store, ready to be used.
 *
 * @see KMS Developer Guide, "AWS KMS log entries", "Decrypt with a KMS key in an external key store"
 */
function readied({ key, store }: Found, kms: string, ctx: Ctx): { proxy: XksProxy; externalId: string } {
  const row = keyStoreOf(key, store);
  invariant(row !== undefined && key.external !== undefined, `${key.id} is in an external key store`);
  // Of two keys nobody has shown what is told.
  if (kms !== 'ReEncrypt') ctx.tellTrail({ customKeyStoreId: row.id, xksKeyId: key.external.id });
  return { proxy: proxyOf(row, store), externalId: key.external.id };
}

/** A ciphertext under a key in an external key store. @param kms the operation @throws {ServiceError} KMSInvalidStateException */
export async function encryptOutside(
  found: Found,
  kms: string,
  context: EncryptionContext | undefined,
  plaintext: Uint8Array,
  ctx: Ctx,
): Promise<Uint8Array> {
  const { key, store } = found;
  const { proxy, externalId } = readied(found, kms, ctx);
  const row = currentMaterial(store, key);
  const maker = { key: key.id, account: key.account, material: row.id };
  const inner = seal(secretOf(store, row), maker, context, plaintext);
  const use = { kms, keyArn: key.arn, externalId, aad: canonical(context) };
  return enclose(maker, await used(encryptExternally(proxy, use, inner, ctx)));
}

/** What was encrypted. @throws {ServiceError} InvalidCiphertextException, KMSInvalidStateException */
export async function decryptOutside(
  found: Found,
  kms: string,
  context: EncryptionContext | undefined,
  blob: Uint8Array,
  ctx: Ctx,
): Promise<Uint8Array> {
  const { key, store } = found;
  const { proxy, externalId } = readied(found, kms, ctx);
  const row = currentMaterial(store, key);
  const sealed = disclose(blob);
  if (sealed === undefined || makerOf(blob)?.material !== row.id) throw badCiphertext();
  const secret = secretOf(store, row);
  const use = { kms, keyArn: key.arn, externalId, aad: canonical(context) };
  const inner = await used(decryptExternally(proxy, use, sealed, ctx));
  const maker = makerOf(inner);
  const plaintext = maker?.key === key.id ? open(secret, context, inner) : undefined;
  if (plaintext === undefined) throw badInnerCiphertext();
  return plaintext;
}

async function used<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw error instanceof ProxyFault ? faultWhileUsing(error.kind) : error;
  }
}
