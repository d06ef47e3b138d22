/** A member of a request that is not built is refused by name, not passed over; one that asks for nothing is let through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, GetModelCommand } from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { failure, startTestCloud } from '../support/cloud.ts';

test('a member that is not built answers 501 by name', async () => {
  await using cloud = await startTestCloud();
  const filter = {
    logGroupName: 'g',
    filterName: 'f',
    filterPattern: '',
    metricTransformations: [{ metricName: 'm', metricNamespace: 'n', metricValue: '1' }],
  };
  const logs = cloud.client(CloudWatchLogsClient);
  const asks = logs.send(
    new PutMetricFilterCommand({ ...filter, fieldSelectionCriteria: '@aws.region = "us-east-1"' }),
  );
  const { name, message, $metadata } = await failure(asks);
  assert.deepEqual(
    [name, message, $metadata?.httpStatusCode],
    ['NotImplemented', 'Cloudyard has not built fieldSelectionCriteria of PutMetricFilter yet', 501],
  );
  const asksNothing = logs.send(new PutMetricFilterCommand({ ...filter, emitSystemFieldDimensions: [] }));
  assert.equal((await failure(asksNothing)).name, 'ResourceNotFoundException');
  const gateway = cloud.client(APIGatewayClient);
  const model = { restApiId: 'none', modelName: 'm' };
  const flat = [true, false].map((flatten) => failure(gateway.send(new GetModelCommand({ ...model, flatten }))));
  assert.deepEqual(
    (await Promise.all(flat)).map((error) => error.name),
    ['NotImplemented', 'NotFoundException'],
  );
});
