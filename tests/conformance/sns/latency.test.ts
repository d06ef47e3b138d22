import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { openBed, queueArn } from './bed.ts';

test('a delivery that a fault delays comes when the clock has moved on', { timeout: 30_000 }, async () => {
  const { cloud, sns, sqs, topic, queue } = await openBed();
  await using _ = cloud;
  const QueueUrl = await queue('late');
  const TopicArn = await topic('news');
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('late'), Attributes }));
  cloud.server.cloud.kernel.faults.put({
    id: 'slow',
    service: 'sqs',
    operation: 'SendMessage',
    probability: 1,
    effect: { kind: 'latency', millis: 60_000 },
  });
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  const received = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.Body;
  await cloud.advance(59_000);
  assert.equal(await received(), undefined);
  await cloud.advance(1_000);
  assert.equal(await received(), 'hello');
});
