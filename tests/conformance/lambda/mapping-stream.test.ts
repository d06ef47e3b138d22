import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

type Change = {
  eventName: string;
  dynamodb: { SequenceNumber: string; Keys: { id: { S: string } }; NewImage: { n: { N: string } } };
};
type Event = {
  Records: Change[];
  window?: object;
  state?: { sum?: number; fill?: string };
  shardId?: string;
  isFinalInvokeForWindow?: boolean;
  isWindowTerminatedEarly?: boolean;
};

/** A cloud with a table that has a stream, and a function of one handler. */
async function world(handler: SimulatedHandler, actions: readonly string[] = ['dynamodb:*', 'sqs:*', 'logs:*']) {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ takes: handler }) } });
  const role = await functionRole(cloud, actions);
  await createFunction(cloud, role, 'takes', '', { Timeout: 20 });
  const dynamodb = cloud.client(DynamoDBClient);
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const EventSourceArn = TableDescription?.LatestStreamArn ?? '';
  const lambda = cloud.client(LambdaClient);
  return {
    cloud,
    lambda,
    EventSourceArn,
    put: (id: string, n = 0) =>
      dynamodb.send(
        new PutItemCommand({
          TableName: 'items',
          Item: { id: { S: id }, n: { N: String(n) }, raw: { B: Buffer.from('r') } },
        }),
      ),
    map: (options: Partial<CreateEventSourceMappingCommandInput> = {}) =>
      lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'takes',
          EventSourceArn,
          StartingPosition: 'TRIM_HORIZON',
          ...options,
        }),
      ),
    [Symbol.asyncDispose]: cloud.close,
  };
}

const idsOf = (event: unknown) => (event as Event).Records.map(({ dynamodb }) => dynamodb.Keys.id.S);

test('changes reach the function in order, from the beginning or from now on', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => void events.push(event as Event));
  const { cloud, put, map, EventSourceArn } = world_;
  await put('a', 1);
  await map({ StartingPosition: 'LATEST' });
  await put('b', 2);
  await put('b', 3);
  await cloud.server.cloud.settle();
  assert.deepEqual(events.flatMap(idsOf), ['b', 'b']);
  const [first] = events[0]?.Records ?? [];
  const { SequenceNumber, ...dynamodb } = first?.dynamodb ?? { SequenceNumber: '' };
  assert.match(SequenceNumber, /^\d+$/);
  assert.deepEqual(
    { ...first, eventID: '', dynamodb },
    {
      eventID: '',
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: 1_767_225_600,
        Keys: { id: { S: 'b' } },
        NewImage: { id: { S: 'b' }, n: { N: '2' }, raw: { B: 'cg==' } },
        SizeBytes: (dynamodb as { SizeBytes?: number }).SizeBytes,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: EventSourceArn,
    },
  );
});

test('a shard that gives way to another is read to its end, then the other', async () => {
  const seen: string[] = [];
  await using world_ = await world((event) => void seen.push(...idsOf(event)));
  const { cloud, put, map } = world_;
  for (let index = 0; index < 4; index += 1) {
    await put(`${index}`);
    await cloud.advance(3 * 3_600_000);
  }
  await map({ BatchSize: 1 });
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, ['0', '1', '2', '3']);
});

test('a batch that fails holds up its shard, is halved, and in the end given up for its destination', async () => {
  const seen: string[][] = [];
  await using world_ = await world((event) => {
    const ids = idsOf(event);
    seen.push(ids);
    if (ids.includes('bad')) throw new Error('poison');
  });
  const { cloud, put, map, EventSourceArn } = world_;
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'lost' }));
  for (const id of ['a', 'b', 'bad', 'c']) await put(id);
  const Destination = 'arn:aws:sqs:us-east-1:123456789012:lost';
  await map({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination } },
  });
  await cloud.advance(10_000);
  assert.deepEqual(seen, [['a', 'b', 'bad', 'c'], ['a', 'b'], ['bad', 'c'], ['bad'], ['bad'], ['c']]);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const record = JSON.parse(Messages?.[0]?.Body ?? '');
  assert.deepEqual(
    {
      ...record,
      requestContext: { ...record.requestContext, requestId: '' },
      DDBStreamBatchInfo: { ...record.DDBStreamBatchInfo, shardId: '', startSequenceNumber: '', endSequenceNumber: '' },
    },
    {
      requestContext: {
        requestId: '',
        functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:takes',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: record.timestamp,
      DDBStreamBatchInfo: {
        shardId: '',
        startSequenceNumber: '',
        endSequenceNumber: '',
        approximateArrivalOfFirstRecord: '2026-01-01T00:00:00.000Z',
        approximateArrivalOfLastRecord: '2026-01-01T00:00:00.000Z',
        batchSize: 1,
        streamArn: EventSourceArn,
      },
    },
  );
});

test('with partial answers what came before the failure is done', async () => {
  const seen: string[][] = [];
  await using world_ = await world((event) => {
    seen.push(idsOf(event));
    const bad = (event as Event).Records.find(({ dynamodb }) => dynamodb.Keys.id.S === 'bad');
    return seen.length > 2 || bad === undefined
      ? { batchItemFailures: [] }
      : { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] };
  });
  const { cloud, put, map } = world_;
  for (const id of ['a', 'b', 'bad', 'c']) await put(id);
  await map({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
  await cloud.advance(10_000);
  assert.deepEqual(seen, [
    ['a', 'b', 'bad', 'c'],
    ['bad', 'c'],
    ['bad', 'c'],
  ]);
});

test('records that are too old are given up without a call', async () => {
  const seen: string[] = [];
  await using world_ = await world((event) => void seen.push(...idsOf(event)));
  const { cloud, put, map } = world_;
  await put('old');
  await cloud.advance(120_000);
  await put('new');
  await map({ MaximumRecordAgeInSeconds: 60 });
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, ['new']);
});

test('lanes work side by side, each item in its own', async () => {
  const seen = new Map<string, number[]>();
  await using world_ = await world((event) => {
    for (const { dynamodb } of (event as Event).Records) {
      const id = dynamodb.Keys.id.S;
      seen.set(id, [...(seen.get(id) ?? []), Number(dynamodb.NewImage.n.N)]);
    }
  });
  const { cloud, put, map } = world_;
  await map({ ParallelizationFactor: 4, BatchSize: 2 });
  for (let n = 1; n <= 5; n += 1) for (const id of ['a', 'b', 'c', 'd', 'e']) await put(id, n);
  await cloud.server.cloud.settle();
  for (const id of ['a', 'b', 'c', 'd', 'e']) assert.deepEqual(seen.get(id), [1, 2, 3, 4, 5]);
});

test('a tumbling window hands on its state, and ends with its time', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => {
    const { Records, state = {} } = event as Event;
    events.push(event as Event);
    return { state: { sum: (state.sum ?? 0) + Records.length } };
  });
  const { cloud, put, map } = world_;
  await map({ TumblingWindowInSeconds: 60, BatchSize: 2 });
  for (const id of ['a', 'b', 'c']) await put(id);
  await cloud.advance(59_000);
  assert.equal(
    events.some((event) => event.isFinalInvokeForWindow),
    false,
  );
  await cloud.advance(1_000);
  const last = events.at(-1);
  assert.deepEqual(
    [last?.isFinalInvokeForWindow, last?.state, last?.window, last?.Records],
    [true, { sum: 3 }, { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:01:00Z' }, []],
  );
  await put('d');
  await cloud.server.cloud.settle();
  assert.deepEqual(events.at(-1)?.state, {});
});

test('a window whose state is larger than 1 MB ends early, and goes on with a fresh one', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => {
    events.push(event as Event);
    return { state: { fill: 'x'.repeat(events.length === 1 ? 1_048_566 : 5) } };
  });
  const { cloud, put, map } = world_;
  await map({ TumblingWindowInSeconds: 60, BatchSize: 1 });
  await put('a');
  await put('b');
  await cloud.server.cloud.settle();
  const [first, early, second] = events;
  assert.deepEqual(
    [early?.isFinalInvokeForWindow, early?.isWindowTerminatedEarly, early?.state?.fill?.length, early?.Records],
    [true, true, 1_048_566, []],
  );
  assert.deepEqual(early?.shardId, first?.shardId);
  assert.deepEqual(
    [second?.state, second?.window, second?.isWindowTerminatedEarly, idsOf(second)],
    [{}, first?.window, false, ['b']],
  );
});

test('in a window, an answer without a state is a failure', async () => {
  const seen: string[][] = [];
  await using world_ = await world((event) => {
    seen.push(idsOf(event));
    return seen.length === 1 ? {} : { state: {} };
  });
  const { cloud, put, map } = world_;
  await put('a');
  await map({ TumblingWindowInSeconds: 60, MaximumRetryAttempts: 2 });
  await cloud.advance(5_000);
  assert.deepEqual(seen, [['a'], ['a']]);
});

test('a batching window, filters, and what the mapping says of its last batch', async () => {
  const seen: string[][] = [];
  await using world_ = await world((event) => void seen.push(idsOf(event)));
  const { cloud, put, map, lambda } = world_;
  const Pattern = JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { n: { N: ['1'] } } } });
  const { UUID, LastProcessingResult, State } = await map({
    MaximumBatchingWindowInSeconds: 30,
    FilterCriteria: { Filters: [{ Pattern }] },
  });
  assert.deepEqual([State, LastProcessingResult], ['Creating', 'No records processed']);
  for (const [id, n] of [
    ['a', 1],
    ['b', 2],
    ['c', 1],
  ] as const)
    await put(id, n);
  await cloud.advance(29_999);
  assert.deepEqual(seen, []);
  await cloud.advance(1);
  assert.deepEqual(seen, [['a', 'c']]);
  const shown = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  assert.deepEqual([shown.State, shown.LastProcessingResult, shown.MaximumRetryAttempts], ['Enabled', 'OK', -1]);
});

test('streams that could not be read are refused', async () => {
  await using world_ = await world(() => {});
  const refused = async (options: Partial<CreateEventSourceMappingCommandInput>) =>
    (await failure(world_.map(options))).message;
  const gone = 'arn:aws:dynamodb:us-east-1:123456789012:table/nope/stream/2026-01-01T00:00:00.000';
  assert.equal(await refused({ EventSourceArn: gone }), `Stream not found: ${gone}`);
  assert.equal(
    await refused({ StartingPosition: undefined }),
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
  );
  assert.equal(
    await refused({ StartingPosition: 'AT_TIMESTAMP' }),
    `Unsupported starting position for arn type: ${world_.EventSourceArn}`,
  );
});

test('a stream that the role may not describe is refused', async () => {
  await using world_ = await world(() => {}, ['dynamodb:GetRecords', 'logs:*']);
  assert.equal(
    (await failure(world_.map())).message,
    `Cannot access stream ${world_.EventSourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.`,
  );
});
