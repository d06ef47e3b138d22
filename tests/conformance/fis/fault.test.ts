/** What actions do: to functions, to replication, to calls, to Regions; and that it is over when they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions } from '#engines/function/simulated';
import type { ServerOptions } from '#main/config';
import { resetCloud } from '#main/snapshots';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { ACCOUNT, fisClient } from './client.ts';
import { application, begin, fisRole, MINUTE, makeRole, stateOf, WAIT } from './world.ts';

const DURATION = { duration: 'PT1M' };

/** A cloud with a function `shop` that answers and counts its calls, its version 1 and the alias `live` of that. */
async function startWithFunction(options: ServerOptions = {}) {
  const calls: unknown[] = [];
  const engine = new SimulatedFunctions({ shop: (event) => calls.push(event) });
  const cloud = await startTestCloud({ engines: { function: engine }, ...options });
  await createFunction(cloud, await functionRole(cloud), 'shop', 'export const handler = () => 1');
  const lambda = cloud.client(LambdaClient);
  await lambda.send(new PublishVersionCommand({ FunctionName: 'shop' }));
  await lambda.send(new CreateAliasCommand({ FunctionName: 'shop', Name: 'live', FunctionVersion: '1' }));
  const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:shop`;
  await lambda.send(new TagResourceCommand({ Resource: arn, Tags: { app: 'shop' } }));
  const invoke = async (FunctionName = 'shop') => {
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    return { FunctionError, answer: JSON.parse(Payload?.transformToString() ?? '') };
  };
  return { cloud, calls, invoke, arn, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

const functions = (more: object) => ({
  functions: { resourceType: 'aws:lambda:function', selectionMode: 'ALL', ...more },
});
const invocations = (kind: string, parameters: Record<string, string>) => ({
  break: {
    actionId: `aws:lambda:invocation-${kind}`,
    parameters: { ...DURATION, ...parameters },
    targets: { Functions: 'functions' },
  },
});

test('invocations fail, without the function or after it', async () => {
  await using world = await startWithFunction();
  const { cloud, calls, invoke, arn } = world;
  const fis = fisClient(cloud);
  await fisRole(cloud, ['lambda:GetFunction']);
  for (const [preventExecution, count] of [
    ['true', 0],
    ['false', 1],
  ] as const) {
    const targets = functions({ resourceArns: [arn] });
    await begin(cloud, fis, { targets, actions: invocations('error', { preventExecution }) });
    calls.length = 0;
    const { FunctionError, answer } = await invoke();
    assert.deepEqual([FunctionError, answer.errorType, calls.length], ['Unhandled', 'FaultInjected', count]);
    await cloud.advance(MINUTE);
    assert.equal((await invoke()).FunctionError, undefined);
  }
});

test('an HTTP answer in place of the function’s own, of one alias alone', async () => {
  await using world = await startWithFunction();
  const { cloud, invoke } = world;
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const parameters = { contentTypeHeader: 'text/plain', statusCode: '503', preventExecution: 'true' };
  const { id } = await begin(cloud, fis, {
    targets: functions({ resourceTags: { app: 'shop' }, parameters: { functionQualifier: 'live' } }),
    actions: invocations('http-integration-response', parameters),
  });
  const { resolvedTargets } = await fis.ListExperimentResolvedTargets({ experimentId: id });
  assert.equal(resolvedTargets[0]?.targetInformation?.arn, `${world.arn}:live`);
  assert.deepEqual((await invoke('shop:live')).answer, {
    statusCode: 503,
    headers: { 'Content-Type': 'text/plain' },
    body: '',
  });
  assert.equal(typeof (await invoke('shop')).answer, 'number');
  const none = await begin(cloud, fis, {
    targets: functions({ resourceArns: [world.arn], parameters: { functionQualifier: 'gone' } }),
    actions: invocations('http-integration-response', parameters),
  });
  assert.equal(none.state?.error?.code, 'InvalidTarget');
});

test('invocations begin late', async () => {
  await using world = await startWithFunction({ clock: 'real' });
  const { cloud, invoke, arn } = world;
  const fis = fisClient(cloud);
  await fisRole(cloud);
  await begin(cloud, fis, {
    targets: functions({ resourceArns: [arn] }),
    actions: invocations('add-delay', { startupDelayMilliseconds: '300' }),
  });
  while ((await fis.ListExperiments({})).experiments[0]?.state?.status !== 'running') await fis.ListActions({});
  const { kernel } = cloud.server.cloud;
  const start = kernel.clock.now();
  await invoke();
  assert.ok(kernel.clock.now() - start >= 300, 'it took the delay, and however long else');
});

test('copies to another bucket wait until the pause is over', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, [
    'tag:GetResources',
    's3:PauseReplication',
    's3:PutReplicationConfiguration',
    's3:GetReplicationConfiguration',
  ]);
  const Role = await makeRole(cloud, 'copier', { Service: 's3.amazonaws.com' }, ['s3:*']);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  for (const Bucket of ['origin-2026', 'copies-2026']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const rule = {
    ID: 'all',
    Status: 'Enabled' as const,
    Priority: 1,
    Filter: {},
    DeleteMarkerReplication: { Status: 'Disabled' as const },
    Destination: { Bucket: 'arn:aws:s3:::copies-2026' },
  };
  const Bucket = 'origin-2026';
  await s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules: [rule] } }));
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'app', Value: 'shop' }] } }));
  const { id } = await begin(cloud, fis, {
    targets: { buckets: { resourceType: 'aws:s3:bucket', resourceTags: { app: 'shop' }, selectionMode: 'ALL' } },
    actions: {
      pause: {
        actionId: 'aws:s3:bucket-pause-replication',
        parameters: { ...DURATION, region: 'us-east-1' },
        targets: { Buckets: 'buckets' },
      },
    },
  });
  assert.equal(await stateOf(fis, id), 'running pause=running');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await cloud.advance(MINUTE / 2);
  const copies = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket: 'copies-2026' }))).Contents?.map(({ Key }) => Key);
  assert.equal(await copies(), undefined);
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ReplicationStatus, 'PENDING');
  await fis.StopExperiment({ id });
  await cloud.advance(1);
  assert.deepEqual(await copies(), ['a']);
});

test('writes to a global table reach its other replicas when the pause is over', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['dynamodb:*']);
  const [here, there] = ['us-east-1', 'eu-west-1'].map((region) => cloud.client(DynamoDBClient, { region })) as [
    DynamoDBClient,
    DynamoDBClient,
  ];
  const TableName = 'everywhere';
  const { TableDescription } = await here.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const arn = TableDescription?.TableArn ?? '';
  const pause = () =>
    begin(cloud, fis, {
      targets: { tables: { resourceType: 'aws:dynamodb:global-table', resourceArns: [arn], selectionMode: 'ALL' } },
      actions: {
        pause: {
          actionId: 'aws:dynamodb:global-table-pause-replication',
          parameters: DURATION,
          targets: { Tables: 'tables' },
        },
      },
    });
  assert.equal((await pause()).state?.reason, `Target tables was not found: ${arn}.`, 'it is no global table yet');
  await here.send(new UpdateTableCommand({ TableName, ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] }));
  await cloud.advance(1);
  const { id } = await pause();
  assert.equal(await stateOf(fis, id), 'running pause=running');
  const put = (client: DynamoDBClient, name: string) =>
    client.send(new PutItemCommand({ TableName, Item: { id: { S: name } } }));
  const has = async (client: DynamoDBClient, name: string) =>
    (await client.send(new GetItemCommand({ TableName, Key: { id: { S: name } } }))).Item !== undefined;
  await put(here, 'a');
  await put(there, 'b');
  await cloud.advance(MINUTE / 2);
  assert.deepEqual([await has(there, 'a'), await has(here, 'b')], [false, false]);
  await cloud.advance(MINUTE / 2 + 1);
  assert.deepEqual([await has(there, 'a'), await has(here, 'b')], [true, true]);
});

test('calls are delayed, for those whom it is about', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['cloudyard:InjectApiLatency']);
  const { arn, credentials } = await application(cloud);
  await begin(cloud, fis, {
    targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [arn], selectionMode: 'ALL' } },
    actions: {
      slow: {
        actionId: 'cloudyard:api:latency',
        parameters: { duration: 'PT30S', service: 'sqs', delayMilliseconds: '2000' },
        targets: { Roles: 'roles' },
      },
    },
  });
  await cloud.client(SQSClient).send(new ListQueuesCommand({}));
  const { kernel } = cloud.server.cloud;
  const before = kernel.clock.now();
  let isAnswered = false;
  const call = cloud
    .client(SQSClient, { credentials })
    .send(new ListQueuesCommand({}))
    .then(() => {
      isAnswered = true;
    });
  while (!isAnswered) {
    await cloud.advance(500);
    await fis.ListActions({});
  }
  await call;
  assert.ok(kernel.clock.now() - before >= 2_000);
});

test('a Region goes dark, and comes back', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['cloudyard:DarkenRegion']);
  const [own, other] = [cloud.client(SQSClient), cloud.client(SQSClient, { region: 'eu-west-1' })];
  const { id } = await begin(cloud, fis, {
    actions: {
      dark: { actionId: 'cloudyard:region:dark', parameters: { region: 'us-east-1', duration: 'PT90S' } },
      beside: WAIT,
      next: { ...WAIT, startAfter: ['dark'] },
    },
  });
  assert.equal(await stateOf(fis, id), 'running dark=running beside=running next=pending');
  await failure(own.send(new ListQueuesCommand({})));
  await other.send(new CreateQueueCommand({ QueueName: 'q' }));
  await cloud.advance(90_000);
  assert.equal(await stateOf(fis, id), 'running dark=completed beside=completed next=running');
  await own.send(new ListQueuesCommand({}));
});

test('a reset of the account leaves nothing of its experiments, not even the dark', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const parameters = { region: 'us-east-1', duration: 'PT12H' };
  await begin(cloud, fis, { actions: { dark: { actionId: 'cloudyard:region:dark', parameters } } });
  const list = () => cloud.client(SQSClient).send(new ListQueuesCommand({}));
  await failure(list());
  await resetCloud(cloud.server.cloud, ACCOUNT);
  await list();
  assert.deepEqual((await fis.ListExperiments({})).experiments, []);
  await cloud.advance(13 * 60 * MINUTE);
});

test('an alarm that should be in a state is, or the experiment fails', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['cloudwatch:DescribeAlarms']);
  const cloudwatch = cloud.client(CloudWatchClient);
  const metric = {
    Namespace: 'Shop',
    MetricName: 'Errors',
    Statistic: 'Sum' as const,
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0,
  };
  await cloudwatch.send(
    new PutMetricAlarmCommand({ AlarmName: 'errors', ComparisonOperator: 'GreaterThanThreshold', ...metric }),
  );
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'OK', StateReason: 'test' }));
  const arn = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:errors`;
  const look = (alarmStates: string) => ({
    look: { actionId: 'aws:cloudwatch:assert-alarm-state', parameters: { alarmArns: arn, alarmStates } },
    next: { ...WAIT, startAfter: ['look'] },
  });
  const right = await begin(cloud, fis, { actions: look('OK,INSUFFICIENT_DATA') });
  assert.equal(await stateOf(fis, right.id), 'running look=completed next=running');
  const wrong = await begin(cloud, fis, { actions: look('ALARM') });
  assert.equal(await stateOf(fis, wrong.id), 'failed look=failed next=cancelled');
  assert.deepEqual(wrong.state, {
    status: 'failed',
    reason: `Alarm ${arn} is in state OK, expected ALARM.`,
    error: { code: 'ConfigurationFailure', location: 'actions.look', accountId: ACCOUNT },
  });
});
