/** Service-linked roles. Deviation: the services here don't ask them for what they do by themselves. */
import type { Handler } from '#kernel/contract';
import { type RoleRow, roles } from '#kernel/identity';
import { link, unlink } from '../domain/attach.ts';
import { findRole, forgetAccesses, showPlainRole } from '../domain/entities.ts';
import { isServiceLinked, linkedPath } from '../domain/linked.ts';
import { linkedPolicies, linkedRoleName, mayHaveSuffix } from '../domain/linked-services.ts';
import { arnOf, claimName, newId, releaseName } from '../domain/names.ts';
import { invalidServiceName, linkedRoleExists, noSuchDeletion, notServiceLinked, suffixNotAllowed } from '../errors.ts';
import { ROLE_SESSION_SECONDS_DEFAULT } from '../limits.ts';
import { deletions } from '../state.ts';

const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/;

export const createServiceLinkedRole: Handler<'iam', 'CreateServiceLinkedRole'> = (input, ctx) => {
  const { AWSServiceName: service, Description: description } = input;
  if (!SERVICE.test(service)) throw invalidServiceName(service);
  if (input.CustomSuffix !== undefined && !mayHaveSuffix(service)) throw suffixNotAllowed(service);
  const name = linkedRoleName(service, input.CustomSuffix);
  if (ctx.store.get(roles, { name }) !== undefined) throw linkedRoleExists(name);
  claimName(ctx, 'role', name);
  const path = linkedPath(service);
  const attached = linkedPolicies(service);
  const role: RoleRow = {
    name,
    path,
    id: newId(ctx, 'role'),
    arn: arnOf(ctx, 'role', path, name),
    createdAt: ctx.now,
    inline: {},
    attached,
    trust: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    }),
    maxSessionSeconds: ROLE_SESSION_SECONDS_DEFAULT,
    tags: {},
    ...(description !== undefined && { description }),
  };
  ctx.store.put(roles, role);
  for (const policy of attached) link(ctx.store, { policy, usage: 'attached', kind: 'role', name });
  // Said in lists here, and in single words by whoever asks later. Source: the CLI's example; answers in guides of services.
  const said = [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }];
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: said });
  return { Role: showPlainRole({ ...role, trust }, ctx.store) };
};

/** Done at once, though it is a task: nothing here holds on to such a role. */
export const deleteServiceLinkedRole: Handler<'iam', 'DeleteServiceLinkedRole'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store);
  if (!isServiceLinked(role)) throw notServiceLinked(role.name);
  for (const policy of role.attached) unlink(ctx.store, { policy, usage: 'attached', kind: 'role', name: role.name });
  releaseName(ctx.store, 'role', role.name);
  forgetAccesses(role.id, ctx.store);
  ctx.store.delete(roles, role);
  const task = `task${role.path}${role.name}/${ctx.uuid()}`;
  ctx.store.put(deletions, { task, at: ctx.now });
  return { DeletionTaskId: task };
};

export const getServiceLinkedRoleDeletionStatus: Handler<'iam', 'GetServiceLinkedRoleDeletionStatus'> = (
  input,
  ctx,
) => {
  if (ctx.store.get(deletions, { task: input.DeletionTaskId }) === undefined)
    throw noSuchDeletion(input.DeletionTaskId);
  return { Status: 'SUCCEEDED' };
};
