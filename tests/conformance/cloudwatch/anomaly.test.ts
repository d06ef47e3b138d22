import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAnomalyDetectorCommand,
  DescribeAlarmsCommand,
  DescribeAnomalyDetectorsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutAnomalyDetectorCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const Metric = { Namespace: 'Web', MetricName: 'Load' };

const QUERIES: MetricDataQuery[] = [
  { Id: 'm1', MetricStat: { Metric, Period: 3600, Stat: 'Average' }, ReturnData: true },
  { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)', ReturnData: true },
];

/** Five days in which the load is 10 at night and 100 from eight to eight, a little more or less from day to day. */
async function week(cloud: TestCloud): Promise<void> {
  const watch = cloud.client(CloudWatchClient);
  await cloud.advance(5 * DAY);
  for (let day = 0; day < 5; day += 1) {
    const MetricData = Array.from({ length: 24 }, (_, hour) => ({
      MetricName: 'Load',
      Timestamp: new Date(START + day * DAY + hour * HOUR),
      Value: (hour >= 8 && hour < 20 ? 100 : 10) + (day % 2),
    }));
    await watch.send(new PutMetricDataCommand({ Namespace: 'Web', MetricData }));
  }
}

test('a band is where the values of that hour usually are', async () => {
  await using cloud = await startTestCloud();
  await week(cloud);
  const { MetricDataResults: results = [] } = await cloud.client(CloudWatchClient).send(
    new GetMetricDataCommand({
      StartTime: new Date(START + 5 * DAY),
      EndTime: new Date(START + 6 * DAY),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: QUERIES,
    }),
  );
  assert.deepEqual(
    results.map(({ Id, Label, Values }) => [Id, Label, Values?.length]),
    [
      ['m1', 'Load', 0],
      ['band', 'Load upper', 24],
      ['band', 'Load lower', 24],
    ],
  );
  const [, upper, lower] = results;
  // Of 10, 11, 10, 11, 10: the mean is 10.4, the deviation the root of 0.24.
  const width = 2 * Math.sqrt(0.24);
  const near = (value: number | undefined, expected: number) =>
    assert.ok(Math.abs((value ?? 0) - expected) < 1e-9, `${value} is not ${expected}`);
  near(upper?.Values?.[3], 10.4 + width);
  near(lower?.Values?.[3], 10.4 - width);
  near(upper?.Values?.[12], 100.4 + width);
  near(lower?.Values?.[12], 100.4 - width);
});

test('an alarm on a band brings its detector, and goes off for what is unusual at that hour', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await week(cloud);
  const alarm = {
    AlarmName: 'odd',
    EvaluationPeriods: 1,
    ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold' as const,
    ThresholdMetricId: 'band',
    Metrics: QUERIES,
  };
  await watch.send(new PutMetricAlarmCommand(alarm));
  const { AnomalyDetectors = [] } = await watch.send(new DescribeAnomalyDetectorsCommand({}));
  assert.deepEqual(
    AnomalyDetectors.map(({ SingleMetricAnomalyDetector: one, StateValue }) => [
      one?.MetricName,
      one?.Stat,
      StateValue,
    ]),
    [['Load', 'Average', 'TRAINED']],
  );
  const seen = async (value: number) => {
    await watch.send(
      new PutMetricDataCommand({ Namespace: 'Web', MetricData: [{ MetricName: 'Load', Value: value }] }),
    );
    await cloud.advance(HOUR);
    const { MetricAlarms } = await watch.send(new DescribeAlarmsCommand({ AlarmNames: ['odd'] }));
    return MetricAlarms?.[0];
  };
  assert.equal((await seen(10))?.StateValue, 'OK');
  const high = await seen(100);
  assert.equal(high?.StateValue, 'ALARM');
  assert.match(
    high?.StateReason ?? '',
    /^Thresholds Crossed: 1 out of the last 1 datapoints \[100\.0 \(06\/01\/26 00:01:00\)\] was less than the lower thresholds \[9\.39\d+\] or greater than the upper thresholds \[11\.27\d+\] \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
  );
  assert.equal((await seen(10.5))?.StateValue, 'OK');
  assert.equal((await seen(1))?.StateValue, 'ALARM');
  assert.deepEqual([high?.ThresholdMetricId, high?.Threshold], ['band', undefined]);
});

test('detectors are put, told apart, and deleted', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const single = { ...Metric, Stat: 'Sum', Dimensions: [{ Name: 'Host', Value: 'a' }] };
  await watch.send(new PutAnomalyDetectorCommand({ SingleMetricAnomalyDetector: single }));
  const ExcludedTimeRanges = [{ StartTime: new Date(START), EndTime: new Date(START + HOUR) }];
  // The same, by the members of old: it gets a configuration.
  await watch.send(
    new PutAnomalyDetectorCommand({
      ...single,
      Configuration: { ExcludedTimeRanges, MetricTimezone: 'Europe/Zurich' },
    }),
  );
  const MetricDataQueries = [
    { Id: 'm1', MetricStat: { Metric, Period: 60, Stat: 'Sum' }, ReturnData: false },
    { Id: 'e1', Expression: 'm1 * 2', ReturnData: true },
  ];
  await watch.send(new PutAnomalyDetectorCommand({ MetricMathAnomalyDetector: { MetricDataQueries } }));
  const list = async (input: object) =>
    (await watch.send(new DescribeAnomalyDetectorsCommand(input))).AnomalyDetectors ?? [];
  const [one, ...more] = await list({});
  assert.equal(more.length, 0);
  assert.deepEqual(one?.SingleMetricAnomalyDetector, { AccountId: '123456789012', ...single });
  assert.deepEqual(one?.Configuration, { ExcludedTimeRanges, MetricTimezone: 'Europe/Zurich' });
  assert.equal(one?.StateValue, 'TRAINED_INSUFFICIENT_DATA');
  assert.equal((await list({ AnomalyDetectorTypes: ['METRIC_MATH'] })).length, 1);
  assert.equal((await list({ Namespace: 'Other', MaxResults: 1 })).length, 0);
  assert.equal((await list({ Dimensions: [{ Name: 'Host', Value: 'a' }] })).length, 1);
  await watch.send(new DeleteAnomalyDetectorCommand({ SingleMetricAnomalyDetector: single }));
  const error = await failure(watch.send(new DeleteAnomalyDetectorCommand(single)));
  assert.equal(error.name, 'ResourceNotFoundException');
  const refused = await failure(
    watch.send(new PutAnomalyDetectorCommand({ ...single, MetricCharacteristics: { PeriodicSpikes: true } })),
  );
  assert.deepEqual([refused.$metadata?.httpStatusCode, refused.name], [501, 'NotImplemented']);
});

test('bands upon bands are refused', async () => {
  await using cloud = await startTestCloud();
  const MetricDataQueries = [
    ...QUERIES,
    { Id: 'e1', Expression: 'AVG([band])' },
    { Id: 'twice', Expression: 'ANOMALY_DETECTION_BAND(e1)' },
  ];
  const error = await failure(
    cloud
      .client(CloudWatchClient)
      .send(
        new GetMetricDataCommand({ StartTime: new Date(START), EndTime: new Date(START + HOUR), MetricDataQueries }),
      ),
  );
  assert.equal(error.message, 'ANOMALY_DETECTION_BAND cannot be nested');
});
