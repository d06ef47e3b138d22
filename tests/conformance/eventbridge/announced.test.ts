import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, DeleteAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient, RotateKeyOnDemandCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:told';
const DAY = 86_400_000;

/** Events of a source on the default bus, since the last time. */
async function listen(cloud: TestCloud, source: string) {
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: QUEUE,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await events.send(new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: [source] }) }));
  await events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'q', Arn: QUEUE }] }));
  return async () => {
    await cloud.server.cloud.settle();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body));
  };
}

test('keys tell when they rotate and when they are gone', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const told = await listen(cloud, 'aws.kms');
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { KeyId, Arn } = KeyMetadata ?? {};
  const expected = (type: string) => [[type, { 'key-id': KeyId }, [Arn]]];
  const seen = async () => (await told()).map((one) => [one['detail-type'], one.detail, one.resources]);
  await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  assert.deepEqual(await seen(), expected('KMS CMK Rotation'));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.deepEqual(await seen(), []);
  await cloud.advance(7 * DAY);
  assert.deepEqual(await seen(), expected('KMS CMK Deletion'));
});

test('alarms tell when they are made, changed and deleted', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const told = await listen(cloud, 'aws.cloudwatch');
  const put = (Threshold: number) =>
    watch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'hot',
        Namespace: 'N',
        MetricName: 'M',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  await put(1);
  await put(2);
  await watch.send(new DeleteAlarmsCommand({ AlarmNames: ['hot'] }));
  const all = await told();
  assert.deepEqual(
    all.map((one) => [
      one['detail-type'],
      one.detail.operation,
      one.detail.configuration.threshold,
      one.detail.previousConfiguration?.threshold,
    ]),
    [
      ['CloudWatch Alarm Configuration Change', 'create', 1, undefined],
      ['CloudWatch Alarm Configuration Change', 'update', 2, 1],
      ['CloudWatch Alarm Configuration Change', 'delete', 2, undefined],
    ],
  );
});
