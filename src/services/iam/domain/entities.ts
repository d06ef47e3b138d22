/** Users, groups and roles: finding them, and how replies show them. */
import { wholeSecond } from '#kernel/base';

import type { Ctx } from '#kernel/contract';
import { accesses, type GroupRow, groups, type RoleRow, roles, trustOf, type UserRow, users } from '#kernel/identity';
import type { Reads, StoreView } from '#kernel/store';
import type { AttachedPermissionsBoundary, Group, Role, User } from '#models/iam';
import { mustNameUser, noSuch } from '../errors.ts';
import type { Kind } from '../state.ts';
import { encodeDocument } from './documents.ts';
import { showTags } from './tags.ts';

/**
 * Deviation: names of users, groups and roles are found as they are written; AWS finds them in any case.
 *
 * @throws {ServiceError} NoSuchEntity
 */
export function findUser(name: string, store: Reads): UserRow {
  const user = store.get(users, { name });
  if (user === undefined) throw noSuch('user', name);
  return user;
}

/** @throws {ServiceError} NoSuchEntity */
export function findGroup(name: string, store: Reads): GroupRow {
  const group = store.get(groups, { name });
  if (group === undefined) throw noSuch('group', name);
  return group;
}

/** @throws {ServiceError} NoSuchEntity */
export function findRole(name: string, store: Reads): RoleRow {
  const role = store.get(roles, { name });
  if (role === undefined) throw noSuch('role', name);
  return role;
}

/** What has policies of its own, whichever kind it is. */
export type Holder = { kind: 'user'; row: UserRow } | { kind: 'group'; row: GroupRow } | { kind: 'role'; row: RoleRow };

/** @throws {ServiceError} NoSuchEntity */
export function findHolder(kind: Kind, name: string, store: Reads): Holder {
  if (kind === 'user') return { kind, row: findUser(name, store) };
  return kind === 'group' ? { kind, row: findGroup(name, store) } : { kind, row: findRole(name, store) };
}

/** Changes the policies of a user, group or role. */
export function putHolder(
  holder: Holder,
  change: { inline?: { [name: string]: string }; attached?: string[] },
  store: StoreView,
): void {
  if (holder.kind === 'user') store.put(users, { ...holder.row, ...change });
  else if (holder.kind === 'group') store.put(groups, { ...holder.row, ...change });
  else store.put(roles, { ...holder.row, ...change });
}

/** The user an operation is about: the one named, or the one who calls; undefined for the account's root. @throws {ServiceError} ValidationError */
export function userNameOf(input: { UserName?: string }, ctx: Ctx): string | undefined {
  if (input.UserName !== undefined) return input.UserName;
  const { principal } = ctx.caller;
  if (principal.kind === 'user') return principal.name;
  if (principal.kind === 'root') return undefined;
  throw mustNameUser();
}

/** Forgets what a user or role that is deleted has tried. */
export function forgetAccesses(entity: string, store: StoreView): void {
  for (const row of store.list(accesses, { where: { entity } })) store.delete(accesses, row);
}

/** A boundary as replies show it. */
function boundaryOf(boundary: string | undefined): { PermissionsBoundary?: AttachedPermissionsBoundary } {
  return boundary === undefined
    ? {}
    : {
        PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary },
      };
}

function tagsOf(tags: { [key: string]: string }) {
  return Object.keys(tags).length === 0 ? {} : { Tags: showTags(tags) };
}

/** A user as lists show them; alone with boundary and tags too. */
export function showUser(user: UserRow, whole: boolean): User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: wholeSecond(user.createdAt),
    ...(user.passwordLastUsedAt !== undefined && { PasswordLastUsed: wholeSecond(user.passwordLastUsedAt) }),
    ...(whole && boundaryOf(user.boundary)),
    ...(whole && tagsOf(user.tags)),
  };
}

/** Deviation: an account has no day of opening here; AWS's first day of business stands for it. */
export const ACCOUNT_CREATED_AT = Date.UTC(2006, 2, 14);

/** The account itself, as who asks with its own keys sees it. */
export function showRoot({ account, partition }: Ctx): User {
  const Arn = `arn:${partition}:iam::${account}:root`;
  return { UserId: account, Arn, CreateDate: ACCOUNT_CREATED_AT };
}

/** A group as replies show it. */
export function showGroup(group: GroupRow): Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: wholeSecond(group.createdAt),
  };
}

/** A role within an instance profile. */
export function showPlainRole(role: RoleRow, store: StoreView): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(trustOf(role, store)),
  };
}

/** A role that was just made. */
export function showNewRole(role: RoleRow, store: StoreView): Role {
  return { ...showPlainRole(role, store), ...boundaryOf(role.boundary), ...tagsOf(role.tags) };
}

/** A role as lists show it; alone with boundary, tags and last use too. */
export function showRole(role: RoleRow, whole: boolean, store: StoreView): Role {
  return {
    ...showPlainRole(role, store),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(whole && boundaryOf(role.boundary)),
    ...(whole && tagsOf(role.tags)),
    ...(whole && { RoleLastUsed: lastUsed(role) }),
  };
}

/** When and where a role was last assumed. */
export function lastUsed(role: RoleRow) {
  return role.lastUsedAt === undefined
    ? {}
    : {
        LastUsedDate: wholeSecond(role.lastUsedAt),
        ...(role.lastUsedRegion !== undefined && { Region: role.lastUsedRegion }),
      };
}
