/** Groups and who is in them. */
import type { Handler } from '#kernel/contract';
import { type GroupRow, groups, users } from '#kernel/identity';
import { relink } from '../domain/attach.ts';
import { findGroup, findUser, showGroup, showUser } from '../domain/entities.ts';
import { arnOf, changeName, claimName, newId, releaseName } from '../domain/names.ts';
import { pageBy, pageByPath, pageOf } from '../domain/page.ts';
import { mustFirst, quotaExceeded } from '../errors.ts';
import { GROUPS_PER_USER_MAX } from '../limits.ts';
import { memberships } from '../state.ts';

export const createGroup: Handler<'iam', 'CreateGroup'> = (input, ctx) => {
  const { GroupName: name, Path: path = '/' } = input;
  claimName(ctx, 'group', name);
  const group: GroupRow = {
    name,
    path,
    id: newId(ctx, 'group'),
    arn: arnOf(ctx, 'group', path, name),
    createdAt: ctx.now,
    inline: {},
    attached: [],
  };
  ctx.store.put(groups, group);
  return { Group: showGroup(group) };
};

export const getGroup: Handler<'iam', 'GetGroup'> = (input, ctx) => {
  const { store } = ctx;
  const group = findGroup(input.GroupName, store);
  const { items, end } = pageBy(
    input,
    ([user] = [], limit) =>
      store.list(memberships, {
        where: { group: group.name },
        ...(user !== undefined && { after: { user } }),
        limit,
      }),
    (row) => [row.user],
  );
  return { Group: showGroup(group), Users: items.map(({ user }) => showUser(findUser(user, store), false)), ...end };
};

export const listGroups: Handler<'iam', 'ListGroups'> = (input, ctx) => {
  const { items, end } = pageByPath(input, ctx.store, groups);
  return { Groups: items.map(showGroup), ...end };
};

/** A new name is carried to members and attachments, to all at once: what names a group must never name one that is gone. */
export const updateGroup: Handler<'iam', 'UpdateGroup'> = (input, ctx) => {
  const { store } = ctx;
  const group = findGroup(input.GroupName, store);
  const { NewGroupName: name = group.name, NewPath: path = group.path } = input;
  if (name !== group.name) {
    changeName(store, 'group', group.name, name);
    store.delete(groups, group);
    for (const membership of store.list(memberships, { where: { group: group.name } })) {
      const user = findUser(membership.user, store);
      store.delete(memberships, membership);
      store.put(memberships, { group: name, user: user.name });
      store.put(users, { ...user, groups: user.groups.map((one) => (one === group.name ? name : one)) });
    }
    relink(store, 'group', group.name, name, group.attached, undefined);
  }
  store.put(groups, { ...group, name, path, arn: arnOf(ctx, 'group', path, name) });
  return {};
};

export const deleteGroup: Handler<'iam', 'DeleteGroup'> = (input, ctx) => {
  const { store } = ctx;
  const group = findGroup(input.GroupName, store);
  if (store.first(memberships, { where: { group: group.name } }) !== undefined)
    throw mustFirst('remove users from group');
  if (Object.keys(group.inline).length > 0) throw mustFirst('delete policies');
  if (group.attached.length > 0) throw mustFirst('detach all policies');
  releaseName(store, 'group', group.name);
  store.delete(groups, group);
  return {};
};

export const addUserToGroup: Handler<'iam', 'AddUserToGroup'> = (input, ctx) => {
  const { store } = ctx;
  const group = findGroup(input.GroupName, store);
  const user = findUser(input.UserName, store);
  if (user.groups.includes(group.name)) return {};
  if (user.groups.length >= GROUPS_PER_USER_MAX) throw quotaExceeded('GroupsPerUser', GROUPS_PER_USER_MAX);
  store.put(users, { ...user, groups: [...user.groups, group.name] });
  store.put(memberships, { group: group.name, user: user.name });
  return {};
};

/** That the user is not in the group is no error: cloud-custodian/cloud-custodian#4730. */
export const removeUserFromGroup: Handler<'iam', 'RemoveUserFromGroup'> = (input, ctx) => {
  const { store } = ctx;
  const user = findUser(input.UserName, store);
  const group = findGroup(input.GroupName, store);
  if (!store.delete(memberships, { group: group.name, user: user.name })) return {};
  store.put(users, { ...user, groups: user.groups.filter((one) => one !== group.name) });
  return {};
};

export const listGroupsForUser: Handler<'iam', 'ListGroupsForUser'> = (input, ctx) => {
  const user = findUser(input.UserName, ctx.store);
  const { items, end } = pageOf(input, user.groups);
  return { Groups: items.map((name) => showGroup(findGroup(name, ctx.store))), ...end };
};
