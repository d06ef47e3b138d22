/** External key stores as rows: finding them, and the keys in them. */
import type { StoreView } from '#kernel/store';
import type { CustomKeyStoresListEntry } from '#models/kms';
import { badState, noSuchStore } from '../errors.ts';
import { type KeyRow, type KeyStoreRow, keyStores } from '../state.ts';
import { badConnection } from './errors.ts';

/** @throws {ServiceError} CustomKeyStoreNotFoundException */
export function findKeyStore(id: string, store: StoreView): KeyStoreRow {
  const row = store.get(keyStores, { id });
  if (row === undefined) throw noSuchStore();
  return row;
}

/** @throws {ServiceError} CustomKeyStoreInvalidStateException unless the store is in one of the states */
export function demandConnection(row: KeyStoreRow, states: readonly KeyStoreRow['connection'][]): void {
  if (!states.includes(row.connection)) throw badConnection(row.id, row.connection);
}

/** The store that a key is in; undefined for most keys. */
export function keyStoreOf(key: Pick<KeyRow, 'external'>, store: StoreView): KeyStoreRow | undefined {
  return key.external && store.get(keyStores, { id: key.external.store });
}

/**
 * Whether a key can't be used as its store is not connected. One that is about to be deleted says that instead.
 *
 * @see KMS Developer Guide, "Key states of AWS KMS keys", the state Unavailable and note 13
 */
export function isUnavailable(key: KeyRow, store: StoreView): boolean {
  if (key.external === undefined || key.state === 'PendingDeletion') return false;
  return keyStoreOf(key, store)?.connection !== 'CONNECTED';
}

/** @throws {ServiceError} KMSInvalidStateException. Source: the same, note 11 */
export function demandAvailable(key: KeyRow, store: StoreView): void {
  if (isUnavailable(key, store)) throw badState(key.arn, 'unavailable');
}

/** What DescribeCustomKeyStores tells. */
export function entryOf(row: KeyStoreRow): CustomKeyStoresListEntry {
  return {
    CustomKeyStoreId: row.id,
    CustomKeyStoreName: row.name,
    ConnectionState: row.connection,
    ...(row.failure !== undefined && { ConnectionErrorCode: row.failure }),
    CreationDate: row.createdAt,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConfiguration: {
      Connectivity: 'PUBLIC_ENDPOINT',
      AccessKeyId: row.accessKeyId,
      UriEndpoint: row.endpoint,
      UriPath: row.path,
    },
  };
}
