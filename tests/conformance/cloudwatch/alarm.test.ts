import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;

function putAlarm(cloud: TestCloud, options: Partial<PutMetricAlarmCommandInput> = {}) {
  return cloud.client(CloudWatchClient).send(
    new PutMetricAlarmCommand({
      AlarmName: 'hot',
      Namespace: 'Machines',
      MetricName: 'Load',
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 2,
      Threshold: 80,
      ComparisonOperator: 'GreaterThanThreshold',
      ...options,
    }),
  );
}

async function load(cloud: TestCloud, value: number) {
  await cloud
    .client(CloudWatchClient)
    .send(new PutMetricDataCommand({ Namespace: 'Machines', MetricData: [{ MetricName: 'Load', Value: value }] }));
  await cloud.advance(MINUTE);
}

async function stateOf(cloud: TestCloud, name = 'hot') {
  const { MetricAlarms, CompositeAlarms } = await cloud
    .client(CloudWatchClient)
    .send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }));
  return (MetricAlarms?.[0] ?? CompositeAlarms?.[0])?.StateValue;
}

test('an alarm goes off after the right number of periods, and tells a topic', async () => {
  await using cloud = await startTestCloud();
  const [sns, sqs] = [cloud.client(SNSClient), cloud.client(SQSClient)];
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'alerts' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:alerts';
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Endpoint };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  await putAlarm(cloud, { AlarmActions: [TopicArn ?? ''], AlarmDescription: 'too hot' });
  assert.equal(await stateOf(cloud), 'INSUFFICIENT_DATA');
  await load(cloud, 10);
  await load(cloud, 20);
  assert.equal(await stateOf(cloud), 'OK');
  await load(cloud, 90);
  assert.equal(await stateOf(cloud), 'OK');
  await load(cloud, 95);
  assert.equal(await stateOf(cloud), 'ALARM');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const told = JSON.parse(Messages?.[0]?.Body ?? '{}');
  assert.deepEqual(
    [told.AlarmName, told.AlarmDescription, told.OldStateValue, told.NewStateValue, told.Region, told.AWSAccountId],
    ['hot', 'too hot', 'OK', 'ALARM', 'US East (N. Virginia)', '123456789012'],
  );
  assert.equal(
    told.NewStateReason,
    'Threshold Crossed: 2 out of the last 2 datapoints [95.0 (01/01/26 00:03:00), 90.0 (01/01/26 00:02:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).',
  );
  assert.equal(told.Trigger.MetricName, 'Load');
  await load(cloud, 5);
  assert.equal(await stateOf(cloud), 'OK');
  const { AlarmHistoryItems } = await cloud
    .client(CloudWatchClient)
    .send(new DescribeAlarmHistoryCommand({ AlarmName: 'hot', ScanBy: 'TimestampAscending' }));
  assert.deepEqual(
    AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary),
    [
      'Alarm "hot" created',
      'Alarm updated from INSUFFICIENT_DATA to OK',
      'Alarm updated from OK to ALARM',
      `Successfully executed action ${TopicArn}`,
      'Alarm updated from ALARM to OK',
    ],
  );
});

test('an alarm calls its Region by name', async () => {
  await using cloud = await startTestCloud();
  for (const [region, words] of [
    ['eu-west-1', 'EU (Ireland)'],
    ['il-central-1', 'Israel (Tel Aviv)'],
  ] as const) {
    const [sns, sqs] = [cloud.client(SNSClient, { region }), cloud.client(SQSClient, { region })];
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
    const Endpoint = `arn:aws:sqs:${region}:123456789012:alerts`;
    const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Endpoint };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'alerts', Attributes: { Policy } }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    const watch = cloud.client(CloudWatchClient, { region });
    const there = { ...cloud, client: () => watch } as unknown as TestCloud;
    await putAlarm(there, { AlarmActions: [TopicArn ?? ''], EvaluationPeriods: 1 });
    await load(there, 95);
    await load(there, 95);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const { Subject, Message } = JSON.parse(Messages?.[0]?.Body ?? '{}');
    assert.deepEqual([Subject, JSON.parse(Message).Region], [`ALARM: "hot" in ${words}`, words]);
  }
});

test('missing data is what the alarm takes it for', async () => {
  await using cloud = await startTestCloud();
  for (const TreatMissingData of ['breaching', 'notBreaching', 'ignore', 'missing'])
    await putAlarm(cloud, { AlarmName: TreatMissingData, TreatMissingData });
  await load(cloud, 10);
  await load(cloud, 10);
  await cloud.advance(10 * MINUTE);
  assert.deepEqual(
    await Promise.all(['breaching', 'notBreaching', 'ignore', 'missing'].map((name) => stateOf(cloud, name))),
    ['ALARM', 'OK', 'OK', 'INSUFFICIENT_DATA'],
  );
});

test('alarms on tables wait for data, whatever they say of what is missing', async () => {
  await using cloud = await startTestCloud();
  for (const Namespace of ['AWS/DynamoDB', 'Machines'])
    await putAlarm(cloud, { AlarmName: Namespace, Namespace, TreatMissingData: 'breaching' });
  await cloud.advance(10 * MINUTE);
  assert.deepEqual(await Promise.all(['AWS/DynamoDB', 'Machines'].map((name) => stateOf(cloud, name))), [
    'INSUFFICIENT_DATA',
    'ALARM',
  ]);
});

test('a percentile of few values changes nothing where the alarm says so', async () => {
  await using cloud = await startTestCloud();
  const options = { Statistic: undefined, ExtendedStatistic: 'p50', EvaluationPeriods: 1 };
  await putAlarm(cloud, { ...options, AlarmName: 'all' });
  await putAlarm(cloud, { ...options, AlarmName: 'sure', EvaluateLowSampleCountPercentile: 'ignore' });
  const other = await failure(putAlarm(cloud, { ...options, EvaluateLowSampleCountPercentile: 'other' }));
  assert.match(other.message, /^Option other is not supported for EvaluateLowSampleCountPercentile\./);
  const states = async (count: number) => {
    const Values = Array.from({ length: count }, (_, index) => 90 + index / 100);
    const MetricData = [{ MetricName: 'Load', Values }];
    await cloud.client(CloudWatchClient).send(new PutMetricDataCommand({ Namespace: 'Machines', MetricData }));
    await cloud.advance(MINUTE);
    return Promise.all(['all', 'sure'].map((name) => stateOf(cloud, name)));
  };
  assert.deepEqual(await states(19), ['ALARM', 'INSUFFICIENT_DATA']);
  assert.deepEqual(await states(20), ['ALARM', 'ALARM']);
});

test('some of the last periods are enough where the alarm says so', async () => {
  await using cloud = await startTestCloud();
  await putAlarm(cloud, { EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  for (const value of [10, 10, 90]) await load(cloud, value);
  assert.equal(await stateOf(cloud), 'OK');
  await load(cloud, 10);
  assert.equal(await stateOf(cloud), 'OK');
  await load(cloud, 90);
  assert.equal(await stateOf(cloud), 'ALARM');
});

test('a composite alarm follows its rule, and its children stay while it is there', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await putAlarm(cloud, { AlarmName: 'a' });
  await putAlarm(cloud, { AlarmName: 'b c' });
  const unknown = await failure(
    watch.send(new PutCompositeAlarmCommand({ AlarmName: 'x', AlarmRule: 'ALARM(nobody)' })),
  );
  assert.equal(unknown.name, 'ValidationException');
  const broken = await failure(watch.send(new PutCompositeAlarmCommand({ AlarmName: 'x', AlarmRule: 'ALARM(a' })));
  assert.equal(broken.message, 'AlarmRule expression is invalid: ALARM(a');
  await watch.send(
    new PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: 'ALARM(a) AND NOT (OK("b c") OR FALSE)' }),
  );
  assert.equal(await stateOf(cloud, 'both'), 'OK');
  const set = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
    watch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'tried' }));
  await set('a', 'ALARM');
  assert.equal(await stateOf(cloud, 'both'), 'ALARM');
  await set('b c', 'OK');
  assert.equal(await stateOf(cloud, 'both'), 'OK');
  const kept = await failure(watch.send(new DeleteAlarmsCommand({ AlarmNames: ['a'] })));
  assert.equal(kept.message, 'Cannot delete a as there are composite alarm(s) depending on it.');
  await watch.send(new DeleteAlarmsCommand({ AlarmNames: ['a', 'both'] }));
  assert.equal(await stateOf(cloud, 'both'), undefined);
});

test('an alarm may watch an expression; alarms of a metric are found', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'double',
      EvaluationPeriods: 1,
      Threshold: 150,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Metrics: [
        {
          Id: 'm',
          MetricStat: { Metric: { Namespace: 'Machines', MetricName: 'Load' }, Period: 60, Stat: 'Maximum' },
          ReturnData: false,
        },
        { Id: 'e', Expression: 'm * 2' },
      ],
    }),
  );
  await putAlarm(cloud);
  await load(cloud, 75);
  assert.equal(await stateOf(cloud, 'double'), 'ALARM');
  const { MetricAlarms } = await watch.send(
    new DescribeAlarmsForMetricCommand({ Namespace: 'Machines', MetricName: 'Load' }),
  );
  assert.deepEqual(
    MetricAlarms?.map(({ AlarmName }) => AlarmName),
    ['hot'],
  );
});

test('alarms that can’t be are refused', async () => {
  await using cloud = await startTestCloud();
  const refused = async (options: Partial<PutMetricAlarmCommandInput>) =>
    (await failure(putAlarm(cloud, options))).message;
  assert.equal(
    await refused({ EvaluationPeriods: 2_000 }),
    'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).',
  );
  assert.equal(await refused({ Period: 45 }), 'Period must be 10, 20, 30 or a multiple of 60');
  assert.equal(
    await refused({ DatapointsToAlarm: 3 }),
    'DatapointsToAlarm must be less than or equal to EvaluationPeriods',
  );
  assert.equal(await refused({ AlarmActions: ['call me'] }), 'Invalid arn syntax: call me');
  assert.equal(await refused({ Statistic: undefined }), 'You must specify either Statistic or ExtendedStatistic');
});

test('periods of several minutes slide, or follow the clock', async () => {
  await using cloud = await startTestCloud();
  const periods = { Statistic: 'Sum', Period: 300, EvaluationPeriods: 1, Threshold: 5 } as const;
  await putAlarm(cloud, { ...periods, TreatMissingData: 'notBreaching' });
  await putAlarm(cloud, {
    ...periods,
    AlarmName: 'clock',
    EvaluationWindow: { WallClockWindow: { Timezone: 'Europe/Zurich' } },
    TreatMissingData: 'notBreaching',
  });
  const states: string[] = [];
  for (let minute = 0; minute < 13; minute += 1) {
    // In minutes 3 and 4: 6 together.
    await load(cloud, minute === 3 || minute === 4 ? 3 : 0);
    states.push(`${minute + 1} ${await stateOf(cloud)} ${await stateOf(cloud, 'clock')}`);
  }
  assert.deepEqual(
    states.filter((state) => state.includes('ALARM')),
    [
      '5 ALARM ALARM',
      '6 ALARM ALARM',
      '7 ALARM ALARM',
      '8 ALARM ALARM',
      // Minute 3 slides out of the last five; by the clock, the second five minutes end at 10.
      '9 OK ALARM',
    ],
  );
});

test('what would have no effect is refused', async () => {
  await using cloud = await startTestCloud();
  const error = await failure(putAlarm(cloud, { EvaluationInterval: 60 }));
  assert.deepEqual(
    [error.$metadata?.httpStatusCode, error.message],
    [501, 'Cloudyard has not built EvaluationInterval yet'],
  );
  const elsewhere = await failure(putAlarm(cloud, { AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:t'] }));
  assert.equal(elsewhere.message, 'Invalid region eu-west-1 specified. Only us-east-1 is supported.');
});

test('alarms and their histories are listed page by page', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const names = ['a1', 'a2', 'b1', 'b2'];
  for (const AlarmName of names) await putAlarm(cloud, { AlarmName, Period: 3_600 });
  for (const AlarmName of ['a2', 'b1'])
    await watch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'by hand' }));
  const list = async (input: object) => {
    const found: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await watch.send(new DescribeAlarmsCommand({ MaxRecords: 1, NextToken, ...input }));
      assert.ok((page.MetricAlarms?.length ?? 0) <= 1);
      found.push(...(page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return found;
  };
  assert.deepEqual(await list({}), names);
  assert.deepEqual(await list({ AlarmNamePrefix: 'b' }), ['b1', 'b2']);
  assert.deepEqual(await list({ StateValue: 'ALARM' }), ['a2', 'b1']);
  assert.deepEqual(await list({ StateValue: 'ALARM', AlarmNamePrefix: 'a' }), ['a2']);
  assert.deepEqual(await list({ AlarmNames: ['b2', 'a1', 'gone'] }), ['a1', 'b2']);
  const { MetricAlarms } = await watch.send(
    new DescribeAlarmsForMetricCommand({ Namespace: 'Machines', MetricName: 'Load', Period: 3_600 }),
  );
  assert.equal(MetricAlarms?.length, 4);
  const history = async (input: object) => {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await watch.send(new DescribeAlarmHistoryCommand({ MaxRecords: 1, NextToken, ...input }));
      found.push(...(page.AlarmHistoryItems ?? []).map((one) => `${one.AlarmName} ${one.HistoryItemType}`));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return found;
  };
  const forth = await history({ AlarmName: 'a2', ScanBy: 'TimestampAscending' });
  assert.deepEqual(forth, ['a2 ConfigurationUpdate', 'a2 StateUpdate']);
  assert.deepEqual(await history({ AlarmName: 'a2' }), forth.toReversed());
  assert.deepEqual((await history({})).toSorted(), [
    'a1 ConfigurationUpdate',
    'a2 ConfigurationUpdate',
    'a2 StateUpdate',
    'b1 ConfigurationUpdate',
    'b1 StateUpdate',
    'b2 ConfigurationUpdate',
  ]);
  assert.deepEqual(await history({ HistoryItemType: 'StateUpdate', ScanBy: 'TimestampAscending' }), [
    'a2 StateUpdate',
    'b1 StateUpdate',
  ]);
  const error = await failure(watch.send(new DescribeAlarmHistoryCommand({ NextToken: 'x' })));
  assert.equal(error.message, 'Invalid NextToken');
});

test('an alarm that warms up waits: until its data fills what it looks at, or for the whole time', async () => {
  await using cloud = await startTestCloud();
  const warm = (WarmUpPeriodDurationInMinutes: number, OnlyStartEvaluatingAfterWarmUpPeriodEnds = false) => ({
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes, OnlyStartEvaluatingAfterWarmUpPeriodEnds },
  });
  await putAlarm(cloud, { ...warm(10), TreatMissingData: 'breaching' });
  await putAlarm(cloud, { ...warm(10, true), AlarmName: 'whole', TreatMissingData: 'breaching' });
  const states = async () => [await stateOf(cloud), await stateOf(cloud, 'whole')];
  await cloud.advance(3 * MINUTE);
  await load(cloud, 10);
  assert.deepEqual(await states(), ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']);
  await load(cloud, 10);
  assert.deepEqual(await states(), ['OK', 'INSUFFICIENT_DATA'], 'two periods are there');
  await cloud.advance(4 * MINUTE);
  assert.deepEqual(await states(), ['ALARM', 'INSUFFICIENT_DATA']);
  await cloud.advance(MINUTE);
  assert.deepEqual(await states(), ['ALARM', 'ALARM']);
  await putAlarm(cloud, { ...warm(60, true), TreatMissingData: 'notBreaching' });
  await cloud.advance(MINUTE);
  assert.deepEqual(await states(), ['OK', 'ALARM'], 'what is over does not begin again');
  const { MetricAlarms } = await cloud
    .client(CloudWatchClient)
    .send(new DescribeAlarmsCommand({ AlarmNames: ['hot'] }));
  assert.deepEqual(MetricAlarms?.[0]?.WarmUpConfiguration, warm(60, true).WarmUpConfiguration);
});
