/** What a target gets of an event and when, and what is told where it does not get it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { BASIC, endpoint, world } from './destinations.ts';

const HOUR = 3_600_000;

/** A queue that EventBridge may bury in, and how to read what it has. */
async function deadLetters(cloud: TestCloud) {
  const sqs = cloud.client(SQSClient);
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:dead';
  const open = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...open, Resource: Arn }] });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead', Attributes: { Policy } }));
  const read = async () => {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    return Messages.map(({ MessageAttributes: told = {} }) =>
      ['ERROR_CODE', 'EXHAUSTED_RETRY_CONDITION', 'RETRY_ATTEMPTS'].map((name) => told[name]?.StringValue),
    );
  };
  return { DeadLetterConfig: { Arn }, read };
}

async function sum(cloud: TestCloud, MetricName: string): Promise<number> {
  const { Datapoints = [] } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Events',
      MetricName,
      Dimensions: [{ Name: 'RuleName', Value: 'shop' }],
      StartTime: new Date(START - HOUR),
      EndTime: new Date(START + 48 * HOUR),
      Period: 86_400,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((all, { Sum = 0 }) => all + Sum, 0);
}

test('a dead letter says which end the attempts came to, and metrics count attempts and invocations apart', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 503 }));
  const { DeadLetterConfig, read } = await deadLetters(cloud);
  const target = { DeadLetterConfig, RetryPolicy: { MaximumRetryAttempts: 2 } };
  const { events, put, Arn } = await world(cloud, partner.url, BASIC, { target });
  await put();
  assert.deepEqual([await sum(cloud, 'InvocationAttempts'), await sum(cloud, 'FailedInvocations')], [1, 0]);
  await cloud.advance(HOUR);
  assert.deepEqual(await read(), [['SDK_CLIENT_ERROR', 'MaximumRetryAttempts', '2']]);
  const counted = ['InvocationAttempts', 'RetryInvocationAttempts', 'Invocations', 'FailedInvocations'];
  assert.deepEqual(await Promise.all(counted.map((name) => sum(cloud, name))), [3, 2, 1, 1]);

  const aged = { Id: 'd', Arn, RoleArn: 'arn:aws:iam::123456789012:role/caller', DeadLetterConfig };
  const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
  await events.send(new PutTargetsCommand({ Rule: 'shop', Targets: [{ ...aged, RetryPolicy }] }));
  await put();
  await cloud.advance(HOUR);
  assert.deepEqual(
    (await read()).map(([code, condition]) => [code, condition]),
    [['SDK_CLIENT_ERROR', 'MaximumEventAgeInSeconds']],
  );
});

test('an endpoint ends the attempts by a negative Retry-After', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 503, headers: { 'retry-after': '-1' } }));
  const { DeadLetterConfig, read } = await deadLetters(cloud);
  const { put } = await world(cloud, partner.url, BASIC, { target: { DeadLetterConfig } });
  await put();
  assert.equal(partner.heard.length, 1);
  assert.deepEqual(await read(), [['SDK_CLIENT_ERROR', undefined, '0']]);
});

test('parameters that are paths become what the event has there, and its time of arrival stays at later attempts', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: partner.heard.length === 1 ? 503 : 200 }));
  const target = {
    Input: undefined,
    InputTransformer: { InputTemplate: '{"at":<aws.events.event.ingestion-time>}' },
    HttpParameters: {
      PathParameterValues: ['$.detail.id'],
      QueryStringParameters: { state: '$.detail.state', fixed: 'a $.b' },
      HeaderParameters: { 'x-type': '$.detail-type' },
    },
  };
  const { events } = await world(cloud, `${partner.url}/orders/*`, BASIC, { target });
  const Detail = '{"id":7,"state":"new"}';
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order', Detail }] }));
  await cloud.advance(HOUR);
  assert.deepEqual(
    partner.heard.map(({ url, headers, body }) => [url, headers['x-type'], JSON.parse(body)]),
    Array(2).fill(['/orders/7?state=new&fixed=a+%24.b', 'Order', { at: new Date(START).toISOString() }]),
  );
});

test('a log group gets an event at its time, or what a transformer makes of time and message', async () => {
  await using cloud = await startTestCloud();
  const [logs, events] = [cloud.client(CloudWatchLogsClient), cloud.client(EventBridgeClient)];
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/shop' }));
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: 'events', policyDocument }));
  await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"]}' }));
  const Arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/shop';
  const InputTransformer = {
    InputPathsMap: { at: '$.detail.at', what: '$.detail.what' },
    InputTemplate: '{"timestamp": <at>, "message": "order <what>"}',
  };
  const Targets = [
    { Id: 'whole', Arn },
    { Id: 'part', Arn, InputTransformer },
  ];
  await events.send(new PutTargetsCommand({ Rule: 'shop', Targets }));
  const Detail = JSON.stringify({ at: START - 5_000, what: 'made' });
  const Time = new Date(START - 60_000);
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order', Detail, Time }] }));
  await cloud.server.cloud.settle();
  const { events: kept = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/shop' }));
  const [whole, part] = kept.toSorted((a, b) => Number(a.timestamp) - Number(b.timestamp));
  assert.deepEqual([whole?.timestamp, JSON.parse(whole?.message ?? '').source], [START - 60_000, 'shop']);
  assert.deepEqual([part?.timestamp, part?.message], [START - 5_000, 'order made']);
});
