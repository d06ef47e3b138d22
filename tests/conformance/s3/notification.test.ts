/** Notifications: who is told of what, the message, and what a configuration may not say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, START } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, startS3 } from './setup.ts';

const QueueArn = 'arn:aws:sqs:us-east-1:123456789012:happenings';
const ALLOWED = {
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QueueArn,
  Condition: {
    ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::photos-2026' },
    StringEquals: { 'aws:SourceAccount': '123456789012' },
  },
};

type Record = {
  eventName: string;
  responseElements: object;
  s3: { bucket: { ownerIdentity: object }; object: { [member: string]: unknown; sequencer: string } };
};

async function makeQueue(cloud: S3Cloud, Statement: object[] = [ALLOWED]): Promise<void> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await cloud
    .client(SQSClient)
    .send(new CreateQueueCommand({ QueueName: 'happenings', Attributes: Statement.length === 0 ? {} : { Policy } }));
}

function configure(cloud: S3Cloud, ...QueueConfigurations: Partial<QueueConfiguration>[]) {
  const full = QueueConfigurations.map((one) => ({ QueueArn, Events: ['s3:ObjectCreated:*' as const], ...one }));
  return cloud.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: cloud.Bucket,
      NotificationConfiguration: { QueueConfigurations: full },
    }),
  );
}

/** Takes all messages out of the queue, once everything that is under way has arrived. */
async function messages(cloud: S3Cloud): Promise<{ [member: string]: unknown; Records: Record[] }[]> {
  await cloud.server.cloud.kernel.outbox.idle();
  const sqs = cloud.client(SQSClient);
  const queue = `${cloud.url}/123456789012/happenings`;
  const found: { [member: string]: unknown; Records: Record[] }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return found;
    found.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));
  }
}

test("a destination is tried first; then each object is told of, in S3's words", async () => {
  await using cloud = await startS3();
  await makeQueue(cloud);
  await configure(cloud, { Id: 'all' });
  const [trial] = await messages(cloud);
  assert.equal(trial?.Event, 's3:TestEvent');
  assert.equal(trial?.Bucket, cloud.Bucket);
  assert.match(String(trial?.HostId), /^[\w+/=]{20,}$/);
  const { ETag = '', $metadata } = await cloud.s3.send(
    new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'a b/é(1).txt', Body: 'hello' }),
  );
  const [told] = await messages(cloud);
  const record = told?.Records[0];
  assert.ok(record !== undefined);
  assert.match(record.s3.object.sequencer, /^[0-9A-F]{18}$/);
  assert.deepEqual(record, {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: new Date(START).toISOString(),
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:123456789012' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: {
      'x-amz-request-id': $metadata.requestId,
      'x-amz-id-2': $metadata.extendedRequestId,
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'all',
      bucket: {
        name: cloud.Bucket,
        ownerIdentity: record.s3.bucket.ownerIdentity,
        arn: `arn:aws:s3:::${cloud.Bucket}`,
      },
      object: {
        key: 'a+b/%C3%A9%281%29.txt',
        size: 5,
        eTag: ETag.replaceAll('"', ''),
        sequencer: record.s3.object.sequencer,
      },
    },
  });
});

test('filters are URL-encoded; of an ACL that stays as it is nothing is told; a marker has the ETag of nothing', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await makeQueue(cloud);
  const FilterRules = [{ Name: 'prefix' as const, Value: 'my+files/day%3D1/' }];
  await configure(cloud, { Events: ['s3:ObjectCreated:*'], Filter: { Key: { FilterRules } } });
  await messages(cloud);
  const Key = 'my files/day=1/a';
  for (const one of [Key, 'my files/day=2/a']) await s3.send(new PutObjectCommand({ Bucket, Key: one, Body: 'x' }));
  const heard = (await messages(cloud)).map(({ Records: [record] }) => record?.s3.object.key);
  assert.deepEqual(heard, ['my+files/day%3D1/a']);

  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await configure(cloud, { Events: ['s3:ObjectAcl:Put', 's3:ObjectRemoved:*'] });
  await messages(cloud);
  for (const ACL of ['private', 'public-read', 'public-read'] as const)
    await s3.send(new PutObjectAclCommand({ Bucket, Key, ACL }));
  const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  const told = (await messages(cloud)).map(({ Records: [record] }) => record);
  assert.deepEqual(
    told.map((one) => one?.eventName),
    ['ObjectAcl:Put', 'ObjectRemoved:DeleteMarkerCreated'],
  );
  const { sequencer: _, ...marker } = told[1]?.s3.object ?? {};
  assert.deepEqual(marker, {
    key: 'my+files/day%3D1/a',
    eTag: 'd41d8cd98f00b204e9800998ecf8427e',
    versionId: VersionId,
  });
});

test('each configuration hears of its own events and keys, in order', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await makeQueue(cloud);
  const filter = (prefix: string, suffix: string) => ({
    Key: {
      FilterRules: [
        { Name: 'prefix' as const, Value: prefix },
        { Name: 'suffix' as const, Value: suffix },
      ],
    },
  });
  await configure(
    cloud,
    { Id: 'jpg', Events: ['s3:ObjectCreated:*'], Filter: filter('in/', '.jpg') },
    { Id: 'gone', Events: ['s3:ObjectRemoved:*', 's3:ObjectTagging:Put'] },
  );
  await messages(cloud);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/1.jpg', Body: '1' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/1.png', Body: '1' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'out/1.jpg', Body: '1' }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'in/2.jpg', CopySource: `${Bucket}/in/1.jpg` }));
  await s3.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'in/1.png', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'nothing' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/1.png' }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const deleted = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'in/1.jpg' }] } }));
  const VersionId = deleted.Deleted?.[0]?.DeleteMarkerVersionId;
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/1.jpg', VersionId }));
  const records = (await messages(cloud)).flatMap(({ Records }) => Records);
  assert.deepEqual(
    records.map(({ eventName, s3: { object } }) => `${eventName} ${object.key}`),
    [
      'ObjectCreated:Put in/1.jpg',
      'ObjectCreated:Copy in/2.jpg',
      'ObjectTagging:Put in/1.png',
      'ObjectRemoved:Delete in/1.png',
      'ObjectRemoved:DeleteMarkerCreated in/1.jpg',
      'ObjectRemoved:Delete in/1.jpg',
    ],
  );
  const order = records.map(({ s3: { object } }) => object.sequencer);
  assert.deepEqual(order, [...order].sort());
  assert.equal(new Set(order).size, order.length);
  assert.equal(records.at(-1)?.s3.object.versionId, VersionId);
});

test("what another account writes is told by the bucket's owner; a queue that is gone holds nothing up", async () => {
  await using cloud = await startS3();
  await makeQueue(cloud);
  await configure(cloud, { Id: 'all' });
  await messages(cloud);
  const { PutBucketPolicyCommand } = await import('@aws-sdk/client-s3');
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '210987654321' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${cloud.Bucket}/*`,
      },
    ],
  });
  await cloud.s3.send(new PutBucketPolicyCommand({ Bucket: cloud.Bucket, Policy }));
  await clientOf(cloud, '210987654321').send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'theirs', Body: 'x' }));
  assert.deepEqual(
    (await messages(cloud)).map(({ Records }) => Records[0]?.s3.object.key),
    ['theirs'],
  );

  const sqs = cloud.client(SQSClient);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: `${cloud.url}/123456789012/happenings` }));
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'unheard', Body: 'x' }));
  await cloud.server.cloud.kernel.outbox.idle();
  await cloud.advance(60_000);
  await makeQueue(cloud);
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'heard', Body: 'x' }));
  assert.deepEqual(
    (await messages(cloud)).map(({ Records }) => Records[0]?.s3.object.key),
    ['heard'],
  );
});

test('a configuration is shown as it was given, and taken away by an empty one', async () => {
  await using cloud = await startS3();
  await makeQueue(cloud);
  const Filter = { Key: { FilterRules: [{ Name: 'Suffix' as never, Value: '.jpg' }] } };
  await configure(cloud, { Id: 'x', Filter });
  const get = () => cloud.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: cloud.Bucket }));
  assert.deepEqual((await get()).QueueConfigurations, [{ Id: 'x', QueueArn, Events: ['s3:ObjectCreated:*'], Filter }]);
  const removed = { Id: 'a', Events: ['s3:ObjectRemoved:*' as const] };
  await configure(cloud, { Id: 'b' }, removed);
  assert.deepEqual(
    (await get()).QueueConfigurations?.map(({ Id }) => Id),
    ['b', 'a'],
  );
  await configure(cloud, removed, { Id: 'b' });
  assert.deepEqual(
    (await get()).QueueConfigurations?.map(({ Id }) => Id),
    ['a', 'b'],
  );
  await configure(cloud);
  assert.equal((await get()).QueueConfigurations, undefined);
  await messages(cloud);
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'a.jpg', Body: 'x' }));
  assert.deepEqual(await messages(cloud), []);
});

test('names of filters may have a capital letter, and are shown with one', async () => {
  await using cloud = await startS3();
  await makeQueue(cloud);
  const FilterRules = [
    { Name: 'Prefix' as never, Value: 'in/' },
    { Name: 'suffix' as const, Value: '.jpg' },
  ];
  await configure(cloud, { Filter: { Key: { FilterRules } } });
  const shown = await cloud.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: cloud.Bucket }));
  assert.deepEqual(shown.QueueConfigurations?.[0]?.Filter?.Key?.FilterRules, [
    { Name: 'Prefix', Value: 'in/' },
    { Name: 'Suffix', Value: '.jpg' },
  ]);
  await messages(cloud);
  for (const Key of ['in/a.jpg', 'a.jpg', 'in/a.png'])
    await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key, Body: 'x' }));
  const keys = (await messages(cloud)).flatMap(({ Records }) => Records.map(({ s3 }) => s3.object.key));
  assert.deepEqual(keys, ['in/a.jpg']);
});

test("configurations that can't be are refused", async () => {
  await using cloud = await startS3();
  const unable = { name: 'InvalidArgument', message: 'Unable to validate the following destination configurations' };
  await assert.rejects(configure(cloud, {}), unable, 'there is no queue');
  await makeQueue(cloud, []);
  await assert.rejects(configure(cloud, {}), unable, 'the queue does not let S3 in');
  await assert.rejects(configure(cloud, { QueueArn: 'queue' }), {
    name: 'InvalidArgument',
    message: 'The ARN could not be parsed',
  });
  const overlapping = await failure(configure(cloud, { Id: 'a' }, { Id: 'b', Events: ['s3:ObjectCreated:Put'] }));
  assert.equal(overlapping.name, 'InvalidArgument');
  assert.match(overlapping.message, /^Configurations overlap\./);
  const Filter = { Key: { FilterRules: [{ Name: 'infix' as never, Value: 'x' }] } };
  await assert.rejects(configure(cloud, { Filter }), {
    name: 'InvalidArgument',
    message: 'filter rule name must be either prefix or suffix',
  });
  await assert.rejects(configure(cloud, { Events: ['s3:Nothing' as never] }), {
    name: 'InvalidArgument',
    ArgumentName: 'Event',
    ArgumentValue: 's3:Nothing',
  });
});
