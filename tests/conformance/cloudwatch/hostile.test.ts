/** Dashboards, widgets, expressions and rules made to break what reads them: each is taken or refused, and nothing fails inside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricWidgetImageCommand,
  ListMetricsCommand,
  type MetricDataQuery,
  PutDashboardCommand,
  PutInsightRuleCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { failure, START, startTestCloud } from '../../support/cloud.ts';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

test('bodies of dashboards', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (DashboardBody: string) => watch.send(new PutDashboardCommand({ DashboardName: 'd', DashboardBody }));
  const widget = (type: string) => `{"widgets":[{"type":"${type}","properties":{"markdown":"x"}}]}`;
  for (const body of [
    `{"widgets":${nested(50_000)}}`,
    `{"widgets":[{"type":"metric","properties":{"metrics":[${nested(2_000)}],"region":"r"}}]}`,
    '{"__proto__":{"widgets":[]}}',
    widget('constructor'),
    widget('__proto__'),
    '{"widgets":[{"type":{"toString":1},"properties":{}}]}',
    `{"widgets":[${Array.from({ length: 501 }, () => '{"type":"text","properties":{"markdown":"x"}}').join()}]}`,
  ])
    assert.equal((await failure(put(body))).name, 'DashboardInvalidInputError', body.slice(0, 80));
  await put(`{"widgets":[{"type":"explorer","properties":{"a":${nested(500)}}}]}`);
  await put(`{"widgets":[{"type":"text","properties":{"markdown":"${'x'.repeat(500_000)}"}}]}`);
});

test('widgets', async () => {
  await using cloud = await startTestCloud();
  const draw = (widget: object) =>
    cloud
      .client(CloudWatchClient)
      .send(new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify({ width: 200, height: 120, ...widget }) }));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own.
  const metrics = [['N', 'M', { label: "</svg><script>\"&${PROP('constructor')}${MAX}\u0000\u202e" }]];
  for (const look of [
    { metrics },
    { metrics, title: '<image href="file:///etc/passwd"/>' },
    { metrics, title: 'x'.repeat(100_000) },
    { metrics, annotations: { horizontal: [{ value: 1e308, label: 'far' }, [{ value: -1e308 }, { value: 1e308 }]] } },
    { metrics, annotations: { vertical: [{ value: 'never' }, { value: '+275760-09-13T00:00:00.000Z' }] } },
    { metrics, yAxis: { left: { min: 5, max: 1 }, right: { min: -1e308, max: 1e308 } } },
    { metrics, start: '-P1000Y', end: 'P0D', period: 1 },
    { metrics: Array.from({ length: 500 }, (_, index) => ['N', `M${index}`]) },
    { metrics: [['...']] },
    { annotations: { alarms: ['constructor', '__proto__', ''] } },
  ]) {
    const { MetricWidgetImage } = await draw(look);
    assert.equal(Buffer.from(MetricWidgetImage ?? []).toString('latin1', 1, 4), 'PNG');
  }
});

test('expressions and bands', async () => {
  await using cloud = await startTestCloud();
  const ask = (...MetricDataQueries: MetricDataQuery[]) =>
    cloud.client(CloudWatchClient).send(
      new GetMetricDataCommand({
        StartTime: new Date(START),
        EndTime: new Date(START + 3_600_000),
        MetricDataQueries,
      }),
    );
  const metric = { Id: 'm', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Sum' } };
  const chain = Array.from({ length: 400 }, (_, index) => ({
    Id: `e${index}`,
    Expression: index === 0 ? 'ANOMALY_DETECTION_BAND(m)' : `ANOMALY_DETECTION_BAND(e${index - 1})`,
  }));
  for (const queries of [
    [metric, ...chain],
    [{ Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(a)' }],
    [
      { Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(b)' },
      { Id: 'b', Expression: 'a + 1' },
    ],
    [metric, { Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(m, 0)' }],
    [metric, { Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(1)' }],
    [{ Id: 'a', Expression: 'CONSTRUCTOR(1)' }],
    [{ Id: 'a', Expression: '('.repeat(1_000) }],
    [{ Id: 'a', Expression: "SEARCH('{N} M', 'Sum', 0)" }],
    [{ Id: 'a', Expression: "SEARCH('{N} M', 'constructor', 60)" }],
    ...['constructor', 'valueOf', '__proto__', 'TM(1..2:5)'].map((Stat) => [
      { ...metric, MetricStat: { ...metric.MetricStat, Stat } },
    ]),
  ])
    assert.match((await failure(ask(...queries))).name, /^(Validation|InvalidParameterValue)/);
  const { MetricDataResults } = await ask(metric, { Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(m, 1e308)' });
  assert.equal(MetricDataResults?.length, 3);
});

test('dimensions called like what every object has', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (Dimensions: { Name: string; Value: string }[]) =>
    watch.send(new PutMetricDataCommand({ Namespace: 'N', MetricData: [{ MetricName: 'M', Value: 1, Dimensions }] }));
  await put([{ Name: 'a', Value: 'b' }]);
  const listed = async () =>
    (await watch.send(new ListMetricsCommand({ Namespace: 'N', Dimensions: [{ Name: 'constructor' }] }))).Metrics;
  const found = async () => {
    const queries = [{ Id: 'a', Expression: "SEARCH('{N} constructor=b', 'Sum', 60)" }];
    const range = { StartTime: new Date(START - 60_000), EndTime: new Date(START + 60_000) };
    return (await watch.send(new GetMetricDataCommand({ ...range, MetricDataQueries: queries }))).MetricDataResults;
  };
  assert.deepEqual([await listed(), await found()], [[], []]);
  await put([{ Name: 'constructor', Value: 'b' }]);
  assert.deepEqual([(await listed())?.length, (await found())?.length], [1, 1]);
});

test('rules of contributors, windows of alarms', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const rule = (contribution: object) =>
    watch.send(
      new PutInsightRuleCommand({
        RuleName: 'r',
        RuleDefinition: JSON.stringify({
          Schema: { Name: 'CloudWatchLogRule', Version: 1 },
          LogGroupNames: ['*'],
          LogFormat: 'JSON',
          AggregateOn: 'Count',
          Contribution: { Keys: ['$.a'], Filters: [], ...contribution },
        }),
      }),
    );
  for (const Filters of [
    [{ Match: '$.a', constructor: true }],
    [{ Match: '$.a', __proto__: null, toString: 1 }],
    [null],
    { length: 1 },
    [{ Match: 1, In: ['a'] }],
  ])
    assert.equal((await failure(rule({ Filters }))).name, 'InvalidParameterValueException');
  const alarm = (Timezone: string) =>
    watch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'a',
        Namespace: 'N',
        MetricName: 'M',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationWindow: { WallClockWindow: { Timezone } },
      }),
    );
  for (const zone of ['Moon/Base', '../../etc', `${'A'.repeat(40)}`])
    assert.match((await failure(alarm(zone))).name, /^(Validation|InvalidParameter)/);
  await alarm('Asia/Kathmandu');
});

test('queries of Metrics Insights', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const ask = (Expression: string) =>
    watch.send(
      new GetMetricDataCommand({
        StartTime: new Date(START),
        EndTime: new Date(START + 60_000),
        MetricDataQueries: [{ Id: 'q', Expression, Period: 60 }],
      }),
    );
  for (const expression of [
    'SELECT ',
    'SELECT AVG(',
    `SELECT AVG(${'('.repeat(1_900)}`,
    `SELECT AVG(a) FROM "${'\\"'.repeat(900)}`,
    `SELECT AVG(a) FROM b WHERE ${"c = '' AND ".repeat(150)}`,
    "SELECT AVG(a) FROM b WHERE c = '\\",
    'SELECT AVG(a) FROM b LIMIT 99999999999999999999',
    'SELECT constructor(a) FROM b',
    'SELECT AVG(a) FROM b GROUP BY \u0000',
    'SELECT AVG(a) FROM SCHEMA(SCHEMA(b))',
    'SELECT AVG(a) FROM b WHERE AWS.AccountId = CURRENT_ACCOUNT_ID',
  ])
    assert.equal((await failure(ask(expression))).name, 'ValidationException', expression.slice(0, 60));
  const { MetricDataResults } = await ask(
    `SELECT AVG("__proto__") FROM "constructor" WHERE "__proto__" != 'a' GROUP BY "__proto__", toString ORDER BY COUNT()`,
  );
  assert.deepEqual(MetricDataResults, []);
});
