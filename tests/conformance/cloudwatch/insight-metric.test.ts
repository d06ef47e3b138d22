/** Contributor Insights rules in metric math: read, and watched by alarms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricWidgetImageCommand,
  PutAnomalyDetectorCommand,
  PutInsightRuleCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const RuleDefinition = JSON.stringify({
  Schema: { Name: 'CloudWatchLogRule', Version: 1 },
  LogGroupNames: ['/web'],
  LogFormat: 'JSON',
  AggregateOn: 'Sum',
  Contribution: { Keys: ['$.ip'], ValueOf: '$.bytes', Filters: [] },
});
const BOUNDS = { StartTime: new Date(START), EndTime: new Date(START + 5 * MINUTE) };
const [logGroupName, logStreamName] = ['/web', 'one'];

/** Rule `top`, and a function that writes events into the group that it reads. */
async function world(cloud: TestCloud) {
  const [watch, logs] = [cloud.client(CloudWatchClient), cloud.client(CloudWatchLogsClient)];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await watch.send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition }));
  const say = (...events: [ip: string, bytes: number][]) => {
    const timestamp = cloud.server.cloud.kernel.clock.now();
    const logEvents = events.map(([ip, bytes]) => ({ timestamp, message: JSON.stringify({ ip, bytes }) }));
    return logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  };
  return { watch, say };
}

const told = ({ name, message }: Error) => [name, message];

const ask = (watch: CloudWatchClient, ...expressions: string[]) =>
  watch.send(
    new GetMetricDataCommand({
      ...BOUNDS,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: expressions.map((Expression, index) => ({ Id: `e${index}`, Expression, Period: 60 })),
    }),
  );

test('what a rule tells is a series of metric math', async () => {
  await using cloud = await startTestCloud();
  const { watch, say } = await world(cloud);
  await say(['a', 5], ['b', 20], ['a', 7]);
  await cloud.advance(2 * MINUTE);
  await say(['c', 4]);
  const { MetricDataResults: found = [] } = await ask(
    watch,
    'INSIGHT_RULE_METRIC("top", "Sum")',
    "INSIGHT_RULE_METRIC('top', 'UniqueContributors') * 10",
    'FILL(INSIGHT_RULE_METRIC(top, MaxContributorValue), 0)',
    'INSIGHT_RULE_METRIC("none", "Sum")',
  );
  const at = (minutes: number) => new Date(START + minutes * MINUTE);
  assert.deepEqual(
    found.map(({ Timestamps, Values }) => [Timestamps, Values]),
    [
      [
        [at(0), at(2)],
        [32, 4],
      ],
      [
        [at(0), at(2)],
        [20, 10],
      ],
      [
        [at(0), at(1), at(2), at(3), at(4)],
        [20, 0, 4, 0, 0],
      ],
      [[], []],
    ],
  );
  const MetricWidget = JSON.stringify({ metrics: [[{ expression: 'INSIGHT_RULE_METRIC("top", "Sum")' }]] });
  const { MetricWidgetImage = [] } = await watch.send(new GetMetricWidgetImageCommand({ MetricWidget }));
  assert.deepEqual([...MetricWidgetImage.slice(1, 4)], [...Buffer.from('PNG')]);
  for (const [expression, message] of [
    [
      'INSIGHT_RULE_METRIC("top", "Median")',
      'INSIGHT_RULE_METRIC takes one of UniqueContributors, MaxContributorValue, SampleCount, Sum, Minimum, Maximum, Average, not Median',
    ],
    ['INSIGHT_RULE_METRIC("top")', 'INSIGHT_RULE_METRIC takes the name of a rule and of a metric'],
  ] as const)
    assert.deepEqual(told(await failure(ask(watch, expression))), ['ValidationException', message]);
});

test('an alarm watches what a rule tells', async () => {
  await using cloud = await startTestCloud();
  const { watch, say } = await world(cloud);
  const Expression = 'INSIGHT_RULE_METRIC("top", "UniqueContributors")';
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'many',
      Metrics: [{ Id: 'e', Expression, Period: 60 }],
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    }),
  );
  const state = async () => (await watch.send(new DescribeAlarmsCommand({}))).MetricAlarms?.[0]?.StateValue;
  await say(['a', 5], ['a', 6]);
  await cloud.advance(2 * MINUTE);
  assert.equal(await state(), 'OK');
  await say(['a', 5], ['b', 6]);
  await cloud.advance(MINUTE);
  assert.equal(await state(), 'ALARM');
  const double = { Id: 'd', Expression: 'e * 2', Period: 60, ReturnData: false };
  const queries = { MetricDataQueries: [{ Id: 'e', Expression, Period: 60 }, double] };
  const { name } = await failure(watch.send(new PutAnomalyDetectorCommand({ MetricMathAnomalyDetector: queries })));
  assert.equal(name, 'NotImplemented');
});

test('who asks for a rule in metric math must be allowed to ask for its report', async () => {
  await using cloud = await startTestCloud();
  const { say } = await world(cloud);
  await say(['a', 5]);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const allow = (Action: string[]) => {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action, Resource: '*' },
    });
    return iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  };
  await allow(['cloudwatch:GetMetricData']);
  const own = cloud.client(CloudWatchClient, { credentials });
  const expression = 'INSIGHT_RULE_METRIC("top", "Sum")';
  assert.deepEqual(told(await failure(ask(own, expression))), [
    'AccessDeniedException',
    'User: arn:aws:iam::123456789012:user/u is not authorized to perform: cloudwatch:GetInsightRuleReport on resource: arn:aws:cloudwatch:us-east-1:123456789012:insight-rule/top because no identity-based policy allows the cloudwatch:GetInsightRuleReport action',
  ]);
  await allow(['cloudwatch:GetMetricData', 'cloudwatch:GetInsightRuleReport']);
  const { MetricDataResults: found = [] } = await ask(own, expression);
  assert.deepEqual(
    found.map(({ Values }) => Values),
    [[5]],
  );
});
