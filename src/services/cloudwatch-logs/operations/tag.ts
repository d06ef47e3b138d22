/** Tags: of groups by their names (the older API), and of whatever has an ARN. */
import type { Ctx, Handler } from '#kernel/contract';
import { findGroup, groupNamed } from '../domain/find.ts';
import { groupOfArn } from '../domain/names.ts';
import { invalidParameter, notFound, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { type GroupRow, groups } from '../state.ts';

type Tags = { [key: string]: string };

/** @throws {ServiceError} ResourceNotFoundException, InvalidParameterException */
function groupOfResource(arn: string, ctx: Ctx): GroupRow {
  const named = groupOfArn(arn);
  if (named === undefined) throw invalidParameter('The specified resourceArn is invalid.');
  if (named.account !== ctx.account) throw notFound('The specified resource does not exist.');
  return findGroup(named, ctx).group;
}

function add(group: GroupRow, given: Tags, ctx: Ctx): void {
  const tags = { ...group.tags, ...given };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  ctx.store.put(groups, { ...group, tags });
}

function remove(group: GroupRow, keys: readonly string[], ctx: Ctx): void {
  const tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.includes(key)));
  ctx.store.put(groups, { ...group, tags });
}

export const tagLogGroup: Handler<'cloudwatch-logs', 'TagLogGroup'> = (input, ctx) => {
  add(groupNamed(input.logGroupName, ctx), input.tags, ctx);
  return {};
};

export const untagLogGroup: Handler<'cloudwatch-logs', 'UntagLogGroup'> = (input, ctx) => {
  remove(groupNamed(input.logGroupName, ctx), input.tags, ctx);
  return {};
};

export const listTagsLogGroup: Handler<'cloudwatch-logs', 'ListTagsLogGroup'> = (input, ctx) => ({
  tags: groupNamed(input.logGroupName, ctx).tags,
});

export const tagResource: Handler<'cloudwatch-logs', 'TagResource'> = (input, ctx) => {
  add(groupOfResource(input.resourceArn, ctx), input.tags, ctx);
  return {};
};

export const untagResource: Handler<'cloudwatch-logs', 'UntagResource'> = (input, ctx) => {
  remove(groupOfResource(input.resourceArn, ctx), input.tagKeys, ctx);
  return {};
};

export const listTagsForResource: Handler<'cloudwatch-logs', 'ListTagsForResource'> = (input, ctx) => ({
  tags: groupOfResource(input.resourceArn, ctx).tags,
});
