/** Messages of a topic, by themselves or through a queue. */
import type { JsonObject } from '../../../domain/parse.ts';
import { expectMap, ofEvent } from '../expect.ts';
import { eventFault } from '../faults.ts';
import { type Made, made } from '../made.ts';
import { any, booleanOrMap, map, required, text } from '../properties.ts';
import { told } from '../python.ts';
import { resolve } from '../setting.ts';
import { getAtt, isGiven, logicalIdOf, type Maybe, mapOf, ref } from '../values.ts';
import { type Event, type EventKind, type Hearing, permission } from './event.ts';
import { SQS } from './stream.ts';

export const SNS: EventKind = {
  rules: {
    Topic: required(text),
    Region: text,
    FilterPolicy: any,
    FilterPolicyScope: any,
    SqsSubscription: booleanOrMap,
    RedrivePolicy: map,
  },
  make(event, hearing) {
    const { given, id } = event;
    if (!isGiven(given.SqsSubscription))
      return [
        permission(hearing, id, 'sns.amazonaws.com', { SourceArn: given.Topic }),
        subscription(event, hearing, 'lambda', hearing.target.arn),
      ];
    return given.SqsSubscription === true ? throughNewQueue(event, hearing) : throughQueue(event, hearing);
  },
};

function subscription({ id, given }: Event, { target }: Hearing, Protocol: string, Endpoint: Maybe): Made {
  const { Topic: TopicArn, Region, FilterPolicy, FilterPolicyScope, RedrivePolicy } = given;
  return made(
    id,
    'AWS::SNS::Subscription',
    { Protocol, Endpoint, TopicArn, Region, FilterPolicy, FilterPolicyScope, RedrivePolicy },
    { attributes: target.passed },
  );
}

/** FIFO topics deliver to FIFO queues. */
function isFifo({ given }: Event, { setting }: Hearing): Maybe {
  const topic = mapOf(setting.declared[logicalIdOf(given.Topic) ?? '']);
  return resolve(mapOf(topic.Properties).FifoTopic, setting);
}

function throughNewQueue(event: Event, hearing: Hearing): Made[] {
  const fifo = isFifo(event, hearing);
  const queue = made(
    `${event.id}Queue`,
    'AWS::SQS::Queue',
    { FifoQueue: isGiven(fifo) ? fifo : undefined },
    { attributes: hearing.target.passed },
  );
  const arn = getAtt(queue.id, 'Arn');
  return [
    ...polling(event, hearing, arn, undefined),
    queue,
    mayReceive(event, hearing, arn, ref(queue.id), undefined),
    subscription(event, hearing, 'sqs', arn),
  ];
}

function throughQueue(event: Event, hearing: Hearing): Made[] {
  const config = expectMap(event.given.SqsSubscription, ofEvent(event.name, 'SqsSubscription'));
  const { QueueArn, QueueUrl, QueuePolicyLogicalId, BatchSize } = config;
  if (!isGiven(QueueArn) || !isGiven(QueueUrl)) throw eventFault(event.name, 'No QueueARN or QueueURL provided.');
  return [
    ...polling(event, hearing, QueueArn, BatchSize),
    mayReceive(event, hearing, QueueArn, QueueUrl, QueuePolicyLogicalId),
    subscription(event, hearing, 'sqs', QueueArn),
  ];
}

function polling({ id, name }: Event, hearing: Hearing, Queue: Maybe, size: Maybe): Made[] {
  const given: JsonObject = { Queue: Queue ?? null, BatchSize: isGiven(size) ? size : 10, Enabled: true };
  return SQS.make({ id: `${id}EventSourceMapping`, name, type: 'SQS', given }, hearing);
}

function mayReceive({ id, given }: Event, { target }: Hearing, queue: Maybe, url: Maybe, called: Maybe): Made {
  const PolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Action: 'sqs:SendMessage',
        Effect: 'Allow',
        Principal: '*',
        Resource: queue ?? null,
        Condition: { ArnEquals: { 'aws:SourceArn': given.Topic ?? null } },
      },
    ],
  };
  return made(
    isGiven(called) ? told(called) : `${id}QueuePolicy`,
    'AWS::SQS::QueuePolicy',
    { PolicyDocument, Queues: [url ?? null] },
    { attributes: target.passed },
  );
}
