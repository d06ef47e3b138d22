/** Lifecycle rules: what they may say, when they are carried out, and what answers say of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START } from '../../support/cloud.ts';
import { bytesOf, type S3Cloud, startS3 } from './setup.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KIB = 1_024;

function rule(fields: Partial<LifecycleRule>): LifecycleRule {
  return { ID: 'r', Status: 'Enabled', Filter: {}, ...fields };
}

function configure({ s3, Bucket }: S3Cloud, ...Rules: LifecycleRule[]) {
  return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
}

const put = ({ s3, Bucket }: S3Cloud, Key: string, size = 1) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: bytesOf(size) }));

/** `key` of each version with its storage class, `key!` of each delete marker. */
async function versions({ s3, Bucket }: S3Cloud): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return [
    ...Versions.map(({ Key, StorageClass }) => (StorageClass === 'STANDARD' ? `${Key}` : `${Key} ${StorageClass}`)),
    ...DeleteMarkers.map(({ Key }) => `${Key}!`),
  ].sort();
}

const keepVersions = ({ s3, Bucket }: S3Cloud) =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));

test('rules are shown as they were given, each with an id, until they are deleted', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const get = () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  const none = { name: 'NoSuchLifecycleConfiguration', message: 'The lifecycle configuration does not exist' };
  await assert.rejects(get(), none);
  const { TransitionDefaultMinimumObjectSize: smallest } = await configure(
    cloud,
    rule({ ID: undefined, Filter: { Prefix: 'logs/' }, Expiration: { Date: new Date(START + DAY) } }),
    rule({ ID: 'b', Transitions: [{ Days: 0, StorageClass: 'GLACIER' }] }),
  );
  assert.equal(smallest, 'all_storage_classes_128K');
  const { Rules = [], TransitionDefaultMinimumObjectSize } = await get();
  assert.equal(TransitionDefaultMinimumObjectSize, 'all_storage_classes_128K');
  assert.match(Buffer.from(Rules[0]?.ID ?? '', 'base64').toString(), /^[0-9a-f-]{36}$/);
  assert.deepEqual(Rules.slice(1), [
    { ID: 'b', Status: 'Enabled', Filter: {}, Transitions: [{ Days: 0, StorageClass: 'GLACIER' }] },
  ]);
  assert.deepEqual(Rules[0]?.Expiration, { Date: new Date(START + DAY) });
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  await assert.rejects(get(), none);
});

test('objects expire at the midnight after their days have passed, and say so before', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await configure(cloud, rule({ ID: 'old logs', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } }));
  await cloud.advance(10 * HOUR);
  const { Expiration } = await put(cloud, 'logs/a');
  assert.equal(Expiration, 'expiry-date="Sat, 03 Jan 2026 00:00:00 GMT", rule-id="old logs"');
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'logs/a' }))).Expiration, Expiration);
  assert.equal((await put(cloud, 'other')).Expiration, undefined);
  await cloud.advance(38 * HOUR - 1);
  assert.deepEqual(await versions(cloud), ['logs/a', 'other']);
  await cloud.advance(1);
  assert.deepEqual(await versions(cloud), ['other']);
  await put(cloud, 'logs/b');
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['other']);
});

test('of several moves the cheapest is made, but only archives come before Intelligent-Tiering', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const to = (
    ID: string,
    Days: number,
    StorageClass: 'INTELLIGENT_TIERING' | 'ONEZONE_IA' | 'GLACIER_IR' | 'GLACIER',
  ) => rule({ ID, Filter: ID === 'cold' ? { Prefix: 'cold/' } : {}, Transitions: [{ Days, StorageClass }] });
  await configure(
    cloud,
    to('one', 30, 'ONEZONE_IA'),
    to('tiers', 30, 'INTELLIGENT_TIERING'),
    to('instant', 30, 'GLACIER_IR'),
    to('cold', 30, 'GLACIER'),
  );
  for (const key of ['a', 'cold/a']) await put(cloud, key, 128 * KIB);
  await cloud.advance(30 * DAY);
  const classOf = async (Key: string) => (await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass;
  assert.deepEqual([await classOf('a'), await classOf('cold/a')], ['INTELLIGENT_TIERING', 'GLACIER']);
});

test('tags, sizes and both together choose objects; a tag that comes later counts from the next midnight', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await configure(
    cloud,
    rule({ ID: 'tag', Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 1 } }),
    rule({ ID: 'size', Filter: { ObjectSizeGreaterThan: 10 }, Expiration: { Days: 1 } }),
    rule({
      ID: 'both',
      Filter: { And: { Prefix: 'x/', ObjectSizeLessThan: 5, Tags: [{ Key: 'a', Value: '1' }] } },
      Expiration: { Days: 1 },
    }),
  );
  for (const [Key, size, Tagging] of [
    ['big', 11, undefined],
    ['ten', 10, undefined],
    ['x/tagged', 4, 'a=1'],
    ['x/large', 5, 'a=1'],
    ['y/tagged', 4, 'a=1'],
  ] as const)
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytesOf(size), Tagging }));
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['ten', 'x/large', 'y/tagged']);
  await cloud.advance(HOUR);
  const TagSet = [{ Key: 'keep', Value: 'no' }];
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'ten', Tagging: { TagSet } }));
  await cloud.advance(23 * HOUR);
  assert.deepEqual(await versions(cloud), ['x/large', 'y/tagged']);
});

test('objects go down through the storage classes; small ones stay, unless the rule says a size', async () => {
  await using cloud = await startS3();
  await put(cloud, 'large', 128 * KIB);
  await put(cloud, 'small', 100);
  await put(cloud, 'sized/small', 100);
  const Transitions = [
    { Days: 30, StorageClass: 'STANDARD_IA' as const },
    { Days: 60, StorageClass: 'GLACIER_IR' as const },
  ];
  await configure(
    cloud,
    rule({ ID: 'all', Transitions }),
    rule({ ID: 'sized', Filter: { And: { Prefix: 'sized/', ObjectSizeGreaterThan: 1 } }, Transitions }),
  );
  await cloud.advance(29 * DAY);
  assert.deepEqual(await versions(cloud), ['large', 'sized/small', 'small']);
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['large STANDARD_IA', 'sized/small STANDARD_IA', 'small']);
  await cloud.advance(30 * DAY);
  assert.deepEqual(await versions(cloud), ['large GLACIER_IR', 'sized/small GLACIER_IR', 'small']);
  await configure(cloud, rule({ ID: 'up', Transitions: [{ Days: 30, StorageClass: 'STANDARD_IA' }] }));
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['large GLACIER_IR', 'sized/small GLACIER_IR', 'small'], 'never up again');
});

test('with versions, expiry sets a delete marker; older versions go by their own days and number', async () => {
  await using cloud = await startS3();
  await keepVersions(cloud);
  await configure(
    cloud,
    rule({ ID: 'end', Filter: { Prefix: 'a' }, Expiration: { Days: 1 } }),
    rule({ ID: 'marker', Filter: { Prefix: 'a' }, Expiration: { ExpiredObjectDeleteMarker: true } }),
    rule({
      ID: 'older',
      NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: 'GLACIER' }],
      NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 },
    }),
  );
  await put(cloud, 'a', 128 * KIB);
  for (const _ of [1, 2, 3]) await put(cloud, 'b', 128 * KIB);
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['a', 'a!', 'b', 'b GLACIER', 'b GLACIER']);
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['a GLACIER', 'a!', 'b', 'b GLACIER', 'b GLACIER']);
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), ['a GLACIER', 'a!', 'b', 'b GLACIER'], 'one noncurrent version is kept');
});

test('a delete marker with nothing behind it goes', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await keepVersions(cloud);
  await configure(cloud, rule({ Expiration: { ExpiredObjectDeleteMarker: true } }));
  const { VersionId } = await put(cloud, 'a');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await cloud.advance(5 * DAY);
  assert.deepEqual(await versions(cloud), ['a', 'a!']);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), []);
});

test('Object Lock keeps a version until its retention has passed', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const { CreateBucketCommand } = await import('@aws-sdk/client-s3');
  const locked = Object.assign(cloud, { Bucket: 'locked-2026' });
  await s3.send(new CreateBucketCommand({ Bucket: locked.Bucket, ObjectLockEnabledForBucket: true }));
  await configure(locked, rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }));
  await s3.send(
    new PutObjectCommand({
      Bucket: locked.Bucket,
      Key: 'a',
      Body: 'x',
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date(START + 3 * DAY + HOUR),
    }),
  );
  await put(locked, 'a');
  await cloud.advance(3 * DAY);
  assert.equal((await versions(locked)).length, 2);
  await cloud.advance(DAY);
  assert.equal((await versions(locked)).length, 1);
});

test('uploads that nobody completes are aborted, and say when', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await configure(cloud, rule({ ID: 'abort', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }));
  const { AbortDate, AbortRuleId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
  assert.deepEqual([AbortDate, AbortRuleId], [new Date(START + 7 * DAY), 'abort']);
  const list = async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length;
  await cloud.advance(7 * DAY - 1);
  assert.equal(await list(), 1);
  await cloud.advance(1);
  assert.equal(await list(), undefined);
});

test('a bucket of more than one batch is walked to its end', async () => {
  await using cloud = await startS3();
  const keys = Array.from({ length: 1_100 }, (_, index) => `k${index}`);
  for (const key of keys) await put(cloud, key);
  await configure(cloud, rule({ Expiration: { Days: 1 } }));
  await cloud.advance(DAY);
  assert.deepEqual(await versions(cloud), []);
});

test('what rules do is told', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const QueueArn = 'arn:aws:sqs:us-east-1:123456789012:happenings';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QueueArn },
    ],
  });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'happenings', Attributes: { Policy } }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn, Events: ['s3:LifecycleExpiration:*', 's3:LifecycleTransition'] }],
      },
      SkipDestinationValidation: true,
    }),
  );
  await configure(
    cloud,
    rule({ ID: 'end', Filter: { Prefix: 'end' }, Expiration: { Days: 1 } }),
    rule({ ID: 'move', Filter: { Prefix: 'move' }, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }),
  );
  await put(cloud, 'end');
  await put(cloud, 'move', 128 * KIB);
  await cloud.advance(DAY);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const records = Messages.map(({ Body = '' }) => JSON.parse(Body).Records[0]);
  assert.deepEqual(
    records.map(({ eventVersion, eventName, userIdentity, s3: { object } }) => [
      eventVersion,
      eventName,
      userIdentity.principalId,
      object.key,
    ]),
    [
      ['2.3', 'LifecycleExpiration:Delete', 's3.amazonaws.com', 'end'],
      ['2.3', 'LifecycleTransition', 's3.amazonaws.com', 'move'],
    ],
  );
  // What S3 does by itself has an id like a request's.
  for (const { responseElements } of records) assert.match(responseElements['x-amz-request-id'], /^[0-9A-Z]{16}$/);
  assert.deepEqual(records[1].lifecycleEventData, { transitionEventData: { destinationStorageClass: 'GLACIER' } });
});

test("rules that can't be are refused", async () => {
  await using cloud = await startS3();
  const refused = async (code: string, message: RegExp, ...rules: Partial<LifecycleRule>[]) =>
    assert.rejects(configure(cloud, ...rules.map(rule)), { name: code, message });
  const Expiration = { Days: 1 };
  await refused('InvalidRequest', /^At least one action needs to be specified in a rule$/, {});
  await refused('InvalidArgument', /^'Days' for Expiration action must be a positive integer$/, {
    Expiration: { Days: 0 },
  });
  await refused('InvalidArgument', /^'Date' must be at midnight GMT$/, {
    Expiration: { Date: new Date(START + 1_000) },
  });
  await refused('MalformedXML', /./, { Expiration: { Days: 1, Date: new Date(START) } });
  await refused('MalformedXML', /./, { Expiration, Status: 'enabled' as never });
  await refused('MalformedXML', /./, { Expiration, Filter: undefined });
  await refused('MalformedXML', /./, { Expiration, Filter: { Prefix: 'a', ObjectSizeLessThan: 9 } });
  await refused('MalformedXML', /./, { Expiration, Filter: { And: { Prefix: 'a' } } });
  await refused('InvalidArgument', /^Rule ID must be unique\. Found same ID/, { Expiration }, { Expiration });
  await refused('InvalidArgument', /^ID length should not exceed allowed limit of 255$/, {
    ID: 'x'.repeat(256),
    Expiration,
  });
  await refused('InvalidArgument', /^'Days' in the Expiration action for filter '\(\)' must be greater than/, {
    Expiration: { Days: 30 },
    Transitions: [{ Days: 30, StorageClass: 'GLACIER' }],
  });
  await refused('InvalidArgument', /must be 30 days more than/, {
    Transitions: [
      { Days: 30, StorageClass: 'STANDARD_IA' },
      { Days: 40, StorageClass: 'GLACIER' },
    ],
  });
  await refused('InvalidRequest', /^Found mixed 'Date' and 'Days' based/, {
    Expiration,
    Transitions: [{ Date: new Date(START), StorageClass: 'GLACIER' }],
  });
  await refused('InvalidRequest', /^'StorageClass' must be different for 'Transition' actions/, {
    Transitions: [
      { Days: 1, StorageClass: 'GLACIER' },
      { Days: 2, StorageClass: 'GLACIER' },
    ],
  });
  await refused('InvalidRequest', /cannot be specified with Tags/, {
    Filter: { Tag: { Key: 'a', Value: 'b' } },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  });
  await refused('InvalidArgument', /^'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive/, {
    NoncurrentVersionExpiration: { NoncurrentDays: 0 },
  });
  const And = { ObjectSizeGreaterThan: 1, ObjectSizeLessThan: 2 };
  for (const [message, filter] of [
    [/^'ObjectSizeLessThan' should be between 1 and 1099511627776000\.$/, { ObjectSizeLessThan: 0 }],
    [/^'ObjectSizeGreaterThan' should be between 0 and 1099511627776000\.$/, { ObjectSizeGreaterThan: 2e15 }],
    [/^'ObjectSizeLessThan' has to be a value greater/, { And: { ...And, ObjectSizeLessThan: 1 } }],
    [/^Duplicate Tag Keys are not allowed\.$/, { And: { Tags: [1, 2].map((one) => ({ Key: 'a', Value: `${one}` })) } }],
  ] as const)
    await refused('InvalidRequest', message, { Expiration, Filter: filter as never });
  await refused(
    'InvalidRequest',
    /^Filter element can only be used in Lifecycle V2\.$/,
    { ID: 'v1', Filter: undefined, Prefix: 'a', Expiration },
    { Expiration },
  );
  await refused(
    'InvalidRequest',
    /^The number of lifecycle rules must not exceed the allowed limit of 1000 rules\.$/,
    ...Array.from({ length: 1_001 }, (_, index) => ({ ID: `${index}`, Expiration })),
  );
  await refused(
    'InvalidRequest',
    /^Base level prefix cannot be used in Lifecycle V2/,
    { Expiration },
    { ID: 'v1', Filter: undefined, Prefix: 'a', Expiration },
  );
});
