/** Permissions boundaries of users and roles. */
import type { Handler } from '#kernel/contract';
import { roles, users } from '#kernel/identity';
import { linkBoundary } from '../domain/attach.ts';
import { findRole, findUser } from '../domain/entities.ts';
import { refuseServiceLinked } from '../domain/linked.ts';
import { isServicesOwn } from '../domain/managed-policy.ts';
import { noBoundary, servicePolicy } from '../errors.ts';

export const putUserPermissionsBoundary: Handler<'iam', 'PutUserPermissionsBoundary'> = (input, ctx) => {
  const user = findUser(input.UserName, ctx.store);
  if (isServicesOwn(input.PermissionsBoundary)) throw servicePolicy('user');
  linkBoundary(ctx.store, 'user', user.name, user.boundary, input.PermissionsBoundary);
  ctx.store.put(users, { ...user, boundary: input.PermissionsBoundary });
  return {};
};

export const deleteUserPermissionsBoundary: Handler<'iam', 'DeleteUserPermissionsBoundary'> = (input, ctx) => {
  const { boundary, ...user } = findUser(input.UserName, ctx.store);
  if (boundary === undefined) throw noBoundary('user', user.name);
  linkBoundary(ctx.store, 'user', user.name, boundary, undefined);
  ctx.store.put(users, user);
  return {};
};

export const putRolePermissionsBoundary: Handler<'iam', 'PutRolePermissionsBoundary'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store);
  refuseServiceLinked({ kind: 'role', row: role });
  if (isServicesOwn(input.PermissionsBoundary)) throw servicePolicy('role');
  linkBoundary(ctx.store, 'role', role.name, role.boundary, input.PermissionsBoundary);
  ctx.store.put(roles, { ...role, boundary: input.PermissionsBoundary });
  return {};
};

export const deleteRolePermissionsBoundary: Handler<'iam', 'DeleteRolePermissionsBoundary'> = (input, ctx) => {
  const { boundary, ...role } = findRole(input.RoleName, ctx.store);
  refuseServiceLinked({ kind: 'role', row: role });
  if (boundary === undefined) throw noBoundary('role', role.name);
  linkBoundary(ctx.store, 'role', role.name, boundary, undefined);
  ctx.store.put(roles, role);
  return {};
};
