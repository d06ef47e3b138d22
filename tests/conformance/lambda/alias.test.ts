import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListAliasesCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const FunctionName = 'f';

/** A cloud with a function `f` and, of it, versions 1 and 2. */
async function world(f: SimulatedHandler = (_, { spec }) => spec.version) {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  await createFunction(cloud, await functionRole(cloud), 'f', '', { Timeout: 20 });
  const lambda = cloud.client(LambdaClient);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 7 }));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const call = async (Qualifier?: string) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Qualifier }));
    return [answer.ExecutedVersion, JSON.parse(answer.Payload?.transformToString() ?? '')];
  };
  return { cloud, lambda, call, [Symbol.asyncDispose]: cloud.close };
}

test('an alias is made, called, moved, listed and deleted', async () => {
  await using world_ = await world();
  const { lambda, call } = world_;
  const made = await lambda.send(
    new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', Description: 'ours' }),
  );
  assert.deepEqual(
    { ...made, RevisionId: '', $metadata: '' },
    { AliasArn: `${ARN}:live`, Name: 'live', FunctionVersion: '1', Description: 'ours', RevisionId: '', $metadata: '' },
  );
  assert.deepEqual(await call('live'), ['1', '1']);
  const shown = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' }));
  assert.deepEqual([shown.FunctionArn, shown.Version], [`${ARN}:live`, '1']);
  const used = await failure(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' })));
  assert.deepEqual(
    [used.name, used.message],
    [
      'ResourceConflictException',
      'Version cannot be deleted because it is being referenced by the following aliases: live',
    ],
  );
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
  assert.deepEqual(await call('live'), ['2', '2']);
  const { Aliases } = await lambda.send(new ListAliasesCommand({ FunctionName, FunctionVersion: '2' }));
  assert.deepEqual(
    Aliases?.map(({ Name, Description }) => [Name, Description]),
    [['live', 'ours']],
  );
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
  const gone = await failure(lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' })));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', `Cannot find alias arn: ${ARN}:live`]);
});

test('an alias of two versions shares its calls out by weight', async () => {
  await using world_ = await world();
  const { lambda, call } = world_;
  await lambda.send(
    new CreateAliasCommand({
      FunctionName,
      Name: 'canary',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } },
    }),
  );
  let second = 0;
  for (let count = 0; count < 200; count += 1) if ((await call('canary'))[0] === '2') second += 1;
  assert.ok(second > 30 && second < 95, `${second} of 200`);
  const refused = async (FunctionVersion: string, weights: Record<string, number>) => {
    const RoutingConfig = { AdditionalVersionWeights: weights };
    return (
      await failure(
        lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'canary', FunctionVersion, RoutingConfig })),
      )
    ).message;
  };
  assert.equal(
    await refused('$LATEST', { 1: 0.5 }),
    '$LATEST is not supported for an alias pointing to more than 1 version',
  );
  assert.equal(
    await refused('1', { 1: 0.5 }),
    'Invalid function version 1. Function version 1 is already included in routing configuration.',
  );
  assert.equal(await refused('1', { 7: 0.5 }), `Function not found: ${ARN}:7`);
});

test('an alias is not moved to a version that it routes to already, and no version is called 0', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.3 } };
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'canary', FunctionVersion: '1', RoutingConfig }));
  const moved = async (FunctionVersion: string) =>
    (await failure(lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'canary', FunctionVersion })))).message;
  assert.equal(
    await moved('2'),
    'Invalid function version 2. Function version 2 is already included in routing configuration.',
  );
  assert.equal(await moved('$LATEST'), '$LATEST is not supported for an alias pointing to more than 1 version');
  for (const Qualifier of ['0', '01'])
    assert.equal(
      (await failure(lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier })))).message,
      `Function not found: ${ARN}:${Qualifier}`,
    );
  assert.equal(await moved('0'), `Function not found: ${ARN}:0`);
  await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '0' }));
  const { Version } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.equal(Version, '$LATEST');
});

test('an alias or a version that is gone leaves nothing provisioned to the next of its name', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const alias = { FunctionName, Name: 'live', FunctionVersion: '1' };
  const of = { FunctionName, Qualifier: 'live' };
  await lambda.send(new CreateAliasCommand(alias));
  await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 1 }));
  await lambda.send(new DeleteAliasCommand(alias));
  await lambda.send(new CreateAliasCommand(alias));
  const { ProvisionedConcurrencyConfigs } = await lambda.send(
    new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
  );
  assert.deepEqual(ProvisionedConcurrencyConfigs, []);
  const version = { FunctionName, Qualifier: '2' };
  await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...version, ProvisionedConcurrentExecutions: 1 }));
  await lambda.send(new DeleteFunctionCommand(version));
  const kept = await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
  assert.deepEqual(kept.ProvisionedConcurrencyConfigs, []);
});

test('reserved concurrency bounds a function, and is taken from the others', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await using world_ = await world(async () => gate);
  const { lambda, call } = world_;
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }));
  const running = call();
  while (
    world_.cloud.server.cloud.kernel.engines.function.running({ account: '123456789012', region: 'us-east-1' }) === 0
  )
    await new Promise((resolve) => setImmediate(resolve));
  const busy = await failure(call());
  assert.deepEqual(
    [busy.name, busy.message, (busy as { Reason?: string }).Reason],
    ['TooManyRequestsException', 'Rate Exceeded.', 'ReservedFunctionConcurrentInvocationLimitExceeded'],
  );
  release();
  await running;
  const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}));
  assert.deepEqual(
    [AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions, AccountUsage?.FunctionCount],
    [1_000, 999, 1],
  );
  const much = await failure(
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 })),
  );
  assert.equal(
    much.message,
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
  assert.equal(
    (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions,
    1,
  );
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  const free = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  assert.equal(free.ReservedConcurrentExecutions, undefined);
});

test('an answer comes as a stream of events, its end last', async () => {
  await using cloud = await startTestCloud();
  const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
    stream.write('one ');
    await new Promise((done) => setTimeout(done, 50));
    if (event.fail) throw new RangeError('too far');
    stream.write('two');
    stream.end();
  });`;
  await createFunction(cloud, await functionRole(cloud), 'f', source);
  const lambda = cloud.client(LambdaClient);
  const call = async (event: object) => {
    const { EventStream = [] } = await lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event), LogType: 'Tail' }),
    );
    const pieces: string[] = [];
    for await (const one of EventStream as AsyncIterable<{
      PayloadChunk?: { Payload?: Uint8Array };
      InvokeComplete?: { ErrorCode?: string; LogResult?: string };
    }>) {
      if (one.PayloadChunk !== undefined) pieces.push(Buffer.from(one.PayloadChunk.Payload ?? []).toString());
      if (one.InvokeComplete !== undefined)
        pieces.push(`end ${one.InvokeComplete.ErrorCode} ${(one.InvokeComplete.LogResult ?? '').length > 0}`);
    }
    return pieces;
  };
  assert.deepEqual(await call({}), ['one ', 'two', 'end undefined true']);
  assert.deepEqual(await call({ fail: true }), ['one ', 'end Unhandled true']);
});
