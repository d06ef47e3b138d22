import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

type Record_ = { body: string; messageId: string; [name: string]: unknown };
type Event = { Records: Record_[] };

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:jobs';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:takes';

/** A cloud with a queue and a function of one handler. */
async function world(handler: SimulatedHandler, attributes: Record<string, string> = {}, QueueName = 'jobs') {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ takes: handler }) } });
  const role = await functionRole(cloud, ['sqs:*', 'logs:*']);
  await createFunction(cloud, role, 'takes', '', { Timeout: 20 });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
  return { cloud, sqs, QueueUrl, role, lambda: cloud.client(LambdaClient), [Symbol.asyncDispose]: cloud.close };
}

function map(cloud: TestCloud, options: Partial<CreateEventSourceMappingCommandInput> = {}) {
  return cloud
    .client(LambdaClient)
    .send(new CreateEventSourceMappingCommand({ FunctionName: 'takes', EventSourceArn: QUEUE_ARN, ...options }));
}

function gather() {
  const seen: string[][] = [];
  const handler: SimulatedHandler = (event) => {
    seen.push((event as Event).Records.map(({ body }) => body));
  };
  return { seen, handler };
}

test('messages reach the function in the form of Lambda, and are deleted when it has taken them', async () => {
  const events: Event[] = [];
  await using world_ = await world((event) => void events.push(event as Event));
  const { cloud, sqs, QueueUrl } = world_;
  await map(cloud);
  const { MessageId } = await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'one',
      MessageAttributes: {
        colour: { DataType: 'String', StringValue: 'blue' },
        raw: { DataType: 'Binary', BinaryValue: Buffer.from('raw') },
      },
    }),
  );
  await cloud.server.cloud.settle();
  const [record] = events[0]?.Records ?? [];
  assert.deepEqual(
    { ...record, receiptHandle: undefined, attributes: { ...(record?.attributes as object), SenderId: undefined } },
    {
      messageId: MessageId,
      receiptHandle: undefined,
      body: 'one',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1767225600000',
        SenderId: undefined,
        ApproximateFirstReceiveTimestamp: '1767225600000',
      },
      messageAttributes: {
        colour: { stringValue: 'blue', stringListValues: [], binaryListValues: [], dataType: 'String' },
        raw: { binaryValue: 'cmF3', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfMessageAttributes: record?.md5OfMessageAttributes,
      md5OfBody: 'f97c5d29941bfb1b2fdab0874906ab82',
      eventSource: 'aws:sqs',
      eventSourceARN: QUEUE_ARN,
      awsRegion: 'us-east-1',
    },
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  assert.deepEqual(Attributes, { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
});

test('a message whose trace no header can carry arrives, with a trace of its own', async () => {
  const traces: string[] = [];
  await using world_ = await world((_, { call }) => void traces.push(call.trace));
  const { cloud, sqs, QueueUrl } = world_;
  await map(cloud);
  for (const StringValue of ['Root=1-5759e988-bd862e3fe1be46a994272793', 'Root=1 \n€', `Root=${'x'.repeat(20_000)}`]) {
    const MessageSystemAttributes = { AWSTraceHeader: { DataType: 'String', StringValue } };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageSystemAttributes }));
    await cloud.server.cloud.settle();
  }
  assert.equal(traces.length, 3);
  assert.match(traces[0] ?? '', /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=0;Lineage=/);
  for (const trace of traces.slice(1)) assert.match(trace, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};/);
});

test('what was there before the mapping, and what is delayed, arrives at its time', async () => {
  const { seen, handler } = gather();
  await using world_ = await world(handler);
  const { cloud, sqs, QueueUrl } = world_;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'before' }));
  await map(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 90 }));
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, [['before']]);
  await cloud.advance(89_999);
  assert.deepEqual(seen, [['before']]);
  await cloud.advance(1);
  assert.deepEqual(seen, [['before'], ['late']]);
});

test('a batch that fails comes back after the visibility timeout, and ends in the dead-letter queue', async () => {
  let calls = 0;
  await using world_ = await world(() => {
    calls += 1;
    throw new Error('no');
  });
  const { cloud, sqs } = world_;
  const dead = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'risky',
      Attributes: {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead',
          maxReceiveCount: 2,
        }),
      },
    }),
  );
  await map(cloud, { EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:risky' });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
  await cloud.server.cloud.settle();
  assert.equal(calls, 1);
  await cloud.advance(30_000);
  assert.equal(calls, 2);
  await cloud.advance(30_000);
  assert.equal(calls, 2);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead.QueueUrl }));
  assert.equal(Messages?.[0]?.Body, 'poison');
});

test('with partial answers only what failed comes back; an answer that makes no sense fails all', async () => {
  const seen: string[][] = [];
  await using world_ = await world((event) => {
    const { Records } = event as Event;
    seen.push(Records.map(({ body }) => body).toSorted());
    if (seen.length === 3) return { batchItemFailures: [{ itemIdentifier: 'nobody' }] };
    const failed = Records.filter(({ body }) => body.startsWith('bad') && seen.length === 1);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  const { cloud, sqs, QueueUrl } = world_;
  const Entries = ['good', 'bad 1', 'bad 2'].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await map(cloud, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
  await cloud.server.cloud.settle();
  await cloud.advance(30_000);
  assert.deepEqual(seen, [
    ['bad 1', 'bad 2', 'good'],
    ['bad 1', 'bad 2'],
  ]);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
  await cloud.server.cloud.settle();
  await cloud.advance(30_000);
  assert.deepEqual(seen.slice(2), [['again'], ['again']]);
});

test('a batching window gathers until a batch is full or time is over', async () => {
  const { seen, handler } = gather();
  await using world_ = await world(handler);
  const { cloud, sqs, QueueUrl } = world_;
  await map(cloud, { BatchSize: 20, MaximumBatchingWindowInSeconds: 10 });
  const send = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, at) =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(from + at) })),
      ),
    );
  await send(0, 12);
  await cloud.advance(9_999);
  assert.equal(seen.length, 0);
  await cloud.advance(1);
  assert.deepEqual(
    seen.map((batch) => batch.length),
    [12],
  );
  await send(12, 32);
  await cloud.server.cloud.settle();
  assert.deepEqual(
    seen.map((batch) => batch.length),
    [12, 20],
  );
});

test('filters let through what they match; the rest is deleted', async () => {
  const { seen, handler } = gather();
  await using world_ = await world(handler);
  const { cloud, sqs, QueueUrl } = world_;
  const Filters = [{ Pattern: JSON.stringify({ body: { kind: ['a'] } }) }];
  await map(cloud, { FilterCriteria: { Filters } });
  for (const MessageBody of ['{"kind":"a"}', '{"kind":"b"}', 'plain'])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await cloud.server.cloud.settle();
  await cloud.advance(3_600_000);
  assert.deepEqual(seen.flat(), ['{"kind":"a"}']);
});

test('a filter of plain texts lets through no JSON', async () => {
  const { seen, handler } = gather();
  await using world_ = await world(handler);
  const { cloud, sqs, QueueUrl } = world_;
  const Filters = [{ Pattern: JSON.stringify({ body: [{ prefix: 'a' }, { prefix: '{' }] }) }];
  await map(cloud, { FilterCriteria: { Filters } });
  for (const MessageBody of ['abc', '{"kind":"a"}', 'bcd'])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await cloud.server.cloud.settle();
  assert.deepEqual(seen.flat(), ['abc']);
});

test('a FIFO queue keeps the order of each group, also when the function fails', async () => {
  const seen: string[] = [];
  let failed = false;
  await using world_ = await world(
    (event) => {
      const bodies = (event as Event).Records.map(({ body }) => body);
      if (bodies.includes('a1') && !failed) {
        failed = true;
        throw new Error('once');
      }
      seen.push(...bodies);
    },
    { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
    'jobs.fifo',
  );
  const { cloud, sqs, QueueUrl } = world_;
  await map(cloud, { EventSourceArn: `${QUEUE_ARN}.fifo`, BatchSize: 1 });
  for (const MessageBody of ['a1', 'b1', 'a2', 'b2', 'a3'])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: MessageBody.slice(0, 1) }));
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, ['b1', 'b2']);
  await cloud.advance(30_000);
  assert.deepEqual(seen.slice(2), ['a1', 'a2', 'a3']);
});

test('as many batches at a time as the mapping allows, and a throttled one is tried again', async () => {
  let running = 0;
  let most = 0;
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const seen: string[] = [];
  await using world_ = await world(async (event) => {
    running += 1;
    most = Math.max(most, running);
    await gate;
    running -= 1;
    seen.push(...(event as Event).Records.map(({ body }) => body));
  });
  const { cloud, sqs, QueueUrl, lambda } = world_;
  await map(cloud, { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 3 } });
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'takes', ReservedConcurrentExecutions: 2 }));
  const Entries = Array.from({ length: 6 }, (_, index) => ({ Id: String(index), MessageBody: String(index) }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(most, 2);
  release();
  await cloud.server.cloud.settle();
  await cloud.advance(60_000);
  assert.deepEqual(seen.toSorted(), ['0', '1', '2', '3', '4', '5']);
});

test('mappings are made, shown, changed, stopped and deleted', async () => {
  const { seen, handler } = gather();
  await using world_ = await world(handler);
  const { cloud, sqs, QueueUrl, lambda } = world_;
  const made = await map(cloud, { Tags: { team: 'a' } });
  const UUID = made.UUID ?? '';
  assert.deepEqual(
    { ...made, $metadata: undefined, UUID: undefined },
    {
      $metadata: undefined,
      UUID: undefined,
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      EventSourceArn: QUEUE_ARN,
      FunctionArn: FUNCTION_ARN,
      LastModified: new Date('2026-01-01T00:00:00Z'),
      State: 'Creating',
      StateTransitionReason: 'USER_INITIATED',
      FunctionResponseTypes: [],
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${UUID}`,
    },
  );
  const shown = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  assert.equal(shown.State, 'Enabled');
  const Resource = made.EventSourceMappingArn ?? '';
  await lambda.send(new TagResourceCommand({ Resource, Tags: { x: '1' } }));
  assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, { team: 'a', x: '1' });
  const stopped = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false, BatchSize: 5 }));
  assert.deepEqual([stopped.State, stopped.BatchSize], ['Disabling', 5]);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'waits' }));
  await cloud.advance(600_000);
  assert.deepEqual(seen, []);
  const started = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  assert.equal(started.State, 'Enabling');
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, [['waits']]);
  for (const filter of [{}, { FunctionName: 'takes' }, { EventSourceArn: QUEUE_ARN }]) {
    const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand(filter));
    assert.deepEqual(
      EventSourceMappings?.map((one) => one.UUID),
      [UUID],
    );
  }
  const deleted = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  assert.equal(deleted.State, 'Deleting');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'stays' }));
  await cloud.advance(600_000);
  assert.deepEqual(seen, [['waits']]);
  const gone = await failure(lambda.send(new GetEventSourceMappingCommand({ UUID })));
  assert.deepEqual(
    [gone.name, gone.message],
    ['ResourceNotFoundException', 'The resource you requested does not exist.'],
  );
});

test('mappings that could not work are refused', async () => {
  await using world_ = await world(() => {});
  const { cloud, sqs } = world_;
  const refused = async (options: Partial<CreateEventSourceMappingCommandInput>) => {
    const error = await failure(map(cloud, options));
    return [error.name, error.message];
  };
  const invalid = (message: string) => ['InvalidParameterValueException', message];
  assert.deepEqual(await refused({ EventSourceArn: undefined }), invalid('Unrecognized event source.'));
  assert.deepEqual(await refused({ FunctionName: 'nope' }), invalid('Function does not exist'));
  assert.deepEqual(
    await refused({ EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:nope' }),
    invalid(
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
    ),
  );
  assert.deepEqual(
    await refused({ BatchSize: 11 }),
    invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10'),
  );
  assert.deepEqual(
    await refused({ FilterCriteria: { Filters: [{ Pattern: '{"body":1}' }] } }),
    invalid('Invalid filter pattern definition.'),
  );
  assert.deepEqual(
    await refused({ BisectBatchOnFunctionError: true }),
    invalid('Unsupported BisectBatchOnFunctionError parameter for given event source mapping type.'),
  );
  await sqs.send(new CreateQueueCommand({ QueueName: 'short', Attributes: { VisibilityTimeout: '10' } }));
  assert.deepEqual(
    await refused({ EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:short' }),
    invalid('Queue visibility timeout: 10 seconds is less than Function timeout: 20 seconds'),
  );
  await createFunction(cloud, await functionRole(cloud, ['logs:*'], 'weak'), 'weak', '', { Timeout: 3 });
  assert.deepEqual(
    await refused({ FunctionName: 'weak' }),
    invalid('The provided execution role does not have permissions to call ReceiveMessage on SQS'),
  );
  const { UUID } = await map(cloud);
  assert.deepEqual(await refused({}), [
    'ResourceConflictException',
    `An event source mapping with SQS arn (" ${QUEUE_ARN} ") and function (" takes ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
  ]);
});
