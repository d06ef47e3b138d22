/** Event source mappings whatever their source: listed page by page, changed, of whose function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateCodeSigningConfigCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionUrlConfigCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionCodeSigningConfigCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const FunctionName = 'takes';
const PROFILE = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789';

async function world(takes: SimulatedHandler = () => null) {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ takes }) } });
  await createFunction(cloud, await functionRole(cloud, ['sqs:*', 'logs:*']), FunctionName, '');
  const lambda = cloud.client(LambdaClient);
  const map = async (QueueName: string, more: object = {}) => {
    await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName }));
    const EventSourceArn = `arn:aws:sqs:us-east-1:123456789012:${QueueName}`;
    return lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...more }));
  };
  return { cloud, lambda, map, [Symbol.asyncDispose]: cloud.close };
}

test('a function’s mapping of one source is found however many it has', async () => {
  await using world_ = await world();
  const { lambda, map } = world_;
  const made = [];
  for (const name of ['a', 'b', 'c']) made.push(await map(name));
  for (const { UUID, EventSourceArn } of made) {
    const asked = new ListEventSourceMappingsCommand({ FunctionName, EventSourceArn, MaxItems: 1 });
    const { EventSourceMappings, NextMarker } = await lambda.send(asked);
    assert.deepEqual([EventSourceMappings?.map((one) => one.UUID), NextMarker], [[UUID], undefined]);
  }
});

test('a mapping’s key is taken away by an empty one', async () => {
  await using world_ = await world();
  const { lambda, map } = world_;
  const KMSKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000';
  const { UUID } = await map('a', { KMSKeyArn });
  const kept = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 }));
  assert.equal(kept.KMSKeyArn, KMSKeyArn);
  const cleared = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, KMSKeyArn: '' }));
  assert.equal(cleared.KMSKeyArn, undefined);
});

test('what is counted of a mapping ends with an empty configuration, as its filters do', async () => {
  await using world_ = await world();
  const { lambda, map } = world_;
  const counted = { Metrics: ['EventCount' as const] };
  const { UUID, MetricsConfig } = await map('a', { MetricsConfig: counted });
  assert.deepEqual(MetricsConfig, counted);
  const kept = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 }));
  assert.deepEqual(kept.MetricsConfig, counted);
  const cleared = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, MetricsConfig: {} }));
  assert.equal(cleared.MetricsConfig, undefined);
});

test('filters under a key that Lambda may not open are refused; those that it may are not listed', async () => {
  await using world_ = await world();
  const { cloud, lambda, map } = world_;
  const owner = { Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'kms:*', Resource: '*' };
  const opener = {
    Effect: 'Allow',
    Principal: { Service: 'lambda.us-east-1.amazonaws.com' },
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:us-east-1:123456789012:event-source-mapping:*' },
      StringEquals: {
        'kms:EncryptionContext:aws:lambda:FunctionArn': `arn:aws:lambda:us-east-1:123456789012:function:${FunctionName}`,
        'kms:EncryptionContext:aws:lambda:EventSourceArn': 'arn:aws:sqs:us-east-1:123456789012:b',
      },
    },
  };
  const key = async (...Statement: object[]) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({ Policy }));
    return KeyMetadata?.Arn;
  };
  const FilterCriteria = { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] };
  const { name, message } = await failure(map('a', { KMSKeyArn: await key(owner), FilterCriteria }));
  assert.deepEqual(
    [name, message],
    [
      'InvalidParameterValueException',
      'Lambda service principal was denied access to decrypt your filter criteria. Please check your KMS key policy',
    ],
  );
  const made = await map('b', { KMSKeyArn: await key(owner, opener), FilterCriteria });
  assert.deepEqual(made.FilterCriteria, FilterCriteria);
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  assert.equal(EventSourceMappings?.[0]?.FilterCriteria, undefined);
  const found = await lambda.send(new GetEventSourceMappingCommand({ UUID: made.UUID }));
  assert.deepEqual(found.FilterCriteria, FilterCriteria);
  const closed = new UpdateEventSourceMappingCommand({ UUID: made.UUID, KMSKeyArn: await key(owner) });
  assert.equal((await failure(lambda.send(closed))).message, message);
});

test('pollers of its own take ten batches each at a time, and are given up', async () => {
  let running = 0;
  const gate = Promise.withResolvers<void>();
  await using world_ = await world(async () => {
    running += 1;
    await gate.promise;
  });
  const { cloud, lambda, map } = world_;
  const { UUID, ProvisionedPollerConfig } = await map('a', {
    BatchSize: 1,
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 },
  });
  assert.deepEqual(ProvisionedPollerConfig, { MinimumPollers: 2, MaximumPollers: 2 });
  const QueueUrl = 'http://localhost/123456789012/a';
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: String(index) }));
  for (let turn = 0; turn < 3; turn += 1)
    await cloud.client(SQSClient).send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(running, 20);
  gate.resolve();
  await cloud.server.cloud.settle();
  assert.equal(running, 30);
  const update = (ProvisionedPollerConfig: object) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, ProvisionedPollerConfig }));
  const changed = await update({ MinimumPollers: 3 });
  assert.deepEqual(changed.ProvisionedPollerConfig, { MinimumPollers: 3, MaximumPollers: 200 });
  assert.equal((await update({})).ProvisionedPollerConfig, undefined);
});

test('streams have no destination for what went well', async () => {
  await using world_ = await world();
  const { map } = world_;
  const DestinationConfig = { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:123456789012:done' } };
  const EventSourceArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/none';
  const stream = { EventSourceArn, StartingPosition: 'LATEST' };
  const { message } = await failure(map('a', { ...stream, DestinationConfig }));
  assert.equal(message, 'Unsupported DestinationConfig parameter for given event source mapping type.');
});

test('another account’s function is no target, whatever this account has under its name', async () => {
  await using world_ = await world();
  const { map } = world_;
  const { name, message } = await failure(
    map('a', { FunctionName: `arn:aws:lambda:us-east-1:210987654321:function:takes` }),
  );
  assert.deepEqual([name, message], ['InvalidParameterValueException', 'Function does not exist']);
});

test('a policy lets other accounts do most things to a function, but neither configure it nor give it an address', async () => {
  await using world_ = await world();
  const { cloud, lambda } = world_;
  const allowed = { FunctionName, StatementId: 's', Action: 'lambda:*', Principal: '210987654321' };
  await lambda.send(new AddPermissionCommand(allowed));
  const other = cloud.client(LambdaClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'test' } });
  const named = { FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:takes' };
  assert.equal((await other.send(new GetFunctionCommand(named))).Configuration?.FunctionName, FunctionName);
  // What its owner asks of its code is asked of theirs, too.
  const signing = { AllowedPublishers: { SigningProfileVersionArns: [PROFILE] } };
  const { CodeSigningConfig } = await lambda.send(new CreateCodeSigningConfigCommand(signing));
  const CodeSigningConfigArn = CodeSigningConfig?.CodeSigningConfigArn;
  await lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
  const changed = await other.send(new UpdateFunctionCodeCommand({ ...named, ZipFile: zip({ 'index.mjs': 'new' }) }));
  assert.equal(changed.FunctionArn, named.FunctionName);
  for (const asked of [
    new CreateFunctionUrlConfigCommand({ ...named, AuthType: 'NONE' }),
    new UpdateFunctionConfigurationCommand({ ...named, Timeout: 5 }),
    new AddPermissionCommand({ ...allowed, ...named, StatementId: 't' }),
  ])
    assert.equal((await failure(other.send(asked as GetFunctionCommand))).name, 'AccessDeniedException');
});

test('sources that are not here are refused by name', async () => {
  await using world_ = await world();
  const refused = async (given: object) => {
    const asked = new CreateEventSourceMappingCommand({ FunctionName, StartingPosition: 'LATEST', ...given });
    const { name, message } = await failure(world_.lambda.send(asked));
    return [name, message];
  };
  const Endpoints = { KAFKA_BOOTSTRAP_SERVERS: ['kafka.example.com:9092'] };
  assert.deepEqual(await refused({ Topics: ['topic'], SelfManagedEventSource: { Endpoints } }), [
    'NotImplemented',
    'Cloudyard has not built SelfManagedEventSource yet',
  ]);
  const EventSourceArn = 'arn:aws:kafka:us-east-1:123456789012:cluster/c/00000000-0000-0000-0000-000000000000-1';
  assert.deepEqual(await refused({ Topics: ['topic'], EventSourceArn }), [
    'NotImplemented',
    'Cloudyard has not built event sources of kafka yet',
  ]);
});
