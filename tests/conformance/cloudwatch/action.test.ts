/** As whom alarms act. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const ALARM = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot';

/** What became of the actions of an alarm that goes off now. */
async function goesOff(cloud: TestCloud, action: string): Promise<(string | undefined)[]> {
  const cloudwatch = cloud.client(CloudWatchClient);
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'hot',
      Namespace: 'Kiln',
      MetricName: 'Heat',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Statistic: 'Sum',
      AlarmActions: [action],
    }),
  );
  const off = { AlarmName: 'hot', StateReason: 'told so' };
  await cloudwatch.send(new SetAlarmStateCommand({ ...off, StateValue: 'OK' }));
  await cloudwatch.send(new SetAlarmStateCommand({ ...off, StateValue: 'ALARM' }));
  await cloud.advance(1_000);
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'hot', HistoryItemType: 'Action' }),
  );
  return AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary?.replace(/ Received error.*/, ''));
}

test('a topic and a function let alarms in by the principals that AWS documents', async () => {
  await using cloud = await startTestCloud();
  const sns = cloud.client(SNSClient);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const statement = {
    Effect: 'Allow',
    Action: 'sns:Publish',
    Resource: TopicArn,
    Condition: { ArnEquals: { 'aws:SourceArn': ALARM } },
  };
  const open = async (Service: string) => {
    const Statement = [{ ...statement, Principal: { Service } }];
    const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement });
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
  };
  await open('monitoring.amazonaws.com');
  assert.deepEqual(await goesOff(cloud, TopicArn), [`Failed to execute action ${TopicArn}.`]);
  await open('cloudwatch.amazonaws.com');
  assert.equal((await goesOff(cloud, TopicArn))[0], `Successfully executed action ${TopicArn}`);

  const made = await createFunction(cloud, await functionRole(cloud), 'f', 'export const handler = () => 1;');
  const { FunctionArn = '' } = made;
  assert.equal((await goesOff(cloud, FunctionArn))[0], `Failed to execute action ${FunctionArn}.`);
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'f',
      StatementId: 'alarms',
      Action: 'lambda:InvokeFunction',
      Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      SourceArn: ALARM,
    }),
  );
  assert.equal((await goesOff(cloud, FunctionArn))[0], `Successfully executed action ${FunctionArn}`);
});

test('events, topics and functions are told of an alarm’s metrics, each in its own form', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const sqs = cloud.client(SQSClient);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }],
  });
  const queue = async (QueueName: string) => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
    return async () => {
      await cloud.server.cloud.settle();
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }));
      return JSON.parse(Messages?.[0]?.Body ?? '{}');
    };
  };
  const [events, notices] = [await queue('events'), await queue('notices')];
  const bus = cloud.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ detail: { state: { value: ['ALARM'] } } });
  await bus.send(new PutRuleCommand({ Name: 'alarms', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:events';
  await bus.send(new PutTargetsCommand({ Rule: 'alarms', Targets: [{ Id: 'q', Arn }] }));
  const sns = cloud.client(SNSClient);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:notices';
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  const source = 'export const handler = async (event) => console.log(JSON.stringify(event));';
  const { FunctionArn = '' } = await createFunction(cloud, await functionRole(cloud), 'f', source);
  const permission = { FunctionName: 'f', StatementId: 'alarms', Action: 'lambda:InvokeFunction' };
  const Principal = 'lambda.alarms.cloudwatch.amazonaws.com';
  await cloud.client(LambdaClient).send(new AddPermissionCommand({ ...permission, Principal }));
  const Dimensions = [{ Name: 'Oven', Value: '1' }];
  const heat = { Metric: { Namespace: 'Kiln', MetricName: 'Heat', Dimensions }, Period: 60, Stat: 'Sum' };
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'hot',
      Metrics: [
        { Id: 'e1', Expression: 'm1 * 2', Label: 'Twice' },
        { Id: 'm1', MetricStat: heat, ReturnData: false },
      ],
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [TopicArn, FunctionArn],
    }),
  );
  const off = { AlarmName: 'hot', StateReason: 'told so' };
  await watch.send(new SetAlarmStateCommand({ ...off, StateValue: 'OK' }));
  await watch.send(new SetAlarmStateCommand({ ...off, StateValue: 'ALARM' }));
  const metric = { namespace: 'Kiln', name: 'Heat', dimensions: { Oven: '1' } };
  const metrics = [
    { id: 'e1', expression: 'm1 * 2', label: 'Twice', returnData: true },
    { id: 'm1', metricStat: { metric, period: 60, stat: 'Sum' }, returnData: false },
  ];
  assert.deepEqual((await events()).detail.configuration, { metrics });
  assert.deepEqual((await notices()).Trigger.Metrics, [
    { Id: 'e1', Expression: 'm1 * 2', Label: 'Twice', ReturnData: true },
    {
      Id: 'm1',
      MetricStat: { ...heat, Metric: { ...heat.Metric, Dimensions: [{ value: '1', name: 'Oven' }] } },
      ReturnData: false,
    },
  ]);
  const logged = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/f', filterPattern: 'alarmData' }));
  const { alarmData } = JSON.parse(/\{.*\}/.exec(logged.events?.[0]?.message ?? '')?.[0] ?? '{}');
  assert.deepEqual(alarmData.configuration, { metrics });
  assert.deepEqual(alarmData.previousState, {
    value: 'OK',
    reason: 'told so',
    timestamp: '2026-01-01T00:00:00.000+0000',
  });
});
