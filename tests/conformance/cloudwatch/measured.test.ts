/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  PutAnomalyDetectorCommand,
  type PutAnomalyDetectorCommandInput,
  PutCompositeAlarmCommand,
  PutInsightRuleCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricStreamCommand,
  type PutMetricStreamCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { failure, startTestCloud } from '../../support/cloud.ts';

const COMMON = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
const METRIC = { Namespace: 'N', MetricName: 'M', Statistic: 'Sum', Period: 60 } as const;
const BANDED = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'LessThanLowerThreshold' } as const;

const alarm = (input: Partial<PutMetricAlarmCommandInput>) =>
  new PutMetricAlarmCommand({ ...COMMON, ...METRIC, Threshold: 1, ...input });
const math = (Metrics: PutMetricAlarmCommandInput['Metrics']) =>
  new PutMetricAlarmCommand({ ...COMMON, Threshold: 1, Metrics });
const banded = (metric: boolean, band: boolean, action?: string) =>
  new PutMetricAlarmCommand({
    ...BANDED,
    ThresholdMetricId: 'ad1',
    Metrics: [
      { ...query('m1'), ReturnData: metric },
      { Id: 'ad1', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)', ReturnData: band },
    ],
    ...(action !== undefined && { AlarmActions: [action] }),
  });
const query = (Id: string, Stat = 'Sum') => ({
  Id,
  MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat },
});
const many = (count: number) => Array.from({ length: count }, (_, index) => `q${index}`);

const METRIC_ALARMS = [
  [alarm({ AlarmActions: ['arn:aws:s3:::bucket'] }), 'Unsupported AWS vendor s3'],
  [
    alarm({ Period: 3_600, EvaluationPeriods: 169 }),
    'Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600',
  ],
  [alarm({ DatapointsToAlarm: 2 }), 'DatapointsToAlarm must be less than or equal to EvaluationPeriods'],
  [alarm({ Threshold: undefined }), 'PutMetricAlarm request should have valid Threshold parameter'],
  [
    new PutMetricAlarmCommand({ ...BANDED, ...METRIC }),
    'ComparisonOperators for ranges require ThresholdMetricId to be set',
  ],
  [math(many(11).map((id) => query(id))), 'Too many metrics in alarm, maximum is 10'],
  [
    math(many(11).map((Id) => ({ Id, Expression: '1', ReturnData: false }))),
    'Too many expressions in alarm, maximum is 10',
  ],
  [math([query('m1', 'Avg')]), 'Invalid metrics list'],
  [banded(false, true), 'Exactly two elements of the metrics list should return data.'],
  [banded(true, false), 'Metrics list must contain exactly one metric matching the ThresholdMetricId parameter'],
  [
    banded(true, true, 'arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:p'),
    'autoscaling actions not supported when ThresholdMetricId is set',
  ],
] as const;

const composite = (input: object) => new PutCompositeAlarmCommand({ AlarmName: 'c', AlarmRule: 'TRUE', ...input });
const COMPOSITE_ALARMS = [
  [
    composite({ AlarmRule: 'GARBAGE(not a rule' }),
    "Error in AlarmRule [Unsupported token 'GARBAGE' at char 0, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]",
  ],
  [
    composite({ AlarmRule: 'ALARM("c")' }),
    'A composite alarm cannot have a child relation with itself via its AlarmRule, as it would introduce a circular dependency',
  ],
  [composite({ ActionsSuppressorWaitPeriod: 1 }), 'ActionsSuppressorWaitPeriod requires an ActionSuppressor'],
  [
    composite({ ActionsSuppressor: 's', ActionsSuppressorExtensionPeriod: 1 }),
    'ActionsSuppressorWaitPeriod must not be null',
  ],
  [
    composite({ ActionsSuppressor: 's', ActionsSuppressorWaitPeriod: 1 }),
    'ActionsSuppressorExtensionPeriod must not be null',
  ],
  [
    composite({
      ActionsSuppressor: 'arn:aws:sns:us-east-1:123456789012:t',
      ActionsSuppressorWaitPeriod: 1,
      ActionsSuppressorExtensionPeriod: 1,
    }),
    'ActionsSuppressor must be a valid CloudWatch Alarm ARN or an Alarm name',
  ],
] as const;

test('alarms that do not fit are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  for (const [command, text] of METRIC_ALARMS) {
    const { name, message } = await failure(watch.send(command));
    assert.deepEqual([name, message], ['ValidationException', text]);
  }
  for (const [command, text] of COMPOSITE_ALARMS) {
    const { name, message } = await failure(watch.send(command));
    assert.deepEqual([name, message], ['ValidationException', text]);
  }
  const told = async (input: Partial<PutMetricAlarmCommandInput>) => (await failure(watch.send(alarm(input)))).message;
  const extended = { Statistic: undefined, ExtendedStatistic: 'p101' };
  assert.equal(await told(extended), 'The value p101 for parameter ExtendedStatistic is not supported.');
  assert.equal(await told({ Namespace: 'テスト' }), 'Namespace must not contain Non-ASCII characters.');
  assert.equal(
    (await failure(watch.send(math([{ ...query('m1'), Expression: '1' }])))).message,
    'The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both.',
  );
  await watch.send(alarm({ ...extended, ExtendedStatistic: 'p100.99' }));
});

test('anomaly detectors that do not fit are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const { Namespace, MetricName } = METRIC;
  const one = { Namespace, MetricName, Stat: 'Sum' };
  const two = { MetricDataQueries: [query('m1'), { Id: 'e1', Expression: 'm1', ReturnData: false }] };
  const either =
    'Either single metric attributes, SingleMetricAnomalyDetector or MetricMathAnomalyDetector can be set, found';
  const range = { StartTime: new Date(2e12), EndTime: new Date(1e12) };
  for (const [input, text] of [
    [
      { SingleMetricAnomalyDetector: one, MetricMathAnomalyDetector: two },
      `${either} SingleMetricAnomalyDetector, MetricMathAnomalyDetector`,
    ],
    [{ Namespace, MetricMathAnomalyDetector: two }, `${either} MetricMathAnomalyDetector, single metric attributes`],
    [
      { MetricMathAnomalyDetector: { MetricDataQueries: [query('m1')] } },
      'The MetricDataQueries list in MetricMathAnomalyDetector contains a single metric, please use SingleMetricAnomalyDetector instead',
    ],
    [
      { SingleMetricAnomalyDetector: one, Configuration: { ExcludedTimeRanges: [range] } },
      'Input has invalid parameter.',
    ],
  ] as [PutAnomalyDetectorCommandInput, string][])
    assert.equal((await failure(watch.send(new PutAnomalyDetectorCommand(input)))).message, text);
});

test('metric streams that do not fit are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const firehose = (region: string, account: string) => `arn:aws:firehose:${region}:${account}:deliverystream/d`;
  const statistics = (
    IncludeMetrics: { Namespace: string; MetricName: string }[],
    ...AdditionalStatistics: string[]
  ) => [{ IncludeMetrics, AdditionalStatistics }];
  const filters = [{ Namespace: 'N' }];
  for (const [input, text] of [
    [
      { FirehoseArn: firehose('eu-west-1', '123456789012') },
      'FirehoseArn must be in the same region and AWS partition as the Metric Stream',
    ],
    [
      { FirehoseArn: firehose('us-east-1', '210987654321') },
      'FirehoseArn must be in the same account as the Metric Stream',
    ],
    [{ IncludeFilters: filters, ExcludeFilters: filters }, 'IncludeFilters and ExcludeFilters cannot both be present'],
    [{ StatisticsConfigurations: statistics([], 'p90') }, 'IncludeMetrics less than 1'],
    [
      { StatisticsConfigurations: statistics([{ Namespace: 'N', MetricName: 'M' }], 'p101') },
      'Unsupported statistic p101 for selected OutputFormat',
    ],
  ] as [Partial<PutMetricStreamCommandInput>, string][]) {
    const command = new PutMetricStreamCommand({
      Name: 's',
      FirehoseArn: firehose('us-east-1', '123456789012'),
      RoleArn: 'arn:aws:iam::123456789012:role/r',
      OutputFormat: 'json',
      ...input,
    });
    assert.equal((await failure(watch.send(command))).message, text);
  }
});

test('Contributor Insights rules that do not fit are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const body = {
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: ['g'],
    LogFormat: 'JSON',
    Contribution: { Keys: ['$.a'], Filters: [] },
    AggregateOn: 'Count',
  };
  const bad = (text: string) => `INVALID_RULE_BODY: ${text} in the RuleBody.`;
  for (const [definition, text] of [
    ['{not json', 'INVALID_RULE_BODY: The RuleBody could not be parsed.'],
    [{ ...body, Filters: [] }, bad('UnknownKey encountered at Filters')],
    [{ ...body, Contribution: { Keys: ['$.a'] } }, bad('MissingKey encountered at Filters')],
    [
      { ...body, Contribution: { Keys: ['$.a', '$.b', '$.c', '$.d', '$.e'], Filters: [] } },
      'RULE_BODY_COMPLEXITY: A RuleBody must have no more than 4 "Keys" in the "Contribution".',
    ],
    [{ ...body, LogGroupNames: [] }, bad('Empty encountered at LogGroupNames')],
    [{ ...body, Schema: { ...body.Schema, Version: 2 } }, bad('InvalidSchema encountered at Schema')],
    [{ ...body, LogFormat: 'TEXT' }, bad('InvalidValueType encountered at LogFormat')],
  ] as const) {
    const RuleDefinition = typeof definition === 'string' ? definition : JSON.stringify(definition);
    const { message } = await failure(watch.send(new PutInsightRuleCommand({ RuleName: 'r', RuleDefinition })));
    assert.equal(message, text);
  }
});
