/** Composite alarms: their families, and rings of them. Alarms of metric math that can't be worked out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const arnOf = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`;

const compose = (cloud: TestCloud, AlarmName: string, AlarmRule: string) =>
  cloud.client(CloudWatchClient).send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule }));

const describe = (cloud: TestCloud, input: DescribeAlarmsCommandInput) =>
  cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand(input));

const putMath = (cloud: TestCloud, ...Metrics: MetricDataQuery[]) =>
  cloud.client(CloudWatchClient).send(
    new PutMetricAlarmCommand({
      AlarmName: 'math',
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics,
    }),
  );

const metric = (Id: string, Stat = 'Sum', Period = 60) => ({
  Id,
  MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period, Stat },
  ReturnData: false,
});

test('parents and children are told of whatever their kind, and nothing else can be asked of them', async () => {
  await using cloud = await startTestCloud();
  await compose(cloud, 'child', 'FALSE');
  await compose(cloud, 'other', 'FALSE');
  await compose(cloud, 'parent', 'ALARM(child) OR ALARM(other)');
  const parents = await describe(cloud, { ParentsOfAlarmName: 'child' });
  assert.deepEqual(parents.CompositeAlarms, [{ AlarmName: 'parent', AlarmArn: arnOf('parent') }]);
  const children = await describe(cloud, { ChildrenOfAlarmName: 'parent', MaxRecords: 1 });
  const [child] = children.CompositeAlarms ?? [];
  assert.deepEqual(Object.keys(child ?? {}).sort(), ['AlarmArn', 'AlarmName', 'StateUpdatedTimestamp', 'StateValue']);
  assert.equal(child?.AlarmName, 'child');
  const more = await describe(cloud, { ChildrenOfAlarmName: 'parent', NextToken: children.NextToken });
  assert.deepEqual([more.CompositeAlarms?.[0]?.AlarmName, more.NextToken], ['other', undefined]);
  const error = await failure(describe(cloud, { ParentsOfAlarmName: 'child', StateValue: 'OK' }));
  assert.equal(error.name, 'ValidationException');
});

test('a composite alarm watches a hundred others, and one is watched by a hundred and fifty', async () => {
  await using cloud = await startTestCloud();
  await compose(cloud, 'child', 'FALSE');
  const names = Array.from({ length: 150 }, (_, index) => `c${index}`);
  for (const name of names) await compose(cloud, name, 'ALARM(child)');
  await compose(cloud, 'c7', 'OK(child)');
  assert.equal((await failure(compose(cloud, 'more', 'ALARM(child)'))).name, 'ValidationException');
  const all = (count: number) =>
    names
      .slice(0, count)
      .map((name) => `ALARM(${name})`)
      .join(' OR ');
  await compose(cloud, 'all', all(100));
  assert.equal((await failure(compose(cloud, 'all', all(101)))).name, 'ValidationException');
});

test('alarms that watch each other in a ring are evaluated once around', async () => {
  await using cloud = await startTestCloud();
  await compose(cloud, 'a', 'FALSE');
  await compose(cloud, 'b', 'ALARM(a)');
  await compose(cloud, 'a', 'NOT ALARM(b)');
  const { CompositeAlarms } = await describe(cloud, { AlarmTypes: ['CompositeAlarm'] });
  assert.deepEqual(
    CompositeAlarms?.map(({ AlarmName, StateValue }) => [AlarmName, StateValue]),
    [
      ['a', 'ALARM'],
      ['b', 'ALARM'],
    ],
  );
});

test('metric math that can never be worked out makes no alarm', async () => {
  await using cloud = await startTestCloud();
  for (const [queries, message] of [
    [[{ Id: 'e1', Expression: 'm1 / m2', Period: 60 }], "Error in expression: Undefined variable 'm1'"],
    [[{ Id: 'e1', Expression: 'e1 + 1', Period: 60 }], "Circular reference in expression of 'e1'"],
    [[{ Id: 'e1', Expression: "SEARCH('{N} M', 'Sum', 60)", Period: 60 }], 'SEARCH is not supported on Metric Alarms.'],
    [[metric('m1'), { Id: 'e1', Expression: '1 + 1' }], 'The expression of e1 must return a single time series.'],
    [[metric('m1'), { Id: 'e1', Expression: 'METRICS()' }], 'The expression of e1 must return a single time series.'],
    [[metric('m1', 'mode'), { Id: 'e1', Expression: 'm1 * 2' }], 'Invalid metrics list'],
    [[metric('m1', 'Sum', 90), { Id: 'e1', Expression: 'm1 * 2' }], 'Period must be 10, 20, 30 or a multiple of 60'],
    [
      [metric('M1'), { Id: 'e1', Expression: '1 + 1' }],
      'The Id M1 does not match the expected pattern ^[a-z][a-zA-Z0-9_]*$.',
    ],
    [
      [...Array.from({ length: 11 }, (_, index) => metric(`m${index}`)), { Id: 'e1', Expression: 'm1 * 2' }],
      'Too many metrics in alarm, maximum is 10',
    ],
  ] as const)
    assert.equal((await failure(putMath(cloud, ...queries))).message, message);
  const single = {
    AlarmName: 'a',
    Namespace: 'N',
    MetricName: 'M',
    Statistic: 'Sum',
    Period: 60,
    Threshold: 1,
  } as const;
  const put = (more: object) => cloud.client(CloudWatchClient).send(new PutMetricAlarmCommand({ ...single, ...more }));
  for (const more of [{ EvaluationPeriods: 1 }, { ComparisonOperator: 'GreaterThanThreshold' }])
    assert.equal((await failure(put(more))).name, 'MissingRequiredParameterException');
  assert.deepEqual((await describe(cloud, {})).MetricAlarms, []);
});

test('metric math may ask for the number of a series that has no values yet', async () => {
  await using cloud = await startTestCloud();
  await putMath(cloud, metric('m1'), { Id: 'e1', Expression: 'TIME_SERIES(MAX(m1))' });
  assert.equal((await describe(cloud, {})).MetricAlarms?.length, 1);
});

test('an alarm whose math fails on the data of today has no values, and says so', async () => {
  await using cloud = await startTestCloud();
  await putMath(cloud, metric('m1'), { Id: 'e1', Expression: 'RATE(MAX(m1))' });
  const told = async () => {
    const [alarm] = (await describe(cloud, {})).MetricAlarms ?? [];
    return [alarm?.StateValue, alarm?.EvaluationState];
  };
  const data = { Namespace: 'N', MetricData: [{ MetricName: 'M', Value: 1 }] };
  await cloud.client(CloudWatchClient).send(new PutMetricDataCommand(data));
  await cloud.advance(2 * MINUTE);
  assert.deepEqual(await told(), ['INSUFFICIENT_DATA', 'EVALUATION_ERROR']);
});

test('all alarms that a rule misses are told', async () => {
  await using cloud = await startTestCloud();
  const error = await failure(compose(cloud, 'both', 'ALARM(cpu) AND ALARM(memory)'));
  assert.deepEqual(
    [error.name, error.message],
    [
      'ValidationException',
      'Could not save the composite alarm as alarms [cpu, memory] in the alarm rule do not exist',
    ],
  );
});
