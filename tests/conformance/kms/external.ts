/** What the tests of external key stores share. */
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  type CreateCustomKeyStoreCommandInput,
  DescribeCustomKeyStoresCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import type { TestCloud } from '../../support/cloud.ts';
import { CREDENTIAL, URI_PATH, type XksProxy } from '../../support/xks-proxy.ts';
import { kmsOf, newKey } from './setup.ts';

export const CONNECTING_FOR = 5 * 60_000;

/** What CreateCustomKeyStore takes for a proxy. */
export const settingsOf = (
  { endpoint }: Pick<XksProxy, 'endpoint'>,
  name = 'store',
): CreateCustomKeyStoreCommandInput => ({
  CustomKeyStoreName: name,
  CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
  XksProxyConnectivity: 'PUBLIC_ENDPOINT',
  XksProxyUriEndpoint: endpoint,
  XksProxyUriPath: URI_PATH,
  XksProxyAuthenticationCredential: CREDENTIAL,
});

/** A new store's id. */
export async function newStore(kms: KMSClient, proxy: XksProxy): Promise<string> {
  const { CustomKeyStoreId = '' } = await kms.send(new CreateCustomKeyStoreCommand(settingsOf(proxy)));
  return CustomKeyStoreId;
}

/** Begins to connect a store, and waits for the end of it. */
export async function connect(cloud: TestCloud, kms: KMSClient, CustomKeyStoreId: string): Promise<void> {
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await cloud.advance(CONNECTING_FOR);
}

/** State and code of a store's connection. */
export async function connectionOf(kms: KMSClient, CustomKeyStoreId: string) {
  const { CustomKeyStores = [] } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }));
  const [{ ConnectionState, ConnectionErrorCode } = {}] = CustomKeyStores;
  return ConnectionErrorCode === undefined ? ConnectionState : `${ConnectionState} ${ConnectionErrorCode}`;
}

/** A key in a connected store, before a proxy that has the external key `one`. */
export async function externalKey(cloud: TestCloud, proxy: XksProxy) {
  const kms = kmsOf(cloud);
  proxy.addKey('one');
  const store = await newStore(kms, proxy);
  await connect(cloud, kms, store);
  const key = await newExternalKey(kms, store, 'one');
  return { kms, store, key };
}

/** A new key in a store. */
export const newExternalKey = (kms: KMSClient, CustomKeyStoreId: string, XksKeyId: string) =>
  newKey(kms, { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId });
