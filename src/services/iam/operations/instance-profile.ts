/** Instance profiles: how a role gets to an instance. One role each. */
import type { Handler } from '#kernel/contract';
import { type InstanceProfileRow, instanceProfiles } from '#kernel/identity';
import { findRole } from '../domain/entities.ts';
import { refuseServiceLinked } from '../domain/linked.ts';
import { arnOf, claimName, newId, releaseName } from '../domain/names.ts';
import { pageBy, pageByPath } from '../domain/page.ts';
import { findProfile, showProfile } from '../domain/profiles.ts';
import { mergeTags, showTags } from '../domain/tags.ts';
import { mustFirst, noSuchRoleInProfile, quotaExceeded } from '../errors.ts';

export const createInstanceProfile: Handler<'iam', 'CreateInstanceProfile'> = (input, ctx) => {
  const { InstanceProfileName: name, Path: path = '/' } = input;
  claimName(ctx, 'instance-profile', name);
  const profile: InstanceProfileRow = {
    name,
    path,
    id: newId(ctx, 'instance-profile'),
    arn: arnOf(ctx, 'instance-profile', path, name),
    createdAt: ctx.now,
    tags: mergeTags('instance-profile', {}, input.Tags),
  };
  ctx.store.put(instanceProfiles, profile);
  const tags = showTags(profile.tags);
  return { InstanceProfile: { ...showProfile(profile, ctx.store), ...(tags.length > 0 && { Tags: tags }) } };
};

export const getInstanceProfile: Handler<'iam', 'GetInstanceProfile'> = (input, ctx) => {
  const profile = findProfile(input.InstanceProfileName, ctx.store);
  return { InstanceProfile: { ...showProfile(profile, ctx.store), Tags: showTags(profile.tags) } };
};

export const listInstanceProfiles: Handler<'iam', 'ListInstanceProfiles'> = (input, ctx) => {
  const { items, end } = pageByPath(input, ctx.store, instanceProfiles);
  return { InstanceProfiles: items.map((profile) => showProfile(profile, ctx.store)), ...end };
};

export const listInstanceProfilesForRole: Handler<'iam', 'ListInstanceProfilesForRole'> = (input, ctx) => {
  const role = findRole(input.RoleName, ctx.store).name;
  const { items, end } = pageBy(
    input,
    ([name] = [], limit) =>
      ctx.store.list(instanceProfiles, {
        index: 'byRole',
        where: { role },
        ...(name !== undefined && { after: { name } }),
        limit,
      }),
    (profile) => [profile.name],
  );
  return { InstanceProfiles: items.map((profile) => showProfile(profile, ctx.store)), ...end };
};

export const addRoleToInstanceProfile: Handler<'iam', 'AddRoleToInstanceProfile'> = (input, ctx) => {
  const profile = findProfile(input.InstanceProfileName, ctx.store);
  const role = findRole(input.RoleName, ctx.store);
  refuseServiceLinked({ kind: 'role', row: role });
  if (profile.role !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
  ctx.store.put(instanceProfiles, { ...profile, role: role.name });
  return {};
};

export const removeRoleFromInstanceProfile: Handler<'iam', 'RemoveRoleFromInstanceProfile'> = (input, ctx) => {
  const { role, ...profile } = findProfile(input.InstanceProfileName, ctx.store);
  if (role !== findRole(input.RoleName, ctx.store).name)
    throw noSuchRoleInProfile(input.RoleName, input.InstanceProfileName);
  ctx.store.put(instanceProfiles, profile);
  return {};
};

export const deleteInstanceProfile: Handler<'iam', 'DeleteInstanceProfile'> = (input, ctx) => {
  const profile = findProfile(input.InstanceProfileName, ctx.store);
  if (profile.role !== undefined) throw mustFirst('remove roles from instance profile');
  releaseName(ctx.store, 'instance-profile', profile.name);
  ctx.store.delete(instanceProfiles, profile);
  return {};
};
