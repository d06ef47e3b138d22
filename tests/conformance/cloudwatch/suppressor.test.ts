import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const SECOND = 1_000;
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:told';

/** A composite alarm `all` over `one`, suppressed by `quiet`; both are set by hand. */
async function world(cloud: TestCloud, wait: number, extension: number) {
  const [watch, sns, sqs] = [cloud.client(CloudWatchClient), cloud.client(SNSClient), cloud.client(SQSClient)];
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: QUEUE };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE, Attributes: { RawMessageDelivery: 'true' } }),
  );
  for (const AlarmName of ['one', 'quiet'])
    await watch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'N',
        MetricName: 'M',
        Statistic: 'Sum',
        // Nobody puts data: what is set by hand stays for a day.
        Period: 86_400,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
  const set = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
    watch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'by hand' }));
  await set('one', 'OK');
  await set('quiet', 'OK');
  const input = {
    AlarmName: 'all',
    AlarmRule: 'ALARM(one)',
    ActionsSuppressor: 'quiet',
    ActionsSuppressorWaitPeriod: wait,
    ActionsSuppressorExtensionPeriod: extension,
    AlarmActions: [TopicArn],
    OKActions: [TopicArn],
  };
  await watch.send(new PutCompositeAlarmCommand(input));
  /** States that the topic was told of since the last time, and what holds back more. */
  const told = async () => {
    await cloud.server.cloud.settle();
    const states: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
      );
      if (Messages.length === 0) break;
      states.push(...Messages.map(({ Body = '' }) => JSON.parse(Body).NewStateValue));
    }
    const { CompositeAlarms } = await watch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['all'], AlarmTypes: ['CompositeAlarm'] }),
    );
    const { ActionsSuppressedBy, ActionsSuppressedReason } = CompositeAlarms?.[0] ?? {};
    assert.equal(ActionsSuppressedReason, ActionsSuppressedBy && `Actions suppressed by ${ActionsSuppressedBy}`);
    return [...states, ...(ActionsSuppressedBy === undefined ? [] : [`held by ${ActionsSuppressedBy}`])];
  };
  await told();
  return { watch, set, told, input };
}

test('a suppressor that comes in time holds actions back, and some time longer', async () => {
  await using cloud = await startTestCloud();
  const { set, told } = await world(cloud, 60, 120);
  await set('one', 'ALARM');
  assert.deepEqual(await told(), ['held by WaitPeriod']);
  await cloud.advance(30 * SECOND);
  await set('quiet', 'ALARM');
  assert.deepEqual(await told(), ['held by Alarm']);
  await cloud.advance(600 * SECOND);
  assert.deepEqual(await told(), ['held by Alarm']);
  await set('quiet', 'OK');
  assert.deepEqual(await told(), ['held by ExtensionPeriod']);
  await cloud.advance(119 * SECOND);
  assert.deepEqual(await told(), ['held by ExtensionPeriod']);
  await cloud.advance(SECOND);
  assert.deepEqual(await told(), ['ALARM']);
  await set('one', 'OK');
  assert.deepEqual(await told(), ['held by WaitPeriod']);
  await cloud.advance(60 * SECOND);
  assert.deepEqual(await told(), ['OK']);
});

test('a change while a period lasts discards that, and begins to wait anew', async () => {
  await using cloud = await startTestCloud();
  const { set, told } = await world(cloud, 60, 120);
  await set('one', 'ALARM');
  await cloud.advance(30 * SECOND);
  await set('quiet', 'ALARM');
  await set('quiet', 'OK');
  assert.deepEqual(await told(), ['held by ExtensionPeriod']);
  await set('one', 'OK');
  assert.deepEqual(await told(), ['held by WaitPeriod']);
  await cloud.advance(60 * SECOND);
  assert.deepEqual(await told(), ['OK']);
});

test('a suppressor that does not come holds nothing back longer than it is waited for', async () => {
  await using cloud = await startTestCloud();
  const { set, told } = await world(cloud, 60, 0);
  await set('one', 'ALARM');
  await cloud.advance(59 * SECOND);
  assert.deepEqual(await told(), ['held by WaitPeriod']);
  await cloud.advance(SECOND);
  assert.deepEqual(await told(), ['ALARM']);
  await set('one', 'OK');
  await cloud.advance(60 * SECOND);
  assert.deepEqual(await told(), ['OK']);
  // Of what has gone by before the wait was over the last is told, when it has been waited for.
  await set('one', 'ALARM');
  await cloud.advance(30 * SECOND);
  await set('one', 'OK');
  await cloud.advance(59 * SECOND);
  assert.deepEqual(await told(), ['held by WaitPeriod']);
  await cloud.advance(SECOND);
  assert.deepEqual(await told(), ['OK']);
});

test('what has changed under a suppressor and come back is not told', async () => {
  await using cloud = await startTestCloud();
  const { watch, set, told, input } = await world(cloud, 0, 0);
  await set('quiet', 'ALARM');
  await set('one', 'ALARM');
  await set('one', 'OK');
  assert.deepEqual(await told(), ['held by Alarm']);
  await set('quiet', 'OK');
  assert.deepEqual(await told(), []);
  await set('quiet', 'ALARM');
  await set('one', 'ALARM');
  // Put again, it is held back as before; without its suppressor it is held back no more.
  await watch.send(new PutCompositeAlarmCommand(input));
  assert.deepEqual(await told(), ['held by Alarm']);
  await watch.send(new DeleteAlarmsCommand({ AlarmNames: ['quiet'] }));
  assert.deepEqual(await told(), ['ALARM']);
});

test('a suppressor must be there, with both its periods', async () => {
  await using cloud = await startTestCloud();
  const { watch, input } = await world(cloud, 0, 0);
  const put = async (change: object) =>
    (await failure(watch.send(new PutCompositeAlarmCommand({ ...input, ...change })))).message;
  assert.equal(await put({ ActionsSuppressor: 'gone' }), 'ActionsSuppressor alarm gone does not exist');
  assert.equal(await put({ ActionsSuppressor: 'all' }), 'ActionsSuppressor cannot be the composite alarm itself');
  assert.equal(await put({ ActionsSuppressorWaitPeriod: undefined }), 'ActionsSuppressorWaitPeriod must not be null');
  assert.equal(await put({ ActionsSuppressor: undefined }), 'ActionsSuppressorWaitPeriod requires an ActionSuppressor');
});
