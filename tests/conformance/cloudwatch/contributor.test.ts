/** Alarms on several series: each of them goes off and acts for itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmContributorsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const AlarmName = 'hot';

/** An alarm on the load of each machine; a queue to which its topic and its events go. */
async function world(cloud: TestCloud) {
  const [watch, sns, sqs, events] = [
    cloud.client(CloudWatchClient),
    cloud.client(SNSClient),
    cloud.client(SQSClient),
    cloud.client(EventBridgeClient),
  ];
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const queue = async (QueueName: string) => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    return async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 }),
      );
      return Messages.map(({ Body = '{}' }) => JSON.parse(Body));
    };
  };
  const [told, announced] = [await queue('told'), await queue('announced')];
  const arn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn('told'), Attributes }));
  const EventPattern = JSON.stringify({ 'detail-type': ['CloudWatch Alarm Contributor State Change'] });
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: arn('announced') }] }));
  const put = (options: Partial<PutMetricAlarmCommandInput> = {}) =>
    watch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Metrics: [{ Id: 'q', Expression: 'SELECT MAX(Load) FROM Machines GROUP BY Machine', Period: 60 }],
        EvaluationPeriods: 1,
        Threshold: 80,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: [TopicArn],
        OKActions: [TopicArn],
        ...options,
      }),
    );
  await put();
  const load = async (loads: { [machine: string]: number }) => {
    for (const [machine, Value] of Object.entries(loads)) {
      const Dimensions = [{ Name: 'Machine', Value: machine }];
      await watch.send(
        new PutMetricDataCommand({ Namespace: 'Machines', MetricData: [{ MetricName: 'Load', Value, Dimensions }] }),
      );
    }
    await cloud.advance(MINUTE);
  };
  const alarm = async () => {
    const { MetricAlarms } = await watch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
    const { StateValue, StateReason } = MetricAlarms?.[0] ?? {};
    return [StateValue, StateReason];
  };
  const contributors = async () => {
    const found = await watch.send(new DescribeAlarmContributorsCommand({ AlarmName }));
    return found.AlarmContributors ?? [];
  };
  return { watch, put, load, alarm, contributors, told, announced };
}

test('each series is in ALARM or not, and the alarm while one is', async () => {
  await using cloud = await startTestCloud();
  const { load, alarm, contributors } = await world(cloud);
  assert.deepEqual(await contributors(), []);
  await load({ a: 10, b: 20 });
  assert.deepEqual(await alarm(), ['OK', '0 out of 2 time series evaluated to ALARM']);
  await load({ a: 90, b: 20, c: 30 });
  assert.deepEqual(await alarm(), ['ALARM', '1 out of 3 time series evaluated to ALARM']);
  const [first, ...none] = await contributors();
  assert.deepEqual(none, []);
  assert.match(first?.ContributorId ?? '', /^[0-9a-f]{16}$/);
  assert.deepEqual(
    [first?.ContributorAttributes, first?.StateReason, first?.StateTransitionedTimestamp],
    [
      { Machine: 'a' },
      'Threshold Crossed: 1 datapoint was greater than the threshold (80.0). The most recent datapoint which crossed the threshold: [90.0 (01/01/26 00:01:00)].',
      new Date(START + 2 * MINUTE),
    ],
  );
  await load({ a: 95, b: 85, c: 30 });
  assert.deepEqual(await alarm(), ['ALARM', '2 out of 3 time series evaluated to ALARM']);
  assert.equal((await contributors()).length, 2);
  assert.deepEqual(
    (await contributors()).find(({ ContributorId }) => ContributorId === first?.ContributorId),
    first,
  );
  await load({ a: 5, b: 5, c: 5 });
  assert.deepEqual(await alarm(), ['OK', '0 out of 3 time series evaluated to ALARM']);
  assert.deepEqual(await contributors(), []);
});

test('a series that is not there any more leaves; without any, the rule for what is missing decides', async () => {
  await using cloud = await startTestCloud();
  const { put, load, alarm, contributors } = await world(cloud);
  await load({ a: 90, b: 90 });
  assert.equal((await contributors()).length, 2);
  for (let minute = 0; minute < 3; minute += 1) await load({ b: 90 });
  assert.deepEqual(
    (await contributors()).map(({ ContributorAttributes }) => ContributorAttributes),
    [{ Machine: 'b' }],
  );
  assert.deepEqual(await alarm(), ['ALARM', '1 out of 1 time series evaluated to ALARM']);
  for (let minute = 0; minute < 3; minute += 1) await load({});
  assert.deepEqual(await alarm(), ['INSUFFICIENT_DATA', 'Insufficient Data: 1 datapoint was unknown.']);
  assert.deepEqual(await contributors(), []);
  await put({ TreatMissingData: 'ignore' });
  await load({ a: 90 });
  for (let minute = 0; minute < 5; minute += 1) await load({});
  assert.deepEqual(await alarm(), ['ALARM', '1 out of 1 time series evaluated to ALARM']);
  assert.equal((await contributors()).length, 1);
});

test('what happens to a series is noted, told to topics and to EventBridge', async () => {
  await using cloud = await startTestCloud();
  const { watch, load, contributors, told, announced } = await world(cloud);
  await load({ a: 10, b: 90 });
  const [{ ContributorId = '', StateReason: reason = '' } = {}] = await contributors();
  const messages = await told();
  assert.deepEqual(
    messages.map(({ AlarmContributorId, AlarmContributorAttributes, OldStateValue, NewStateValue, NewStateReason }) => [
      AlarmContributorId,
      AlarmContributorAttributes,
      OldStateValue,
      NewStateValue,
      NewStateReason,
    ]),
    [
      [ContributorId, { Machine: 'b' }, 'OK', 'ALARM', reason],
      [undefined, undefined, 'INSUFFICIENT_DATA', 'ALARM', '1 out of 2 time series evaluated to ALARM'],
    ],
  );
  const [{ detail, resources }] = await announced();
  assert.deepEqual(resources, ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot']);
  assert.deepEqual(
    [detail.alarmName, detail.alarmContributor, detail.state],
    [
      'hot',
      { id: ContributorId, attributes: { Machine: 'b' } },
      { value: 'ALARM', reason, timestamp: '2026-01-01T00:01:00.000+0000' },
    ],
  );
  await load({ a: 10, b: 10 });
  const back = (await told()).find(({ AlarmContributorId }) => AlarmContributorId === ContributorId);
  assert.deepEqual(
    [back?.NewStateValue, back?.NewStateReason],
    ['OK', 'Threshold Crossed: 1 datapoint was not greater than the threshold (80.0).'],
  );
  const history = async (input: object) =>
    (
      await watch.send(new DescribeAlarmHistoryCommand({ AlarmName, ScanBy: 'TimestampAscending', ...input }))
    ).AlarmHistoryItems?.map(({ HistoryItemType, HistorySummary, AlarmContributorAttributes }) => [
      HistoryItemType,
      HistorySummary,
      AlarmContributorAttributes,
    ]);
  assert.deepEqual(await history({ HistoryItemType: 'AlarmContributorStateUpdate' }), [
    ['AlarmContributorStateUpdate', 'Alarm contributor updated from OK to ALARM', { Machine: 'b' }],
    ['AlarmContributorStateUpdate', 'Alarm contributor updated from ALARM to OK', { Machine: 'b' }],
  ]);
  const own = await history({ AlarmContributorId: ContributorId });
  assert.deepEqual(
    own?.map(([type]) => type),
    ['AlarmContributorStateUpdate', 'AlarmContributorAction', 'AlarmContributorStateUpdate', 'AlarmContributorAction'],
  );
  assert.deepEqual(await history({ AlarmContributorId: 'other' }), []);
});

test('not more than a hundred are in ALARM; alarms that are gone have none', async () => {
  await using cloud = await startTestCloud();
  const { watch, put, load, alarm, contributors } = await world(cloud);
  await put({ AlarmActions: [], OKActions: [] });
  const loads = Object.fromEntries(Array.from({ length: 105 }, (_, index) => [`m${index}`, 90]));
  await load(loads);
  assert.deepEqual(await alarm(), ['ALARM', '100+ time series evaluated to ALARM']);
  assert.equal((await contributors()).length, 100);
  await watch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
  assert.equal((await failure(contributors())).name, 'ResourceNotFoundException');
  await put();
  assert.deepEqual(await contributors(), []);
  const token = await failure(watch.send(new DescribeAlarmContributorsCommand({ AlarmName, NextToken: 'x' })));
  assert.equal(token.name, 'InvalidNextToken');
});
