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
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

test('calls are counted by function, by how it was named and for the account', async () => {
  const f = (event: unknown) => {
    if ((event as { fail?: boolean }).fail === true) throw new Error('no');
  };
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  const lambda = cloud.client(LambdaClient);
  const FunctionName = 'f';
  await createFunction(cloud, await functionRole(cloud), 'f', '');
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
  const sum = async (MetricName: string, dimensions: Record<string, string>) => {
    const { Datapoints = [] } = await watch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(START),
        EndTime: new Date(START + 3_600_000),
        Period: 3_600,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.reduce((all, { Sum = 0 }) => all + Sum, 0);
  };
  assert.equal(await sum('Invocations', {}), 3);
  assert.equal(await sum('Invocations', { FunctionName }), 3);
  assert.equal(await sum('Invocations', { FunctionName, Resource: 'f' }), 2);
  assert.equal(await sum('Invocations', { FunctionName, Resource: 'f:live', ExecutedVersion: '1' }), 1);
  assert.equal(await sum('Errors', { FunctionName }), 2);
  assert.equal(await sum('Throttles', { FunctionName }), 1);
  for (const name of ['AsyncEventsReceived', 'AsyncEventsDropped', 'DestinationDeliveryFailures'])
    assert.equal(await sum(name, { FunctionName }), 1, name);
  const { Metrics = [] } = await watch.send(new ListMetricsCommand({ Namespace: 'AWS/Lambda' }));
  const names = new Set(Metrics.map(({ MetricName }) => MetricName));
  for (const name of ['Duration', 'ConcurrentExecutions', 'UnreservedConcurrentExecutions', 'AsyncEventAge'])
    assert.ok(names.has(name), name);
});
