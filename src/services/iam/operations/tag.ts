/** Tags of users, roles, managed policies and instance profiles. */
import type { Handler } from '#kernel/contract';
import type { Tags } from '#kernel/identity';
import { instanceProfiles, managedPolicies, roles, users } from '#kernel/identity';
import { findRole, findUser } from '../domain/entities.ts';
import { findOwnPolicy } from '../domain/managed-policy.ts';
import { type PageInput, pageOf } from '../domain/page.ts';
import { findProfile } from '../domain/profiles.ts';
import { mergeTags, showTags, withoutTags } from '../domain/tags.ts';

function list(input: PageInput, tags: Tags) {
  const { items, end } = pageOf(input, showTags(tags));
  return { Tags: items, ...end };
}

export const tagUser: Handler<'iam', 'TagUser'> = (input, ctx) => {
  const user = findUser(input.UserName, ctx.store);
  ctx.store.put(users, { ...user, tags: mergeTags('user', user.tags, input.Tags) });
  return {};
};
export const untagUser: Handler<'iam', 'UntagUser'> = (input, ctx) => {
  const user = findUser(input.UserName, ctx.store);
  ctx.store.put(users, { ...user, tags: withoutTags('user', user.tags, input.TagKeys) });
  return {};
};
export const listUserTags: Handler<'iam', 'ListUserTags'> = (input, ctx) =>
  list(input, findUser(input.UserName, ctx.store).tags);

export const tagRole: Handler<'iam', 'TagRole'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store);
  ctx.store.put(roles, { ...role, tags: mergeTags('role', role.tags, input.Tags) });
  return {};
};
export const untagRole: Handler<'iam', 'UntagRole'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store);
  ctx.store.put(roles, { ...role, tags: withoutTags('role', role.tags, input.TagKeys) });
  return {};
};
export const listRoleTags: Handler<'iam', 'ListRoleTags'> = (input, ctx) =>
  list(input, findRole(input.RoleName, ctx.store).tags);

export const tagPolicy: Handler<'iam', 'TagPolicy'> = (input, ctx) => {
  const policy = findOwnPolicy(input.PolicyArn, ctx.store);
  ctx.store.put(managedPolicies, { ...policy, tags: mergeTags('policy', policy.tags, input.Tags) });
  return {};
};
export const untagPolicy: Handler<'iam', 'UntagPolicy'> = (input, ctx) => {
  const policy = findOwnPolicy(input.PolicyArn, ctx.store);
  ctx.store.put(managedPolicies, { ...policy, tags: withoutTags('policy', policy.tags, input.TagKeys) });
  return {};
};
/** Short keys come first: recorded from AWS. */
export const listPolicyTags: Handler<'iam', 'ListPolicyTags'> = (input, ctx) => {
  const { tags } = findOwnPolicy(input.PolicyArn, ctx.store);
  const sorted = showTags(tags).sort((a, b) => a.Key.length - b.Key.length || (a.Key < b.Key ? -1 : 1));
  const { items, end } = pageOf(input, sorted);
  return { Tags: items, ...end };
};

export const tagInstanceProfile: Handler<'iam', 'TagInstanceProfile'> = (input, ctx) => {
  const profile = findProfile(input.InstanceProfileName, ctx.store);
  ctx.store.put(instanceProfiles, { ...profile, tags: mergeTags('instance-profile', profile.tags, input.Tags) });
  return {};
};
export const untagInstanceProfile: Handler<'iam', 'UntagInstanceProfile'> = (input, ctx) => {
  const profile = findProfile(input.InstanceProfileName, ctx.store);
  ctx.store.put(instanceProfiles, { ...profile, tags: withoutTags('instance-profile', profile.tags, input.TagKeys) });
  return {};
};
export const listInstanceProfileTags: Handler<'iam', 'ListInstanceProfileTags'> = (input, ctx) =>
  list(input, findProfile(input.InstanceProfileName, ctx.store).tags);
