/** Tags of streams. */
import type { Ctx } from '#kernel/contract';
import type {
  ListTagsForDeliveryStreamInput,
  ListTagsForDeliveryStreamOutput,
  TagDeliveryStreamInput,
  TagDeliveryStreamOutput,
  UntagDeliveryStreamInput,
  UntagDeliveryStreamOutput,
} from '#models/firehose';
import { findStream } from '../domain/names.ts';
import { withTags } from '../domain/tags.ts';
import { LIST_TAGS_DEFAULT } from '../limits.ts';
import { streams } from '../state.ts';

/** @throws {ServiceError} LimitExceededException, ResourceNotFoundException */
export function tagDeliveryStream(input: TagDeliveryStreamInput, ctx: Ctx): TagDeliveryStreamOutput {
  const row = findStream(input.DeliveryStreamName, ctx);
  ctx.store.put(streams, { ...row, tags: withTags(row.tags, input.Tags) });
  return {};
}

/** @throws {ServiceError} ResourceNotFoundException */
export function untagDeliveryStream(input: UntagDeliveryStreamInput, ctx: Ctx): UntagDeliveryStreamOutput {
  const row = findStream(input.DeliveryStreamName, ctx);
  const left = Object.entries(row.tags).filter(([key]) => !input.TagKeys.includes(key));
  ctx.store.put(streams, { ...row, tags: Object.fromEntries(left) });
  return {};
}

/** In the order of their keys. @throws {ServiceError} ResourceNotFoundException */
export function listTagsForDeliveryStream(
  input: ListTagsForDeliveryStreamInput,
  ctx: Ctx,
): ListTagsForDeliveryStreamOutput {
  const { Limit: limit = LIST_TAGS_DEFAULT, ExclusiveStartTagKey: start } = input;
  const { tags } = findStream(input.DeliveryStreamName, ctx);
  const rest = Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .filter(([key]) => start === undefined || key > start);
  return {
    Tags: rest.slice(0, limit).map(([Key, Value]) => ({ Key, Value })),
    HasMoreTags: rest.length > limit,
  };
}
