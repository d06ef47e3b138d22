/** What other services write to streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudFrontClient,
  CreateRealtimeLogConfigCommand,
  type CreateRealtimeLogConfigCommandInput,
  DeleteRealtimeLogConfigCommand,
  GetRealtimeLogConfigCommand,
  ListDistributionsByRealtimeLogConfigCommand,
  ListRealtimeLogConfigsCommand,
  UpdateRealtimeLogConfigCommand,
} from '@aws-sdk/client-cloudfront';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create as createStack, outputs, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { configOf, customOrigin, distribute } from '../cloudfront/support.ts';
import { ACCOUNT, makeBed } from './bed.ts';

/** A role that a service may assume to put records. */
async function sourceRole(cloud: TestCloud, service: string): Promise<string> {
  const iam = cloud.client(IAMClient);
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const AssumeRolePolicyDocument = policy({ Principal: { Service: service }, Action: 'sts:AssumeRole' });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'source', AssumeRolePolicyDocument }));
  const PolicyDocument = policy({ Action: 'kinesis:PutRecord*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'source', PolicyName: 'put', PolicyDocument }));
  return Role?.Arn ?? '';
}

test('requests of viewers, by the behaviours that have real-time logs', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const { create, texts } = makeBed(cloud);
  const StreamARN = await create('views');
  const RoleARN = await sourceRole(cloud, 'cloudfront.amazonaws.com');
  const cloudfront = cloud.client(CloudFrontClient);
  const input: CreateRealtimeLogConfigCommandInput = {
    Name: 'live',
    SamplingRate: 100,
    Fields: ['cs-uri-stem', 'timestamp', 'sc-status', 'cs-user-agent', 'cache-behavior-path-pattern', 'asn'],
    EndPoints: [{ StreamType: 'Kinesis', KinesisStreamConfig: { RoleARN, StreamARN } }],
  };
  const { RealtimeLogConfig } = await cloudfront.send(new CreateRealtimeLogConfigCommand(input));
  const ARN = RealtimeLogConfig?.ARN;
  assert.equal(ARN, `arn:aws:cloudfront::${ACCOUNT}:realtime-log-config/live`);
  assert.equal(
    (await failure(cloudfront.send(new CreateRealtimeLogConfigCommand(input)))).name,
    'RealtimeLogConfigAlreadyExists',
  );
  for (const wrong of [{ SamplingRate: 101 }, { Fields: ['no-field'] }, { EndPoints: [] }])
    assert.equal(
      (await failure(cloudfront.send(new CreateRealtimeLogConfigCommand({ ...input, Name: 'x', ...wrong })))).name,
      'InvalidArgument',
    );

  const config = configOf(customOrigin(origin.port));
  const { DefaultCacheBehavior: behavior } = config;
  assert.ok(behavior);
  const logged = { ...behavior, RealtimeLogConfigArn: ARN, PathPattern: '/a/*' };
  const nowhere = { ...config, DefaultCacheBehavior: { ...behavior, RealtimeLogConfigArn: `${ARN}x` } };
  assert.equal((await failure(distribute(cloud, nowhere))).name, 'NoSuchRealtimeLogConfig');
  const { ask, id } = await distribute(cloud, { ...config, CacheBehaviors: { Quantity: 1, Items: [logged] } });
  const headers = { 'user-agent': 'a browser' };
  await ask('/a/1', { headers });
  await ask('/b/1', { headers });
  await cloud.server.cloud.settle();
  assert.deepEqual(await texts('views', 0), [`${START / 1_000}.000\t200\t/a/1\ta%20browser\t/a/*\t-\n`]);

  const { DistributionList } = await cloudfront.send(
    new ListDistributionsByRealtimeLogConfigCommand({ RealtimeLogConfigArn: ARN }),
  );
  assert.deepEqual(
    DistributionList?.Items?.map((one) => one.Id),
    [id],
  );
  assert.equal(
    (await failure(cloudfront.send(new DeleteRealtimeLogConfigCommand({ ARN })))).name,
    'RealtimeLogConfigInUse',
  );
  await cloudfront.send(new UpdateRealtimeLogConfigCommand({ ...input, ARN, Fields: ['cs-method'] }));
  await ask('/a/2');
  await cloud.server.cloud.settle();
  assert.equal((await texts('views', 0)).at(-1), 'GET\n');
  const { RealtimeLogConfigs } = await cloudfront.send(new ListRealtimeLogConfigsCommand({}));
  assert.deepEqual(
    RealtimeLogConfigs?.Items?.map((one) => one.Fields),
    [['cs-method']],
  );
  const missing = await failure(cloudfront.send(new GetRealtimeLogConfigCommand({ Name: 'none' })));
  assert.equal(missing.name, 'NoSuchRealtimeLogConfig');
});

test('real-time logs, made by CloudFormation', async () => {
  await using cloud = await startTestCloud();
  const { create } = makeBed(cloud);
  const StreamArn = await create('views');
  const RoleArn = await sourceRole(cloud, 'cloudfront.amazonaws.com');
  const template = (rate: number, name = 'live') =>
    templateOf(
      {
        Log: {
          Type: 'AWS::CloudFront::RealtimeLogConfig',
          Properties: {
            Name: name,
            SamplingRate: rate,
            Fields: ['timestamp', 'c-ip'],
            EndPoints: [{ StreamType: 'Kinesis', KinesisStreamConfig: { RoleArn, StreamArn } }],
          },
        },
      },
      { Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Log', 'Arn'] } } } },
    );
  await createStack(cloud, 's', template(10));
  await update(cloud, 's', template(20));
  const { Arn } = await outputs(cloud, 's');
  const cloudfront = cloud.client(CloudFrontClient);
  const { RealtimeLogConfig } = await cloudfront.send(new GetRealtimeLogConfigCommand({ ARN: Arn }));
  assert.equal(RealtimeLogConfig?.SamplingRate, 20);
  await update(cloud, 's', template(20, 'other'));
  await remove(cloud, 's');
  const { RealtimeLogConfigs } = await cloudfront.send(new ListRealtimeLogConfigsCommand({}));
  assert.deepEqual(RealtimeLogConfigs?.Items ?? [], []);
});

test('events of a bus, under the key that a path leads to', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, iterator } = makeBed(cloud);
  const Arn = await create('events');
  const RoleArn = await sourceRole(cloud, 'events.amazonaws.com');
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["app"]}' }));
  const target = (more: object) =>
    events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: '1', Arn, InputPath: '$.detail', ...more }] }));
  assert.equal((await failure(target({}))).message, `Rule r does not have RoleArn assigned to invoke target ${Arn}.`);
  await target({ RoleArn, KinesisParameters: { PartitionKeyPath: '$.detail.user' } });
  const entry = (detail: object) => ({ Source: 'app', DetailType: 'd', Detail: JSON.stringify(detail) });
  const sent = await events.send(new PutEventsCommand({ Entries: [entry({ user: 'ann' }), entry({ n: 1 })] }));
  await cloud.server.cloud.settle();
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator('events', 0) }));
  assert.deepEqual(
    new Map(Records?.map((one) => [Buffer.from(one.Data ?? []).toString(), one.PartitionKey])),
    new Map([
      ['{"user":"ann"}', 'ann'],
      ['{"n":1}', sent.Entries?.[1]?.EventId],
    ]),
  );
});

test('what a subscription filter of a log group lets pass, compressed', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, iterator } = makeBed(cloud);
  const destinationArn = await create('logs');
  const logs = cloud.client(CloudWatchLogsClient);
  const [logGroupName, logStreamName] = ['app', 'one'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const roleArn = await sourceRole(cloud, 'logs.amazonaws.com');
  const filter = (arn: string) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName: 'f',
        filterPattern: 'ERROR',
        destinationArn: arn,
        roleArn,
      }),
    );
  assert.equal(
    (await failure(filter(`${destinationArn}-not`))).message,
    'Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.',
  );
  await filter(destinationArn);
  const logEvents = ['fine', 'ERROR one'].map((message) => ({ timestamp: START, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  await cloud.server.cloud.settle();
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator('logs', 0) }));
  const [control, data] = Records.map((one) => JSON.parse(gunzipSync(one.Data ?? '').toString()));
  assert.equal(control.messageType, 'CONTROL_MESSAGE');
  assert.equal(data.messageType, 'DATA_MESSAGE');
  assert.deepEqual(
    data.logEvents.map(({ message }: { message: string }) => message),
    ['ERROR one'],
  );
});
