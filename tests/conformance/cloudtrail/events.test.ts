/** Which calls are events of a trail, what the events say, and that each is told once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  type AdvancedEventSelector,
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  DescribeTrailsCommand,
  type EventSelector,
  GetTrailCommand,
  ListTrailsCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

const MINUTE = 60_000;
const s3Of = (cloud: TestCloud) => cloud.client(S3Client, { forcePathStyle: true });

async function trail(
  cloud: TestCloud,
  Name: string,
  input: Partial<CreateTrailCommandInput> = {},
  region = 'us-east-1',
) {
  const cloudtrail = cloud.client(CloudTrailClient, { region });
  await cloudtrail.send(new CreateTrailCommand({ Name, S3BucketName: BUCKET, ...input }));
  await cloudtrail.send(new StartLoggingCommand({ Name }));
  return cloudtrail;
}

/** What lies in the files of a Region. */
async function records(cloud: TestCloud, Prefix = 'AWSLogs/123456789012/CloudTrail/us-east-1/') {
  const { Contents = [] } = await s3Of(cloud).send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body, ServerSideEncryption } = await s3Of(cloud).send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      const text = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();
      return { ServerSideEncryption, Records: JSON.parse(text).Records as Record<string, unknown>[] };
    }),
  );
  return {
    all: files.flatMap(({ Records = [] }) => Records),
    how: new Set(files.map((one) => one.ServerSideEncryption)),
  };
}

test('of several trails that want a call one tells EventBridge', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  await trail(cloud, 'first');
  await trail(cloud, 'second');
  await trail(cloud, 'abroad', { IsMultiRegionTrail: true }, 'eu-west-1');
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:told';
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const events = cloud.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ source: ['aws.iam'], detail: { eventName: ['CreateUser'] } });
  await events.send(new PutRuleCommand({ Name: 'users', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'users', Targets: [{ Id: 'q', Arn }] }));
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'ada' }));
  await cloud.advance(2 * MINUTE);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    Messages?.map(({ Body = '' }) => JSON.parse(Body).detail.requestParameters),
    [{ userName: 'ada' }],
  );
});

test('calls that only read are told to rules that ask for them', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  await trail(cloud, 'all');
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const hear = async (name: string, State: 'ENABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const Arn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
    const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Arn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await events.send(new PutRuleCommand({ Name: name, EventPattern: '{"source":["aws.iam","aws.sts"]}', State }));
    await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'q', Arn }] }));
    return async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      return Messages.map(({ Body = '' }) => JSON.parse(Body).detail.eventName).toSorted();
    };
  };
  const [some, all] = [
    await hear('some', 'ENABLED'),
    await hear('all', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'),
  ];
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'ada' }));
  await cloud.client(IAMClient).send(new GetUserCommand({ UserName: 'ada' }));
  // A token is told to all.
  await cloud.client(STSClient).send(new GetSessionTokenCommand({}));
  await cloud.advance(2 * MINUTE);
  const changes = ['CreateUser', 'GetSessionToken'];
  assert.deepEqual([await some(), await all()], [changes, [...changes, 'GetUser']]);
});

test('data events of queues, by their resource; reads are reads though they are not called so', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const cloudtrail = await trail(cloud, 'data');
  const sqs = cloud.client(SQSClient);
  const urls = await Promise.all(
    ['watched', 'other'].map(async (QueueName) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl),
  );
  const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const AdvancedEventSelectors: AdvancedEventSelector[] = [
    {
      FieldSelectors: [
        field('eventCategory', 'Data'),
        field('resources.type', 'AWS::SQS::Queue'),
        field('resources.ARN', 'arn:aws:sqs:us-east-1:123456789012:watched'),
      ],
    },
    { FieldSelectors: [field('eventCategory', 'Management'), field('readOnly', 'true')] },
  ];
  await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'data', AdvancedEventSelectors }));
  for (const QueueUrl of urls) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  }
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }));
  const RoleArn = await functionRole(cloud);
  await failure(cloud.client(STSClient).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 's' })));
  await cloud.advance(6 * MINUTE);
  const { all } = await records(cloud);
  const shown = all
    .filter(({ eventName }) => /Message|Encrypt|CreateKey|AssumeRole/.test(String(eventName)))
    .map((one) => [one.eventName, one.readOnly, one.eventCategory, one.resources, one.responseElements])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const queue = {
    accountId: '123456789012',
    type: 'AWS::SQS::Queue',
    ARN: 'arn:aws:sqs:us-east-1:123456789012:watched',
  };
  const key = { accountId: '123456789012', type: 'AWS::KMS::Key', ARN: KeyMetadata?.Arn };
  assert.deepEqual(
    shown.map(([name, readOnly, category, resources]) => [name, readOnly, category, resources]),
    [
      ['AssumeRole', true, 'Management', undefined],
      ['Encrypt', true, 'Management', [key]],
      ['ReceiveMessage', true, 'Data', [queue]],
      ['SendMessage', false, 'Data', [queue]],
    ],
  );
  assert.equal(shown[1]?.[4], null);
});

test('the owner of a bucket is told of reads from elsewhere', async () => {
  await using cloud = await startTestCloud();
  const OTHER = '210987654321';
  const s3 = cloud.client(S3Client, {
    forcePathStyle: true,
    credentials: { accessKeyId: OTHER, secretAccessKey: 'x' },
  });
  await makeBucket(cloud);
  const cloudtrail = await trail(cloud, 'data');
  const DataResources = [{ Type: 'AWS::S3::Object', Values: [`arn:aws:s3:::${BUCKET}/shared/`] }];
  const EventSelectors = [{ DataResources, IncludeManagementEvents: false }];
  await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'data', EventSelectors }));
  const Principal = { AWS: OTHER, Service: 'cloudtrail.amazonaws.com' };
  const open = { Effect: 'Allow', Principal, Action: 's3:*', Resource: `arn:aws:s3:::${BUCKET}/*` };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await s3Of(cloud).send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'shared/x', Body: 'x' }));
  await cloud.advance(6 * MINUTE);
  const [told, ...more] = (await records(cloud)).all;
  assert.deepEqual(more, []);
  assert.deepEqual(told?.userIdentity, { type: 'AWSAccount', principalId: OTHER, accountId: OTHER });
  assert.deepEqual([told?.eventName, told?.recipientAccountId], ['PutObject', '123456789012']);
  assert.deepEqual(told?.resources, [
    { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${BUCKET}/shared/x` },
    { accountId: '123456789012', type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${BUCKET}` },
  ]);
});

test('what advanced selectors can not be is said', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const cloudtrail = await trail(cloud, 'data');
  const fault = async (...FieldSelectors: { Field: string; Equals: string[] }[]) => {
    const AdvancedEventSelectors = [{ FieldSelectors }];
    const error = await failure(
      cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'data', AdvancedEventSelectors })),
    );
    assert.equal(error.name, 'InvalidEventSelectorsException');
    return error.message;
  };
  const data = { Field: 'eventCategory', Equals: ['Data'] };
  assert.equal(
    await fault({ Field: 'readOnly', Equals: ['true'] }),
    'The following fields are required: [eventCategory].',
  );
  assert.equal(
    await fault(data),
    'The following selectors are required when the eventCategory field value equals Data: [resources.type].',
  );
  assert.equal(
    await fault(data, { Field: 'resources.type', Equals: ['AWS::S3::Objects'] }),
    'The resources.type field value is not valid.',
  );
  assert.equal(
    await fault(data, { Field: 'color', Equals: ['red'] }),
    'The following field is not allowed when the eventCategory field value equals Data: color.',
  );
});

test('what basic selectors can not be is said', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const cloudtrail = await trail(cloud, 'data');
  const put = (selector: EventSelector) =>
    cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'data', EventSelectors: [selector] }));
  const refused = async (selector: EventSelector) => {
    const { name, message } = await failure(put(selector));
    assert.equal(name, 'InvalidEventSelectorsException');
    return message;
  };
  const data = (Type: string, value: string) => ({ DataResources: [{ Type, Values: [value] }] });
  const [object, fn, table] = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table'] as const;
  for (const [type, value] of [
    [object, 'arn:aws:s3:::*/*'],
    [object, 'arn:aws:s3:::*'],
    [object, 'arn:aws:s3:::/'],
    [object, 'arn:aws:s3:::bucket'],
    [object, 'bucket/*'],
    [fn, 'arn:aws:lambda:*'],
    [table, 'table'],
  ] as const)
    assert.equal(await refused(data(type, value)), `Value ${value} for DataResources.Values is invalid.`);
  for (const [type, value] of [
    [object, 'arn:aws:s3'],
    [object, 'arn:aws:s3:::'],
    [object, 'arn:aws:s3:::bucket/'],
    [fn, 'arn:aws:lambda'],
    [fn, 'arn:aws:lambda:us-west-2:111111111111:function:helloworld'],
    [table, 'arn:aws:dynamodb:us-west-2:111111111111:table/t'],
  ] as const)
    await put(data(type, value));
  assert.equal(
    await refused({ IncludeManagementEvents: false }),
    'Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, DataResources must not be empty',
  );
  await put({ ExcludeManagementEventSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] });
  assert.match(await refused({ ExcludeManagementEventSources: ['s3.amazonaws.com'] }), /^Value s3\.amazonaws\.com /);
});

test('a trail of all Regions is seen in each, and changed at home', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  await trail(cloud, 'world', { IsMultiRegionTrail: true }, 'eu-west-1');
  await trail(cloud, 'local', { IncludeGlobalServiceEvents: false }, 'eu-west-1');
  const here = cloud.client(CloudTrailClient);
  const { trailList } = await here.send(new DescribeTrailsCommand({}));
  assert.deepEqual(
    trailList?.map(({ Name, HomeRegion }) => [Name, HomeRegion]),
    [['world', 'eu-west-1']],
  );
  const none = await here.send(new DescribeTrailsCommand({ includeShadowTrails: false }));
  assert.deepEqual(none.trailList, []);
  assert.equal((await here.send(new ListTrailsCommand({}))).Trails?.length, 2);
  const arn = 'arn:aws:cloudtrail:eu-west-1:123456789012:trail/world';
  assert.equal((await here.send(new GetTrailCommand({ Name: arn }))).Trail?.IsMultiRegionTrail, true);
  // By its name a trail is one of the Region that is asked.
  const gone = await failure(here.send(new GetTrailCommand({ Name: 'world' })));
  assert.equal(gone.name, 'TrailNotFoundException');
  assert.match(gone.message, /^Unknown trail: arn:aws:cloudtrail:us-east-1:123456789012:trail\/world for the user/);
  const error = await failure(here.send(new StopLoggingCommand({ Name: arn })));
  assert.equal(error.name, 'InvalidHomeRegionException');
  // IAM is one for the world: a trail of one Region that leaves global services out does not hear of it.
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'ada' }));
  await cloud.advance(6 * MINUTE);
  const { all } = await records(cloud);
  assert.deepEqual(
    all.filter(({ eventName }) => eventName === 'CreateUser').map(({ awsRegion }) => awsRegion),
    ['us-east-1'],
  );
});

test('files are sealed by the key of the trail', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const owner = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const key = async (...more: object[]) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [owner, ...more] });
    const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({ Policy }));
    return KeyMetadata?.Arn;
  };
  const refused = await failure(trail(cloud, 'closed', { KmsKeyId: await key() }));
  assert.equal(refused.name, 'InsufficientEncryptionPolicyException');
  const writer = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 'kms:GenerateDataKey*',
    Resource: '*',
    Condition: {
      StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': ['arn:aws:cloudtrail:*:123456789012:trail/*'] },
      StringEquals: { 'aws:SourceArn': 'arn:aws:cloudtrail:us-east-1:123456789012:trail/sealed' },
    },
  };
  const KmsKeyId = await key(writer, { ...writer, Action: 'kms:DescribeKey', Condition: {} });
  await cloud.client(KMSClient).send(new CreateAliasCommand({ AliasName: 'alias/logs', TargetKeyId: KmsKeyId }));
  const cloudtrail = await trail(cloud, 'sealed', { KmsKeyId: 'alias/logs', EnableLogFileValidation: true });
  assert.equal((await cloudtrail.send(new GetTrailCommand({ Name: 'sealed' }))).Trail?.KmsKeyId, KmsKeyId);
  await cloud.advance(6 * MINUTE);
  const { how, all } = await records(cloud);
  assert.deepEqual([...how], ['aws:kms']);
  assert.ok(all.length > 0);
  await cloud.advance(60 * MINUTE);
  assert.deepEqual([...(await records(cloud, 'AWSLogs/123456789012/CloudTrail-Digest/')).how], ['AES256']);
});

test('the history is asked twice a second at most', async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const cloudtrail = cloud.client(CloudTrailClient);
  await s3Of(cloud).send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3Of(cloud).send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'x' }));
  const asked = await Promise.allSettled(
    Array.from({ length: 12 }, () => cloudtrail.send(new LookupEventsCommand({}))),
  );
  const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
  assert.ok(refused.length > 0);
  assert.deepEqual([...new Set(refused)], ['ThrottlingException']);
});
