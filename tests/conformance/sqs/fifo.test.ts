import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

async function withFifo(cloud: TestCloud, attributes: Record<string, string> = {}) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'orders.fifo',
      Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true', ...attributes },
    }),
  );
  const send = (group: string, body: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: group }));
  const receive = async (count = 10) =>
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: count,
          VisibilityTimeout: 30,
          MessageSystemAttributeNames: ['All'],
        }),
      )
    ).Messages ?? [];
  return { sqs, QueueUrl, send, receive };
}

test('a group is delivered in order, and not on while some of it is in flight; other groups go on', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, send, receive } = await withFifo(cloud);
  for (const body of ['a1', 'a2', 'a3']) await send('a', body);
  await send('b', 'b1');
  const first = await receive(2);
  assert.deepEqual(
    first.map((one) => one.Body),
    ['a1', 'a2'],
  );
  assert.deepEqual(
    (await receive()).map((one) => one.Body),
    ['b1'],
  );
  assert.deepEqual(await receive(), []);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle }));
  assert.deepEqual(await receive(), []);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first[1]?.ReceiptHandle }));
  assert.deepEqual(
    (await receive()).map((one) => one.Body),
    ['a3'],
  );
});

test('what was not deleted in time comes again, in order', async () => {
  await using cloud = await startTestCloud();
  const { send, receive } = await withFifo(cloud);
  for (const body of ['1', '2', '3']) await send('g', body);
  assert.deepEqual(
    (await receive(2)).map((one) => one.Body),
    ['1', '2'],
  );
  await cloud.advance(30_000);
  const again = await receive();
  assert.deepEqual(
    again.map((one) => one.Body),
    ['1', '2', '3'],
  );
  const numbers = again.map((one) => one.Attributes?.SequenceNumber ?? '');
  assert.deepEqual(numbers, numbers.toSorted());
});

test('the delay of a FIFO queue holds for the messages that it has, too', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, send, receive } = await withFifo(cloud);
  const delay = (seconds: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: seconds } }));
  const bodies = async () => (await receive()).map(({ Body }) => Body);
  await send('g', 'first');
  await send('g', 'second');
  await delay('60');
  assert.deepEqual(await bodies(), []);
  await cloud.advance(59_000);
  assert.deepEqual(await bodies(), []);
  await cloud.advance(1_000);
  assert.deepEqual(await bodies(), ['first', 'second']);
  await send('h', 'third');
  assert.deepEqual(await bodies(), []);
  await delay('0');
  assert.deepEqual(await bodies(), ['third']);
});

test('a message that comes to a dead-letter queue has its id to be told apart by', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const make = async (QueueName: string, more: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true', ...more } }))).QueueUrl;
  const dead = await make('dead.fifo');
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead.fifo',
    maxReceiveCount: 1,
  });
  const QueueUrl = await make('work.fifo', { RedrivePolicy });
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'once' }),
  );
  const receive = (url: string | undefined) =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0, MessageSystemAttributeNames: ['All'] }));
  assert.equal((await receive(QueueUrl)).Messages?.[0]?.Attributes?.MessageDeduplicationId, 'once');
  await receive(QueueUrl);
  const [moved] = (await receive(dead)).Messages ?? [];
  assert.equal(moved?.Attributes?.MessageDeduplicationId, moved?.MessageId);
});

test('a repeated send within five minutes is accepted and not delivered again; later it is new', async () => {
  await using cloud = await startTestCloud();
  const { send, receive, sqs, QueueUrl } = await withFifo(cloud);
  const first = await send('g', 'same');
  const second = await send('g', 'same');
  assert.deepEqual([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  const [only, ...rest] = await receive();
  assert.deepEqual(rest, []);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: only?.ReceiptHandle }));
  await send('g', 'same');
  assert.deepEqual(await receive(), []);
  await cloud.advance(300_000);
  await send('g', 'same');
  assert.equal((await receive()).length, 1);
});

test('deduplication by group lets another group send the same', async () => {
  await using cloud = await startTestCloud();
  const { send, receive } = await withFifo(cloud, {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
  await send('a', 'same');
  await send('b', 'same');
  assert.equal((await receive()).length, 2);
});

test('a FIFO queue wants a group and a deduplication id, and a name that ends in .fifo', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'q.fifo', Attributes: { FifoQueue: 'True' } }),
  );
  const AttributeNames = ['FifoQueue' as const];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  assert.deepEqual(Attributes, { FifoQueue: 'true' });
  const noGroup = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })));
  assert.deepEqual(
    [noGroup.name, noGroup.message],
    ['MissingParameter', 'The request must contain the parameter MessageGroupId.'],
  );
  const noId = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: 'g' })));
  assert.equal(
    noId.message,
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
  const name = await failure(sqs.send(new CreateQueueCommand({ QueueName: 'q', Attributes: { FifoQueue: 'true' } })));
  assert.match(name.message, /must end with \.fifo suffix/);
});

test('throughput by group wants deduplication by group, whichever of the two is set', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const create = (name: string, more: Record<string, string>) =>
    sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true', ...more } }));
  const text =
    'Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.';
  const alone = await failure(create('alone.fifo', { FifoThroughputLimit: 'perMessageGroupId' }));
  assert.deepEqual([alone.name, alone.message], ['InvalidAttributeValue', text]);
  const both = { FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'messageGroup' };
  const { QueueUrl } = await create('both.fifo', both);
  const Attributes = { DeduplicationScope: 'queue' };
  assert.equal((await failure(sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })))).message, text);
});

test('a FIFO receipt handle that has expired is refused', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, send, receive } = await withFifo(cloud);
  await send('g', 'x');
  const [message] = await receive();
  await cloud.advance(30_000);
  const error = await failure(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle })));
  assert.match(error.message, /The receipt handle has expired\.$/);
  const Entries = [{ Id: 'a', ReceiptHandle: message?.ReceiptHandle }];
  assert.deepEqual((await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).Failed, [
    { Id: 'a', SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'The receipt handle has expired' },
  ]);
});

test('a repeated attempt to receive is given the same messages, as long as nothing was done with them', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, send, receive } = await withFifo(cloud);
  for (const body of ['a1', 'a2']) await send('a', body);
  await send('b', 'b1');
  const attempt = async (ReceiveRequestAttemptId: string) =>
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 2,
          VisibilityTimeout: 30,
          ReceiveRequestAttemptId,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      )
    ).Messages ?? [];
  const first = await attempt('one');
  assert.deepEqual(
    first.map((one) => one.Body),
    ['a1', 'a2'],
  );
  await cloud.advance(20_000);
  assert.deepEqual(await attempt('one'), first);
  await cloud.advance(20_000);
  assert.deepEqual(
    (await receive()).map((one) => one.Body),
    ['b1'],
    'the visibility timeout began anew',
  );
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle }));
  const gone = await failure(attempt('one'));
  assert.deepEqual(
    [gone.name, gone.message],
    [
      'InvalidParameterValue',
      'Value one for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.',
    ],
    'one of its messages is gone',
  );
  await cloud.advance(30_000);
  const bodies = async (id: string) => (await attempt(id)).map((one) => one.Body);
  assert.deepEqual(await bodies('two'), ['a2', 'b1']);
  await cloud.advance(31_000);
  assert.deepEqual(await bodies('two'), ['a2', 'b1'], 'what is visible again is received anew');
  await cloud.advance(31_000);
  await receive();
  assert.match((await failure(attempt('two'))).message, /is not valid anymore/, 'somebody else has received it');
  await cloud.advance(300_000);
  assert.deepEqual(await bodies('two'), ['a2', 'b1'], 'after five minutes nobody remembers');
  assert.equal(
    (await failure(attempt('o n e'))).message,
    'Value o n e for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
  );
});
