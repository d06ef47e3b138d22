/** Data protection policies of topics. */
import { type Ctx, commonError, type Handler, ServiceError } from '#kernel/contract';
import { allowDelivery } from '../../cloudwatch-logs/port.ts';
import { findTopic } from '../domain/find.ts';
import { destinationsOf, readProtection } from '../domain/protection.ts';
import { invalid, invalidFor, notPermitted } from '../errors.ts';
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

/**
 * Has the service that delivers logs write to where a policy wants its findings, in the caller's name.
 *
 * Source: SNS Developer Guide, "Required permissions when specifying log destinations".
 *
 * @throws {ServiceError} AuthorizationErrorException, InvalidParameterException
 */
export async function openFindings(text: string, ctx: Ctx): Promise<void> {
  const destinations = text === '' ? [] : destinationsOf(text);
  if (destinations.length === 0) return;
  const aws = ctx.awsForCaller();
  try {
    ctx.authorize({ action: 'logs:CreateLogDelivery', resource: '*', account: ctx.account });
    for (const { logGroup, deliveryStream: DeliveryStreamName } of destinations) {
      if (logGroup !== undefined) await allowDelivery(aws['cloudwatch-logs'], logGroup, ctx);
      const Tags = [{ Key: 'LogDeliveryEnabled', Value: 'true' }];
      if (DeliveryStreamName !== undefined) await aws.firehose.TagDeliveryStream({ DeliveryStreamName, Tags });
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (/^(AccessDenied|Authorization)/.test(error.code)) throw notPermitted(error.message);
    throw invalidFor('DataProtectionPolicy', error.message);
  }
}

export const putDataProtectionPolicy: Handler<'sns', 'PutDataProtectionPolicy'> = async (input, ctx) => {
  findTopic(input.ResourceArn, ctx);
  await openFindings(input.DataProtectionPolicy, ctx);
  ctx.transact((view) => {
    const { topic, store } = findTopic(input.ResourceArn, ctx, view);
    store.put(topics, withProtection(topic, input.DataProtectionPolicy));
  });
  return {};
};

export const getDataProtectionPolicy: Handler<'sns', 'GetDataProtectionPolicy'> = (input, ctx) => {
  const { topic } = findTopic(input.ResourceArn, ctx);
  // Source of the code: AWS's answer in mondoohq/mql#10629. Deviation: in our words.
  if (topic.fifo) throw commonError('InvalidAction', 'GetDataProtectionPolicy is not supported for FIFO topics');
  return topic.protection === undefined ? {} : { DataProtectionPolicy: topic.protection };
};
