/** Metrics: what can’t be put is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { failure, START, startTestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;

test('what can’t be put is refused', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const refused = async (datum: object, Namespace = 'Shop') => {
    const error = await failure(
      watch.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'M', ...datum }] })),
    );
    return error.name;
  };
  assert.equal(await refused({ Value: 1 }, 'AWS/SQS'), 'InvalidParameterValueException');
  assert.equal(await refused({}), 'MissingRequiredParameterException');
  assert.equal(await refused({ Value: 1, Values: [2] }), 'InvalidParameterCombinationException');
  const StatisticValues = { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 };
  assert.equal(await refused({ Values: [1], StatisticValues }), 'InvalidParameterCombinationException');
  assert.equal(await refused({ Value: 1, StorageResolution: 5 }), 'InvalidParameterValueException');
  assert.equal(await refused({ Values: [1, 2], Counts: [1] }), 'InvalidParameterValueException');
  const MetricData = Array.from({ length: 1_001 }, () => ({ MetricName: 'M', Value: 1 }));
  assert.equal(
    (await failure(watch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData })))).message,
    'The collection MetricData must not have a size greater than 1000.',
  );
  assert.equal(
    await refused({ Value: 1, Timestamp: new Date(START - 15 * 24 * 60 * MINUTE) }),
    'InvalidParameterValueException',
  );
});
