/** Service-specific credentials: user names and passwords for CodeCommit and Keyspaces, API keys for Bedrock and CloudWatch Logs. */
import { DAY, type Millis, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { ServiceSpecificCredential, ServiceSpecificCredentialMetadata } from '#models/iam';
import { findUser, userNameOf } from '../domain/entities.ts';
import { newCredentialId } from '../domain/names.ts';
import { pageOf } from '../domain/page.ts';
import { noSuchServiceCredential, quotaExceeded, serviceNotSupported } from '../errors.ts';
import { SERVICE_CREDENTIALS_MAX } from '../limits.ts';
import { type ServiceCredentialRow, serviceCredentials } from '../state.ts';

/** Source: IAM API Reference, CreateServiceSpecificCredential; those with keys have no user name and password. */
const SERVICES: { readonly [name: string]: 'password' | 'key' } = {
  'codecommit.amazonaws.com': 'password',
  'cassandra.amazonaws.com': 'password',
  'bedrock.amazonaws.com': 'key',
  'logs.amazonaws.com': 'key',
};
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** @throws {ServiceError} NoSuchEntity */
function find(input: { UserName?: string; ServiceSpecificCredentialId: string }, ctx: Ctx): ServiceCredentialRow {
  const name = userNameOf(input, ctx);
  const user = name === undefined ? '' : findUser(name, ctx.store).name;
  const row = ctx.store.get(serviceCredentials, { user, id: input.ServiceSpecificCredentialId });
  if (row === undefined) throw noSuchServiceCredential(input.ServiceSpecificCredentialId);
  return row;
}

/** @throws {ServiceError} NoSuchEntity */
function checkService(service: string): void {
  if (!Object.hasOwn(SERVICES, service)) throw serviceNotSupported(service);
}

/** A password; or a key, which for Bedrock says whose it is. Source: keys of Bedrock as scanners of secrets know them. */
function newSecret({ service, alias }: Pick<ServiceCredentialRow, 'service' | 'alias'>, ctx: Ctx): string {
  const secret = `${ctx.random.text(43, SECRET_ALPHABET)}=`;
  return service === 'bedrock.amazonaws.com' ? `ABSK${Buffer.from(`${alias}:${secret}`).toString('base64')}` : secret;
}

/** `ann-at-123456789012`, `ann+1-at-…`: the first that none of these has. */
function newAlias(user: string, others: readonly ServiceCredentialRow[], { account }: Ctx): string {
  const taken = new Set(others.map(({ alias }) => alias));
  const aliasOf = (at: number) => `${user}${at === 0 ? '' : `+${at}`}-at-${account}`;
  let at = 0;
  while (taken.has(aliasOf(at))) at += 1;
  return aliasOf(at);
}

function shown(row: ServiceCredentialRow, now: Millis): ServiceSpecificCredentialMetadata {
  return {
    UserName: row.user,
    Status: row.expiresAt !== undefined && row.expiresAt <= now ? 'Expired' : row.status,
    ...(SERVICES[row.service] === 'key' ? { ServiceCredentialAlias: row.alias } : { ServiceUserName: row.alias }),
    CreateDate: wholeSecond(row.createdAt),
    ...(row.expiresAt !== undefined && { ExpirationDate: wholeSecond(row.expiresAt) }),
    ServiceSpecificCredentialId: row.id,
    ServiceName: row.service,
  };
}

function shownWithSecret(row: ServiceCredentialRow, now: Millis): ServiceSpecificCredential {
  return {
    ...shown(row, now),
    ...(SERVICES[row.service] === 'key' ? { ServiceCredentialSecret: row.secret } : { ServicePassword: row.secret }),
  };
}

export const createServiceSpecificCredential: Handler<'iam', 'CreateServiceSpecificCredential'> = (input, ctx) => {
  const { name: user } = findUser(input.UserName, ctx.store);
  const { ServiceName: service, CredentialAgeDays: days } = input;
  checkService(service);
  const own = ctx.store.list(serviceCredentials, { where: { user } }).filter((row) => row.service === service);
  if (own.length >= SERVICE_CREDENTIALS_MAX)
    throw quotaExceeded('ServiceSpecificCredentialsPerUser', SERVICE_CREDENTIALS_MAX);
  const alias = newAlias(user, own, ctx);
  const row: ServiceCredentialRow = {
    user,
    id: newCredentialId(ctx, 'ACCA'),
    service,
    alias,
    secret: newSecret({ service, alias }, ctx),
    status: 'Active',
    createdAt: ctx.now,
    ...(days !== undefined && { expiresAt: ctx.now + days * DAY }),
  };
  ctx.store.put(serviceCredentials, row);
  return { ServiceSpecificCredential: shownWithSecret(row, ctx.now) };
};

export const listServiceSpecificCredentials: Handler<'iam', 'ListServiceSpecificCredentials'> = (input, ctx) => {
  const name = input.AllUsers === true ? undefined : userNameOf(input, ctx);
  const where = input.AllUsers === true ? {} : { user: name === undefined ? '' : findUser(name, ctx.store).name };
  if (input.ServiceName !== undefined) checkService(input.ServiceName);
  const all = ctx.store
    .list(serviceCredentials, { where })
    .filter(({ service }) => input.ServiceName === undefined || service === input.ServiceName);
  const { items, end } = pageOf(input, all);
  return { ServiceSpecificCredentials: items.map((row) => shown(row, ctx.now)), ...end };
};

export const resetServiceSpecificCredential: Handler<'iam', 'ResetServiceSpecificCredential'> = (input, ctx) => {
  const before = find(input, ctx);
  const row = { ...before, secret: newSecret(before, ctx) };
  ctx.store.put(serviceCredentials, row);
  return { ServiceSpecificCredential: shownWithSecret(row, ctx.now) };
};

export const updateServiceSpecificCredential: Handler<'iam', 'UpdateServiceSpecificCredential'> = (input, ctx) => {
  ctx.store.put(serviceCredentials, { ...find(input, ctx), status: input.Status });
  return {};
};

export const deleteServiceSpecificCredential: Handler<'iam', 'DeleteServiceSpecificCredential'> = (input, ctx) => {
  ctx.store.delete(serviceCredentials, find(input, ctx));
  return {};
};
