import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { openBench } from '../../support/engine.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const bench = openBench();
const fault = await bench.engine.runtimeFault('python3.12');
await bench.close();
const skip = fault === undefined ? false : `needs Python: ${fault}`;

const SNAP_START = { SnapStart: { ApplyOn: 'PublishedVersions' } } as const;
const ON = { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' };
const OFF = { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' };
const TYPE = `import os
def handler(event, context): return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']`;

function python(cloud: TestCloud, role: string, source: string, options: Partial<CreateFunctionCommandInput> = {}) {
  const Code = { ZipFile: zip({ 'app.py': source }) };
  const own = { Runtime: 'python3.12', Handler: 'app.handler', Code, ...SNAP_START } as const;
  return createFunction(cloud, role, 'f', '', { ...own, ...options });
}

async function call(cloud: TestCloud, Qualifier: string) {
  const asked = new InvokeCommand({ FunctionName: 'f', Qualifier });
  const { Payload } = await cloud.client(LambdaClient).send(asked);
  return JSON.parse(Buffer.from(Payload ?? '').toString('utf8'));
}

test('a version that is published is started once, and is active then', { skip }, async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const made = await python(cloud, await functionRole(cloud), TYPE);
  assert.deepEqual(made.SnapStart, OFF);
  const published = await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  assert.deepEqual(
    [published.State, published.StateReasonCode, published.LastUpdateStatus, published.SnapStart],
    ['Pending', 'Creating', undefined, OFF],
  );
  await cloud.server.cloud.settle();
  const get = (Qualifier: string) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f', Qualifier }));
  const active = await get('1');
  assert.deepEqual(
    [active.State, active.StateReason, active.LastUpdateStatus, active.SnapStart],
    ['Active', undefined, 'Successful', ON],
  );
  assert.equal(await call(cloud, '1'), 'snap-start');
  assert.equal(await call(cloud, '$LATEST'), 'on-demand');
  assert.deepEqual((await get('$LATEST')).SnapStart, OFF);
  // Nothing has changed: it is the same version, which is not started again.
  const again = await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  assert.deepEqual([again.Version, again.State], ['1', 'Active']);
  const provisioned = { FunctionName: 'f', Qualifier: '1', ProvisionedConcurrentExecutions: 1 };
  assert.equal(
    (await failure(lambda.send(new PutProvisionedConcurrencyConfigCommand(provisioned)))).message,
    'Provisioned concurrency is not supported for SnapStart enabled functions.',
  );
  const SnapStart = { ApplyOn: 'None' } as const;
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', SnapStart }));
  const plain = await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  assert.deepEqual([plain.State, plain.SnapStart], ['Active', { ApplyOn: 'None', OptimizationStatus: 'Off' }]);
  assert.equal(await call(cloud, '2'), 'on-demand');
});

test('a version that cannot start has failed, and is not called', { skip }, async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await python(cloud, await functionRole(cloud), 'raise ValueError("no")');
  await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  const shown = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f', Qualifier: '1' }));
  assert.deepEqual(
    [shown.State, shown.StateReason, shown.StateReasonCode, shown.LastUpdateStatus, shown.SnapStart],
    ['Failed', 'An error occurred during function initialization.', 'FunctionError', 'Failed', OFF],
  );
  const { name, message } = await failure(call(cloud, '1'));
  assert.deepEqual(
    [name, message],
    [
      'ResourceConflictException',
      'The operation cannot be performed at this time. The function is currently in the following state: Failed',
    ],
  );
});

test('a hook that fails once it is restored fails the call', { skip }, async () => {
  await using cloud = await startTestCloud();
  const source = `import snapshot_restore_py
@snapshot_restore_py.register_after_restore
def late(): raise ValueError('too late')
def handler(event, context): return 'called'`;
  await python(cloud, await functionRole(cloud), source);
  await cloud.client(LambdaClient).send(new PublishVersionCommand({ FunctionName: 'f' }));
  await cloud.server.cloud.settle();
  const { name, message } = await failure(call(cloud, '1'));
  assert.equal(name, 'SnapStartException');
  assert.equal(JSON.parse(message).errorMessage, 'too late');
});

test('SnapStart is for some runtimes, little storage, and one tenant', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  const refused = async (options: Partial<CreateFunctionCommandInput>) =>
    (await failure(python(cloud, role, TYPE, options))).message;
  assert.equal(
    await refused({ Runtime: 'nodejs24.x' }),
    'nodejs24.x is not supported for SnapStart enabled functions.',
  );
  assert.equal(await refused({ Runtime: 'dotnet8' }), 'Cloudyard has not built SnapStart for dotnet8 yet');
  assert.equal(
    await refused({ EphemeralStorage: { Size: 1024 } }),
    'Ephemeral storage of more than 512 MB is not supported for SnapStart enabled functions.',
  );
  assert.equal(
    await refused({ TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } }),
    'SnapStart is not supported for functions enabled with tenancy configuration.',
  );
});

test('a stack waits for its version, and goes back where that fails', { skip }, async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const role = await functionRole(cloud);
  const make = async (StackName: string, source: string) => {
    const Code = { ZipFile: source };
    const own = { Runtime: 'python3.12', Handler: 'index.handler', Role: role, Code, ...SNAP_START };
    const Resources = {
      F: { Type: 'AWS::Lambda::Function', Properties: own },
      V: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'F' } } },
    };
    const Outputs = {
      V: { Value: { 'Fn::GetAtt': ['V', 'FunctionArn'] } },
      S: { Value: { 'Fn::GetAtt': ['F', 'SnapStartResponse.ApplyOn'] } },
    };
    const TemplateBody = JSON.stringify({ Resources, Outputs });
    await formation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await cloud.server.cloud.settle();
    const { Stacks = [] } = await formation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0];
  };
  const good = await make('good', TYPE);
  const output = (key: string) => good?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  assert.deepEqual([good?.StackStatus, output('S')], ['CREATE_COMPLETE', 'PublishedVersions']);
  const asked = new GetFunctionConfigurationCommand({ FunctionName: output('V') });
  assert.deepEqual((await cloud.client(LambdaClient).send(asked)).SnapStart, ON);
  const bad = await make('bad', 'raise ValueError("no")');
  assert.equal(bad?.StackStatus, 'ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 'bad' }));
  const reason = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')?.ResourceStatusReason;
  assert.match(
    reason ?? '',
    /Resource of type 'AWS::Lambda::Version' with identifier '.*:1' did not stabilize\. Status Reason is An error occurred during function initialization\./,
  );
});
