/** A new KMS key in an external key store: what it has to be, and the external key that is to stand behind it. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateKeyRequest } from '#models/kms';
import { unsupported } from '../errors.ts';
import { externalKeys, type KeyRow } from '../state.ts';
import { externalKeyInUse, faultWhileCreating, keyMissing, notOfOrigin, onlySymmetric } from './errors.ts';
import { checkExternalKey } from './external-key.ts';
import { ProxyFault } from './faults.ts';
import { proxyOf } from './proxy.ts';
import { demandConnection, findKeyStore } from './store.ts';

type External = NonNullable<KeyRow['external']>;

/**
 * The store and the external key that are asked for; undefined for a key that is to be in none.
 *
 * @throws {ServiceError} CustomKeyStoreNotFoundException, ValidationException, UnsupportedOperationException
 */
export function readExternal(input: CreateKeyRequest, ctx: Ctx): External | undefined {
  const { CustomKeyStoreId: store, XksKeyId: id, Origin: origin = 'AWS_KMS' } = input;
  if (store !== undefined) findKeyStore(store, ctx.store);
  if (origin !== 'EXTERNAL_KEY_STORE') {
    if (id !== undefined) throw notOfOrigin('XksKeyId', origin);
    if (store !== undefined) throw notOfOrigin('CustomKeyStoreId', origin);
    if (origin === 'AWS_CLOUDHSM') throw unsupported('Cloudyard has no key stores of AWS CloudHSM.');
    return undefined;
  }
  if (store === undefined) throw keyMissing('CustomKeyStoreId');
  if (id === undefined) throw keyMissing('XksKeyId');
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  if (spec !== 'SYMMETRIC_DEFAULT' || input.MultiRegion === true) throw onlySymmetric();
  return { store, id };
}

/** @throws {ServiceError} CustomKeyStoreInvalidStateException, XksKeyAlreadyInUseException */
function demandFree(external: External, store: StoreView): void {
  demandConnection(findKeyStore(external.store, store), ['CONNECTED']);
  if (store.get(externalKeys, external) !== undefined) throw externalKeyInUse(external.id);
}

/** Asks the proxy whether the external key will do. @throws {ServiceError} XksKeyNotFoundException, XksKeyInvalidConfigurationException, CustomKeyStoreInvalidStateException */
export async function demandExternal(external: External, ctx: Ctx): Promise<void> {
  demandFree(external, ctx.store);
  const proxy = proxyOf(findKeyStore(external.store, ctx.store), ctx.store);
  try {
    await checkExternalKey(proxy, external.id, ctx);
  } catch (error) {
    throw error instanceof ProxyFault ? faultWhileCreating(error.kind) : error;
  }
}

/** Takes the external key for a KMS key. In a transaction. */
export function takeExternal(external: External, key: string, store: StoreView): void {
  demandFree(external, store);
  store.put(externalKeys, { ...external, key });
}
