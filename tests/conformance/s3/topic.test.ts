/** Notifications to topics: S3 publishes, what subscribes to the topic hears of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure } from '../../support/cloud.ts';
import { startS3 } from './setup.ts';

const ACCOUNT = '123456789012';
const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:uploads`;
const QueueArn = `arn:aws:sqs:us-east-1:${ACCOUNT}:heard`;
const allow = (service: string, action: string, Resource: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: action, Resource }],
  });

test('a topic is tried first, and then published to; one that is not there, or not open, is refused', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const sns = cloud.client(SNSClient);
  const sqs = cloud.client(SQSClient);
  const TopicConfigurations = [{ Id: 'told', TopicArn, Events: ['s3:ObjectCreated:*' as const] }];
  const configure = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { TopicConfigurations } }),
    );
  const absent = await failure(configure());
  assert.deepEqual(
    [absent.name, absent.message],
    ['InvalidArgument', 'Unable to validate the following destination configurations'],
  );
  await sns.send(new CreateTopicCommand({ Name: 'uploads' }));
  const open = (service: string) =>
    sns.send(
      new SetTopicAttributesCommand({
        TopicArn,
        AttributeName: 'Policy',
        AttributeValue: allow(service, 'sns:Publish', TopicArn),
      }),
    );
  await open('events.amazonaws.com');
  assert.equal((await failure(configure())).name, 'InvalidArgument');
  await open('s3.amazonaws.com');
  const Attributes = { Policy: allow('sns.amazonaws.com', 'sqs:SendMessage', QueueArn) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard', Attributes }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QueueArn }));
  await configure();
  const { $metadata: _, ...got } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(got, { TopicConfigurations });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await cloud.server.cloud.kernel.outbox.idle();
  await cloud.advance(1_000);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const heard = Messages.map(({ Body = '' }) => JSON.parse(Body));
  assert.deepEqual(
    heard.map(({ Type, Subject, TopicArn: from }) => [Type, Subject, from]),
    Array.from({ length: 2 }, () => ['Notification', 'Amazon S3 Notification', TopicArn]),
  );
  const told = heard.map(({ Message }) => JSON.parse(Message));
  assert.ok(told.some(({ Event }) => Event === 's3:TestEvent'));
  const [record] = told.flatMap(({ Records = [] }) => Records);
  assert.deepEqual(
    [record.eventName, record.s3.configurationId, record.s3.object.key],
    ['ObjectCreated:Put', 'told', 'a'],
  );
});
