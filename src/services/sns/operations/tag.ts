/** Tags of topics. */
import type { Ctx, Handler } from '#kernel/contract';
import type { Found } from '../domain/find.ts';
import { readTopicArn } from '../domain/names.ts';
import { readTags } from '../domain/tags.ts';
import { resourceMissing, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { topics } from '../state.ts';

/** @throws {ServiceError} ResourceNotFound */
function find(arn: string, ctx: Ctx): Found {
  const { account, region, name } = readTopicArn(arn, 'ResourceArn');
  const store = ctx.store.in({ account, region });
  const topic = store.get(topics, { name });
  if (topic === undefined || region !== ctx.region) throw resourceMissing();
  return { topic, account, region, store };
}

/** The tags of what an ARN names, as policies see them. @throws {ServiceError} ResourceNotFound */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => find(arn, ctx).topic.tags;

export const tagResource: Handler<'sns', 'TagResource'> = (input, ctx) => {
  const { topic, store } = find(input.ResourceArn, ctx);
  const tags = { ...topic.tags, ...readTags(input.Tags) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  store.put(topics, { ...topic, tags });
  return {};
};

export const untagResource: Handler<'sns', 'UntagResource'> = (input, ctx) => {
  const { topic, store } = find(input.ResourceArn, ctx);
  const tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !input.TagKeys.includes(key)));
  store.put(topics, { ...topic, tags });
  return {};
};

export const listTagsForResource: Handler<'sns', 'ListTagsForResource'> = (input, ctx) => {
  const { topic } = find(input.ResourceArn, ctx);
  return { Tags: Object.entries(topic.tags).map(([Key, Value]) => ({ Key, Value })) };
};
