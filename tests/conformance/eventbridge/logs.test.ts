/** Logs of event buses: what each level tells of an event, and where it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  UpdateEventBusCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

const ARN = 'arn:aws:events:us-east-1:123456789012:event-bus/orders';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:jobs';
type Told = {
  message_type: string;
  message_timestamp_ms: number;
  request_id: string;
  details: Record<string, unknown>;
  error?: object;
};

/** Records of the bus go to the group `bus`, those of errors to a bucket, too. */
async function watched(cloud: TestCloud) {
  const logs = cloud.client(CloudWatchLogsClient);
  const events = cloud.client(EventBridgeClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'bus' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'errors' }));
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'delivery.logs.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::errors/*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'errors', Policy }));
  const destination = async (name: string, destinationResourceArn: string) => {
    const deliveryDestinationConfiguration = { destinationResourceArn };
    const made = await logs.send(new PutDeliveryDestinationCommand({ name, deliveryDestinationConfiguration }));
    return made.deliveryDestination?.arn;
  };
  const group = await destination('group', 'arn:aws:logs:us-east-1:123456789012:log-group:bus:*');
  const bucket = await destination('bucket', 'arn:aws:s3:::errors');
  const join = (deliverySourceName: string, deliveryDestinationArn: string | undefined) =>
    logs.send(new CreateDeliveryCommand({ deliverySourceName, deliveryDestinationArn }));
  for (const level of ['ERROR', 'INFO', 'TRACE']) {
    await logs.send(new PutDeliverySourceCommand({ name: level, resourceArn: ARN, logType: `${level}_LOGS` }));
    await join(level, group);
  }
  await join('ERROR', bucket);
  return { logs, events, s3 };
}

/** A rule of its own for events of `shop`, to the queue `jobs`, and one for those of `lost`, to a queue that is not there. */
async function ruled(cloud: TestCloud, events: EventBridgeClient) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: QUEUE };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  for (const [source, queue] of [
    ['shop', QUEUE],
    ['lost', `${QUEUE}-lost`],
  ] as const) {
    const EventPattern = JSON.stringify({ source: [source] });
    await events.send(new PutRuleCommand({ Name: source, EventBusName: 'orders', EventPattern }));
    const Targets = [{ Id: 'queue', Arn: queue, SqsParameters: { MessageGroupId: 'one' } }];
    if (source === 'shop') for (const target of Targets) Object.assign(target, { SqsParameters: undefined });
    await events.send(new PutTargetsCommand({ Rule: source, EventBusName: 'orders', Targets }));
  }
}

test('a bus tells of each step of an event what its level asks for', async () => {
  await using cloud = await startTestCloud();
  const { logs, events, s3 } = await watched(cloud);
  const LogConfig = { Level: 'TRACE', IncludeDetail: 'FULL' } as const;
  const made = await events.send(new CreateEventBusCommand({ Name: 'orders', LogConfig }));
  assert.deepEqual(made.LogConfig, LogConfig);
  await ruled(cloud, events);
  let seen = 0;
  /** What was told of an event, by message type. */
  const told = async (Source: string, Detail = '{"id":1}') => {
    const entry = { EventBusName: 'orders', Source, DetailType: 'Placed', Detail };
    const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    await cloud.server.cloud.settle();
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: 'bus' }));
    assert.ok(found.events?.every(({ logStreamName }) => logStreamName === 'EventBridgeEventBusLogs'));
    const records = (found.events ?? []).slice(seen).map(({ message = '' }) => JSON.parse(message) as Told);
    seen = found.events?.length ?? 0;
    return { records, types: records.map((one) => one.message_type), id: Entries?.[0]?.EventId };
  };
  const all = await told('shop');
  assert.deepEqual(all.types.toSorted(), [
    'EVENT_INGEST_SUCCESS',
    'EVENT_RECEIPT',
    'INVOCATION_ATTEMPT_START',
    'INVOCATION_ATTEMPT_SUCCESS',
    'INVOCATION_START',
    'INVOCATION_SUCCESS',
    'RULE_MATCH',
    'RULE_MATCH_START',
  ]);
  const of = (type: string) => all.records.find((one) => one.message_type === type);
  const { message_timestamp_ms, request_id, ...ingested } = of('EVENT_INGEST_SUCCESS') ?? {};
  assert.equal(message_timestamp_ms, START);
  assert.match(request_id ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(ingested, {
    resource_arn: ARN,
    event_bus_name: 'orders',
    event_id: all.id,
    message_type: 'EVENT_INGEST_SUCCESS',
    log_level: 'INFO',
    details: {
      caller_account_id: '123456789012',
      source_time_ms: START,
      source: 'shop',
      detail_type: 'Placed',
      resources: [],
      event_detail: '{"id":1}',
    },
  });
  const { details } = of('INVOCATION_SUCCESS') ?? {};
  assert.equal(JSON.parse(String(details?.target_input)).detail.id, 1);
  assert.deepEqual(
    [details?.target_arn, details?.total_attempts, details?.final_invocation_status],
    [QUEUE, 1, 'SUCCESS'],
  );
  assert.deepEqual(of('RULE_MATCH')?.details.target_arns, [QUEUE]);

  await events.send(new UpdateEventBusCommand({ Name: 'orders', LogConfig: { Level: 'INFO', IncludeDetail: 'NONE' } }));
  const some = await told('shop');
  assert.deepEqual(some.types.toSorted(), ['EVENT_INGEST_SUCCESS', 'INVOCATION_SUCCESS', 'RULE_MATCH']);
  assert.ok(!JSON.stringify(some.records).match(/event_detail|target_input|target_properties/));
  assert.deepEqual((await told('nobody')).types.toSorted(), ['EVENT_INGEST_SUCCESS', 'NO_STANDARD_RULES_MATCHED']);

  await events.send(new UpdateEventBusCommand({ Name: 'orders', LogConfig: { Level: 'ERROR' } }));
  assert.deepEqual((await told('shop')).types, []);
  const failed = await told('lost');
  assert.deepEqual(failed.types.toSorted(), ['INVOCATION_ATTEMPT_PERMANENT_FAILURE', 'INVOCATION_FAILURE']);
  assert.deepEqual(Object.keys(failed.records[0]?.error ?? {}), ['error_message', 'aws_service']);
  assert.deepEqual((await told('shop', '[]')).types, ['EVENT_INGEST_FAILURE']);
  await cloud.advance(5 * 60_000);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'errors' }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'errors', Key: Contents[0]?.Key }));
  const lines = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();
  assert.equal(lines.trim().split('\n').length, 3);

  await events.send(new UpdateEventBusCommand({ Name: 'orders', LogConfig: { Level: 'OFF' } }));
  assert.deepEqual((await told('lost')).types, []);
});

test('a stack makes a bus with logs', async () => {
  await using cloud = await startTestCloud();
  const template = (LogConfig?: object) =>
    templateOf({ Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders', LogConfig } } });
  const shown = async () => {
    const bus = await cloud.client(EventBridgeClient).send(new DescribeEventBusCommand({ Name: 'orders' }));
    return bus.LogConfig;
  };
  const LogConfig = { Level: 'ERROR', IncludeDetail: 'FULL' };
  await create(cloud, 'bus', template(LogConfig));
  assert.deepEqual(await shown(), LogConfig);
  await update(cloud, 'bus', template());
  assert.deepEqual(await shown(), { Level: 'OFF' });
  await remove(cloud, 'bus');
});
