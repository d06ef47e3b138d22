import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:told';
const Bucket = 'photos';

test('EventBridge is told of what happens to objects, of buckets that want it', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: QUEUE,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await events.send(new PutRuleCommand({ Name: 'objects', EventPattern: '{"source":["aws.s3"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'objects', Targets: [{ Id: 'q', Arn: QUEUE }] }));
  const told = async () => {
    await cloud.server.cloud.settle();
    const all: { [name: string]: unknown; detail: Record<string, unknown> }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
      );
      if (Messages.length === 0) return all;
      all.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    }
  };
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'silent', Body: 'x' }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  const { $metadata: _, ...read } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(read, NotificationConfiguration);
  assert.deepEqual(await told(), []);

  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'hello' }));
  const made = (await told())[0] ?? assert.fail('nothing was told');
  const { sequencer, ...object } = made.detail.object as Record<string, string>;
  assert.match(sequencer ?? '', /^[0-9A-F]{18}$/);
  assert.deepEqual(object, { key: 'a b', size: 5, etag: '5d41402abc4b2a76b9719d911017c592' });
  assert.deepEqual(
    [made['detail-type'], made.account, made.region, made.resources],
    ['Object Created', '123456789012', 'us-east-1', ['arn:aws:s3:::photos']],
  );
  const { object: __, 'request-id': requestId, ...rest } = made.detail;
  assert.match(String(requestId), /^[0-9A-Za-z-]{16,36}$/);
  assert.deepEqual(rest, {
    version: '0',
    bucket: { name: Bucket },
    requester: '123456789012',
    'source-ip-address': '127.0.0.1',
    reason: 'PutObject',
  });

  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const { VersionId } = await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a b` }));
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'c', Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'c', VersionId }));
  const later = await told();
  assert.deepEqual(
    later.map((one) => [one['detail-type'], one.detail.reason, one.detail['deletion-type']]),
    [
      ['Object Created', 'CopyObject', undefined],
      ['Object Tags Added', undefined, undefined],
      ['Object Deleted', 'DeleteObject', 'Delete Marker Created'],
      ['Object Deleted', 'DeleteObject', 'Permanently Deleted'],
    ],
  );
  assert.equal((later[0]?.detail.object as Record<string, string> | undefined)?.['version-id'], VersionId);

  const marker = later[2]?.detail.object as Record<string, string> | undefined;
  assert.equal(marker?.etag, 'd41d8cd98f00b204e9800998ecf8427e');

  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'd', Body: 'x' }));
  assert.deepEqual(await told(), []);
});
