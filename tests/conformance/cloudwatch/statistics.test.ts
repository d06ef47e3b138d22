/** Statistics of a metric: where their periods begin, and values in several units. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  type StandardUnit,
} from '@aws-sdk/client-cloudwatch';
import { START, startTestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE);

test('periods of statistics begin at the minute that is asked for', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const name = { MetricName: 'Visits' };
  const MetricData = [0, 1, 3].map((minute) => ({ ...name, Timestamp: at(minute), Value: 10 ** minute }));
  await watch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
  const sums = async (minutes: number) => {
    const input = { Namespace: 'Shop', ...name, StartTime: at(minutes), EndTime: at(10), Period: 300 };
    const { Datapoints } = await watch.send(new GetMetricStatisticsCommand({ ...input, Statistics: ['Sum'] }));
    return Datapoints?.map(({ Timestamp, Sum }) => [(Number(Timestamp) - START) / MINUTE, Sum]);
  };
  assert.deepEqual(await sums(1.5), [[1, 1_010]]);
  assert.deepEqual(await sums(-2), [
    [-2, 11],
    [3, 1_000],
  ]);
});

test('values in different units are never one statistic', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const of = (Value: number, Unit: StandardUnit) => ({ MetricName: 'Latency', Timestamp: at(0), Value, Unit });
  const MetricData = [of(60_000, 'Milliseconds'), of(60, 'Seconds'), of(1_000, 'Milliseconds')];
  await watch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
  const name = { Namespace: 'Shop', MetricName: 'Latency' };
  const bounds = { StartTime: at(0), EndTime: at(10) };
  const statistics = async (Unit?: StandardUnit) => {
    const input = { ...name, ...bounds, Period: 300, Statistics: ['Sum' as const], Unit };
    const { Datapoints = [] } = await watch.send(new GetMetricStatisticsCommand(input));
    return Datapoints.map((one) => [one.Sum, one.Unit]);
  };
  assert.deepEqual(await statistics(), [
    [61_000, 'Milliseconds'],
    [60, 'Seconds'],
  ]);
  assert.deepEqual(await statistics('Seconds'), [[60, 'Seconds']]);
  assert.deepEqual(await statistics('Count'), []);
  const data = async (Unit?: StandardUnit) => {
    const MetricStat = { Metric: name, Period: 60, Stat: 'Sum', Unit };
    const { MetricDataResults = [] } = await watch.send(
      new GetMetricDataCommand({ ...bounds, MetricDataQueries: [{ Id: 'm', MetricStat }] }),
    );
    return MetricDataResults[0]?.Values;
  };
  assert.deepEqual(await data('Seconds'), [60]);
  // Without a unit the first in CloudWatch's own order stands for all.
  assert.deepEqual(await data(), [61_000]);
});
