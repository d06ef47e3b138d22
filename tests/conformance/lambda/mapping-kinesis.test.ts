/** Streams of Kinesis as sources of functions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateStreamCommand,
  DeregisterStreamConsumerCommand,
  KinesisClient,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const MINUTE = 60_000;
const ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks';
const shard = (index: number) => `shardId-${String(index).padStart(12, '0')}`;

type Record = {
  eventID: string;
  eventSourceARN: string;
  kinesis: { data: string; partitionKey: string; sequenceNumber: string };
};
type Event = { Records: Record[]; window?: object; state?: { sum?: number }; isFinalInvokeForWindow?: boolean };

const textOf = ({ kinesis }: Record) => Buffer.from(kinesis.data, 'base64').toString();
const textsOf = (event: unknown) => (event as Event).Records.map(textOf);

/** A cloud with a stream, and a function of one handler. */
async function world(handler: SimulatedHandler, ShardCount = 1, actions: readonly string[] = ['kinesis:*']) {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ takes: handler }) } });
  const role = await functionRole(cloud, [...actions, 'sqs:*', 'logs:*']);
  await createFunction(cloud, role, 'takes', '', { Timeout: 20 });
  const kinesis = cloud.client(KinesisClient, { requestHandler: new NodeHttpHandler() });
  await kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount }));
  const lambda = cloud.client(LambdaClient);
  return {
    cloud,
    lambda,
    kinesis,
    role,
    put: (text: string, PartitionKey = 'k') =>
      kinesis.send(new PutRecordCommand({ StreamARN: ARN, Data: Buffer.from(text), PartitionKey })),
    batch: (texts: readonly string[], key: (at: number) => string = () => 'k') =>
      kinesis.send(
        new PutRecordsCommand({
          StreamARN: ARN,
          Records: texts.map((text, at) => ({ Data: Buffer.from(text), PartitionKey: key(at) })),
        }),
      ),
    map: (options: Partial<CreateEventSourceMappingCommandInput> = {}) =>
      lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'takes',
          EventSourceArn: ARN,
          StartingPosition: 'TRIM_HORIZON',
          ...options,
        }),
      ),
    [Symbol.asyncDispose]: cloud.close,
  };
}

test('records reach the function in the order of their shard, as AWS shows them', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => void events.push(event as Event));
  const { cloud, put, map, role } = world_;
  await put('old');
  await map({ StartingPosition: 'LATEST' });
  const { SequenceNumber } = await put('a', 'user');
  await put('b');
  await cloud.server.cloud.settle();
  assert.deepEqual(events.flatMap(textsOf), ['a', 'b']);
  assert.deepEqual(events[0]?.Records[0], {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'user',
      sequenceNumber: SequenceNumber,
      data: 'YQ==',
      approximateArrivalTimestamp: START / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard(0)}:${SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: role,
    awsRegion: 'us-east-1',
    eventSourceARN: ARN,
  });
});

test('a mapping begins at an instant, and filters by what the data says', async () => {
  const found: string[] = [];
  await using world_ = await world((event) => void found.push(...textsOf(event)));
  const { cloud, batch, map } = world_;
  await batch(['{"n":1}']);
  await cloud.advance(MINUTE);
  await batch(['{"n":1,"b":2}', '{"n":2}', 'no JSON', '{"n":1,"b":3}']);
  // A plain text is nothing to filter a stream by.
  const plain = { Filters: [{ Pattern: JSON.stringify({ data: ['no JSON'] }) }] };
  const refused = await failure(map({ StartingPosition: 'LATEST', FilterCriteria: plain }));
  assert.deepEqual(
    [refused.name, refused.message],
    ['InvalidParameterValueException', 'Invalid filter pattern definition.'],
  );
  const Pattern = JSON.stringify({ data: { n: [1], gone: [{ exists: false }] } });
  const made = await map({
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: new Date(START + MINUTE),
    FilterCriteria: { Filters: [{ Pattern }] },
  });
  assert.equal(made.StartingPosition, 'AT_TIMESTAMP');
  await cloud.server.cloud.settle();
  assert.deepEqual(found, ['{"n":1,"b":2}', '{"n":1,"b":3}']);
});

test('the shards that came of others are read after them, also of those that close meanwhile', async () => {
  const seen = new Map<string, string[]>();
  await using world_ = await world((event) => {
    for (const one of (event as Event).Records)
      seen.set(one.kinesis.partitionKey, [...(seen.get(one.kinesis.partitionKey) ?? []), textOf(one)]);
  }, 2);
  const { cloud, kinesis, batch, map, lambda } = world_;
  const keys = Array.from({ length: 12 }, (_, n) => `key ${n}`);
  let round = 0;
  const write = () => {
    round += 1;
    return batch(
      keys.map((key) => `${key} ${round}`),
      (at) => keys[at] ?? '',
    );
  };
  await write();
  await kinesis.send(
    new UpdateShardCountCommand({ StreamARN: ARN, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' }),
  );
  await write();
  const { UUID } = await map({ ParallelizationFactor: 3, BatchSize: 2 });
  await write();
  await cloud.server.cloud.settle();
  await kinesis.send(
    new MergeShardsCommand({ StreamARN: ARN, ShardToMerge: shard(2), AdjacentShardToMerge: shard(3) }),
  );
  await write();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ParallelizationFactor: 1 }));
  await write();
  await cloud.advance(MINUTE);
  for (const key of keys) {
    const order = [...new Set(seen.get(key))];
    assert.deepEqual(
      order,
      [1, 2, 3, 4, 5].map((n) => `${key} ${n}`),
    );
  }
});

test('a record that poisons its batch is found by halves, and told to the queue', async () => {
  const found: string[] = [];
  await using world_ = await world((event) => {
    if (textsOf(event).includes('bad')) throw new Error('bad');
    found.push(...textsOf(event));
  });
  const { cloud, batch, map } = world_;
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }));
  await map({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:123456789012:failed' } },
  });
  const { Records } = await batch(['a', 'b', 'bad', 'c', 'd']);
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(found, ['a', 'b', 'c', 'd']);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const told = JSON.parse(Messages?.[0]?.Body ?? '{}') as { KinesisBatchInfo: object };
  assert.deepEqual(told.KinesisBatchInfo, {
    shardId: shard(0),
    startSequenceNumber: Records?.[2]?.SequenceNumber,
    endSequenceNumber: Records?.[2]?.SequenceNumber,
    approximateArrivalOfFirstRecord: new Date(START).toISOString(),
    approximateArrivalOfLastRecord: new Date(START).toISOString(),
    batchSize: 1,
    streamArn: ARN,
  });
});

test('failures of single records, and windows that hand on a state', async () => {
  const events: Event[] = [];
  let isMended = false;
  await using world_ = await world((event) => {
    const { Records, state } = event as Event;
    events.push(event as Event);
    const failed = isMended ? undefined : Records.find((one) => textOf(one) === '3');
    if (failed !== undefined)
      return { batchItemFailures: [{ itemIdentifier: failed.kinesis.sequenceNumber }], state: { sum: 3 } };
    return {
      batchItemFailures: [],
      state: { sum: (state?.sum ?? 0) + Records.reduce((sum, one) => sum + Number(textOf(one)), 0) },
    };
  });
  const { cloud, batch, map, lambda } = world_;
  const { UUID } = await map({ FunctionResponseTypes: ['ReportBatchItemFailures'], TumblingWindowInSeconds: 30 });
  await batch(['1', '2', '3', '4']);
  await cloud.server.cloud.settle();
  const failing = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  assert.equal(failing.LastProcessingResult, 'PROBLEM: Function call failed');
  isMended = true;
  await cloud.advance(MINUTE);
  const retried = events.filter((one) => one.Records.some((record) => textOf(record) === '3')).at(-1);
  assert.deepEqual(textsOf(retried), ['3', '4']);
  const final = events.find((one) => one.isFinalInvokeForWindow === true);
  assert.deepEqual(final?.Records, []);
});

test('a mapping needs a stream that is there and a place to begin at', async () => {
  await using world_ = await world(() => {});
  const { map } = world_;
  assert.equal((await failure(map({ EventSourceArn: `${ARN}x` }))).message, `Stream not found: ${ARN}x`);
  assert.match((await failure(map({ StartingPosition: undefined }))).message, /'startingPosition'/);
  assert.match((await failure(map({ StartingPosition: 'AT_TIMESTAMP' }))).message, /^StartingPositionTimestamp/);
  for (const MaximumRecordAgeInSeconds of [0, 59])
    assert.match((await failure(map({ MaximumRecordAgeInSeconds }))).message, /^MaximumRecordAgeInSeconds must be/);
  await map({ MaximumRecordAgeInSeconds: 60 });
  assert.equal((await failure(map())).name, 'ResourceConflictException');
});

test('a role may read a stream that it may describe, even if not its summary', async () => {
  const events: Event[] = [];
  const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListShards', 'ListStreams'];
  await using world_ = await world(
    (event) => void events.push(event as Event),
    1,
    actions.map((action) => `kinesis:${action}`),
  );
  await world_.put('a');
  await world_.map();
  await world_.cloud.server.cloud.settle();
  assert.deepEqual(events.flatMap(textsOf), ['a']);
});

// Source: Lambda Developer Guide, "Cross-account event source mappings" of Kinesis.
test('a stream of another account is read as far as its policy lets the role', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => void events.push(event as Event));
  const { cloud, map, role } = world_;
  const credentials = { accessKeyId: '999999999999', secretAccessKey: 'test' };
  const theirs = cloud.client(KinesisClient, { credentials, requestHandler: new NodeHttpHandler() });
  await theirs.send(new CreateStreamCommand({ StreamName: 'theirs', ShardCount: 1 }));
  const EventSourceArn = ARN.replace('123456789012', '999999999999').replace('clicks', 'theirs');
  const allow = (...Action: string[]) => {
    const statement = { Effect: 'Allow', Principal: { AWS: role }, Action, Resource: EventSourceArn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    return theirs.send(new PutResourcePolicyCommand({ ResourceARN: EventSourceArn, Policy }));
  };
  const looks = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:ListShards'];
  await allow(...looks, 'kinesis:GetShardIterator');
  assert.match((await failure(map({ EventSourceArn }))).message, /Cannot access stream/);
  await allow(...looks, 'kinesis:GetShardIterator', 'kinesis:GetRecords');
  await map({ EventSourceArn });
  await theirs.send(
    new PutRecordCommand({ StreamARN: EventSourceArn, Data: Buffer.from('theirs'), PartitionKey: 'k' }),
  );
  await cloud.server.cloud.settle();
  assert.deepEqual(events.flatMap(textsOf), ['theirs']);
});

test('a consumer has its records by its own subscriptions', async () => {
  const seen = new Map<string, string[]>();
  const sources = new Set<string>();
  const actions = ['kinesis:SubscribeToShard', 'kinesis:DescribeStreamConsumer', 'kinesis:DescribeStreamSummary'];
  await using world_ = await world(
    (event) => {
      for (const one of (event as Event).Records) {
        sources.add(one.eventSourceARN);
        seen.set(one.kinesis.partitionKey, [...(seen.get(one.kinesis.partitionKey) ?? []), textOf(one)]);
      }
    },
    2,
    actions,
  );
  const { cloud, kinesis, batch, map, lambda } = world_;
  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN: ARN, ConsumerName: 'own' }));
  const EventSourceArn = Consumer?.ConsumerARN ?? '';
  // The stream itself is another matter: the role may not read it.
  assert.equal(
    (await failure(map())).message,
    `Cannot access stream ${ARN}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.`,
  );
  const keys = Array.from({ length: 8 }, (_, n) => `key ${n}`);
  const write = (round: number) =>
    batch(
      keys.map((key) => `${key} ${round}`),
      (at) => keys[at] ?? '',
    );
  await write(1);
  const made = await map({ EventSourceArn, ParallelizationFactor: 2, BatchSize: 3 });
  assert.equal(made.EventSourceArn, EventSourceArn);
  await write(2);
  await kinesis.send(
    new MergeShardsCommand({ StreamARN: ARN, ShardToMerge: shard(0), AdjacentShardToMerge: shard(1) }),
  );
  await write(3);
  await cloud.advance(MINUTE);
  for (const key of keys)
    assert.deepEqual(
      seen.get(key),
      [1, 2, 3].map((n) => `${key} ${n}`),
      key,
    );
  assert.deepEqual([...sources], [EventSourceArn]);
  await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: EventSourceArn }));
  await write(4);
  await cloud.advance(MINUTE);
  const { LastProcessingResult } = await lambda.send(new GetEventSourceMappingCommand({ UUID: made.UUID }));
  assert.match(LastProcessingResult ?? '', /^PROBLEM: /);
  assert.equal(
    (await failure(map({ EventSourceArn: EventSourceArn.replace('own', 'other') }))).message,
    `Stream not found: ${EventSourceArn.replace('own', 'other')}`,
  );
});
