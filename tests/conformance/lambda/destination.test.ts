import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:told';
const FunctionName = 'f';

/** A cloud with functions `f` and `g`, and a queue that is told. */
async function world(handlers: { [name: string]: SimulatedHandler }) {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions(handlers) } });
  const role = await functionRole(cloud, ['sqs:*', 'lambda:*']);
  for (const name of Object.keys(handlers)) await createFunction(cloud, role, name, '', { Timeout: 20 });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const lambda = cloud.client(LambdaClient);
  return {
    cloud,
    lambda,
    sqs,
    QueueUrl,
    send: async (event: unknown) => {
      const { $metadata } = await lambda.send(
        new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
      );
      await cloud.server.cloud.settle();
      return $metadata.requestId;
    },
    told: async () => {
      await cloud.server.cloud.settle();
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: 43_000,
        }),
      );
      return (Messages ?? []).map(({ Body = '', MessageAttributes }) => ({ ...JSON.parse(Body), MessageAttributes }));
    },
    [Symbol.asyncDispose]: cloud.close,
  };
}

// Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations", "Configuring S3 as destination".
test('a bucket gets the record of what failed', async () => {
  await using world_ = await world({ f: () => assert.fail('no') });
  const { cloud, lambda, send } = world_;
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'failed-events' }));
  const DestinationConfig = { OnFailure: { Destination: 'arn:aws:s3:::failed-events' } };
  const put = () =>
    lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig }));
  assert.match(
    (await failure(put())).message,
    /does not have permissions to call PutObject on arn:aws:s3:::failed-events$/,
  );
  await cloud.client(IAMClient).send(
    new PutRolePolicyCommand({
      RoleName: 'functions',
      PolicyName: 'writes',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::failed-events/*' }],
      }),
    }),
  );
  await put();
  const both = { OnSuccess: DestinationConfig.OnFailure };
  const refused = lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: both }));
  assert.match((await failure(refused)).message, /^The provided destination config .* is invalid\.$/);
  const requestId = await send({ a: 1 });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'failed-events' }));
  const [{ Key = '' } = {}] = Contents;
  assert.match(Key, /^aws\/lambda\/async\/f\/2026\/01\/01\/2026-01-01T00\.00\.00-[0-9a-f-]{36}$/);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'failed-events', Key }));
  const { requestContext, requestPayload } = JSON.parse((await Body?.transformToString()) ?? '');
  assert.deepEqual(
    [requestContext.requestId, requestContext.condition, requestPayload],
    [requestId, 'RetriesExhausted', { a: 1 }],
  );
});

test('destinations are told how an event ended', async () => {
  await using world_ = await world({
    f: (event) => {
      if ((event as { fail?: boolean }).fail === true) throw new TypeError('no');
      return 'done';
    },
  });
  const { cloud, lambda, send, told } = world_;
  const Destination = QUEUE_ARN;
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: { Destination }, OnFailure: { Destination } },
    }),
  );
  const good = await send({ a: 1 });
  const common = { version: '1.0', MessageAttributes: undefined };
  const [success] = await told();
  assert.deepEqual(success, {
    ...common,
    timestamp: '2026-01-01T00:00:00.000Z',
    requestContext: {
      requestId: good,
      functionArn: `${ARN}:$LATEST`,
      condition: 'Success',
      approximateInvokeCount: 1,
    },
    requestPayload: { a: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: 'done',
  });
  const bad = await send({ fail: true });
  assert.deepEqual(await told(), []);
  await cloud.advance(60_000);
  const [failed] = await told();
  assert.deepEqual(failed, {
    ...common,
    timestamp: '2026-01-01T00:01:00.000Z',
    requestContext: {
      requestId: bad,
      functionArn: `${ARN}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 2,
    },
    requestPayload: { fail: true },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'TypeError', errorMessage: 'no', trace: [] },
  });
});

test('an answer that is no JSON is not told', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud, ['sqs:*']);
  const source = `export const handler = awslambda.streamifyResponse(async (_event, stream) => { stream.end('<p>hello'); });`;
  await createFunction(cloud, role, FunctionName, source);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const lambda = cloud.client(LambdaClient);
  const DestinationConfig = { OnSuccess: { Destination: QUEUE_ARN } };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  await cloud.server.cloud.settle();
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const records = Messages.map(({ Body = '' }) => JSON.parse(Body));
  assert.deepEqual(
    records.map(({ responsePayload, requestContext, deliveryError }) => [
      responsePayload,
      requestContext.condition,
      deliveryError,
    ]),
    [[undefined, 'Success', { statusCode: 400, errorCode: 'InvalidRequestContentException' }]],
  );
});

test('a dead-letter queue gets the event itself; events of a function that may not run end at once', async () => {
  await using world_ = await world({
    f: () => {
      throw new TypeError('no');
    },
  });
  const { lambda, send, told, cloud } = world_;
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn: QUEUE_ARN } }),
  );
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
  const id = await send({ a: 1 });
  assert.deepEqual(await told(), [
    {
      a: 1,
      MessageAttributes: {
        RequestID: { DataType: 'String', StringValue: id },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'no' },
      },
    },
  ]);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  const never = await send({ a: 2 });
  const zero = 'Function not invoked. Function isconfigured with zero reserved concurrent executions';
  assert.deepEqual(await told(), [
    {
      a: 2,
      MessageAttributes: {
        RequestID: { DataType: 'String', StringValue: never },
        ErrorMessage: { DataType: 'String', StringValue: zero },
      },
    },
  ]);
  await cloud.server.cloud.settle();
});

test('a function is a destination, and hears the record; an event that is too old is given up', async () => {
  const heard: unknown[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await using world_ = await world({ f: () => gate, g: (event) => void heard.push(event) });
  const { cloud, lambda, send } = world_;
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: ARN.replace(/f$/, 'g') } },
    }),
  );
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }));
  const first = lambda.send(new InvokeCommand({ FunctionName }));
  while (cloud.server.cloud.kernel.engines.function.running({ account: '123456789012', region: 'us-east-1' }) === 0)
    await new Promise((resolve) => setImmediate(resolve));
  const throttled = await send({ waits: true });
  await cloud.advance(61_000);
  release();
  await first;
  await cloud.server.cloud.settle();
  const [record] = heard as { requestContext: object; responseContext: object; responsePayload?: unknown }[];
  assert.deepEqual(record?.requestContext, {
    requestId: throttled,
    functionArn: `${ARN}:$LATEST`,
    condition: 'EventAgeExceeded',
    approximateInvokeCount: 0,
  });
  assert.deepEqual([record?.responseContext, record?.responsePayload], [{ statusCode: 429 }, undefined]);
});

// Source: radkawar/stackd, measured in 2026.
test('what would be too old by its next try ends at once, and a success is told as one call', async () => {
  let calls = 0;
  await using world_ = await world({
    f: () => {
      calls += 1;
      if (calls !== 2) throw new TypeError('é'.repeat(600));
      return 'done';
    },
  });
  const { cloud, lambda, send, told } = world_;
  const DestinationConfig = { OnSuccess: { Destination: QUEUE_ARN }, OnFailure: { Destination: QUEUE_ARN } };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  await send({ a: 1 });
  await cloud.advance(60_000);
  type Told = { requestContext?: { condition: string; approximateInvokeCount: number }; responsePayload?: unknown };
  const context = (record?: Told) => [
    record?.requestContext?.condition,
    record?.requestContext?.approximateInvokeCount,
  ];
  assert.deepEqual((await told()).map(context), [['Success', 1]]);
  const { OnFailure } = DestinationConfig;
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure },
    }),
  );
  await send({ a: 2 });
  assert.deepEqual((await told()).map(context), [['EventAgeExceeded', 1]]);
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn: QUEUE_ARN } }),
  );
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 }));
  await send({ a: 2 });
  const [letter] = await told();
  const { ErrorMessage } = letter?.MessageAttributes ?? {};
  assert.equal(ErrorMessage?.StringValue, 'é'.repeat(512));
});

test('a chain of calls that comes back to its function ends after sixteen', async () => {
  let calls = 0;
  let QueueUrl: string | undefined;
  let sqs: SQSClient | undefined;
  await using world_ = await world({
    f: async (_, { call }) => {
      calls += 1;
      // As the SDK in a function does: the trace goes along.
      const command = new SendMessageCommand({ QueueUrl, MessageBody: 'again' });
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-amzn-trace-id'] = call.trace;
          return next(args);
        },
        { step: 'build' },
      );
      await sqs?.send(command);
    },
  });
  const { cloud, lambda } = world_;
  sqs = world_.sqs;
  QueueUrl = world_.QueueUrl;
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: QUEUE_ARN }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'first' }));
  await cloud.server.cloud.settle();
  assert.equal(calls, 16);
});

test('configurations of events are shown, changed and deleted; InvokeAsync still works', async () => {
  const seen: unknown[] = [];
  await using world_ = await world({ f: (event) => void seen.push(event) });
  const { cloud, lambda } = world_;
  const none = await failure(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })));
  assert.deepEqual(
    [none.name, none.message],
    ['ResourceNotFoundException', `The function ${ARN}:$LATEST doesn't have an EventInvokeConfig`],
  );
  const empty = await failure(lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName })));
  assert.equal(empty.message, 'You must specify at least one of error handling or destination setting.');
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
  await lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 90 }));
  const { $metadata: _, ...shown } = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
  assert.deepEqual(shown, {
    LastModified: new Date('2026-01-01T00:00:00Z'),
    FunctionArn: `${ARN}:$LATEST`,
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 90,
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  });
  const { FunctionEventInvokeConfigs } = await lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName }));
  assert.equal(FunctionEventInvokeConfigs?.length, 1);
  await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  const { Status } = await lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: Buffer.from('{"x":1}') }));
  assert.equal(Status, 202);
  await cloud.server.cloud.settle();
  assert.deepEqual(seen, [{ x: 1 }]);
});
