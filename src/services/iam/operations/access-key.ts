/** Access keys: at most two per user. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type AccessKeyRow, accessKeys, deletedKeys, keyUses, newKeyId } from '#kernel/identity';
import { findUser, userNameOf } from '../domain/entities.ts';
import { pageOf } from '../domain/page.ts';
import { lastUseDenied, noSuchAccessKey, quotaExceeded, statusNotForKeys } from '../errors.ts';
import { ACCESS_KEYS_MAX } from '../limits.ts';

const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The owner of keys: a user that exists, or '' for the account's root. */
function ownerOf(input: { UserName?: string }, ctx: Ctx): string {
  const name = userNameOf(input, ctx);
  return name === undefined ? '' : findUser(name, ctx.store).name;
}

function keysOf(ctx: Ctx, user: string): AccessKeyRow[] {
  return ctx.store.list(accessKeys, { index: 'byUser', where: { account: ctx.account, user } });
}

/** @throws {ServiceError} NoSuchEntity */
function findKey(input: { UserName?: string; AccessKeyId: string }, ctx: Ctx): AccessKeyRow {
  const user = ownerOf(input, ctx);
  const key = ctx.store.get(accessKeys, { id: input.AccessKeyId });
  if (key === undefined || key.account !== ctx.account || key.user !== user) throw noSuchAccessKey(input.AccessKeyId);
  return key;
}

export const createAccessKey: Handler<'iam', 'CreateAccessKey'> = (input, ctx) => {
  const user = ownerOf(input, ctx);
  if (keysOf(ctx, user).length >= ACCESS_KEYS_MAX) throw quotaExceeded('AccessKeysPerUser', ACCESS_KEYS_MAX);
  const key: AccessKeyRow = {
    id: newKeyId('AKIA', ctx.account, ctx.random),
    secret: ctx.random.text(40, SECRET_ALPHABET),
    account: ctx.account,
    user,
    status: 'Active',
    createdAt: ctx.now,
  };
  ctx.store.put(accessKeys, key);
  return {
    AccessKey: {
      UserName: user,
      AccessKeyId: key.id,
      Status: key.status,
      SecretAccessKey: key.secret,
      CreateDate: wholeSecond(key.createdAt),
    },
  };
};

export const listAccessKeys: Handler<'iam', 'ListAccessKeys'> = (input, ctx) => {
  const keys = keysOf(ctx, ownerOf(input, ctx)).sort((a, b) => a.createdAt - b.createdAt);
  const { items, end } = pageOf(input, keys);
  return {
    AccessKeyMetadata: items.map((key) => ({
      ...(key.user !== '' && { UserName: key.user }),
      AccessKeyId: key.id,
      Status: key.status,
      CreateDate: wholeSecond(key.createdAt),
    })),
    ...end,
  };
};

export const updateAccessKey: Handler<'iam', 'UpdateAccessKey'> = (input, ctx) => {
  if (input.Status === 'Expired') throw statusNotForKeys();
  ctx.store.put(accessKeys, { ...findKey(input, ctx), status: input.Status });
  return {};
};

export const deleteAccessKey: Handler<'iam', 'DeleteAccessKey'> = (input, ctx) => {
  const key = findKey(input, ctx);
  ctx.store.delete(accessKeys, key);
  ctx.store.delete(keyUses, key);
  ctx.store.put(deletedKeys, { id: key.id });
  return {};
};

export const getAccessKeyLastUsed: Handler<'iam', 'GetAccessKeyLastUsed'> = (input, ctx) => {
  const key = ctx.store.get(accessKeys, { id: input.AccessKeyId });
  if (key === undefined || key.account !== ctx.account)
    throw lastUseDenied(ctx.caller.principal.arn, input.AccessKeyId);
  const use = ctx.store.get(keyUses, key);
  return {
    ...(key.user !== '' && { UserName: key.user }),
    // A key that was never used has no date: IAM API Reference, AccessKeyLastUsed.
    AccessKeyLastUsed:
      use === undefined
        ? { ServiceName: 'N/A', Region: 'N/A' }
        : { LastUsedDate: wholeSecond(use.at), ServiceName: use.service, Region: use.region },
  };
};
