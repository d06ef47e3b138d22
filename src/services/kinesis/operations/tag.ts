/** Tags, by the API of streams and by that of all resources. */
import type { Ctx, Handler } from '#kernel/contract';
import { findConsumer, findStream, readConsumerArn, storeOf } from '../domain/names.ts';
import { listed, type Tags, withoutTags, withTags } from '../domain/tags.ts';
import { LIST_TAGS_DEFAULT } from '../limits.ts';
import { consumers, streams } from '../state.ts';

/** The stream or the consumer of that ARN: its tags, and how it gets others. @throws {ServiceError} ResourceNotFoundException */
function tagged(arn: string, ctx: Ctx): { tags: Tags; put(tags: { [key: string]: string }): void } {
  if (readConsumerArn(arn) === undefined) {
    const row = findStream({ StreamARN: arn }, ctx);
    return { tags: row.tags, put: (tags) => storeOf(row, ctx.store).put(streams, { ...row, tags }) };
  }
  const { consumer } = findConsumer({ ConsumerARN: arn }, ctx);
  return {
    tags: consumer.tags,
    put: (tags) => storeOf(consumer, ctx.store).put(consumers, { ...consumer, tags }),
  };
}

function add(arn: string, tags: Tags, ctx: Ctx): void {
  const found = tagged(arn, ctx);
  found.put(withTags(found.tags, tags, arn));
}

function remove(arn: string, keys: readonly string[], ctx: Ctx): void {
  const found = tagged(arn, ctx);
  found.put(withoutTags(found.tags, keys));
}

export const addTagsToStream: Handler<'kinesis', 'AddTagsToStream'> = (input, ctx) => {
  add(findStream(input, ctx).arn, input.Tags, ctx);
  return {};
};

export const removeTagsFromStream: Handler<'kinesis', 'RemoveTagsFromStream'> = (input, ctx) => {
  remove(findStream(input, ctx).arn, input.TagKeys, ctx);
  return {};
};

export const listTagsForStream: Handler<'kinesis', 'ListTagsForStream'> = (input, ctx) => {
  const { Limit: limit = LIST_TAGS_DEFAULT, ExclusiveStartTagKey: start } = input;
  const rest = listed(findStream(input, ctx).tags).filter(({ Key }) => start === undefined || Key > start);
  return { Tags: rest.slice(0, limit), HasMoreTags: rest.length > limit };
};

export const tagResource: Handler<'kinesis', 'TagResource'> = (input, ctx) => {
  add(input.ResourceARN, input.Tags, ctx);
  return {};
};

export const untagResource: Handler<'kinesis', 'UntagResource'> = (input, ctx) => {
  remove(input.ResourceARN, input.TagKeys, ctx);
  return {};
};

export const listTagsForResource: Handler<'kinesis', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: listed(tagged(input.ResourceARN, ctx).tags),
});
