/** Where trails deliver besides their buckets: log groups, with a role, and topics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

const MINUTE = 60_000;
const ACCOUNT = '123456789012';
const GROUP_ARN = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:trail:*`;
const TOPIC_ARN = `arn:aws:sns:us-east-1:${ACCOUNT}:trail`;

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

async function said(call: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(call);
  return `${name}: ${message}`;
}

const creating = (cloud: TestCloud) => (input: Partial<CreateTrailCommandInput>) =>
  cloud.client(CloudTrailClient).send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET, ...input }));

/** A role that may do something with logs. */
async function role(cloud: TestCloud, RoleName: string, Service: string, Action: string): Promise<string> {
  const iam = cloud.client(IAMClient);
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyDocument = policy({ Effect: 'Allow', Action, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'logs', PolicyDocument }));
  return Role?.Arn ?? '';
}

test('what happens is written to a log group within minutes, by a role that may', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const create = creating(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'trail' }));
  const good = await role(cloud, 'writer', 'cloudtrail.amazonaws.com', 'logs:*');
  const strange = await role(cloud, 'strange', 'lambda.amazonaws.com', 'logs:*');
  const weak = await role(cloud, 'weak', 'cloudtrail.amazonaws.com', 'logs:PutLogEvents');
  const refused = (group: string | undefined, roleArn: string | undefined) =>
    said(create({ CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: roleArn }));
  const [ROLE, GROUP] = ['InvalidCloudWatchLogsRoleArnException', 'InvalidCloudWatchLogsLogGroupArnException'];
  assert.equal(await refused(GROUP_ARN, undefined), `${ROLE}: You must specify a log group and a role ARN.`);
  assert.equal(await refused(undefined, good), `${GROUP}: You must specify a log group and a role ARN.`);
  const invalid = `${GROUP}: Check the log group ARN: CloudTrail can't validate it.`;
  assert.equal(await refused(GROUP_ARN.replace(':*', ''), good), invalid);
  assert.equal(
    await refused(GROUP_ARN, strange),
    `${ROLE}: Access denied. Check the trust relationships for your role.`,
  );
  assert.equal(await refused(GROUP_ARN, weak), `${GROUP}: Access denied. Check the permissions for your role.`);

  await create({ CloudWatchLogsLogGroupArn: GROUP_ARN, CloudWatchLogsRoleArn: good });
  const trail = cloud.client(CloudTrailClient);
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  await cloud.advance(2 * MINUTE);
  const logStreamName = `${ACCOUNT}_CloudTrail_us-east-1`;
  const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: 'trail', logStreamName }));
  const names = events?.map(({ message }) => JSON.parse(message ?? '').eventName);
  assert.ok(names?.includes('CreateQueue'), String(names));
  const status = await trail.send(new GetTrailStatusCommand({ Name: 'all' }));
  assert.deepEqual(
    [status.LatestCloudWatchLogsDeliveryTime?.getTime(), status.LatestCloudWatchLogsDeliveryError],
    [START + 2 * MINUTE, undefined],
  );

  await trail.send(new UpdateTrailCommand({ Name: 'all', CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }));
  const { Trail } = await trail.send(new GetTrailCommand({ Name: 'all' }));
  assert.deepEqual([Trail?.CloudWatchLogsLogGroupArn, Trail?.CloudWatchLogsRoleArn], [undefined, undefined]);
});

test('a topic that lets CloudTrail in is told of each delivery', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const create = creating(cloud);
  const closed = 'InsufficientSnsTopicPolicyException: SNS Topic does not exist or the topic policy is incorrect!';
  assert.equal(await said(create({ SnsTopicName: 'trail' })), closed);
  const { KeyCount } = await cloud
    .client(S3Client, { forcePathStyle: true })
    .send(new ListObjectsV2Command({ Bucket: BUCKET }));
  assert.equal(KeyCount, 0, 'nothing stays of a trail that is not made');
  const sns = cloud.client(SNSClient);
  await sns.send(new CreateTopicCommand({ Name: 'trail' }));
  assert.equal(await said(create({ SnsTopicName: TOPIC_ARN })), closed);
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const AttributeValue = policy({ Effect: 'Allow', Principal, Action: 'SNS:Publish', Resource: TOPIC_ARN });
  await sns.send(new SetTopicAttributesCommand({ TopicArn: TOPIC_ARN, AttributeName: 'Policy', AttributeValue }));
  const sqs = cloud.client(SQSClient);
  const Resource = `arn:aws:sqs:us-east-1:${ACCOUNT}:told`;
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy(open) } }));
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn: TOPIC_ARN, Protocol: 'sqs', Endpoint: Resource, Attributes }));

  const made = await create({ SnsTopicName: 'trail' });
  assert.deepEqual([made.SnsTopicName, made.SnsTopicARN], ['trail', TOPIC_ARN]);
  const trail = cloud.client(CloudTrailClient);
  const before = await trail.send(new GetTrailStatusCommand({ Name: 'all' }));
  assert.deepEqual([before.LatestNotificationTime, before.LatestNotificationAttemptTime], [undefined, '']);
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await cloud.advance(6 * MINUTE);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const [first, second] = Messages.map(({ Body = '' }) => Body);
  assert.equal(first, 'CloudTrail validation message.');
  const { s3Bucket, s3ObjectKey } = JSON.parse(second ?? '{}');
  assert.equal(s3Bucket, BUCKET);
  assert.match(s3ObjectKey[0], /^AWSLogs\/123456789012\/CloudTrail\/us-east-1\/2026\/01\/01\/.*\.json\.gz$/);
  const after = await trail.send(new GetTrailStatusCommand({ Name: 'all' }));
  assert.equal(after.LatestNotificationAttemptSucceeded, after.LatestDeliveryAttemptSucceeded);
  assert.ok(after.LatestNotificationTime !== undefined);

  await trail.send(new UpdateTrailCommand({ Name: 'all', SnsTopicName: '' }));
  const { Trail } = await trail.send(new GetTrailCommand({ Name: 'all' }));
  assert.deepEqual([Trail?.SnsTopicName, Trail?.SnsTopicARN], [undefined, undefined]);
});

test('names that can’t be, keys that are not there or not enabled', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const create = creating(cloud);
  const nameOf = async (input: Partial<CreateTrailCommandInput>) => (await failure(create(input))).name;
  for (const S3BucketName of ['Not_A_Bucket', 'a..bucket', 'a.-bucket', '198.51.100.24'])
    assert.equal(await nameOf({ S3BucketName }), 'InvalidS3BucketNameException', S3BucketName);
  assert.equal(await nameOf({ S3KeyPrefix: 'x'.repeat(201) }), 'InvalidS3PrefixException');
  assert.equal(await nameOf({ SnsTopicName: 'a topic' }), 'InvalidSnsTopicNameException');
  const kms = cloud.client(KMSClient);
  const Policy = policy({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new DisableKeyCommand({ KeyId }));
  assert.equal(await nameOf({ KmsKeyId: KeyId }), 'KmsException');
  assert.equal(await nameOf({ KmsKeyId: '11111111-2222-3333-4444-555555555555' }), 'KmsKeyNotFoundException');
});
