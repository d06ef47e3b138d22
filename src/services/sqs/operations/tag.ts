/** Tags of queues. */
import type { Ctx, Handler } from '#kernel/contract';
import { findQueue } from '../domain/find.ts';
import { queueOfArn } from '../domain/names.ts';
import { checkTagKeys, checkTags } from '../domain/tags.ts';
import { badTagKeys, missingParameter } from '../errors.ts';
import { queues } from '../state.ts';

/** The tags of what an ARN names, as policies see them. */
export function tagsOf(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  const { account = ctx.account, name = '' } = queueOfArn(arn) ?? {};
  return ctx.store.in({ account }).get(queues, { name })?.tags ?? {};
}

export const tagQueue: Handler<'sqs', 'TagQueue'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  if (Object.keys(input.Tags).length === 0) throw missingParameter('Tags');
  const tags = { ...queue.tags, ...input.Tags };
  checkTags(queue.name, tags);
  store.put(queues, { ...queue, tags });
  return {};
};

export const untagQueue: Handler<'sqs', 'UntagQueue'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  if (input.TagKeys.length === 0) throw badTagKeys();
  checkTagKeys(input.TagKeys);
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
