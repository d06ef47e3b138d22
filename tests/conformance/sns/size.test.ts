/** Topics that take messages of another size than most do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetTopicAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SetTopicAttributesCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { openBed, queueArn, topicArn } from './bed.ts';

const KIB = 1_024;

async function said(call: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(call);
  return `${name} ${message}`;
}

test('a topic takes messages and batches as large as it says, and shows that only where it was told', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('t');
  const QueueUrl = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const publish = (bytes: number) => sns.send(new PublishCommand({ TopicArn, Message: 'x'.repeat(bytes) }));
  const set = (AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'MaximumMessageSize', AttributeValue }));
  const shown = async () =>
    (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes?.MaximumMessageSize;
  assert.equal(await shown(), undefined);
  assert.equal(await said(publish(256 * KIB + 1)), 'InvalidParameterException Invalid parameter: Message too long');
  await set(String(KIB * KIB));
  assert.equal(await shown(), '1048576');
  await publish(KIB * KIB);
  assert.equal((await bed.receive(QueueUrl))[0]?.Body?.length, KIB * KIB);
  const batch = (bytes: number) =>
    sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(bytes) })),
      }),
    );
  assert.equal((await batch(512 * KIB)).Successful?.length, 2);
  assert.equal((await failure(batch(512 * KIB + 1))).name, 'BatchRequestTooLongException');
  await set('1024');
  assert.equal(await said(publish(1_025)), 'InvalidParameterException Invalid parameter: Message too long');
  for (const value of ['1023', '1048577', 'many', '', '1e4'])
    assert.match(await said(set(value)), /MaximumMessageSize: must be an integer from 1024 to 1048576/, value);
});

test('large messages go to few subscriptions, and not by every protocol', async () => {
  await using bed = await openBed();
  const small = await bed.topic('small');
  await bed.subscribe(small, 'email', 'a@example.com');
  const raise = (TopicArn: string) =>
    bed.sns.send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'MaximumMessageSize', AttributeValue: '262145' }),
    );
  assert.match(await said(raise(small)), /InvalidParameterException .* does not support the protocol email/);
  const large = await bed.topic('large', { MaximumMessageSize: '262145' });
  assert.match(await said(bed.subscribe(large, 'sms', '+15555550100')), /does not support the protocol sms/);
  for (let index = 0; index < 100; index += 1) await bed.subscribe(large, 'sqs', queueArn(`q${index}`));
  assert.match(await said(bed.subscribe(large, 'sqs', queueArn('more'))), /can have at most 100 subscriptions/);
  const many = await bed.topic('many');
  for (let index = 0; index < 101; index += 1) await bed.subscribe(many, 'sqs', queueArn(`q${index}`));
  assert.match(await said(raise(many)), /can have at most 100 subscriptions/);
});

test('attributes called like what every object has', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('t');
  for (const AttributeName of ['valueOf', '__proto__', 'hasOwnProperty'])
    assert.equal(
      await said(bed.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue: 'x' }))),
      'InvalidParameterException Invalid parameter: AttributeName',
    );
});

test('a stack says how large messages may be, otherwise, and no longer', async () => {
  await using bed = await openBed();
  const template = (size: object) =>
    templateOf({ Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't', ...size } } });
  const shown = async () =>
    (await bed.sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn('t') }))).Attributes?.MaximumMessageSize;
  await create(bed.cloud, 's', template({ MaximumMessageSize: 300_000 }));
  assert.equal(await shown(), '300000');
  await update(bed.cloud, 's', template({ MaximumMessageSize: 2_048 }));
  assert.equal(await shown(), '2048');
  await update(bed.cloud, 's', template({}));
  assert.equal(await shown(), '262144');
  await remove(bed.cloud, 's');
});
