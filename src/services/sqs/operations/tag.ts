/** Tags of queues. */
import type { Handler } from '#kernel/contract';
import { findQueue } from '../domain/find.ts';
import { tooManyTags } from '../errors.ts';
import { QUEUE_TAGS_MAX } from '../limits.ts';
import { queues } from '../state.ts';

export const tagQueue: Handler<'sqs', 'TagQueue'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const tags = { ...queue.tags, ...input.Tags };
  if (Object.keys(tags).length > QUEUE_TAGS_MAX) throw tooManyTags();
  store.put(queues, { ...queue, tags });
  return {};
};

export const untagQueue: Handler<'sqs', 'UntagQueue'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const gone = new Set(input.TagKeys);
  store.put(queues, {
    ...queue,
    tags: Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !gone.has(key))),
  });
  return {};
};

export const listQueueTags: Handler<'sqs', 'ListQueueTags'> = (input, ctx) => {
  const { queue } = findQueue(input.QueueUrl, ctx);
  return Object.keys(queue.tags).length === 0 ? {} : { Tags: queue.tags };
};
