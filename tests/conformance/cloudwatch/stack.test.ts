import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DescribeAnomalyDetectorsCommand,
  DescribeInsightRulesCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';

const bodyOf = (markdown: string) => JSON.stringify({ widgets: [{ type: 'text', properties: { markdown } }] });

test('a stack makes, changes, replaces and removes a dashboard', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const dashboard = (Properties: object) => templateOf({ Board: { Type: 'AWS::CloudWatch::Dashboard', Properties } });
  const names = async () => {
    const { DashboardEntries = [] } = await watch.send(new ListDashboardsCommand({}));
    return DashboardEntries.map(({ DashboardName }) => DashboardName);
  };
  await create(cloud, 'watch', dashboard({ DashboardBody: bodyOf('one') }));
  const { Board: DashboardName } = await physicalIds(cloud, 'watch');
  assert.deepEqual(await names(), [DashboardName]);
  await update(cloud, 'watch', dashboard({ DashboardBody: bodyOf('two') }));
  const { DashboardBody } = await watch.send(new GetDashboardCommand({ DashboardName }));
  assert.equal(DashboardBody, bodyOf('two'));
  await update(cloud, 'watch', dashboard({ DashboardName: 'named', DashboardBody: bodyOf('two') }));
  assert.deepEqual(await names(), ['named']);
  await remove(cloud, 'watch');
  assert.deepEqual(await names(), []);
});

test('a stack makes, changes and removes what watches', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const definition = (key: string) =>
    JSON.stringify({
      Schema: { Name: 'CloudWatchLogRule', Version: 1 },
      LogGroupNames: ['/web'],
      LogFormat: 'JSON',
      AggregateOn: 'Count',
      Contribution: { Keys: [key], Filters: [] },
    });
  const alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      MetricName: 'M',
      Namespace: 'N',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  };
  const template = (key: string, zone: string, metric: string, wait: number) =>
    templateOf(
      {
        One: alarm,
        Quiet: alarm,
        All: {
          Type: 'AWS::CloudWatch::CompositeAlarm',
          Properties: {
            AlarmRule: { 'Fn::Join': ['', ['ALARM("', { Ref: 'One' }, '")']] },
            ActionsSuppressor: { Ref: 'Quiet' },
            ActionsSuppressorWaitPeriod: wait,
            ActionsSuppressorExtensionPeriod: 60,
          },
        },
        Detector: {
          Type: 'AWS::CloudWatch::AnomalyDetector',
          Properties: {
            SingleMetricAnomalyDetector: { MetricName: metric, Namespace: 'N', Stat: 'Sum' },
            Configuration: {
              MetricTimeZone: zone,
              ExcludedTimeRanges: [{ StartTime: '2026-01-01T00:00:00', EndTime: '2026-01-02T00:00:00' }],
            },
          },
        },
        Rule: {
          Type: 'AWS::CloudWatch::InsightRule',
          Properties: {
            RuleName: 'top',
            RuleBody: definition(key),
            RuleState: 'ENABLED',
            Tags: [{ Key: 'k', Value: key }],
          },
        },
      },
      { Outputs: { Rule: { Value: { 'Fn::GetAtt': ['Rule', 'Arn'] } } } },
    );
  const seen = async () => {
    const { CompositeAlarms } = await watch.send(new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }));
    const { AnomalyDetectors } = await watch.send(new DescribeAnomalyDetectorsCommand({}));
    const { InsightRules } = await watch.send(new DescribeInsightRulesCommand({}));
    return {
      alarms: CompositeAlarms?.map(({ ActionsSuppressorWaitPeriod }) => ActionsSuppressorWaitPeriod),
      detectors: AnomalyDetectors?.map(({ MetricName, Configuration }) => [
        MetricName,
        Configuration?.MetricTimezone,
        Configuration?.ExcludedTimeRanges?.[0]?.EndTime?.toISOString(),
      ]),
      rules: InsightRules?.map(({ Definition }) => Definition),
    };
  };
  const day = '2026-01-02T00:00:00.000Z';
  await create(cloud, 'watch', template('$.a', 'UTC', 'M', 30));
  assert.deepEqual(await seen(), { alarms: [30], detectors: [['M', 'UTC', day]], rules: [definition('$.a')] });
  await update(cloud, 'watch', template('$.b', 'Europe/Zurich', 'M', 90));
  const zone = 'Europe/Zurich';
  assert.deepEqual(await seen(), { alarms: [90], detectors: [['M', zone, day]], rules: [definition('$.b')] });
  await update(cloud, 'watch', template('$.b', zone, 'Other', 90));
  assert.deepEqual((await seen()).detectors, [['Other', zone, day]]);
  const { Rule: ResourceARN } = await outputs(cloud, 'watch');
  const { Tags } = await watch.send(new ListTagsForResourceCommand({ ResourceARN }));
  assert.deepEqual(Tags, [{ Key: 'k', Value: '$.b' }]);
  await remove(cloud, 'watch');
  assert.deepEqual(await seen(), { alarms: [], detectors: [], rules: [] });
});
