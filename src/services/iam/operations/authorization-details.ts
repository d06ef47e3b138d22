/** GetAccountAuthorizationDetails: everything about who may do what, in pages that run through one kind after the other. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import {
  awsPolicy,
  type GroupRow,
  groups,
  instanceProfiles,
  type ManagedPolicyRow,
  managedPolicies,
  type RoleRow,
  roles,
  type UserRow,
  users,
} from '#kernel/identity';
import type { EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail } from '#models/iam';
import { encodeDocument } from '../domain/documents.ts';
import { showGroup, showRole, showUser } from '../domain/entities.ts';
import { nameOfArn, rowOf, showPolicy } from '../domain/managed-policy.ts';
import { pageBy } from '../domain/page.ts';
import { showProfile } from '../domain/profiles.ts';
import { showTags } from '../domain/tags.ts';
import { policyUses } from '../state.ts';

type Item = { key: string; user?: UserRow; group?: GroupRow; role?: RoleRow; policy?: ManagedPolicyRow };

/** Kinds in their order, and how the ones after a key are read. */
const SECTIONS: readonly {
  filter: EntityType;
  read: (ctx: Ctx, after: string | undefined, limit: number) => Item[];
}[] = [
  {
    filter: 'User',
    read: (ctx, name, limit) =>
      ctx.store
        .list(users, { ...(name !== undefined && { after: { name } }), limit })
        .map((user) => ({ key: user.name, user })),
  },
  {
    filter: 'Group',
    read: (ctx, name, limit) =>
      ctx.store
        .list(groups, { ...(name !== undefined && { after: { name } }), limit })
        .map((group) => ({ key: group.name, group })),
  },
  {
    filter: 'Role',
    read: (ctx, name, limit) =>
      ctx.store
        .list(roles, { ...(name !== undefined && { after: { name } }), limit })
        .map((role) => ({ key: role.name, role })),
  },
  {
    filter: 'LocalManagedPolicy',
    read: (ctx, arn, limit) =>
      ctx.store
        .list(managedPolicies, { ...(arn !== undefined && { after: { arn } }), limit })
        .map((policy) => ({ key: policy.arn, policy })),
  },
  { filter: 'AWSManagedPolicy', read: usedOfAws },
];

/** Of AWS's policies those that the account uses. */
function usedOfAws(ctx: Ctx, after: string | undefined, limit: number): Item[] {
  const uses = ctx.store.list(policyUses, {
    ...(after === undefined ? { from: { arn: 'arn:aws:iam::aws:' } } : { after: { arn: after } }),
    to: { arn: 'arn:aws:iam::aws;' },
    limit,
  });
  return uses.flatMap(({ arn }) => {
    const policy = awsPolicy(arn);
    return policy === undefined ? [] : [{ key: arn, policy: rowOf(policy) }];
  });
}

export const getAccountAuthorizationDetails: Handler<'iam', 'GetAccountAuthorizationDetails'> = (input, ctx) => {
  const sections = SECTIONS.filter(
    ({ filter }) => input.Filter === undefined || input.Filter.length === 0 || input.Filter.includes(filter),
  );
  const read = (after: string[] | undefined, limit: number) => {
    const found: (Item & { section: string })[] = [];
    const start = after === undefined ? 0 : sections.findIndex(({ filter }) => filter === after[0]);
    for (const [index, section] of sections.slice(Math.max(start, 0)).entries()) {
      const items = section.read(ctx, index === 0 ? after?.[1] : undefined, limit - found.length);
      found.push(...items.map((item) => ({ ...item, section: section.filter })));
      if (found.length >= limit) break;
    }
    return found;
  };
  const { items, end } = pageBy(input, read, (item) => [item.section, item.key], [2]);
  return {
    UserDetailList: items.flatMap(({ user }) => (user === undefined ? [] : [userDetail(user)])),
    GroupDetailList: items.flatMap(({ group }) => (group === undefined ? [] : [groupDetail(group)])),
    RoleDetailList: items.flatMap(({ role }) => (role === undefined ? [] : [roleDetail(role, ctx)])),
    Policies: items.flatMap(({ policy }) => (policy === undefined ? [] : [policyDetail(policy, ctx)])),
    ...end,
  };
};

function inlineOf(row: { inline: { [name: string]: string } }): PolicyDetail[] {
  return Object.entries(row.inline).map(([PolicyName, text]) => ({ PolicyName, PolicyDocument: encodeDocument(text) }));
}

function attachedOf(row: { attached: string[] }) {
  return row.attached.map((arn) => ({ PolicyName: nameOfArn(arn), PolicyArn: arn }));
}

function userDetail(user: UserRow): UserDetail {
  const { PasswordLastUsed: _, ...shown } = showUser(user, true);
  const inline = inlineOf(user);
  return {
    ...shown,
    Tags: showTags(user.tags),
    // Told of users only where there are some, of groups and roles always.
    ...(inline.length > 0 && { UserPolicyList: inline }),
    GroupList: [...user.groups],
    AttachedManagedPolicies: attachedOf(user),
  };
}

function groupDetail(group: GroupRow): GroupDetail {
  return { ...showGroup(group), GroupPolicyList: inlineOf(group), AttachedManagedPolicies: attachedOf(group) };
}

function roleDetail(role: RoleRow, ctx: Ctx): RoleDetail {
  const { Description: _, MaxSessionDuration: __, ...shown } = showRole(role, true, ctx.store);
  const profiles = ctx.store.list(instanceProfiles, { index: 'byRole', where: { role: role.name } });
  return {
    ...shown,
    Tags: showTags(role.tags),
    InstanceProfileList: profiles.map((profile) => showProfile(profile, ctx.store)),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: attachedOf(role),
  };
}

function policyDetail(policy: ManagedPolicyRow, ctx: Ctx): ManagedPolicyDetail {
  return {
    ...showPolicy(policy, ctx.store),
    ...(policy.description !== undefined && { Description: policy.description }),
    PolicyVersionList: policy.versions.map((version) => ({
      Document: encodeDocument(version.document),
      VersionId: version.id,
      IsDefaultVersion: version.id === policy.defaultVersion,
      CreateDate: wholeSecond(version.createdAt),
    })),
  };
}
