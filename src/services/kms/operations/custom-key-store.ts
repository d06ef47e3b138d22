/** Custom key stores: those that an external key manager backs. */
import type { Ctx, Handler, TaskHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateCustomKeyStoreRequest, UpdateCustomKeyStoreRequest } from '#models/kms';
import { wrap } from '../domain/material.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { noSuchStore } from '../errors.ts';
import { CONNECTING_FOR, KEY_STORES_MAX, LIST_DEFAULT } from '../limits.ts';
import { externalKeys, type KeyStoreRow, keyStores } from '../state.ts';
import { checkEndpoint } from '../xks/address.ts';
import {
  faultWhileManaging,
  proxyUriInUse,
  storeHasKeys,
  storeMissing,
  storeNamedTwice,
  storeNameInUse,
  storeNotBuilt,
  tooManyStores,
} from '../xks/errors.ts';
import { faultOf, ProxyFault } from '../xks/faults.ts';
import { checkHealth } from '../xks/health.ts';
import { proxyOf, secretPurpose, type XksProxy } from '../xks/proxy.ts';
import { demandConnection, entryOf, findKeyStore } from '../xks/store.ts';

type Settings = Pick<XksProxy, 'endpoint' | 'path' | 'accessKeyId' | 'secret'>;

export const createCustomKeyStore: Handler<'kms', 'CreateCustomKeyStore'> = async (input, ctx) => {
  const settings = readSettings(input);
  const { CustomKeyStoreName: name } = input;
  checkFree({ name, ...settings }, ctx.store);
  checkRoom(ctx.store);
  const place = { account: ctx.account, region: ctx.region };
  await demandHealth({ ...settings, id: undefined, place }, 'CreateCustomKeyStore', ctx);
  return ctx.transact((store) => {
    checkFree({ name, ...settings }, store);
    checkRoom(store);
    const id = `cks-${ctx.random.bytes(9).toString('hex').slice(0, 17)}`;
    const secret = wrap(store, Buffer.from(settings.secret), secretPurpose(id));
    store.put(keyStores, { ...settings, secret, id, ...place, name, createdAt: ctx.now, connection: 'DISCONNECTED' });
    return { CustomKeyStoreId: id };
  });
};

/** @throws {ServiceError} NotImplemented for what is no external key store with a public endpoint, ValidationException */
function readSettings(input: CreateCustomKeyStoreRequest): Settings {
  if (input.CustomKeyStoreType !== 'EXTERNAL_KEY_STORE') throw storeNotBuilt('key stores of AWS CloudHSM');
  const { XksProxyConnectivity, XksProxyUriEndpoint, XksProxyUriPath, XksProxyAuthenticationCredential } = input;
  if (XksProxyConnectivity === undefined) throw storeMissing('XksProxyConnectivity');
  if (XksProxyConnectivity !== 'PUBLIC_ENDPOINT') throw storeNotBuilt('proxies behind a VPC endpoint service');
  if (XksProxyAuthenticationCredential === undefined) throw storeMissing('XksProxyAuthenticationCredential');
  if (XksProxyUriEndpoint === undefined) throw storeMissing('XksProxyUriEndpoint');
  if (XksProxyUriPath === undefined) throw storeMissing('XksProxyUriPath');
  checkEndpoint(XksProxyUriEndpoint);
  const { AccessKeyId: accessKeyId, RawSecretAccessKey: secret } = XksProxyAuthenticationCredential;
  return { endpoint: XksProxyUriEndpoint, path: XksProxyUriPath, accessKeyId, secret };
}

/** A Region has few stores, so that all are looked at. @throws {ServiceError} CustomKeyStoreNameInUseException, XksProxyUriInUseException */
function checkFree(
  { id, name, endpoint, path }: Pick<KeyStoreRow, 'name' | 'endpoint' | 'path'> & { id?: string },
  store: StoreView,
) {
  const others = store.list(keyStores).filter((row) => row.id !== id);
  if (others.some((row) => row.name === name)) throw storeNameInUse(name);
  const uri = `${endpoint}${path}`;
  if (others.some((row) => `${row.endpoint}${row.path}` === uri)) throw proxyUriInUse(uri);
}

/** @throws {ServiceError} LimitExceededException */
function checkRoom(store: StoreView): void {
  if (store.list(keyStores, { limit: KEY_STORES_MAX }).length === KEY_STORES_MAX) throw tooManyStores(KEY_STORES_MAX);
}

/** @throws {ServiceError} those of the proxy */
async function demandHealth(proxy: XksProxy, operation: string, ctx: Ctx): Promise<void> {
  try {
    await checkHealth(proxy, operation, ctx);
  } catch (error) {
    throw error instanceof ProxyFault ? faultWhileManaging(error.kind) : error;
  }
}

export const describeCustomKeyStores: Handler<'kms', 'DescribeCustomKeyStores'> = (input, ctx) => {
  const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input;
  if (id !== undefined && name !== undefined) throw storeNamedTwice();
  const after = readMarker(input.Marker);
  if (id !== undefined) return { CustomKeyStores: [entryOf(findKeyStore(id, ctx.store))], Truncated: false };
  if (name !== undefined) {
    const row = ctx.store.first(keyStores, { index: 'byName', where: { name } });
    if (row === undefined) throw noSuchStore();
    return { CustomKeyStores: [entryOf(row)], Truncated: false };
  }
  const limit = input.Limit ?? LIST_DEFAULT;
  const found = ctx.store.list(keyStores, { ...(after !== undefined && { after: { id: after } }), limit: limit + 1 });
  const { page, rest } = pageOf(found, limit, (row) => row.id);
  return { CustomKeyStores: page.map(entryOf), ...rest };
};

/** The store that a call names; the trail is told its name. Source: Developer Guide, "AWS KMS log entries", ConnectCustomKeyStore and the like. */
function named(id: string, ctx: Ctx): KeyStoreRow {
  const row = findKeyStore(id, ctx.store);
  ctx.tellTrail({ customKeyStoreName: row.name });
  return row;
}

/** A store that is connected or being connected stays so. Source: API Reference, ConnectCustomKeyStore, "CustomKeyStoreInvalidStateException". */
export const connectCustomKeyStore: Handler<'kms', 'ConnectCustomKeyStore'> = ({ CustomKeyStoreId: id }, ctx) => {
  const row = named(id, ctx);
  demandConnection(row, ['DISCONNECTED', 'CONNECTING', 'CONNECTED']);
  if (row.connection !== 'DISCONNECTED') return {};
  ctx.store.put(keyStores, { ...row, connection: 'CONNECTING', connectedAt: ctx.now });
  ctx.arm('connect', id, ctx.now + CONNECTING_FOR, { id });
  return {};
};

/** A timer: the time that a connection takes is over; how it went takes a task. */
export const connectLater: TimerHandler = ({ id }, ctx) => ctx.start('connect', String(id), { id });

/** A task: asks the proxy, by which it is decided whether the store is connected. */
export const connect: TaskHandler = async ({ id }, ctx) => {
  const before = ctx.store.get(keyStores, { id: String(id) });
  if (before?.connection !== 'CONNECTING') return;
  const failure = await failureOf(proxyOf(before, ctx.store), ctx);
  ctx.transact((store) => {
    const row = store.get(keyStores, { id: before.id });
    // It may have been disconnected meanwhile, and connected once more.
    if (row?.connection !== 'CONNECTING' || row.connectedAt !== before.connectedAt) return;
    const ended =
      failure === undefined ? ({ connection: 'CONNECTED' } as const) : ({ connection: 'FAILED', failure } as const);
    store.put(keyStores, { ...row, ...ended });
  });
};

async function failureOf(proxy: XksProxy, ctx: Ctx): Promise<KeyStoreRow['failure']> {
  try {
    await checkHealth(proxy, 'ConnectCustomKeyStore', ctx);
    return undefined;
  } catch (error) {
    if (error instanceof ProxyFault) return faultOf(error.kind).connecting;
    throw error;
  }
}

export const disconnectCustomKeyStore: Handler<'kms', 'DisconnectCustomKeyStore'> = ({ CustomKeyStoreId: id }, ctx) => {
  const row = named(id, ctx);
  demandConnection(row, ['CONNECTED', 'CONNECTING', 'FAILED']);
  ctx.store.put(keyStores, disconnected(row));
  ctx.disarm('connect', id);
  return {};
};

function disconnected({ failure: _, connectedAt: __, ...row }: KeyStoreRow): KeyStoreRow {
  return { ...row, connection: 'DISCONNECTED' };
}

export const deleteCustomKeyStore: Handler<'kms', 'DeleteCustomKeyStore'> = ({ CustomKeyStoreId: id }, ctx) => {
  const row = named(id, ctx);
  if (ctx.store.first(externalKeys, { where: { store: id } }) !== undefined) throw storeHasKeys(id);
  demandConnection(row, ['DISCONNECTED']);
  ctx.store.delete(keyStores, row);
  return {};
};

/** What can be changed of a store that is connected. Source: Developer Guide, "Edit external key store properties". */
const ONLY_DISCONNECTED = ['XksProxyConnectivity', 'XksProxyUriEndpoint'] as const;

export const updateCustomKeyStore: Handler<'kms', 'UpdateCustomKeyStore'> = async (input, ctx) => {
  const row = named(input.CustomKeyStoreId, ctx);
  checkChangeable(row, input);
  const before = proxyOf(row, ctx.store);
  const after = { ...before, ...changesOf(input) };
  const name = input.NewCustomKeyStoreName ?? row.name;
  checkFree({ ...after, id: row.id, name }, ctx.store);
  const isAsked = input.XksProxyConnectivity !== undefined || Object.keys(changesOf(input)).length > 0;
  if (isAsked) await demandHealth(after, 'UpdateCustomKeyStore', ctx);
  return ctx.transact((store) => {
    const now = findKeyStore(row.id, store);
    checkChangeable(now, input);
    checkFree({ ...after, id: row.id, name }, store);
    const { endpoint, path, accessKeyId } = after;
    const secret = isAsked ? wrap(store, Buffer.from(after.secret), secretPurpose(row.id)) : now.secret;
    store.put(keyStores, { ...now, name, endpoint, path, accessKeyId, secret });
    return {};
  });
};

/** @throws {ServiceError} CustomKeyStoreInvalidStateException, NotImplemented, ValidationException */
function checkChangeable(row: KeyStoreRow, input: UpdateCustomKeyStoreRequest): void {
  const { XksProxyConnectivity, XksProxyUriEndpoint } = input;
  if (XksProxyConnectivity === 'VPC_ENDPOINT_SERVICE') throw storeNotBuilt('proxies behind a VPC endpoint service');
  if (XksProxyUriEndpoint !== undefined) checkEndpoint(XksProxyUriEndpoint);
  const isBound = ONLY_DISCONNECTED.some((member) => input[member] !== undefined);
  demandConnection(row, isBound ? ['DISCONNECTED'] : ['CONNECTED', 'DISCONNECTED']);
}

function changesOf(input: UpdateCustomKeyStoreRequest): Partial<Settings> {
  const { XksProxyUriEndpoint: endpoint, XksProxyUriPath: path, XksProxyAuthenticationCredential: credential } = input;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(path !== undefined && { path }),
    ...(credential !== undefined && { accessKeyId: credential.AccessKeyId, secret: credential.RawSecretAccessKey }),
  };
}
