import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { create, reasons, templateOf } from '../cloudformation/stacks.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const FunctionName = 'f';
const SAYS_HOW = `export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;`;
const BREAKS_AHEAD = `if (process.env.AWS_LAMBDA_INITIALIZATION_TYPE === 'provisioned-concurrency') throw new Error('no');${SAYS_HOW}`;

/** A cloud with a function `f` and, of it, versions 1 and 2. */
async function world(source = SAYS_HOW) {
  const cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'f', source, { Timeout: 20 });
  const lambda = cloud.client(LambdaClient);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 7 }));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  return {
    cloud,
    role,
    lambda,
    keep: (Qualifier: string, ProvisionedConcurrentExecutions: number) =>
      lambda.send(
        new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
      ),
    /** Status and counts once nothing moves: requested, allocated, available. */
    async look(Qualifier: string) {
      await cloud.server.cloud.settle();
      const shown = await lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
      return [
        shown.Status,
        shown.StatusReason,
        shown.RequestedProvisionedConcurrentExecutions,
        shown.AllocatedProvisionedConcurrentExecutions,
        shown.AvailableProvisionedConcurrentExecutions,
      ];
    },
    async call(Qualifier: string) {
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Qualifier }));
      return JSON.parse(Payload?.transformToString() ?? '');
    },
    [Symbol.asyncDispose]: cloud.close,
  };
}

test('environments are started ahead of calls, and told so', async () => {
  await using world_ = await world();
  const { lambda, keep, look, call } = world_;
  const made = await keep('1', 2);
  assert.deepEqual(
    [made.Status, made.RequestedProvisionedConcurrentExecutions, made.AllocatedProvisionedConcurrentExecutions],
    ['IN_PROGRESS', 2, 0],
  );
  assert.match(made.LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  assert.deepEqual(await look('1'), ['READY', undefined, 2, 2, 2]);
  assert.equal(await call('1'), 'provisioned-concurrency');
  assert.equal(await call('2'), 'on-demand');
  const { ProvisionedConcurrencyConfigs } = await lambda.send(
    new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
  );
  assert.deepEqual(
    ProvisionedConcurrencyConfigs?.map(({ FunctionArn, Status }) => [FunctionArn, Status]),
    [[`${ARN}:1`, 'READY']],
  );
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '1' }));
  const gone = await failure(look('1'));
  assert.deepEqual(
    [gone.name, gone.message],
    ['ProvisionedConcurrencyConfigNotFoundException', 'No Provisioned Concurrency Config found for this function'],
  );
});

test('what can not start has failed, and calls get environments all the same', async () => {
  await using world_ = await world(BREAKS_AHEAD);
  const { keep, look, call } = world_;
  await keep('1', 2);
  assert.deepEqual(await look('1'), ['FAILED', 'FUNCTION_ERROR_INIT_FAILURE', 2, 0, 0]);
  assert.equal(await call('1'), 'on-demand');
});

test('environments that ended by themselves are started again', async () => {
  await using world_ = await world(`export const handler = async () => process.exit(1);`);
  const { lambda, keep, look } = world_;
  await keep('1', 1);
  assert.deepEqual(await look('1'), ['READY', undefined, 1, 1, 1]);
  await lambda.send(new InvokeCommand({ FunctionName, Qualifier: '1' }));
  assert.deepEqual(await look('1'), ['IN_PROGRESS', undefined, 1, 0, 0]);
  assert.deepEqual(await look('1'), ['READY', undefined, 1, 1, 1]);
});

test('what is kept for an alias moves with it, and ends with it', async () => {
  await using world_ = await world();
  const { cloud, lambda, keep, look } = world_;
  const engine = cloud.server.cloud.kernel.engines.function;
  const kept = () => ['1', '2'].map((version) => engine.provisioned({ arn: `${ARN}:${version}` }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await keep('live', 1);
  assert.deepEqual(
    [await look('live'), kept()],
    [
      ['READY', undefined, 1, 1, 1],
      [1, 0],
    ],
  );
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
  assert.deepEqual(
    [await look('live'), kept()],
    [
      ['READY', undefined, 1, 1, 1],
      [0, 1],
    ],
  );
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
  await cloud.server.cloud.settle();
  assert.deepEqual(kept(), [0, 0]);
});

test('a version and an alias of it are not both provisioned, nor what is not published', async () => {
  await using world_ = await world();
  const { lambda, keep } = world_;
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'newest', FunctionVersion: '$LATEST' }));
  const refusal = async (Qualifier: string) => {
    const { name, message } = await failure(keep(Qualifier, 1));
    return [name, message];
  };
  await keep('live', 1);
  assert.deepEqual(await refusal('1'), [
    'ResourceConflictException',
    'Version is pointed by a Provisioned Concurrency alias',
  ]);
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: 'live' }));
  await keep('1', 1);
  assert.deepEqual(await refusal('live'), [
    'ResourceConflictException',
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
  ]);
  for (const unpublished of ['$LATEST', 'newest'])
    assert.deepEqual(await refusal(unpublished), [
      'InvalidParameterValueException',
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    ]);
});

test('a stack waits for what is kept started, and fails where that fails', async () => {
  await using world_ = await world(BREAKS_AHEAD);
  const { cloud, role } = world_;
  const template = templateOf({
    Fine: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: role,
        Code: { ZipFile: 'exports.handler = () => {}' },
      },
    },
    Ready: {
      Type: 'AWS::Lambda::Version',
      Properties: {
        FunctionName: { Ref: 'Fine' },
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    },
    Broken: {
      Type: 'AWS::Lambda::Alias',
      DependsOn: 'Ready',
      Properties: {
        FunctionName,
        FunctionVersion: '1',
        Name: 'live',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    },
  });
  await create(cloud, 's', template).catch(() => {});
  assert.match(
    (await reasons(cloud, 's'))[0] ?? '',
    /^Broken: .*Provisioned Concurrency configuration failed to be applied. Reason: FUNCTION_ERROR_INIT_FAILURE/,
  );
});

test('nothing is provisioned for an alias that calls are divided by', async () => {
  await using world_ = await world();
  const { lambda, keep } = world_;
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.1 } };
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'divided', FunctionVersion: '1', RoutingConfig }));
  const { name, message } = await failure(keep('divided', 1));
  assert.deepEqual(
    [name, message],
    ['InvalidParameterValueException', 'Alias with weights can not be used with Provisioned Concurrency'],
  );
  const whole = { AdditionalVersionWeights: {} };
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'divided', RoutingConfig: whole }));
  await keep('divided', 1);
});
