/** FIFO topics: order, deduplication, sequence numbers, archive and replay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
} from '@aws-sdk/client-sns';
import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { failure } from '../../support/cloud.ts';
import { openBed, queueArn } from './bed.ts';

const MINUTE = 60_000;

test('groups keep their order, repeats within five minutes are one message', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('orders.fifo');
  const url = await bed.queue('orders.fifo');
  await bed.subscribe(TopicArn, 'sqs', queueArn('orders.fifo'), { RawMessageDelivery: 'true' });
  const publish = (Message: string, MessageDeduplicationId: string | undefined = Message) =>
    sns.send(new PublishCommand({ TopicArn, Message, MessageGroupId: 'g', MessageDeduplicationId }));
  const sent = [await publish('1'), await publish('2'), await publish('3')];
  assert.deepEqual(
    sent.map(({ SequenceNumber }) => SequenceNumber),
    ['10000000000000001000', '10000000000000002000', '10000000000000003000'],
  );
  assert.equal((await publish('other', '1')).MessageId, sent[0]?.MessageId);
  const got = await bed.receive(url);
  assert.deepEqual(
    got.map(({ Body, Attributes }) => [Body, Attributes?.MessageGroupId, Attributes?.MessageDeduplicationId]),
    [
      ['1', 'g', '1'],
      ['2', 'g', '2'],
      ['3', 'g', '3'],
    ],
  );
  await bed.cloud.advance(5 * MINUTE);
  assert.notEqual((await publish('other', '1')).MessageId, sent[0]?.MessageId);
  const bare = await failure(sns.send(new PublishCommand({ TopicArn, Message: 'x' })));
  assert.equal(bare.message, 'Invalid parameter: The MessageGroupId parameter is required for FIFO topics');
  const { message } = await failure(sns.send(new PublishCommand({ TopicArn, Message: 'x', MessageGroupId: 'g' })));
  assert.equal(
    message,
    'Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
});

test('a group’s own scope of deduplication; documents are not signed', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('o.fifo', {
    ContentBasedDeduplication: 'true',
    FifoThroughputScope: 'MessageGroup',
  });
  const url = await bed.queue('plain');
  await bed.subscribe(TopicArn, 'sqs', queueArn('plain'));
  for (const MessageGroupId of ['a', 'b', 'a'])
    await sns.send(new PublishCommand({ TopicArn, Message: 'x', MessageGroupId }));
  const got = await bed.receive(url);
  // A standard queue is not told the group.
  assert.deepEqual(
    got.map(({ Attributes }) => Attributes?.MessageGroupId),
    [undefined, undefined],
  );
  const { Signature, SequenceNumber } = JSON.parse(got[0]?.Body ?? '');
  assert.deepEqual([Signature, SequenceNumber.length], [undefined, 20]);
});

test('an archive is replayed between two instants', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('o.fifo', {
    ContentBasedDeduplication: 'true',
    ArchivePolicy: '{"MessageRetentionPeriod":"2"}',
  });
  for (const Message of ['1', '2', '3']) {
    await sns.send(new PublishCommand({ TopicArn, Message, MessageGroupId: 'g' }));
    await bed.cloud.advance(10 * MINUTE);
  }
  const url = await bed.queue('late.fifo');
  const SubscriptionArn = await bed.subscribe(TopicArn, 'sqs', queueArn('late.fifo'), { RawMessageDelivery: 'true' });
  const set = (StartingPoint: string, EndingPoint: string) =>
    sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: 'ReplayPolicy',
        AttributeValue: JSON.stringify({ PointType: 'Timestamp', StartingPoint, EndingPoint }),
      }),
    );
  await set('2026-01-01T00:05:00Z', '2026-01-01T00:25:00Z');
  const got = await bed.receive(url);
  assert.deepEqual(
    got.map(({ Body }) => Body),
    ['2', '3'],
  );
  for (const { ReceiptHandle } of got) await bed.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  assert.equal(Attributes?.ReplayStatus, 'Completed');
  const deleted = await failure(sns.send(new DeleteTopicCommand({ TopicArn })));
  assert.equal(deleted.name, 'InvalidStateException');
});
