/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const ARN = (service: string, name: string, region = 'us-east-1') =>
  `arn:aws:${service}:${region}:123456789012:${name}`;

async function refused(answer: Promise<unknown>, text: string) {
  const { name, message } = await failure(answer);
  assert.deepEqual([name, message], ['InvalidParameterValueException', text]);
}

const ACTIONS = ['logs:*', 'sqs:*', 'sns:*', 'lambda:*', 'kinesis:*'];

test('code from two places, half an object, and dead letters that can’t be', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud, ACTIONS);
  const create = (more: Partial<CreateFunctionCommandInput>) => {
    const command = new CreateFunctionCommand({
      FunctionName: 'f',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: role,
      Code: { ZipFile: zip({ 'index.mjs': '' }) },
      ...more,
    });
    return lambda.send(command);
  };
  const letters = (TargetArn: string) => create({ DeadLetterConfig: { TargetArn } });
  const badArn = 'Invalid dead letter queue ARN:';
  await refused(
    create({ Code: { ZipFile: zip({ 'index.mjs': '' }), S3Bucket: 'code', S3Key: 'f.zip' } }),
    'Please do not provide other FunctionCode parameters when providing a ZipFile.',
  );
  await refused(
    create({ Code: { S3Bucket: 'code' } }),
    'S3 Bucket and Key are required for uploading with S3 parameters.',
  );
  await refused(
    letters(ARN('sqs', 'q.fifo')),
    `${badArn} FIFO SQS queue is not supported for dead letter configuration`,
  );
  await refused(
    letters(ARN('lambda', 'function:g')),
    `${badArn} The service specified by the TargetArn is not supported for dead letter configuration.`,
  );
  await refused(
    letters(ARN('sqs', 'q', 'eu-west-1')),
    `${badArn} The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with.`,
  );
});

test('destinations of asynchronous calls that can’t be', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud, ACTIONS);
  await createFunction(cloud, role, 'f', '');
  const put = (Destination: string) =>
    lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'f',
        DestinationConfig: { OnSuccess: { Destination: '' }, OnFailure: { Destination } },
      }),
    );
  const invalid = (arn: string) =>
    `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=), onFailure=OnFailure(destination=${arn})) is invalid.`;
  for (const arn of [ARN('sqs', 'q.fifo'), ARN('sqs', 'q', 'eu-west-1'), ARN('kinesis', 'stream/s')])
    await refused(put(arn), invalid(arn));
  await refused(put(ARN('sns', 't.fifo')), "FIFO-type Amazon SNS topics aren't supported as a destination.");
});

test('event source mappings that can’t be', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud, ACTIONS);
  await createFunction(cloud, role, 'f', '');
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 5 }));
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }));
  const queue = ARN('sqs', 'q');
  const stream = ARN('kinesis', 'stream/s');
  const map = (EventSourceArn: string, more: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    new CreateEventSourceMappingCommand({ FunctionName: 'f', EventSourceArn, ...more });
  const LATEST = { StartingPosition: 'LATEST' } as const;
  const filters = Array.from({ length: 11 }, () => ({ Pattern: '{"body":["a"]}' }));
  const onFailure = (Destination: string) => ({ ...LATEST, DestinationConfig: { OnFailure: { Destination } } });
  const badMetrics = 'Invalid EventSourceMapping metrics. Expected values: [EventCount]';
  const badPollers =
    'MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]';
  const cases: [CreateEventSourceMappingCommand, string][] = [
    [map('arn:aws:s3:::bucket'), 'Unrecognized event source. Unsupported source arn : arn:aws:s3:::bucket'],
    [map(queue, LATEST), 'StartingPosition is not valid for SQS event sources.'],
    [map(queue, { StartingPositionTimestamp: new Date(0) }), 'Timestamp is not valid for SQS event sources.'],
    [map(queue, { MetricsConfig: { Metrics: ['ErrorCount'] } }), badMetrics],
    [map(stream, { ...LATEST, MetricsConfig: { Metrics: ['KafkaMetrics'] } }), badMetrics],
    [
      map(stream, { ...LATEST, ProvisionedPollerConfig: { MinimumPollers: 2 } }),
      'Unsupported ProvisionedPollerConfig parameter for given event source mapping type.',
    ],
    [map(queue, { ProvisionedPollerConfig: { MinimumPollers: 1 } }), badPollers],
    [map(queue, { ProvisionedPollerConfig: { MaximumPollers: 1 } }), badPollers],
    [
      map(queue, { ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 4 } }),
      'MinimumPollers must be less than or equal to MaximumPollers.',
    ],
    [
      map(queue, { ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: 'g' } }),
      'Invalid parameter: pollerGroupName',
    ],
    [
      map(queue, { ProvisionedPollerConfig: { MinimumPollers: 2 }, ScalingConfig: { MaximumConcurrency: 5 } }),
      'Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency.',
    ],
    [
      map(ARN('sqs', 'q.fifo'), { BatchSize: 11 }),
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [
      map(ARN('sqs', 'q.fifo'), { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 }),
      'Batching window is not supported for FIFO queues',
    ],
    [
      map(queue, { FilterCriteria: { Filters: filters } }),
      'Too many filter patterns, maximum allowed 5 patterns, provided 11 patterns.',
    ],
    [
      map(queue, { ScalingConfig: { MaximumConcurrency: 100 } }),
      'MaximumConcurrency: 100 is greater than Function Reserved Concurrency: 5',
    ],
    [
      map(stream, { ...LATEST, MaximumRecordAgeInSeconds: 59 }),
      'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    ],
    [
      map(stream, { ...LATEST, StartingPositionTimestamp: new Date(0) }),
      'Timestamp only valid with StartingPosition AT_TIMESTAMP',
    ],
    [
      map(stream, onFailure(ARN('lambda', 'function:g'))),
      "The service specified by the TargetArn isn't supported as a destination.",
    ],
    [map(stream, onFailure(ARN('sqs', 'q.fifo'))), "FIFO-type Amazon SQS queues aren't supported as a destination."],
  ];
  for (const [command, text] of cases) await refused(lambda.send(command), text);
});
