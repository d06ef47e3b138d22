import assert from 'node:assert/strict';
import { createHash, createVerify } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  AddTagsCommand,
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
  ListTagsCommand,
  LookupEventsCommand,
  type LookupEventsCommandInput,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const ARN = 'arn:aws:cloudtrail:us-east-1:123456789012:trail/all';
const BUCKET = 'trail-of-all';

const s3Of = (cloud: TestCloud) => cloud.client(S3Client, { forcePathStyle: true });

async function lookUp(cloud: TestCloud, key: string, value: string, more: Partial<LookupEventsCommandInput> = {}) {
  const LookupAttributes = [
    { AttributeKey: key, AttributeValue: value },
  ] as LookupEventsCommandInput['LookupAttributes'];
  return cloud.client(CloudTrailClient).send(new LookupEventsCommand({ LookupAttributes, ...more }));
}

/** A bucket that CloudTrail may write to, as its documentation has it. */
async function trailBucket(cloud: TestCloud): Promise<void> {
  const s3 = s3Of(cloud);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const Statement = [
    { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${BUCKET}` },
    {
      Effect: 'Allow',
      Principal,
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${BUCKET}/AWSLogs/123456789012/*`,
      Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': ARN } },
    },
  ];
  await s3.send(
    new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
}

async function filesOf(cloud: TestCloud, Prefix: string, Bucket = BUCKET) {
  const s3 = s3Of(cloud);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return { key: Key, text: gunzipSync((await Body?.transformToByteArray()) ?? '').toString() };
    }),
  );
}

test('who did what is found by name, user and resource, with what was asked and answered', async () => {
  await using cloud = await startTestCloud();
  await cloud.advance(250);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ada' }));
  await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
  await failure(iam.send(new CreateUserCommand({ UserName: 'ada' })));
  await cloud.advance(MINUTE);
  const { Events } = await lookUp(cloud, 'EventName', 'CreateUser');
  assert.equal(Events?.[0]?.EventTime?.getUTCMilliseconds(), 0);
  assert.deepEqual(
    Events?.map(({ EventSource, Username, ReadOnly }) => [EventSource, Username, ReadOnly]),
    [
      ['iam.amazonaws.com', 'root', 'false'],
      ['iam.amazonaws.com', 'root', 'false'],
    ],
  );
  const [refused, made] = (Events ?? []).map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? ''));
  assert.equal(refused.errorCode, 'EntityAlreadyExistsException');
  assert.deepEqual(made.requestParameters, { userName: 'ada' });
  assert.equal(made.responseElements.user.arn, 'arn:aws:iam::123456789012:user/ada');
  assert.deepEqual(
    [made.userIdentity.type, made.userIdentity.accountId, made.eventTime, made.awsRegion, made.eventCategory],
    ['Root', '123456789012', '2026-01-01T00:00:00Z', 'us-east-1', 'Management'],
  );
  const secret = JSON.parse((await lookUp(cloud, 'EventName', 'CreateAccessKey')).Events?.[0]?.CloudTrailEvent ?? '');
  assert.equal(secret.responseElements.accessKey.secretAccessKey, 'HIDDEN_DUE_TO_SECURITY_REASONS');
  assert.equal((await lookUp(cloud, 'ResourceName', 'ada')).Events?.length, 3);
  const page = await lookUp(cloud, 'ResourceName', 'ada', { MaxResults: 2 });
  const rest = await lookUp(cloud, 'ResourceName', 'ada', { MaxResults: 2, NextToken: page.NextToken });
  assert.deepEqual([page.Events?.length, rest.Events?.length], [2, 1]);
  await cloud.advance(91 * 24 * 60 * MINUTE);
  assert.equal((await lookUp(cloud, 'EventName', 'CreateUser')).Events?.length, 0);
});

test('a trail files what happened about every five minutes, and signs its files', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  const early = await failure(trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET })));
  assert.deepEqual(
    [early.name, early.message],
    ['S3BucketDoesNotExistException', `S3 bucket ${BUCKET} does not exist!`],
  );
  await s3Of(cloud).send(new CreateBucketCommand({ Bucket: 'closed-to-trails' }));
  const closed = await failure(trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: 'closed-to-trails' })));
  assert.equal(closed.name, 'InsufficientS3BucketPolicyException');
  await trailBucket(cloud);
  const made = await trail.send(
    new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET, EnableLogFileValidation: true }),
  );
  assert.equal(made.TrailARN, ARN);
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'ada' }));
  await cloud.advance(6 * MINUTE);
  const logs = await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail/');
  assert.equal(logs.length, 1);
  assert.match(
    logs[0]?.key ?? '',
    /^AWSLogs\/123456789012\/CloudTrail\/us-east-1\/2026\/01\/01\/123456789012_CloudTrail_us-east-1_20260101T0005Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  const { Records } = JSON.parse(logs[0]?.text ?? '') as { Records: { eventName: string }[] };
  assert.ok(Records.some(({ eventName }) => eventName === 'CreateUser'));
  await cloud.advance(60 * MINUTE);
  const [digest] = await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail-Digest/');
  const { logFiles, digestEndTime, previousDigestSignature } = JSON.parse(digest?.text ?? '');
  assert.equal(logFiles[0].s3Object, logs[0]?.key);
  assert.equal(
    logFiles[0].hashValue,
    createHash('sha256')
      .update(logs[0]?.text ?? '')
      .digest('hex'),
  );
  const { Metadata } = await s3Of(cloud).send(new HeadObjectCommand({ Bucket: BUCKET, Key: digest?.key }));
  const hash = createHash('sha256')
    .update(digest?.text ?? '')
    .digest('hex');
  const signed = [digestEndTime, `${BUCKET}/${digest?.key}`, hash, previousDigestSignature ?? 'null'].join('\n');
  const { PublicKeyList } = await trail.send(new ListPublicKeysCommand({}));
  const der = Buffer.from(PublicKeyList?.[0]?.Value ?? []);
  const key = `-----BEGIN RSA PUBLIC KEY-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END RSA PUBLIC KEY-----\n`;
  assert.ok(
    createVerify('RSA-SHA256')
      .update(signed)
      .verify(key, Buffer.from(Metadata?.signature ?? '', 'hex')),
  );
  const status = await trail.send(new GetTrailStatusCommand({ Name: 'all' }));
  assert.deepEqual([status.IsLogging, status.LatestDeliveryError], [true, undefined]);
  // What happened until it stops is still delivered, and signed; the next digest is the first of another chain.
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'eve' }));
  await trail.send(new StopLoggingCommand({ Name: 'all' }));
  await cloud.advance(1_000);
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'late' }));
  await cloud.advance(6 * MINUTE);
  const text = (await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail/')).map((one) => one.text).join('');
  assert.deepEqual(
    ['"userName":"eve"', '"StopLogging"', '"userName":"late"'].map((one) => text.includes(one)),
    [true, true, false],
  );
  const digests = async () =>
    (await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail-Digest/')).map((one) => JSON.parse(one.text));
  const [, final] = await digests();
  assert.deepEqual([final.previousDigestS3Object, final.logFiles.length > 0], [digest?.key, true]);
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await cloud.advance(61 * MINUTE);
  const [, , starting] = await digests();
  assert.deepEqual([starting.previousDigestS3Object, starting.previousDigestSignature], [null, null]);
  await trail.send(new DeleteTrailCommand({ Name: 'all' }));
  await cloud.advance(MINUTE);
  assert.equal((await digests()).length, 4);
});

test('a digest says in which buckets the one before it and the logs lie', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  await trailBucket(cloud);
  const create = { Name: 'all', S3BucketName: BUCKET, EnableLogFileValidation: true };
  await trail.send(new CreateTrailCommand(create));
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await cloud.advance(61 * MINUTE);
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'ada' }));
  await cloud.advance(6 * MINUTE);
  const S3BucketName = 'trail-goes-on';
  await s3Of(cloud).send(new CreateBucketCommand({ Bucket: S3BucketName }));
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const open = { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `arn:aws:s3:::${S3BucketName}/*` };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await s3Of(cloud).send(new PutBucketPolicyCommand({ Bucket: S3BucketName, Policy }));
  await trail.send(new UpdateTrailCommand({ Name: 'all', S3BucketName }));
  await cloud.advance(61 * MINUTE);
  const [digest] = await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail-Digest/', S3BucketName);
  const { digestS3Bucket, previousDigestS3Bucket, logFiles } = JSON.parse(digest?.text ?? '{}');
  assert.deepEqual([digestS3Bucket, previousDigestS3Bucket], [S3BucketName, BUCKET]);
  assert.deepEqual([...new Set(logFiles.map((one: { s3Bucket: string }) => one.s3Bucket))], [BUCKET, S3BucketName]);
});

test('data events are kept where a trail asks for them, and only those', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  const s3 = s3Of(cloud);
  await trailBucket(cloud);
  await s3.send(new CreateBucketCommand({ Bucket: 'watched-bucket' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'other-bucket-here' }));
  await trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET }));
  await trail.send(
    new PutEventSelectorsCommand({
      TrailName: 'all',
      EventSelectors: [
        {
          ReadWriteType: 'WriteOnly',
          IncludeManagementEvents: false,
          DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::watched-bucket/'] }],
        },
      ],
    }),
  );
  const { EventSelectors } = await trail.send(new GetEventSelectorsCommand({ TrailName: 'all' }));
  assert.equal(EventSelectors?.[0]?.IncludeManagementEvents, false);
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  for (const Bucket of ['watched-bucket', 'other-bucket-here'])
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await s3.send(new GetObjectCommand({ Bucket: 'watched-bucket', Key: 'k' }));
  await cloud.advance(6 * MINUTE);
  const [log] = await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail/');
  const { Records } = JSON.parse(log?.text ?? '{"Records":[]}');
  assert.deepEqual(
    Records.map((record: Record<string, unknown>) => [
      record.eventName,
      record.eventCategory,
      (record.requestParameters as { key: string }).key,
    ]),
    [['PutObject', 'Data', 'k']],
  );
  await cloud.advance(30 * MINUTE);
  assert.equal((await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail/')).length, 1);
});

test('who changed a bucket’s settings is told to EventBridge within a minute', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  const events = cloud.client(EventBridgeClient);
  const sqs = cloud.client(SQSClient);
  await trailBucket(cloud);
  await trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET }));
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'changes' }));
  const Resource = 'arn:aws:sqs:us-east-1:123456789012:changes';
  const open = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource };
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [open] }) },
    }),
  );
  const EventPattern = JSON.stringify({ source: ['aws.s3'], detail: { eventName: ['PutBucketVersioning'] } });
  await events.send(new PutRuleCommand({ Name: 'changes', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'changes', Targets: [{ Id: 'q', Arn: Resource }] }));
  await s3Of(cloud).send(
    new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await cloud.advance(MINUTE);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const event = JSON.parse(Messages?.[0]?.Body ?? '{}');
  assert.deepEqual(
    [event['detail-type'], event.detail.userIdentity.type, event.detail.requestParameters.bucketName],
    ['AWS API Call via CloudTrail', 'Root', BUCKET],
  );
});

test('each Region of a trail has digests of its own', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  await trailBucket(cloud);
  const input = { Name: 'all', S3BucketName: BUCKET, IsMultiRegionTrail: true, EnableLogFileValidation: true };
  await trail.send(new CreateTrailCommand(input));
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  const region = 'eu-west-1';
  await cloud.client(SQSClient, { region }).send(new CreateQueueCommand({ QueueName: 'far' }));
  await cloud.advance(121 * MINUTE);
  const [log] = await filesOf(cloud, `AWSLogs/123456789012/CloudTrail/${region}/`);
  const digests = (await filesOf(cloud, `AWSLogs/123456789012/CloudTrail-Digest/${region}/`)).map((one) => ({
    key: one.key,
    ...JSON.parse(one.text),
  }));
  const { PublicKeyList } = await cloud.client(CloudTrailClient, { region }).send(new ListPublicKeysCommand({}));
  assert.deepEqual(
    digests.map((one) => [one.logFiles.length, one.digestPublicKeyFingerprint, one.previousDigestS3Object]),
    [
      [1, PublicKeyList?.[0]?.Fingerprint, null],
      [0, PublicKeyList?.[0]?.Fingerprint, digests[0]?.key],
    ],
  );
  assert.equal(digests[0]?.logFiles[0].s3Object, log?.key);
  assert.match(digests[0]?.key ?? '', /_CloudTrail-Digest_eu-west-1_all_us-east-1_\d{8}T\d{6}Z\.json\.gz$/);
  const [home] = await filesOf(cloud, 'AWSLogs/123456789012/CloudTrail-Digest/us-east-1/');
  assert.ok(!home?.text.includes('/CloudTrail/eu-west-1/'));
});

test('trails are shown, tagged, deleted; names that can’t be are refused', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  await trailBucket(cloud);
  await trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET, TagsList: [{ Key: 'a', Value: 'b' }] }));
  const again = await failure(trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET })));
  assert.equal(again.message, 'Trail all already exists for customer: 123456789012');
  await trail.send(new AddTagsCommand({ ResourceId: ARN, TagsList: [{ Key: 'c', Value: 'd' }] }));
  const { ResourceTagList } = await trail.send(new ListTagsCommand({ ResourceIdList: [ARN] }));
  assert.deepEqual(ResourceTagList?.[0]?.TagsList, [
    { Key: 'a', Value: 'b' },
    { Key: 'c', Value: 'd' },
  ]);
  const { trailList } = await trail.send(new DescribeTrailsCommand({}));
  assert.deepEqual(
    trailList?.map(({ Name, HomeRegion }) => [Name, HomeRegion]),
    [['all', 'us-east-1']],
  );
  for (const Name of ['ab', '-abc', 'a b c', 'abc-', 'a--b', 'a._b', '192.168.5.4'])
    assert.equal(
      (await failure(trail.send(new CreateTrailCommand({ Name, S3BucketName: BUCKET })))).name,
      'InvalidTrailNameException',
      Name,
    );
  const local = await failure(
    trail.send(new UpdateTrailCommand({ Name: 'all', IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false })),
  );
  assert.deepEqual(
    [local.name, local.message],
    ['InvalidParameterCombinationException', 'Multi-Region trail must include global service events.'],
  );
  const EventSelectors = Array.from({ length: 6 }, () => ({ ReadWriteType: 'All' as const }));
  const many = await failure(trail.send(new PutEventSelectorsCommand({ TrailName: 'all', EventSelectors })));
  assert.deepEqual(
    [many.name, many.message],
    ['InvalidEventSelectorsException', 'A trail can have at most 5 event selectors.'],
  );
  const Values = Array.from({ length: 251 }, (_, index) => `arn:aws:s3:::bucket/${index}`);
  const wide = [{ DataResources: [{ Type: 'AWS::S3::Object', Values }] }];
  const [basic, advanced] = await Promise.all([
    failure(trail.send(new PutEventSelectorsCommand({ TrailName: 'all', EventSelectors: wide }))),
    failure(
      trail.send(
        new PutEventSelectorsCommand({
          TrailName: 'all',
          AdvancedEventSelectors: [
            { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
            { FieldSelectors: [{ Field: 'eventName', Equals: Values, NotEquals: Values }] },
          ],
        }),
      ),
    ),
  ]);
  assert.match(basic.message, /^Specify a valid number of DataResources\.Values \(0 to 250\)/);
  assert.match(advanced.message, /^There are too many filters applied/);
  const named = await failure(trail.send(new ListTagsCommand({ ResourceIdList: ['all'] })));
  assert.equal(named.name, 'CloudTrailARNInvalidException');
  await trail.send(new DeleteTrailCommand({ Name: 'all' }));
  const gone = await failure(trail.send(new GetTrailStatusCommand({ Name: 'all' })));
  assert.equal(
    gone.message,
    'Unknown trail: arn:aws:cloudtrail:us-east-1:123456789012:trail/all for the user: 123456789012',
  );
});
