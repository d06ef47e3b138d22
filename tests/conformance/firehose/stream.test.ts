/** Streams: made and refused, listed, tagged, encrypted, removed; what is told of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateDeliveryStreamCommand,
  type CreateDeliveryStreamCommandInput,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  ListTagsForDeliveryStreamCommand,
  PutRecordCommand,
  StartDeliveryStreamEncryptionCommand,
  StopDeliveryStreamEncryptionCommand,
  TagDeliveryStreamCommand,
  UntagDeliveryStreamCommand,
} from '@aws-sdk/client-firehose';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, ListGrantsCommand } from '@aws-sdk/client-kms';
import { streamsMax } from '../../../src/services/firehose/limits.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { ACCOUNT, BUCKET_ARN, makeBed } from './bed.ts';

const MINUTE = 60_000;
const DeliveryStreamName = 's';

test('a stream needs one destination that is built, and a role that trusts Firehose', async () => {
  await using cloud = await startTestCloud();
  const { firehose, role: RoleARN } = await makeBed(cloud);
  const bucket = { RoleARN, BucketARN: BUCKET_ARN };
  const refused = async (input: Partial<CreateDeliveryStreamCommandInput>) => {
    const { name, message } = await failure(
      firehose.send(new CreateDeliveryStreamCommand({ DeliveryStreamName, ...input })),
    );
    assert.ok(name === 'InvalidArgumentException' || name === 'NotImplemented', name);
    return message;
  };
  const one = 'Exactly one destination configuration is supported for a Firehose';
  assert.equal(await refused({}), one);
  assert.equal(await refused({ S3DestinationConfiguration: bucket, ExtendedS3DestinationConfiguration: bucket }), one);
  assert.equal(
    await refused({
      IcebergDestinationConfiguration: { RoleARN, CatalogConfiguration: {}, S3Configuration: bucket },
    }),
    'Cloudyard has not built delivery to Apache Iceberg tables yet',
  );
  assert.match(
    await refused({
      AmazonopensearchserviceDestinationConfiguration: { RoleARN, IndexName: 'i', S3Configuration: bucket },
    }),
    /delivery to Amazon OpenSearch Service yet/,
  );
  assert.match(
    await refused({
      RedshiftDestinationConfiguration: {
        RoleARN,
        ClusterJDBCURL: 'jdbc:redshift://c.us-east-1.redshift.amazonaws.com:5439/db',
        CopyCommand: { DataTableName: 't' },
        S3Configuration: bucket,
      },
    }),
    /delivery to Redshift yet/,
  );
  assert.match(
    await refused({ DeliveryStreamType: 'MSKAsSource', S3DestinationConfiguration: bucket }),
    /with Amazon MSK as their source/,
  );
  const encrypted = (KeyType: 'AWS_OWNED_CMK' | 'CUSTOMER_MANAGED_CMK', KeyARN?: string) => ({
    S3DestinationConfiguration: bucket,
    DeliveryStreamEncryptionConfigurationInput: { KeyType, KeyARN },
  });
  assert.equal(
    await refused(encrypted('CUSTOMER_MANAGED_CMK')),
    'KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK',
  );
  assert.equal(
    await refused(encrypted('AWS_OWNED_CMK', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`)),
    'KeyARN cannot be specified when KeyType is AWS_OWNED_CMK',
  );
  const http = (more: object) => ({
    HttpEndpointDestinationConfiguration: {
      EndpointConfiguration: { Url: 'https://example.com' },
      S3Configuration: bucket,
      ...more,
    },
  });
  const attribute = { AttributeName: 'a', AttributeValue: 'b' };
  assert.equal(
    await refused(http({ RequestConfiguration: { CommonAttributes: [attribute, attribute] } })),
    'Http Endpoint Common Attributes have duplicate name a.',
  );
  const secret = (SecretARN?: string) => http({ SecretsManagerConfiguration: { Enabled: true, SecretARN } });
  assert.equal(await refused(secret()), 'Invalid secret ARN: null');
  assert.equal(
    await refused(secret(`arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:s`)),
    'Cross-region secrets are not allowed. Please provide a secret in the same region as firehose',
  );
  const roleFor = async (RoleName: string, Service: string, externalId: string) => {
    const Condition = { StringEquals: { 'sts:ExternalId': externalId } };
    const trust = { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', Condition };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    const made = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument });
    return (await cloud.client(IAMClient).send(made)).Role?.Arn;
  };
  for (const wrong of [
    await roleFor('other', 'lambda.amazonaws.com', ACCOUNT),
    await roleFor('another', 'firehose.amazonaws.com', '210987654321'),
  ])
    assert.equal(
      await refused({ S3DestinationConfiguration: { ...bucket, RoleARN: wrong } }),
      `Firehose is unable to assume role ${wrong}. Please check the role provided.`,
    );
  const right = await roleFor('right', 'firehose.amazonaws.com', ACCOUNT);
  const S3DestinationConfiguration = { ...bucket, RoleARN: right };
  await firehose.send(new CreateDeliveryStreamCommand({ DeliveryStreamName, S3DestinationConfiguration }));
});

test('streams are listed a page at a time, and are gone with what they held', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  for (const name of ['b', 'c', 'a']) await bed.create(name);
  const again = await failure(bed.create('a'));
  assert.equal(again.name, 'ResourceInUseException');
  assert.equal(again.message, `Firehose a under accountId ${ACCOUNT} already exists`);
  const list = async (input: object) => {
    const { DeliveryStreamNames, HasMoreDeliveryStreams } = await bed.firehose.send(
      new ListDeliveryStreamsCommand(input),
    );
    return [DeliveryStreamNames, HasMoreDeliveryStreams];
  };
  assert.deepEqual(await list({ Limit: 2 }), [['a', 'b'], true]);
  assert.deepEqual(await list({ ExclusiveStartDeliveryStreamName: 'b' }), [['c'], false]);
  assert.deepEqual(await list({ DeliveryStreamType: 'MSKAsSource' }), [[], false]);
  await bed.put('a', 'x'.repeat(100_000));
  await bed.firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'a' }));
  await bed.create('a');
  await cloud.advance(5 * MINUTE);
  assert.equal((await bed.objects()).size, 0, 'another stream of that name has nothing of it');
  await bed.firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'a' }));
  const gone = await failure(bed.firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'a' })));
  assert.equal(gone.message, `Firehose a under account ${ACCOUNT} not found.`);
});

test('streams of an account in a Region are counted; one too many leaves no grant behind', async () => {
  await using cloud = await startTestCloud();
  const { create, firehose } = await makeBed(cloud);
  cloud.server.cloud.kernel.quotas.grant({ account: ACCOUNT, region: 'us-east-1' }, streamsMax('us-east-1'), 1);
  await create('a');
  const kms = cloud.client(KMSClient);
  const KeyARN = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn;
  const more = {
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK' as const, KeyARN },
  };
  const { name, message } = await failure(create('b', {}, more));
  assert.deepEqual(
    [name, message],
    ['LimitExceededException', 'You have already consumed your firehose quota of 1 hoses.'],
  );
  assert.deepEqual((await kms.send(new ListGrantsCommand({ KeyId: KeyARN }))).Grants, []);
  await firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'a' }));
  await create('b', {}, more);
  const of = ['eu-west-1', 'us-west-1', 'sa-east-1', 'af-south-1'].map((region) => streamsMax(region).value);
  assert.deepEqual(of, [5_000, 2_000, 500, 100]);
});

test('tags are added, read by page and removed', async () => {
  await using cloud = await startTestCloud();
  const { firehose, create } = await makeBed(cloud);
  await create('s', {}, { Tags: [{ Key: 'b', Value: '1' }] });
  const tag = (count: number) =>
    firehose.send(
      new TagDeliveryStreamCommand({
        DeliveryStreamName,
        Tags: Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: String(at) })),
      }),
    );
  assert.equal((await failure(tag(50))).name, 'LimitExceededException');
  await tag(2);
  await firehose.send(new UntagDeliveryStreamCommand({ DeliveryStreamName, TagKeys: ['k0'] }));
  const list = async (input: object) => {
    const { Tags, HasMoreTags } = await firehose.send(
      new ListTagsForDeliveryStreamCommand({ DeliveryStreamName, ...input }),
    );
    return [Tags, HasMoreTags];
  };
  assert.deepEqual(await list({ Limit: 1 }), [[{ Key: 'b', Value: '1' }], true]);
  assert.deepEqual(await list({ ExclusiveStartTagKey: 'b' }), [[{ Key: 'k1', Value: '1' }], false]);
});

test('what waits in a stream is sealed under a key, and comes out open', async () => {
  await using cloud = await startTestCloud();
  const { firehose, create, put, objects } = await makeBed(cloud);
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyARN = KeyMetadata?.Arn;
  await create('s');
  const start = (input?: { KeyType: 'AWS_OWNED_CMK' | 'CUSTOMER_MANAGED_CMK'; KeyARN?: string | undefined }) =>
    firehose.send(
      new StartDeliveryStreamEncryptionCommand({
        DeliveryStreamName,
        ...(input !== undefined && { DeliveryStreamEncryptionConfigurationInput: input }),
      }),
    );
  await start();
  await put('s', 'own ');
  await start({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN });
  const { Encrypted } = await firehose.send(
    new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from('customer ') } }),
  );
  assert.equal(Encrypted, true);
  const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: KeyARN }));
  assert.equal(Grants.length, 1);
  const { DeliveryStreamDescription: shown } = await firehose.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
  );
  assert.deepEqual(shown?.DeliveryStreamEncryptionConfiguration, {
    KeyARN,
    KeyType: 'CUSTOMER_MANAGED_CMK',
    Status: 'ENABLED',
  });
  await firehose.send(new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName }));
  await put('s', 'open');
  await cloud.advance(MINUTE);
  assert.deepEqual([...(await objects()).values()], ['own customer open']);
  await kms.send(new DisableKeyCommand({ KeyId: KeyARN }));
  const refused = await failure(start({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN }));
  assert.equal(refused.name, 'InvalidKMSResourceException');
  assert.equal((refused as unknown as { code: string }).code, 'DisabledException');
});

test('what goes wrong is told to the log, by the role', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  const [logGroupName, logStreamName] = ['/aws/kinesisfirehose/s', 'S3Delivery'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await bed.create('s', {
    BucketARN: 'arn:aws:s3:::nowhere',
    CloudWatchLoggingOptions: { Enabled: true, LogGroupName: logGroupName, LogStreamName: logStreamName },
  });
  await bed.put('s', 'x');
  await cloud.advance(MINUTE);
  const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
  assert.deepEqual(JSON.parse(events[0]?.message ?? '{}'), {
    deliveryStreamARN: `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/s`,
    destination: 'arn:aws:s3:::nowhere',
    deliveryStreamVersionId: 1,
    message:
      'The specified Amazon S3 bucket could not be found. Create the bucket or use a different bucket that does exist.',
    errorCode: 'S3.NoSuchBucket',
  });
});

test('calls, records and deliveries are counted', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('s');
  await bed.put('s', 'abc');
  await bed.put('s', 'de', 'f');
  await cloud.advance(MINUTE);
  const sum = await sumOf(cloud, 'AWS/Firehose');
  const of = (metric: string) => sum(metric, { DeliveryStreamName });
  assert.equal(await of('IncomingRecords'), 3);
  assert.equal(await of('IncomingBytes'), 6);
  assert.equal(await of('IncomingPutRequests'), 2);
  assert.equal(await of('PutRecordBatch.Records'), 2);
  assert.equal(await of('BytesPerSecondLimit'), 2 * 5 * 1_048_576);
  assert.equal(await of('DeliveryToS3.Records'), 3);
  assert.equal(await of('DeliveryToS3.Bytes'), 6);
  assert.equal(await of('DeliveryToS3.Success'), 1);
  assert.equal(await of('DeliveryToS3.ObjectCount'), 1);
});

test('a caller needs the action on the stream, and must be allowed to pass the role', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('mine', {}, { Tags: [{ Key: 'team', Value: 'a' }] });
  await bed.create('theirs');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const allow = (Action: string, Resource: string, Condition?: object) => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'u',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          allow('firehose:PutRecord', '*', { StringEquals: { 'aws:ResourceTag/team': 'a' } }),
          allow('firehose:CreateDeliveryStream', '*'),
        ],
      }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const user = cloud.client(FirehoseClient, { credentials: { accessKeyId, secretAccessKey } });
  const put = (name: string) =>
    user.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: Buffer.from('x') } }));
  assert.ok((await put('mine')).RecordId);
  const denied = await failure(put('theirs'));
  assert.equal(denied.name, 'AccessDeniedException');
  assert.equal(
    denied.message,
    `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: firehose:PutRecord on resource: arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/theirs because no identity-based policy allows the firehose:PutRecord action`,
  );
  const passing = await failure(
    user.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: 'third',
        S3DestinationConfiguration: { RoleARN: bed.role, BucketARN: BUCKET_ARN },
      }),
    ),
  );
  assert.match(passing.message, /is not authorized to perform: iam:PassRole on resource/);
});
