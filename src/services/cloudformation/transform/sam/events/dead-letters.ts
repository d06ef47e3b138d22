/** Where rules and schedules put what they could not deliver: a queue that is named, or made. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { eventFault } from '../faults.ts';
import { type Made, made } from '../made.ts';
import { getAtt, isMap, mapOf, ref } from '../values.ts';
import type { Event, Target } from './event.ts';

export type DeadLetters = { config?: JsonObject; resources: Made[] };

/**
 * @param source the rule's ARN, which then may send to a queue that is made; absent where a role sends
 * @throws {SamFault}
 */
export function deadLettersOf({ id, given }: Event, { passed }: Target, source: Json | undefined): DeadLetters {
  if (!isMap(given.DeadLetterConfig)) return { resources: [] };
  const { Arn, Type: type, QueueLogicalId } = mapOf(given.DeadLetterConfig);
  if (Arn !== undefined && type !== undefined)
    throw eventFault(id, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  if (type !== undefined && type !== 'SQS')
    throw eventFault(id, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  if (Arn === undefined && type === undefined)
    throw eventFault(id, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
  if (Arn !== undefined && Arn !== null) return { config: { Arn }, resources: [] };
  if (QueueLogicalId !== undefined && QueueLogicalId !== null && typeof QueueLogicalId !== 'string')
    throw eventFault(id, 'QueueLogicalId must be a string');
  const queue = made(QueueLogicalId || `${id}Queue`, 'AWS::SQS::Queue', {}, { attributes: passed });
  const arn = getAtt(queue.id, 'Arn');
  const PolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Action: 'sqs:SendMessage',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: arn,
        Condition: { ArnEquals: { 'aws:SourceArn': source ?? null } },
      },
    ],
  };
  const policy = made(
    `${id}QueuePolicy`,
    'AWS::SQS::QueuePolicy',
    { PolicyDocument, Queues: [ref(queue.id)] },
    { attributes: passed },
  );
  return { config: { Arn: arn }, resources: source === undefined ? [queue] : [queue, policy] };
}
