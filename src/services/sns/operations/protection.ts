/** Data protection policies of topics. */
import type { Handler } from '#kernel/contract';
import { findTopic } from '../domain/find.ts';
import { readProtection } from '../domain/protection.ts';
import { invalid } from '../errors.ts';
import { type TopicRow, topics } from '../state.ts';

/**
 * A topic with a policy; an empty one takes it away.
 *
 * @throws {ServiceError} InvalidParameterException
 */
export function withProtection({ protection: _, ...topic }: TopicRow, text: string): TopicRow {
  if (text === '') return topic;
  // Source: SNS Developer Guide, "Message data protection": of standard topics.
  if (topic.fifo) throw invalid('DataProtectionPolicy is not supported for FIFO topics');
  readProtection(text);
  return { ...topic, protection: text };
}

export const putDataProtectionPolicy: Handler<'sns', 'PutDataProtectionPolicy'> = (input, ctx) => {
  const { topic, store } = findTopic(input.ResourceArn, ctx);
  store.put(topics, withProtection(topic, input.DataProtectionPolicy));
  return {};
};

export const getDataProtectionPolicy: Handler<'sns', 'GetDataProtectionPolicy'> = (input, ctx) => {
  const { topic } = findTopic(input.ResourceArn, ctx);
  return topic.protection === undefined ? {} : { DataProtectionPolicy: topic.protection };
};
