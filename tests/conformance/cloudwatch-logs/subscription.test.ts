/** A subscription filter's events reach a function that lets CloudWatch Logs call it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { AddPermissionCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { sumOf } from '../../support/metrics.ts';

const logGroupName = 'app';
const logStreamName = 's';
const destinationArn = 'arn:aws:lambda:us-east-1:123456789012:function:collect';

test('a function is called with what its filter lets pass, compressed', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await createFunction(
    cloud,
    await functionRole(cloud),
    'collect',
    `export const handler = async ({ awslogs }) => console.log('got ' + awslogs.data);`,
  );
  const filter = { logGroupName, filterName: 'errors', filterPattern: 'ERROR', destinationArn };
  const refused = await failure(logs.send(new PutSubscriptionFilterCommand(filter)));
  assert.equal(
    refused.message,
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  );
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'collect',
      StatementId: 'logs',
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.amazonaws.com',
      SourceArn: 'arn:aws:logs:us-east-1:123456789012:log-group:app:*',
    }),
  );
  await logs.send(new PutSubscriptionFilterCommand(filter));
  const logEvents = ['ERROR one', 'INFO two', 'ERROR three'].map((message) => ({ timestamp: START, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  await cloud.server.cloud.settle();
  const { events } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/collect', filterPattern: 'got' }),
  );
  const [, packed = ''] = /got (\S+)/.exec(events?.[0]?.message ?? '') ?? [];
  const { logEvents: seen, ...rest } = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());
  assert.deepEqual(rest, {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: 'app',
    logStream: 's',
    subscriptionFilters: ['errors'],
  });
  assert.deepEqual(
    seen.map(({ timestamp, message }: { timestamp: number; message: string }) => [timestamp, message]),
    [
      [START, 'ERROR one'],
      [START, 'ERROR three'],
    ],
  );
  const { events: same } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'ERROR' }));
  assert.deepEqual(
    seen.map(({ id }: { id: string }) => id),
    same?.map(({ eventId }) => eventId),
  );
  const told = await sumOf(cloud, 'AWS/Logs');
  const of = { LogGroupName: 'app', DestinationType: 'Lambda', FilterName: 'errors' };
  assert.equal(await told('ForwardedLogEvents', of), 2);
  assert.equal(await told('ForwardedBytes', of), Buffer.from(packed, 'base64').length);
});

test('events that a function could not be given are told one by one', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const lambda = cloud.client(LambdaClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await createFunction(cloud, await functionRole(cloud), 'collect', 'export const handler = () => {};');
  const permission = { FunctionName: 'collect', StatementId: 'logs' };
  const Principal = 'logs.amazonaws.com';
  await lambda.send(new AddPermissionCommand({ ...permission, Action: 'lambda:InvokeFunction', Principal }));
  const filter = { logGroupName, filterName: 'errors', filterPattern: 'ERROR', destinationArn };
  await logs.send(new PutSubscriptionFilterCommand(filter));
  await lambda.send(new RemovePermissionCommand(permission));
  const logEvents = ['ERROR one', 'INFO two', 'ERROR three'].map((message) => ({ timestamp: START, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  await cloud.server.cloud.settle();
  const told = await sumOf(cloud, 'AWS/Logs');
  const of = { LogGroupName: 'app', DestinationType: 'Lambda', FilterName: 'errors' };
  assert.deepEqual([await told('DeliveryErrors', of), await told('ForwardedLogEvents', of)], [2, 0]);
});

test('a role trusts the service by its name or that of its Region, for groups of its account', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const iam = cloud.client(IAMClient);
  const kinesis = cloud.client(KinesisClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await kinesis.send(new CreateStreamCommand({ StreamName: 'to', ShardCount: 1 }));
  const put = async (RoleName: string, Service: string, SourceArn: string) => {
    const Statement = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service },
      Condition: { StringLike: { 'aws:SourceArn': SourceArn } },
    };
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
    const allowed = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'put', PolicyDocument }));
    return logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName: 'one',
        filterPattern: '',
        destinationArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/to',
        roleArn: Role?.Arn,
      }),
    );
  };
  const own = 'arn:aws:logs:us-east-1:123456789012:*';
  await put('global', 'logs.amazonaws.com', own);
  await put('regional', 'logs.us-east-1.amazonaws.com', own);
  for (const [name, service, source] of [
    ['elsewhere', 'logs.eu-west-1.amazonaws.com', own],
    ['others', 'logs.us-east-1.amazonaws.com', 'arn:aws:logs:us-east-1:210987654321:*'],
  ] as const)
    assert.match((await failure(put(name, service, source))).message, /^Could not deliver test message/, name);
});
