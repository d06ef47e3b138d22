import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateAliasCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

/** The one value of a metric in the hour since the beginning; 0 where there is none. */
async function read(
  watch: CloudWatchClient,
  MetricName: string,
  dimensions: Record<string, string>,
  statistic: 'Sum' | 'Maximum' | 'SampleCount',
): Promise<number> {
  const { Datapoints = [] } = await watch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(START),
      EndTime: new Date(START + 3_600_000),
      Period: 3_600,
      Statistics: [statistic],
    }),
  );
  return Datapoints[0]?.[statistic] ?? 0;
}

test('calls are counted by function, by how it was named and for the account', async () => {
  const f = (event: unknown) => {
    if ((event as { fail?: boolean }).fail === true) throw new Error('no');
  };
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  const lambda = cloud.client(LambdaClient);
  const FunctionName = 'f';
  await createFunction(cloud, await functionRole(cloud, ['logs:*', 'sqs:SendMessage']), 'f', '');
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new InvokeCommand({ FunctionName }));
  await lambda.send(new InvokeCommand({ FunctionName, Qualifier: 'live', Payload: '{"fail":true}' }));
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:123456789012:nowhere' } },
    }),
  );
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"fail":true}' }));
  await cloud.server.cloud.settle();
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await failure(lambda.send(new InvokeCommand({ FunctionName })));
  await cloud.advance(60_000);
  const watch = cloud.client(CloudWatchClient);
  const sum = (MetricName: string, dimensions: Record<string, string>) => read(watch, MetricName, dimensions, 'Sum');
  assert.equal(await sum('Invocations', {}), 3);
  assert.equal(await sum('Invocations', { FunctionName }), 3);
  assert.equal(await sum('Invocations', { FunctionName, Resource: 'f' }), 2);
  assert.equal(await sum('Invocations', { FunctionName, Resource: 'f:live', ExecutedVersion: '1' }), 1);
  assert.equal(await sum('Errors', { FunctionName }), 2);
  assert.equal(await sum('Throttles', { FunctionName }), 1);
  const samples = await read(watch, 'Throttles', { FunctionName }, 'SampleCount');
  assert.equal(samples, 4, 'a zero for each call that was not throttled');
  for (const name of ['AsyncEventsReceived', 'AsyncEventsDropped', 'DestinationDeliveryFailures'])
    assert.equal(await sum(name, { FunctionName }), 1, name);
  const { Metrics = [] } = await watch.send(new ListMetricsCommand({ Namespace: 'AWS/Lambda' }));
  const names = new Set(Metrics.map(({ MetricName }) => MetricName));
  for (const name of ['Duration', 'ConcurrentExecutions', 'UnreservedConcurrentExecutions', 'AsyncEventAge'])
    assert.ok(names.has(name), name);
});

test('calls that find what is provisioned are counted apart from those that spill over', async () => {
  const { promise: end, resolve: endAll } = Promise.withResolvers<void>();
  let begun = 0;
  const { promise: allBegan, resolve: sayAllBegan } = Promise.withResolvers<void>();
  const f = async () => {
    begun += 1;
    if (begun === 3) sayAllBegan();
    await end;
  };
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  const lambda = cloud.client(LambdaClient);
  const FunctionName = 'f';
  await createFunction(cloud, await functionRole(cloud), 'f', '');
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const Qualifier = '1';
  await lambda.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 2 }),
  );
  await cloud.server.cloud.settle();
  const calls = [1, 2, 3].map(() => lambda.send(new InvokeCommand({ FunctionName, Qualifier })));
  await allBegan;
  endAll();
  await Promise.all(calls);
  await cloud.advance(60_000);
  const watch = cloud.client(CloudWatchClient);
  const of = { FunctionName, Resource: 'f:1' };
  assert.equal(await read(watch, 'ProvisionedConcurrencyInvocations', of, 'Sum'), 2);
  assert.equal(await read(watch, 'ProvisionedConcurrencySpilloverInvocations', of, 'Sum'), 1);
  assert.equal(await read(watch, 'ProvisionedConcurrentExecutions', of, 'Maximum'), 2);
  assert.equal(await read(watch, 'ProvisionedConcurrencyUtilization', of, 'Maximum'), 1);
  assert.equal(await read(watch, 'ConcurrentExecutions', { FunctionName }, 'Maximum'), 3);
  assert.equal(await read(watch, 'UnreservedConcurrentExecutions', {}, 'Maximum'), 3);
});
