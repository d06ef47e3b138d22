/** Roles and their trust policies. */
import type { Handler } from '#kernel/contract';
import { instanceProfiles, type RoleRow, roles } from '#kernel/identity';
import { linkBoundary } from '../domain/attach.ts';
import { checkTrust } from '../domain/documents.ts';
import { findRole, forgetAccesses, showNewRole, showPlainRole, showRole } from '../domain/entities.ts';
import { refuseServiceLinked } from '../domain/linked.ts';
import { arnOf, claimName, newId, releaseName } from '../domain/names.ts';
import { pageByPath } from '../domain/page.ts';
import { mergeTags } from '../domain/tags.ts';
import { mustFirst, reservedPath } from '../errors.ts';
import { ROLE_SESSION_SECONDS_DEFAULT } from '../limits.ts';

export const createRole: Handler<'iam', 'CreateRole'> = (input, ctx) => {
  const { RoleName: name, Path: path = '/', PermissionsBoundary: boundary, Description: description } = input;
  if (path.startsWith('/aws-service-role')) throw reservedPath();
  const trusted = checkTrust(input.AssumeRolePolicyDocument, ctx);
  claimName(ctx, 'role', name);
  linkBoundary(ctx.store, 'role', name, undefined, boundary);
  const role: RoleRow = {
    name,
    path,
    id: newId(ctx, 'role'),
    arn: arnOf(ctx, 'role', path, name),
    createdAt: ctx.now,
    inline: {},
    attached: [],
    trust: input.AssumeRolePolicyDocument,
    trusted,
    maxSessionSeconds: input.MaxSessionDuration ?? ROLE_SESSION_SECONDS_DEFAULT,
    tags: mergeTags('role', {}, input.Tags),
    ...(description !== undefined && { description }),
    ...(boundary !== undefined && { boundary }),
  };
  ctx.store.put(roles, role);
  return { Role: showNewRole(role, ctx.store) };
};

export const getRole: Handler<'iam', 'GetRole'> = (input, ctx) => ({
  Role: showRole(findRole(input.RoleName, ctx.store), true, ctx.store),
});

export const listRoles: Handler<'iam', 'ListRoles'> = (input, ctx) => {
  const { items, end } = pageByPath(input, ctx.store, roles);
  return { Roles: items.map((role) => showRole(role, false, ctx.store)), ...end };
};

export const updateRole: Handler<'iam', 'UpdateRole'> = (input, ctx) => {
  const { Description: description, MaxSessionDuration: seconds } = input;
  const role = findRole(input.RoleName, ctx.store);
  // Source: IAM User Guide, "Create a service-linked role", "Editing": its description can be changed.
  if (seconds !== undefined) refuseServiceLinked({ kind: 'role', row: role });
  ctx.store.put(roles, {
    ...role,
    ...(description !== undefined && { description }),
    ...(seconds !== undefined && { maxSessionSeconds: seconds }),
  });
  return {};
};

export const updateRoleDescription: Handler<'iam', 'UpdateRoleDescription'> = (input, ctx) => {
  const role = { ...findRole(input.RoleName, ctx.store), description: input.Description };
  ctx.store.put(roles, role);
  return { Role: { ...showPlainRole(role, ctx.store), Description: role.description } };
};

export const updateAssumeRolePolicy: Handler<'iam', 'UpdateAssumeRolePolicy'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store);
  refuseServiceLinked({ kind: 'role', row: role });
  const trusted = checkTrust(input.PolicyDocument, ctx);
  ctx.store.put(roles, { ...role, trust: input.PolicyDocument, trusted });
  return {};
};

export const deleteRole: Handler<'iam', 'DeleteRole'> = (input, ctx) => {
  const { store } = ctx;
  const role = findRole(input.RoleName, store);
  refuseServiceLinked({ kind: 'role', row: role });
  if (store.first(instanceProfiles, { index: 'byRole', where: { role: role.name } }) !== undefined)
    throw mustFirst('remove roles from instance profile');
  if (Object.keys(role.inline).length > 0) throw mustFirst('delete policies');
  if (role.attached.length > 0) throw mustFirst('detach all policies');
  linkBoundary(store, 'role', role.name, role.boundary, undefined);
  releaseName(store, 'role', role.name);
  forgetAccesses(role.id, store);
  store.delete(roles, role);
  return {};
};
