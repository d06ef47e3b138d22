/** Inline policies of users, groups and roles. */
import type { Ctx, Handler } from '#kernel/contract';
import { checkDocument, documentSize, encodeDocument } from '../domain/documents.ts';
import { findHolder, type Holder, putHolder } from '../domain/entities.ts';
import { refuseServiceLinked } from '../domain/linked.ts';
import { type PageInput, pageOf } from '../domain/page.ts';
import { inlineTooLarge, noSuchInlinePolicy } from '../errors.ts';
import { INLINE_CHARACTERS_MAX } from '../limits.ts';
import type { Kind } from '../state.ts';

type Named = { PolicyName: string };

/** The name as the policy was first called, whatever the case; undefined where there is none. Source: radkawar/stackd, measured in 2026. */
function storedName({ row: { inline } }: Holder, { PolicyName: name }: Named): string | undefined {
  if (Object.hasOwn(inline, name)) return name;
  return Object.keys(inline).find((one) => one.toLowerCase() === name.toLowerCase());
}

function put(kind: Kind, name: string, input: Named & { PolicyDocument: string }, ctx: Ctx): Record<never, never> {
  const holder = findHolder(kind, name, ctx.store);
  refuseServiceLinked(holder);
  checkDocument(input.PolicyDocument, 'identity');
  const inline = { ...holder.row.inline, [storedName(holder, input) ?? input.PolicyName]: input.PolicyDocument };
  const size = Object.values(inline).reduce((sum, text) => sum + documentSize(text), 0);
  if (size > INLINE_CHARACTERS_MAX[kind]) throw inlineTooLarge(kind, name, INLINE_CHARACTERS_MAX[kind]);
  putHolder(holder, { inline }, ctx.store);
  return {};
}

/** A policy of its own. @throws {ServiceError} NoSuchEntity */
function findPolicy(kind: Kind, holder: Holder, input: Named): { name: string; text: string } {
  const name = storedName(holder, input);
  const text = name === undefined ? undefined : holder.row.inline[name];
  if (name === undefined || text === undefined) throw noSuchInlinePolicy(kind, input.PolicyName);
  return { name, text };
}

function get(kind: Kind, name: string, input: Named, ctx: Ctx): { PolicyName: string; PolicyDocument: string } {
  const { text } = findPolicy(kind, findHolder(kind, name, ctx.store), input);
  return { PolicyName: input.PolicyName, PolicyDocument: encodeDocument(text) };
}

function list(kind: Kind, name: string, input: PageInput, ctx: Ctx) {
  const { items, end } = pageOf(input, Object.keys(findHolder(kind, name, ctx.store).row.inline).sort());
  return { PolicyNames: items, ...end };
}

function remove(kind: Kind, name: string, input: Named, ctx: Ctx): Record<never, never> {
  const holder = findHolder(kind, name, ctx.store);
  refuseServiceLinked(holder);
  const { name: stored } = findPolicy(kind, holder, input);
  const { [stored]: _, ...inline } = holder.row.inline;
  putHolder(holder, { inline }, ctx.store);
  return {};
}

export const putUserPolicy: Handler<'iam', 'PutUserPolicy'> = (input, ctx) => put('user', input.UserName, input, ctx);
export const getUserPolicy: Handler<'iam', 'GetUserPolicy'> = (input, ctx) => ({
  UserName: input.UserName,
  ...get('user', input.UserName, input, ctx),
});
export const listUserPolicies: Handler<'iam', 'ListUserPolicies'> = (input, ctx) =>
  list('user', input.UserName, input, ctx);
export const deleteUserPolicy: Handler<'iam', 'DeleteUserPolicy'> = (input, ctx) =>
  remove('user', input.UserName, input, ctx);

export const putGroupPolicy: Handler<'iam', 'PutGroupPolicy'> = (input, ctx) =>
  put('group', input.GroupName, input, ctx);
export const getGroupPolicy: Handler<'iam', 'GetGroupPolicy'> = (input, ctx) => ({
  GroupName: input.GroupName,
  ...get('group', input.GroupName, input, ctx),
});
export const listGroupPolicies: Handler<'iam', 'ListGroupPolicies'> = (input, ctx) =>
  list('group', input.GroupName, input, ctx);
export const deleteGroupPolicy: Handler<'iam', 'DeleteGroupPolicy'> = (input, ctx) =>
  remove('group', input.GroupName, input, ctx);

export const putRolePolicy: Handler<'iam', 'PutRolePolicy'> = (input, ctx) => put('role', input.RoleName, input, ctx);
export const getRolePolicy: Handler<'iam', 'GetRolePolicy'> = (input, ctx) => ({
  RoleName: input.RoleName,
  ...get('role', input.RoleName, input, ctx),
});
export const listRolePolicies: Handler<'iam', 'ListRolePolicies'> = (input, ctx) =>
  list('role', input.RoleName, input, ctx);
export const deleteRolePolicy: Handler<'iam', 'DeleteRolePolicy'> = (input, ctx) =>
  remove('role', input.RoleName, input, ctx);
