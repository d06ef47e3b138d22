/** Users. */
import type { Ctx, Handler } from '#kernel/contract';
import { accessKeys, mfaDevices, type UserRow, users } from '#kernel/identity';
import type { StoreView, Table } from '#kernel/store';
import { linkBoundary, relink } from '../domain/attach.ts';
import { findUser, forgetAccesses, showRoot, showUser, userNameOf } from '../domain/entities.ts';
import { arnOf, changeName, claimName, newId, releaseName } from '../domain/names.ts';
import { pageByPath } from '../domain/page.ts';
import { mergeTags } from '../domain/tags.ts';
import { mustFirst } from '../errors.ts';
import { loginProfiles, memberships, serviceCredentials, signingCertificates, sshKeys } from '../state.ts';

export const createUser: Handler<'iam', 'CreateUser'> = (input, ctx) => {
  const { UserName: name, Path: path = '/', PermissionsBoundary: boundary } = input;
  claimName(ctx, 'user', name);
  linkBoundary(ctx.store, 'user', name, undefined, boundary);
  const user: UserRow = {
    name,
    path,
    id: newId(ctx, 'user'),
    arn: arnOf(ctx, 'user', path, name),
    createdAt: ctx.now,
    inline: {},
    attached: [],
    groups: [],
    tags: mergeTags('user', {}, input.Tags),
    ...(boundary !== undefined && { boundary }),
  };
  ctx.store.put(users, user);
  return { User: showUser(user, true) };
};

export const getUser: Handler<'iam', 'GetUser'> = (input, ctx) => {
  const name = userNameOf(input, ctx);
  return {
    User: name === undefined ? showRoot(ctx) : showUser(findUser(name, ctx.store), true),
  };
};

export const listUsers: Handler<'iam', 'ListUsers'> = (input, ctx) => {
  const { items, end } = pageByPath(input, ctx.store, users);
  return { Users: items.map((user) => showUser(user, false)), ...end };
};

/** A new name or path is carried to everything that knows the user by name. */
export const updateUser: Handler<'iam', 'UpdateUser'> = (input, ctx) => {
  const { store } = ctx;
  const user = findUser(input.UserName, store);
  const { NewUserName: name = user.name, NewPath: path = user.path } = input;
  if (name !== user.name) {
    changeName(store, 'user', user.name, name);
    store.delete(users, user);
    carryOver(ctx, user, name);
    relink(store, 'user', user.name, name, user.attached, user.boundary);
  }
  store.put(users, { ...user, name, path, arn: arnOf(ctx, 'user', path, name) });
  return {};
};

/** What is kept under a user's name goes on under the new one. */
function carryOver({ store, account }: Ctx, { name: from, groups }: UserRow, user: string): void {
  for (const key of store.list(accessKeys, { index: 'byUser', where: { account, user: from } }))
    store.put(accessKeys, { ...key, user });
  for (const device of store.list(mfaDevices, { index: 'byUser', where: { user: from } }))
    store.put(mfaDevices, { ...device, user });
  for (const group of groups) {
    store.delete(memberships, { group, user: from });
    store.put(memberships, { group, user });
  }
  const where = { user: from };
  for (const row of store.list(loginProfiles, { where })) moveTo(store, loginProfiles, row, user);
  for (const row of store.list(signingCertificates, { where })) moveTo(store, signingCertificates, row, user);
  for (const row of store.list(sshKeys, { where })) moveTo(store, sshKeys, row, user);
  for (const row of store.list(serviceCredentials, { where })) moveTo(store, serviceCredentials, row, user);
}

function moveTo<Row extends { user: string }, Key extends keyof Row & string>(
  store: StoreView,
  rows: Table<Row, Key>,
  row: Row,
  user: string,
): void {
  store.delete(rows, row);
  store.put(rows, { ...row, user });
}

export const deleteUser: Handler<'iam', 'DeleteUser'> = (input, ctx) => {
  const { store } = ctx;
  const user = findUser(input.UserName, store);
  if (Object.keys(user.inline).length > 0) throw mustFirst('delete policies');
  if (user.attached.length > 0) throw mustFirst('detach all policies');
  if (store.first(accessKeys, { index: 'byUser', where: { account: ctx.account, user: user.name } }) !== undefined)
    throw mustFirst('delete access keys');
  if (store.first(mfaDevices, { index: 'byUser', where: { user: user.name } }) !== undefined)
    throw mustFirst('delete MFA device');
  const where = { user: user.name };
  if (store.first(signingCertificates, { where }) !== undefined) throw mustFirst('delete certificates');
  if (store.first(sshKeys, { where }) !== undefined) throw mustFirst('remove referenced objects');
  if (store.first(serviceCredentials, { where }) !== undefined) throw mustFirst('remove referenced objects');
  if (store.get(loginProfiles, { user: user.name }) !== undefined) throw mustFirst('delete login profile');
  if (user.groups.length > 0) throw mustFirst('remove users from group');
  linkBoundary(store, 'user', user.name, user.boundary, undefined);
  releaseName(store, 'user', user.name);
  forgetAccesses(user.id, store);
  store.delete(users, user);
  return {};
};
