/** External key stores: made, connected, changed, deleted. Source: KMS API Reference, the operations of custom key stores. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  type CreateCustomKeyStoreCommandInput,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ScheduleKeyDeletionCommand,
  UpdateCustomKeyStoreCommand,
  type UpdateCustomKeyStoreCommandInput,
} from '@aws-sdk/client-kms';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { CREDENTIAL, startXksProxy, URI_PATH } from '../../support/xks-proxy.ts';
import {
  CONNECTING_FOR,
  connect,
  connectionOf,
  externalKey,
  newExternalKey,
  newStore,
  settingsOf,
} from './external.ts';
import { ACCOUNT, bytes, iamAllow, kmsOf, refused, text, userOf } from './setup.ts';

test('is made disconnected, takes five minutes to be connected, and is described', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const kms = kmsOf(cloud);
  const id = await newStore(kms, proxy);
  assert.match(id, /^cks-[0-9a-f]{17}$/);
  assert.deepEqual(
    proxy.asked.map(({ api, body }) => [api, Object.keys(body.requestMetadata as object)]),
    [['health', ['kmsRequestId', 'kmsOperation']]],
  );
  const entry = {
    CustomKeyStoreId: id,
    CustomKeyStoreName: 'store',
    ConnectionState: 'DISCONNECTED',
    CreationDate: new Date(START),
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConfiguration: {
      Connectivity: 'PUBLIC_ENDPOINT',
      AccessKeyId: CREDENTIAL.AccessKeyId,
      UriEndpoint: proxy.endpoint,
      UriPath: URI_PATH,
    },
  };
  for (const by of [{}, { CustomKeyStoreId: id }, { CustomKeyStoreName: 'store' }]) {
    const { CustomKeyStores, Truncated } = await kms.send(new DescribeCustomKeyStoresCommand(by));
    assert.deepEqual([CustomKeyStores, Truncated], [[entry], false]);
  }
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
  await cloud.advance(CONNECTING_FOR - 1);
  assert.equal(await connectionOf(kms, id), 'CONNECTING');
  // Once more changes nothing.
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
  await cloud.advance(1);
  assert.equal(await connectionOf(kms, id), 'CONNECTED');
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
  assert.equal(await connectionOf(kms, id), 'DISCONNECTED');
});

test('stores are told page by page; none is told of another Region, or by a name that none has', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const kms = kmsOf(cloud);
  const ids: string[] = [];
  await refused(
    kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreName: 'store' })),
    'CustomKeyStoreNotFoundException',
    '',
  );
  const proxies = await Promise.all(Array.from({ length: 10 }, () => startXksProxy()));
  for (const [at, one] of proxies.entries()) ids.push((await make(kms, settingsOf(one, `store-${at}`))) ?? '');
  const eleventh = await failure(make(kms, settingsOf(proxy, 'store-10')));
  assert.equal(eleventh.name, 'LimitExceededException');
  const found: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.send(new DescribeCustomKeyStoresCommand({ Limit: 4, Marker }));
    found.push(...(page.CustomKeyStores ?? []).map(({ CustomKeyStoreId }) => CustomKeyStoreId));
    assert.equal(page.Truncated, page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(found, ids.sort());
  const elsewhere = kmsOf(cloud, undefined, 'eu-west-1');
  assert.deepEqual((await elsewhere.send(new DescribeCustomKeyStoresCommand({}))).CustomKeyStores, []);
  for (const one of proxies) await one.stop();
});

async function make(kms: ReturnType<typeof kmsOf>, input: CreateCustomKeyStoreCommandInput) {
  return (await kms.send(new CreateCustomKeyStoreCommand(input))).CustomKeyStoreId;
}

test('CreateCustomKeyStore refuses what is taken, what is missing, and addresses that are none', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  await using other = await startXksProxy();
  const kms = kmsOf(cloud);
  await newStore(kms, proxy);
  const good = settingsOf(other, 'other');
  const cases: [Partial<CreateCustomKeyStoreCommandInput>, string][] = [
    [{ CustomKeyStoreName: 'store' }, 'CustomKeyStoreNameInUseException'],
    [{ XksProxyUriEndpoint: proxy.endpoint }, 'XksProxyUriInUseException'],
    [{ XksProxyConnectivity: undefined }, 'ValidationException'],
    [{ XksProxyUriEndpoint: undefined }, 'ValidationException'],
    [{ XksProxyUriPath: undefined }, 'ValidationException'],
    [{ XksProxyAuthenticationCredential: undefined }, 'ValidationException'],
    [{ XksProxyUriPath: '/example' }, 'ValidationException'],
    [{ XksProxyAuthenticationCredential: { ...CREDENTIAL, AccessKeyId: 'a'.repeat(20) } }, 'ValidationException'],
    [{ CustomKeyStoreType: undefined }, 'NotImplemented'],
    [{ XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' }, 'NotImplemented'],
    [{ CloudHsmClusterId: 'cluster-abcdefghijk' }, 'NotImplemented'],
  ];
  for (const [change, code] of cases)
    assert.equal((await failure(make(kms, { ...good, ...change }))).name, code, JSON.stringify(change));
  // AWS's address has no port, and no other protocol than https; one of this machine may.
  for (const endpoint of [
    'http://example.com',
    'https://example.com:8443',
    'https://example.com/a',
    'http://10.0.0.1:80',
  ])
    await refused(
      make(kms, { ...good, XksProxyUriEndpoint: endpoint }),
      'ValidationException',
      `1 validation error detected: Value '${endpoint}' at 'xksProxyUriEndpoint' failed to satisfy constraint: Member must satisfy regular expression pattern: ^https://[a-zA-Z0-9.-]+$`,
    );
  const both = { CustomKeyStoreId: 'cks-0', CustomKeyStoreName: 'store' };
  const asked = kms.send(new DescribeCustomKeyStoresCommand(both));
  assert.equal((await failure(asked)).name, 'ValidationException');
  await make(kms, good);
});

test('each state of the connection lets some operations through', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const kms = kmsOf(cloud);
  const CustomKeyStoreId = await newStore(kms, proxy);
  const calls = {
    rename: () => kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, NewCustomKeyStoreName: 'renamed' })),
    move: () => kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, XksProxyUriEndpoint: proxy.endpoint })),
    delete: () => kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId })),
    create: () => newExternalKey(kms, CustomKeyStoreId, 'one'),
    connect: () => kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId })),
    disconnect: () => kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId })),
  };
  const refusedNow = async (...names: (keyof typeof calls)[]) => {
    for (const name of names) {
      const error = await failure(calls[name]());
      assert.equal(error.name, 'CustomKeyStoreInvalidStateException', name);
    }
  };
  await refusedNow('disconnect', 'create');
  await calls.rename();
  await calls.move();
  await calls.connect();
  await refusedNow('rename', 'move', 'delete', 'create');
  await cloud.advance(CONNECTING_FOR);
  await calls.connect();
  assert.equal(await connectionOf(kms, CustomKeyStoreId), 'CONNECTED');
  await calls.rename();
  await refusedNow('move', 'delete');
  await calls.disconnect();
  proxy.managers = ['UNAVAILABLE'];
  await connect(cloud, kms, CustomKeyStoreId);
  assert.equal(await connectionOf(kms, CustomKeyStoreId), 'FAILED XKS_PROXY_NOT_REACHABLE');
  await refusedNow('connect', 'rename', 'move', 'delete', 'create');
  await calls.disconnect();
  assert.equal(await connectionOf(kms, CustomKeyStoreId), 'DISCONNECTED');
  await calls.delete();
  const gone = [calls.connect, calls.disconnect, calls.delete, calls.rename];
  for (const call of gone) await refused(call(), 'CustomKeyStoreNotFoundException', '');
});

test('only who may sees and changes stores', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const kms = kmsOf(cloud);
  const CustomKeyStoreId = await newStore(kms, proxy);
  const own = { StringEquals: { 'kms:CallerAccount': ACCOUNT } };
  const viewer = await userOf(cloud, 'viewer', iamAllow('kms:DescribeCustomKeyStores', own));
  await viewer.kms.send(new DescribeCustomKeyStoresCommand({}));
  const calls = [
    () => viewer.kms.send(new CreateCustomKeyStoreCommand(settingsOf(proxy, 'other'))),
    () => viewer.kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId })),
    () => viewer.kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, NewCustomKeyStoreName: 'x' })),
    () => viewer.kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId })),
  ];
  for (const call of calls) assert.equal((await failure(call())).name, 'AccessDeniedException');
});

test('one that is disconnected while it is connected stays so', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const kms = kmsOf(cloud);
  const CustomKeyStoreId = await newStore(kms, proxy);
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await cloud.advance(CONNECTING_FOR);
  assert.equal(await connectionOf(kms, CustomKeyStoreId), 'DISCONNECTED');
});

test('UpdateCustomKeyStore takes what the proxy answers to, and nothing else', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store: CustomKeyStoreId } = await externalKey(cloud, proxy);
  const update = (input: Omit<UpdateCustomKeyStoreCommandInput, 'CustomKeyStoreId'>) =>
    kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, ...input }));
  const encrypt = () => kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }));
  const AccessKeyId = 'Z'.repeat(20);
  const credential = { AccessKeyId, RawSecretAccessKey: 't'.repeat(43) };
  const wrong = await failure(update({ XksProxyAuthenticationCredential: credential }));
  assert.equal(wrong.name, 'XksProxyIncorrectAuthenticationCredentialException');
  await encrypt();
  proxy.secrets = new Map([[AccessKeyId, 't'.repeat(43)]]);
  assert.match((await failure(encrypt())).message, /could not authenticate AWS KMS/);
  await update({ XksProxyAuthenticationCredential: credential });
  await encrypt();
  const path = await failure(update({ XksProxyUriPath: '/elsewhere/kms/xks/v1' }));
  assert.equal(path.name, 'XksProxyInvalidConfigurationException');
  // A name needs no proxy.
  proxy.asked.length = 0;
  await update({ NewCustomKeyStoreName: 'renamed' });
  assert.deepEqual(proxy.asked, []);
  const { CustomKeyStores = [] } = await kms.send(new DescribeCustomKeyStoresCommand({}));
  const [{ CustomKeyStoreName, XksProxyConfiguration } = {}] = CustomKeyStores;
  assert.deepEqual([CustomKeyStoreName, XksProxyConfiguration?.AccessKeyId], ['renamed', AccessKeyId]);
  assert.equal((await failure(update({ XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' }))).name, 'NotImplemented');

  // The key manager moves to another machine.
  await using moved = await startXksProxy();
  moved.secrets = proxy.secrets;
  for (const [id, external] of proxy.keys) moved.keys.set(id, external);
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await update({ XksProxyUriEndpoint: moved.endpoint });
  await connect(cloud, kms, CustomKeyStoreId);
  await encrypt();
  assert.equal(moved.asked.at(-1)?.api, 'encrypt');
  const second = await make(kms, { ...settingsOf(proxy, 'second'), XksProxyAuthenticationCredential: credential });
  const back = kms.send(
    new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: second, XksProxyUriEndpoint: moved.endpoint }),
  );
  assert.equal((await failure(back)).name, 'XksProxyUriInUseException');
  const renamed = kms.send(
    new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: second, NewCustomKeyStoreName: 'renamed' }),
  );
  assert.equal((await failure(renamed)).name, 'CustomKeyStoreNameInUseException');
});

test('a store with keys is not deleted until they are', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId, store: CustomKeyStoreId } = await externalKey(cloud, proxy);
  const remove = () => kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId }));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  assert.equal((await failure(remove())).name, 'CustomKeyStoreHasCMKsException');
  await cloud.advance(7 * 86_400_000);
  await remove();
  assert.deepEqual((await kms.send(new DescribeCustomKeyStoresCommand({}))).CustomKeyStores, []);
});

test('outlives a restart: the store, its key, what it has encrypted, and a connection that was on its way', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  await using proxy = await startXksProxy();
  await using other = await startXksProxy();
  let cloud: TestCloud = await startTestCloud({ data });
  const made = await externalKey(cloud, proxy);
  const { CiphertextBlob } = await made.kms.send(new EncryptCommand({ KeyId: made.key, Plaintext: bytes('kept') }));
  const second = (await make(made.kms, settingsOf(other, 'second'))) ?? '';
  await made.kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: second }));
  await cloud.close();

  cloud = await startTestCloud({ data });
  const kms = kmsOf(cloud);
  assert.equal(text((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'kept');
  assert.equal(await connectionOf(kms, second), 'CONNECTING');
  await cloud.advance(2 * CONNECTING_FOR);
  assert.equal(await connectionOf(kms, second), 'CONNECTED');
  await kms.send(new GenerateDataKeyCommand({ KeyId: made.key, KeySpec: 'AES_256' }));
  await cloud.close();
  rmSync(data, { recursive: true });
});
