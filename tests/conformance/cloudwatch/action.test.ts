/** As whom alarms act. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
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
