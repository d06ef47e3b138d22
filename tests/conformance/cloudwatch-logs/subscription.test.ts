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
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

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
});
