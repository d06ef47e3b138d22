/** Attaching managed policies to users, groups and roles, and who they are attached to. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ListEntitiesForPolicyResponse } from '#models/iam';
import { checkPolicyArn, link, policyExists, unlink } from '../domain/attach.ts';
import { findHolder, putHolder } from '../domain/entities.ts';
import { refuseServiceLinked } from '../domain/linked.ts';
import { findPolicy, isServicesOwn, nameOfArn } from '../domain/managed-policy.ts';
import { type PageInput, pageBy, pageOf } from '../domain/page.ts';
import { noSuchPolicy, policyNotAttachable, quotaExceeded, servicePolicy } from '../errors.ts';
import { ATTACHED_MAX } from '../limits.ts';
import { type AttachmentRow, attachments, type Kind } from '../state.ts';

const QUOTAS: { readonly [kind in Kind]: string } = {
  user: 'PoliciesPerUser',
  group: 'PoliciesPerGroup',
  role: 'PoliciesPerRole',
};

function attach(kind: Kind, name: string, policy: string, ctx: Ctx): Record<never, never> {
  const { store } = ctx;
  checkPolicyArn(policy);
  const holder = findHolder(kind, name, store);
  refuseServiceLinked(holder);
  if (!policyExists(policy, store)) throw policyNotAttachable(policy);
  if (isServicesOwn(policy)) throw servicePolicy(kind);
  const { attached } = holder.row;
  if (attached.includes(policy)) return {};
  const most = ctx.quota(ATTACHED_MAX[kind]);
  if (attached.length >= most) throw quotaExceeded(QUOTAS[kind], most);
  putHolder(holder, { attached: [...attached, policy] }, store);
  link(store, { policy, usage: 'attached', kind, name });
  return {};
}

function detach(kind: Kind, name: string, policy: string, ctx: Ctx): Record<never, never> {
  checkPolicyArn(policy);
  const holder = findHolder(kind, name, ctx.store);
  refuseServiceLinked(holder);
  if (!holder.row.attached.includes(policy)) throw noSuchPolicy(policy);
  putHolder(holder, { attached: holder.row.attached.filter((one) => one !== policy) }, ctx.store);
  unlink(ctx.store, { policy, usage: 'attached', kind, name });
  return {};
}

function listAttached(kind: Kind, name: string, input: PageInput & { PathPrefix?: string }, ctx: Ctx) {
  const { attached } = findHolder(kind, name, ctx.store).row;
  const prefix = input.PathPrefix ?? '/';
  const { items, end } = pageOf(
    input,
    prefix === '/' ? attached : attached.filter((arn) => findPolicy(arn, ctx.store).path.startsWith(prefix)),
  );
  return { AttachedPolicies: items.map((arn) => ({ PolicyName: nameOfArn(arn), PolicyArn: arn })), ...end };
}

export const attachUserPolicy: Handler<'iam', 'AttachUserPolicy'> = (input, ctx) =>
  attach('user', input.UserName, input.PolicyArn, ctx);
export const detachUserPolicy: Handler<'iam', 'DetachUserPolicy'> = (input, ctx) =>
  detach('user', input.UserName, input.PolicyArn, ctx);
export const listAttachedUserPolicies: Handler<'iam', 'ListAttachedUserPolicies'> = (input, ctx) =>
  listAttached('user', input.UserName, input, ctx);

export const attachGroupPolicy: Handler<'iam', 'AttachGroupPolicy'> = (input, ctx) =>
  attach('group', input.GroupName, input.PolicyArn, ctx);
export const detachGroupPolicy: Handler<'iam', 'DetachGroupPolicy'> = (input, ctx) =>
  detach('group', input.GroupName, input.PolicyArn, ctx);
export const listAttachedGroupPolicies: Handler<'iam', 'ListAttachedGroupPolicies'> = (input, ctx) =>
  listAttached('group', input.GroupName, input, ctx);

export const attachRolePolicy: Handler<'iam', 'AttachRolePolicy'> = (input, ctx) =>
  attach('role', input.RoleName, input.PolicyArn, ctx);
export const detachRolePolicy: Handler<'iam', 'DetachRolePolicy'> = (input, ctx) =>
  detach('role', input.RoleName, input.PolicyArn, ctx);
export const listAttachedRolePolicies: Handler<'iam', 'ListAttachedRolePolicies'> = (input, ctx) =>
  listAttached('role', input.RoleName, input, ctx);

const FILTERED: { readonly [filter: string]: Kind } = { User: 'user', Role: 'role', Group: 'group' };
const USAGES = { PermissionsPolicy: 'attached', PermissionsBoundary: 'boundary' } as const;

export const listEntitiesForPolicy: Handler<'iam', 'ListEntitiesForPolicy'> = (input, ctx) => {
  const { store } = ctx;
  const { PolicyArn: policy } = input;
  checkPolicyArn(policy);
  if (!policyExists(policy, store)) throw policyNotAttachable(policy);
  const kind = input.EntityFilter === undefined ? undefined : FILTERED[input.EntityFilter];
  const usage = input.PolicyUsageFilter === undefined ? undefined : USAGES[input.PolicyUsageFilter];
  const prefix = input.PathPrefix ?? '/';
  const wanted = (row: AttachmentRow) =>
    (input.EntityFilter === undefined || row.kind === kind) &&
    (usage === undefined || row.usage === usage) &&
    (prefix === '/' || findHolder(row.kind, row.name, store).row.path.startsWith(prefix));
  const read = (after: string[] | undefined, limit: number): AttachmentRow[] => {
    const found: AttachmentRow[] = [];
    let from = after && { usage: after[0] as AttachmentRow['usage'], kind: after[1] as Kind, name: after[2] as string };
    while (found.length < limit) {
      const rows = store.list(attachments, { where: { policy }, ...(from !== undefined && { after: from }), limit });
      found.push(...rows.filter(wanted));
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) break;
      from = { usage: last.usage, kind: last.kind, name: last.name };
    }
    return found.slice(0, limit);
  };
  const { items, end } = pageBy(input, read, (row) => [row.usage, row.kind, row.name], [3]);
  const reply: ListEntitiesForPolicyResponse = { PolicyGroups: [], PolicyUsers: [], PolicyRoles: [], ...end };
  for (const row of items) {
    const { id } = findHolder(row.kind, row.name, store).row;
    if (row.kind === 'user') reply.PolicyUsers?.push({ UserName: row.name, UserId: id });
    else if (row.kind === 'group') reply.PolicyGroups?.push({ GroupName: row.name, GroupId: id });
    else reply.PolicyRoles?.push({ RoleName: row.name, RoleId: id });
  }
  return reply;
};
