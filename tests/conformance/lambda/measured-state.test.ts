/** What Lambda's operations change and leave alone. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListAliasesCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const FunctionName = 'f';
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const SOURCE = 'export const handler = async () => 1;';

async function world() {
  const cloud = await startTestCloud();
  const role = await functionRole(cloud, ['sqs:*']);
  const make = () => createFunction(cloud, role, FunctionName, SOURCE, { Tags: { team: 'a' } });
  await make();
  const lambda = cloud.client(LambdaClient);
  const get = (Qualifier?: string) => lambda.send(new GetFunctionCommand({ FunctionName, Qualifier }));
  const latest = async (): Promise<FunctionConfiguration> => (await get()).Configuration ?? {};
  const publish = async () => (await lambda.send(new PublishVersionCommand({ FunctionName }))).Version;
  const update = (input: Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>) =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...input }));
  return { cloud, lambda, make, get, latest, publish, update, [Symbol.asyncDispose]: cloud.close };
}

test('an update makes a version publishable though it changes nothing, and no number is used twice', async () => {
  await using world_ = await world();
  const { lambda, make, publish, update } = world_;
  assert.deepEqual([await publish(), await publish()], ['1', '1']);
  await update({ Timeout: 20 });
  assert.deepEqual([await publish(), await publish()], ['2', '2']);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.mjs': SOURCE }) }));
  assert.equal(await publish(), '3');
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await make();
  assert.equal(await publish(), '4');
});

test('revisions end with reservations, tags and the version that was published last, not with others', async () => {
  await using world_ = await world();
  const { cloud, lambda, latest, publish, update } = world_;
  const changes = async (act: () => Promise<unknown>) => {
    const before = await latest();
    await cloud.advance(2_000);
    await act();
    const after = await latest();
    return [after.RevisionId !== before.RevisionId, after.LastModified !== before.LastModified];
  };
  const reserve = () =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 3 }));
  const release = () => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  const seen: boolean[][] = [];
  for (const act of [reserve, reserve, release, release]) seen.push(await changes(act));
  assert.deepEqual(seen, [
    [true, false],
    [false, false],
    [true, false],
    [false, false],
  ]);
  const tag = () => lambda.send(new TagResourceCommand({ Resource: ARN, Tags: { team: 'a' } }));
  assert.deepEqual(await changes(tag), [true, true]);
  await publish();
  await update({ Timeout: 7 });
  await publish();
  const remove = (Qualifier: string) => () => lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));
  assert.deepEqual(await changes(remove('1')), [false, false]);
  assert.deepEqual(await changes(remove('2')), [true, false]);
});

test('tags and reservations are told of the function itself, not of what a qualifier names', async () => {
  await using world_ = await world();
  const { lambda, get, publish } = world_;
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 3 }));
  await publish();
  const { Tags, Concurrency } = await get();
  assert.deepEqual([Tags, Concurrency], [{ team: 'a' }, { ReservedConcurrentExecutions: 3 }]);
  for (const qualifier of ['$LATEST', '1']) {
    const { Tags, Concurrency } = await get(qualifier);
    assert.deepEqual([Tags, Concurrency], [undefined, undefined]);
  }
});

test('aliases are listed by their first version, more than fifty at once; an address outlives its alias', async () => {
  await using world_ = await world();
  const { lambda, publish, update } = world_;
  await publish();
  await update({ Timeout: 7 });
  await publish();
  const alias = (Name: string, RoutingConfig?: { AdditionalVersionWeights: Record<string, number> }) =>
    lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1', RoutingConfig }));
  await alias('both', { AdditionalVersionWeights: { 2: 0.5 } });
  await Promise.all(Array.from({ length: 52 }, (_, index) => alias(`a${index}`)));
  const counted = async (input: { FunctionVersion?: string; MaxItems?: number }) => {
    const { Aliases, NextMarker } = await lambda.send(new ListAliasesCommand({ FunctionName, ...input }));
    return [Aliases?.length, NextMarker !== undefined];
  };
  assert.deepEqual(await counted({}), [53, false]);
  assert.deepEqual(await counted({ MaxItems: 51 }), [51, true]);
  assert.deepEqual(await counted({ FunctionVersion: '2' }), [0, false]);
  const place = { FunctionName, Qualifier: 'a0' };
  const address = () => lambda.send(new CreateFunctionUrlConfigCommand({ ...place, AuthType: 'NONE' }));
  const { FunctionUrl } = await address();
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'a0' }));
  const shown = await lambda.send(new GetFunctionUrlConfigCommand(place));
  assert.equal(shown.FunctionUrl, FunctionUrl);
  await alias('a0');
  assert.equal((await failure(address())).name, 'ResourceConflictException');
});

test('what an update leaves empty: destinations and dead letters stay, logging is as new', async () => {
  await using world_ = await world();
  const { cloud, lambda, update } = world_;
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }));
  const Destination = 'arn:aws:sqs:us-east-1:123456789012:q';
  const both = { OnSuccess: { Destination }, OnFailure: { Destination } };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: both }));
  const change = (DestinationConfig: { OnSuccess?: object; OnFailure?: { Destination?: string } }) =>
    lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  assert.deepEqual((await change({ OnSuccess: {} })).DestinationConfig, both);
  const cleared = await change({ OnFailure: { Destination: '' } });
  assert.deepEqual(cleared.DestinationConfig, { ...both, OnFailure: {} });
  assert.equal(
    (await failure(change({}))).message,
    'You must specify at least one of error handling or destination setting.',
  );
  await update({ DeadLetterConfig: { TargetArn: Destination } });
  assert.deepEqual((await update({ DeadLetterConfig: {} })).DeadLetterConfig, { TargetArn: Destination });
  assert.equal((await update({ DeadLetterConfig: { TargetArn: '' } })).DeadLetterConfig, undefined);
  const JSON_LOGS = { LogFormat: 'JSON', LogGroup: 'mine', ApplicationLogLevel: 'WARN' } as const;
  await update({ LoggingConfig: JSON_LOGS });
  assert.deepEqual((await update({ Timeout: 9 })).LoggingConfig, { ...JSON_LOGS, SystemLogLevel: 'INFO' });
  const bare = await update({ LoggingConfig: { LogFormat: 'JSON' } });
  assert.deepEqual(bare.LoggingConfig, {
    LogFormat: 'JSON',
    LogGroup: '/aws/lambda/f',
    ApplicationLogLevel: 'INFO',
    SystemLogLevel: 'INFO',
  });
});

test('a statement that is there is told before a revision that is over', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const add = (RevisionId?: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 's',
        Action: 'lambda:InvokeFunction',
        Principal: '123456789012',
        RevisionId,
      }),
    );
  await add();
  assert.equal((await failure(add('over'))).name, 'ResourceConflictException');
});
