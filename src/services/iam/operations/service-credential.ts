/** Service-specific credentials: user names and passwords for CodeCommit and Keyspaces, API keys for Bedrock and CloudWatch Logs. */
import { DAY, wholeSecond } from '#kernel/base';
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

const newSecret = (ctx: Ctx) => `${ctx.random.text(43, SECRET_ALPHABET)}=`;

function shown(row: ServiceCredentialRow): ServiceSpecificCredentialMetadata {
  return {
    UserName: row.user,
    Status: row.status,
    ...(SERVICES[row.service] === 'key' ? { ServiceCredentialAlias: row.alias } : { ServiceUserName: row.alias }),
    CreateDate: wholeSecond(row.createdAt),
    ...(row.expiresAt !== undefined && { ExpirationDate: wholeSecond(row.expiresAt) }),
    ServiceSpecificCredentialId: row.id,
    ServiceName: row.service,
  };
}

function shownWithSecret(row: ServiceCredentialRow): ServiceSpecificCredential {
  return {
    ...shown(row),
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
  const row: ServiceCredentialRow = {
    user,
    id: newCredentialId(ctx, 'ACCA'),
    service,
    alias: `${user}${own.length === 0 ? '' : `+${own.length}`}-at-${ctx.account}`,
    secret: newSecret(ctx),
    status: 'Active',
    createdAt: ctx.now,
    ...(days !== undefined && { expiresAt: ctx.now + days * DAY }),
  };
  ctx.store.put(serviceCredentials, row);
  return { ServiceSpecificCredential: shownWithSecret(row) };
};

export const listServiceSpecificCredentials: Handler<'iam', 'ListServiceSpecificCredentials'> = (input, ctx) => {
  const name = input.AllUsers === true ? undefined : userNameOf(input, ctx);
  const where = input.AllUsers === true ? {} : { user: name === undefined ? '' : findUser(name, ctx.store).name };
  if (input.ServiceName !== undefined) checkService(input.ServiceName);
  const all = ctx.store
    .list(serviceCredentials, { where })
    .filter(({ service }) => input.ServiceName === undefined || service === input.ServiceName);
  const { items, end } = pageOf(input, all);
  return { ServiceSpecificCredentials: items.map(shown), ...end };
};

export const resetServiceSpecificCredential: Handler<'iam', 'ResetServiceSpecificCredential'> = (input, ctx) => {
  const row = { ...find(input, ctx), secret: newSecret(ctx) };
  ctx.store.put(serviceCredentials, row);
  return { ServiceSpecificCredential: shownWithSecret(row) };
};

export const updateServiceSpecificCredential: Handler<'iam', 'UpdateServiceSpecificCredential'> = (input, ctx) => {
  ctx.store.put(serviceCredentials, { ...find(input, ctx), status: input.Status });
  return {};
};

export const deleteServiceSpecificCredential: Handler<'iam', 'DeleteServiceSpecificCredential'> = (input, ctx) => {
  ctx.store.delete(serviceCredentials, find(input, ctx));
  return {};
};
