import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionConfigurationCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { begin, durableFunction, durableRole, historyOf, look } from '../../support/durable.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { apiFunction, createApi } from '../api-gateway/world.ts';

const PER_TENANT = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } } as const;
const COUNTS = `let count = 0;
  export const handler = async (event, context) => ({ tenant: context.tenantId, count: ++count });`;
const NEEDED =
  'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.';
const UNEXPECTED =
  'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.';

async function call(cloud: TestCloud, FunctionName: string, options: Partial<InvokeCommandInput> = {}) {
  const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName, ...options }));
  return Payload?.length ? JSON.parse(Buffer.from(Payload).toString('utf8')) : undefined;
}

test('each tenant has environments of its own, and functions learn whose they are', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const made = await createFunction(cloud, await functionRole(cloud), 'f', COUNTS, PER_TENANT);
  assert.deepEqual(made.TenancyConfig, PER_TENANT.TenancyConfig);
  for (const [TenantId, count] of [
    ['blue', 1],
    ['green', 1],
    ['blue', 2],
    ['a/b:c=@ d', 1],
    ['blue', 3],
  ] as const)
    assert.deepEqual(await call(cloud, 'f', { TenantId }), { tenant: TenantId, count });
  // It stays what it was made as.
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Description: 'changed' }));
  const shown = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  assert.deepEqual(shown.TenancyConfig, PER_TENANT.TenancyConfig);
  assert.deepEqual(await call(cloud, 'f', { TenantId: 'blue' }), { tenant: 'blue', count: 1 });
});

test('a tenant is named where there are tenants, and only there', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'f', COUNTS, PER_TENANT);
  await createFunction(cloud, role, 'plain', COUNTS);
  const refused = async (sending: Promise<unknown>) => {
    const { name, message } = await failure(sending);
    return [name, message];
  };
  for (const InvocationType of ['RequestResponse', 'Event', 'DryRun'] as const) {
    assert.deepEqual(await refused(call(cloud, 'f', { InvocationType })), ['InvalidParameterValueException', NEEDED]);
    const named = call(cloud, 'plain', { InvocationType, TenantId: 'blue' });
    assert.deepEqual(await refused(named), ['InvalidParameterValueException', UNEXPECTED]);
  }
  const streamed = lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'f' }));
  assert.deepEqual(await refused(streamed), ['InvalidParameterValueException', NEEDED]);
  const asynchronous = lambda.send(new InvokeAsyncCommand({ FunctionName: 'f', InvokeArgs: '{}' }));
  assert.deepEqual(await refused(asynchronous), ['InvalidParameterValueException', NEEDED]);
  const odd = await failure(call(cloud, 'f', { TenantId: 'blue!' }));
  assert.equal(odd.name, 'ValidationException');
});

test('addresses, environments that are kept started and sources name no tenant', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud, ['logs:*', 'sqs:*']), 'f', COUNTS, PER_TENANT);
  await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  const { QueueUrl } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }));
  assert.ok(QueueUrl);
  const not = 'is not supported for functions enabled with tenancy configuration.';
  const url = new CreateFunctionUrlConfigCommand({ FunctionName: 'f', AuthType: 'NONE' });
  assert.equal((await failure(lambda.send(url))).message, `Function URL ${not}`);
  const started = { FunctionName: 'f', Qualifier: '1', ProvisionedConcurrentExecutions: 1 };
  assert.equal(
    (await failure(lambda.send(new PutProvisionedConcurrencyConfigCommand(started)))).message,
    `Provisioned concurrency ${not}`,
  );
  const EventSourceArn = 'arn:aws:sqs:us-east-1:123456789012:q';
  assert.equal(
    (await failure(lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'f', EventSourceArn })))).message,
    `Event source mapping ${not}`,
  );
});

test('events keep their tenant; documents of the log name it', async () => {
  await using cloud = await startTestCloud();
  await createFunction(
    cloud,
    await functionRole(cloud),
    'f',
    "export const handler = async (event, { tenantId }) => console.log('for %s', tenantId);",
    { ...PER_TENANT, LoggingConfig: { LogFormat: 'JSON' } },
  );
  await call(cloud, 'f', { TenantId: 'blue', InvocationType: 'Event' });
  await cloud.server.cloud.settle();
  const { events = [] } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/f' }));
  const documents = events.map(({ message = '{}' }) => JSON.parse(message));
  assert.deepEqual(
    documents.map(({ type, message, tenantId, record }) => [type ?? message, tenantId ?? record?.tenantId]),
    [
      ['platform.initStart', undefined],
      ['platform.start', 'blue'],
      ['for blue', 'blue'],
      ['platform.report', 'blue'],
    ],
  );
});

test('a REST API names the tenant by a header that it maps', async () => {
  await using cloud = await startTestCloud();
  const uri = await apiFunction(
    cloud,
    'f',
    `export const handler = async (event, { tenantId }) => ({ statusCode: 200, body: String(tenantId) });`,
    undefined,
    PER_TENANT,
  );
  const api = await createApi(cloud);
  const header = 'method.request.header.x-tenant-id';
  await api.method(
    await api.resource('own'),
    'GET',
    {
      type: 'AWS_PROXY',
      integrationHttpMethod: 'POST',
      uri,
      requestParameters: { 'integration.request.header.X-Amz-Tenant-Id': header },
    },
    { requestParameters: { [header]: false } },
  );
  await api.deploy();
  const named = await api.visit('/v1/own', { headers: { 'x-tenant-id': 'blue' } });
  assert.deepEqual([named.status, named.text], [200, 'blue']);
  const unnamed = await api.visit('/v1/own');
  assert.deepEqual([unnamed.status, JSON.parse(unnamed.text)], [400, { message: NEEDED }]);
});

test('a durable execution calls a function for a tenant, and has one itself', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud, ['lambda:InvokeFunction']);
  await createFunction(cloud, role, 'own', COUNTS, PER_TENANT);
  await durableFunction(
    cloud,
    role,
    'f',
    `const named = await context.invoke('named', 'own', {}, { tenantId: 'blue' });
     const unnamed = await context.invoke('unnamed', 'own', {}).catch((error) => error.message);
     return { named, unnamed };`,
  );
  const arn = await begin(cloud, 'f');
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', { named: { tenant: 'blue', count: 1 }, unnamed: NEEDED }]);
  const called = (await historyOf(cloud, arn)).flatMap(({ ChainedInvokeStartedDetails: details }) =>
    details === undefined ? [] : [details.TenantId],
  );
  assert.deepEqual(called, ['blue', undefined]);
  await durableFunction(
    cloud,
    role,
    'of-tenants',
    `await context.wait({ seconds: 60 });
     return context.lambdaContext.tenantId;`,
    PER_TENANT,
  );
  const { DurableExecutionArn = '' } = await cloud.client(LambdaClient).send(
    new InvokeCommand({
      FunctionName: 'of-tenants',
      Qualifier: '$LATEST',
      InvocationType: 'Event',
      TenantId: 'green',
    }),
  );
  await cloud.advance(60_000);
  assert.deepEqual(await look(cloud, DurableExecutionArn), ['SUCCEEDED', 'green']);
});

test('a stack makes functions with tenants; another mode makes another function', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const template = (tenancy: object) => ({
    StackName: 's',
    TemplateBody: JSON.stringify({
      Resources: {
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: role,
            Code: { ZipFile: 'exports.handler = async (event, { tenantId }) => tenantId ?? null;' },
            ...tenancy,
          },
        },
      },
      Outputs: { Name: { Value: { Ref: 'F' } } },
    }),
  });
  const role = await functionRole(cloud);
  const nameNow = async () => {
    await cloud.server.cloud.settle();
    const { Stacks = [] } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
    return Stacks[0]?.Outputs?.[0]?.OutputValue ?? '';
  };
  await formation.send(new CreateStackCommand(template(PER_TENANT)));
  const first = await nameNow();
  assert.equal(await call(cloud, first, { TenantId: 'blue' }), 'blue');
  await formation.send(new UpdateStackCommand(template({})));
  const second = await nameNow();
  assert.notEqual(second, first);
  assert.equal(await call(cloud, second), null);
});
