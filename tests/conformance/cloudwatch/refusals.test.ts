import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DescribeAnomalyDetectorsCommand,
  DescribeInsightRulesCommand,
  ListAlarmMuteRulesCommand,
  ListDashboardsCommand,
  ListMetricStreamsCommand,
  PutMetricAlarmCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const putAlarm = (cloud: TestCloud, AlarmName: string) =>
  cloud.client(CloudWatchClient).send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'Machines',
      MetricName: 'Load',
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 80,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );

test('tokens that no list gave, or another one, are refused', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  for (const name of ['a1', 'a2']) await putAlarm(cloud, name);
  const { NextToken } = await watch.send(new DescribeAlarmsCommand({ MaxRecords: 1 }));
  assert.ok(NextToken !== undefined);
  const [bad, worse] = ['InvalidNextToken', 'InvalidParameterValueException'];
  for (const [name, send] of [
    [bad, () => watch.send(new DescribeAlarmsCommand({ NextToken: 'a1' }))],
    [bad, () => watch.send(new DescribeAlarmsCommand({ NextToken: 'a1', ChildrenOfAlarmName: 'b' }))],
    [bad, () => watch.send(new DescribeAnomalyDetectorsCommand({ NextToken }))],
    [bad, () => watch.send(new DescribeInsightRulesCommand({ NextToken }))],
    [bad, () => watch.send(new ListMetricStreamsCommand({ NextToken }))],
    [bad, () => watch.send(new ListAlarmMuteRulesCommand({ NextToken }))],
    [worse, () => watch.send(new ListDashboardsCommand({ NextToken }))],
  ] as const) {
    const error = await failure(send());
    assert.deepEqual([error.name, error.message], [name, 'Invalid NextToken']);
  }
});

test('who tags an alarm of another Region finds none', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await putAlarm(cloud, 'a1');
  const tag = (region: string) =>
    watch.send(
      new TagResourceCommand({
        ResourceARN: `arn:aws:cloudwatch:${region}:123456789012:alarm:a1`,
        Tags: [{ Key: 'k', Value: 'v' }],
      }),
    );
  await tag('us-east-1');
  assert.equal((await failure(tag('eu-west-1'))).name, 'ResourceNotFoundException');
});
