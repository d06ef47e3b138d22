/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import { test } from 'node:test';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

const arn = (service: string, resource: string, region = 'us-east-1') =>
  `arn:aws:${service}:${region}:123456789012:${resource}`;

test('stacks with topics that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::SNS::Topic', {}, [
    [
      { FifoTopic: true, ArchivePolicy: { MessageRetentionPeriod: 366 } },
      'Invalid parameter: Attributes Reason: ArchivePolicy: MessageRetentionPeriod value is invalid',
    ],
    [
      { ContentBasedDeduplication: true },
      'Invalid parameter: Attributes Reason: Unknown attribute ContentBasedDeduplication',
    ],
    [{ FifoTopic: true, TopicName: 'plain' }, 'Invalid parameter: Topic Name'],
    [{ TopicName: 'テスト' }, 'Invalid parameter: Topic Name'],
    [{ DisplayName: 'x'.repeat(101) }, 'Invalid parameter: Attributes Reason: DisplayName'],
  ]);
  await expectRefusals(cloud, 'AWS::SNS::TopicPolicy', { PolicyDocument: { Version: '2012-10-17', Statement: [] } }, [
    [{ Topics: ['plain'] }, 'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1'],
  ]);
});

test('stacks with subscriptions that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const sns = cloud.client(SNSClient);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'plain' }));
  const Attributes = { FifoTopic: 'true' };
  const { TopicArn: fifo } = await sns.send(new CreateTopicCommand({ Name: 'ordered.fifo', Attributes }));
  const retries = (numRetries: number) => ({
    healthyRetryPolicy: { numRetries, minDelayTarget: 21, maxDelayTarget: 20 },
  });
  const sqs = { Protocol: 'sqs', Endpoint: arn('sqs', 'q') };
  const https = { Protocol: 'https', Endpoint: 'https://example.com/' };
  await expectRefusals(cloud, 'AWS::SNS::Subscription', { TopicArn, ...sqs }, [
    [
      { ...https, DeliveryPolicy: retries(101) },
      'DeliveryPolicy: healthyRetryPolicy.numRetries must be less than or equal to 100',
    ],
    [
      { Endpoint: arn('sqs', 'q.fifo') },
      'Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    ],
    [{ ...https, TopicArn: fifo }, 'Invalid parameter: Invalid protocol type: https'],
    [
      { FilterPolicy: Object.fromEntries([...'abcdef'].map((name) => [name, ['x']])) },
      'Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys',
    ],
    [
      { Protocol: 'firehose', Endpoint: arn('firehose', 'deliverystream/d') },
      'Invalid parameter: Delivery protocol firehose can only be subscribed with subscription role arn',
    ],
    [
      { Protocol: 'lambda', Endpoint: arn('lambda', 'function:f'), RawMessageDelivery: true },
      'Invalid parameter: Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.',
    ],
    [{ Endpoint: arn('lambda', 'function:f') }, 'Invalid parameter: SQS endpoint ARN'],
    [
      { RedrivePolicy: { deadLetterTargetArn: arn('sns', 'dead') } },
      'Invalid parameter: Attributes Reason: RedrivePolicy: deadLetterTargetArn must be a SQS queue',
    ],
    [{ Region: 'eu-west-1' }, 'Invalid parameter: TopicArn'],
  ]);
});
