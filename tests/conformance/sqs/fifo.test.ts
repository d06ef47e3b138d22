import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
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

/** A FIFO queue that gives a message up after one receive, and the queue where it comes to. */
async function withDeadLetters(cloud: TestCloud) {
  const sqs = cloud.client(SQSClient);
  const make = async (QueueName: string, more: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true', ...more } }))).QueueUrl;
  const dead = await make('dead.fifo');
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead.fifo',
    maxReceiveCount: 1,
  });
  const QueueUrl = await make('work.fifo', { RedrivePolicy });
  const receive = async (url: string | undefined) =>
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 0,
          MessageSystemAttributeNames: ['All'],
        }),
      )
    ).Messages ?? [];
  return { sqs, dead, QueueUrl, receive };
}

/** A handle of a queue's first message that is good for half a minute. */
async function lastHandle(sqs: SQSClient, QueueUrl: string | undefined) {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 30 }));
  return Messages?.[0]?.ReceiptHandle;
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

test('a dead letter keeps when it was sent and first received, and is not sent to its queue again by its id', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, dead, receive } = await withDeadLetters(cloud);
  const sent = { QueueUrl, MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'once' };
  await sqs.send(new SendMessageCommand(sent));
  await cloud.advance(1_000);
  const [first] = await receive(QueueUrl);
  await cloud.advance(1_000);
  await receive(QueueUrl);
  const [moved] = await receive(dead);
  assert.equal(moved?.MessageId, first?.MessageId);
  const [before, after] = [first?.Attributes, moved?.Attributes];
  assert.equal(after?.SentTimestamp, before?.SentTimestamp);
  assert.equal(after?.ApproximateFirstReceiveTimestamp, before?.ApproximateFirstReceiveTimestamp);
  assert.equal(after?.ApproximateReceiveCount, '2');
  const QueueUrlOfDead = { QueueUrl: dead };
  await sqs.send(new DeleteMessageCommand({ ...QueueUrlOfDead, ReceiptHandle: await lastHandle(sqs, dead) }));
  const again = { ...sent, ...QueueUrlOfDead, MessageDeduplicationId: moved?.MessageId };
  const repeated = await sqs.send(new SendMessageCommand(again));
  assert.equal(repeated.MessageId, moved?.MessageId);
  assert.equal(repeated.SequenceNumber, after?.SequenceNumber);
  assert.deepEqual(await receive(dead), []);
});

test('a message that is moved from a dead-letter queue is told apart by the id that it had there', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, dead, receive } = await withDeadLetters(cloud);
  for (const body of ['x', 'y'])
    await sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: body, MessageDeduplicationId: body }),
    );
  for (let round = 0; round < 4; round += 1) await receive(QueueUrl);
  const ids = new Map((await receive(dead)).map(({ Body, MessageId }) => [Body, MessageId]));
  const taken = { QueueUrl, MessageBody: 'taken', MessageGroupId: 'other', MessageDeduplicationId: ids.get('y') };
  await sqs.send(new SendMessageCommand(taken));
  const SourceArn = 'arn:aws:sqs:us-east-1:123456789012:dead.fifo';
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  await cloud.advance(1_000);
  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
  const [task] = Results ?? [];
  assert.deepEqual(
    [task?.Status, task?.ApproximateNumberOfMessagesMoved, task?.ApproximateNumberOfMessagesToMove],
    ['COMPLETED', 1, 2],
  );
  const back = await receive(QueueUrl);
  assert.deepEqual(back.map(({ Body }) => Body).sort(), ['taken', 'x']);
  const x = back.find(({ Body }) => Body === 'x');
  assert.equal(x?.Attributes?.MessageDeduplicationId, ids.get('x'));
  assert.notEqual(x?.MessageId, ids.get('x'));
  assert.deepEqual(await receive(dead), []);
});

test('a batch of which one message can not be in a FIFO queue is refused whole', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl, receive } = await withFifo(cloud, { ContentBasedDeduplication: 'false' });
  const good = { Id: 'good', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const refusal = async (bad: Partial<typeof good> & { DelaySeconds?: number }) => {
    const Entries = [good, { Id: 'bad', MessageBody: 'y', ...bad }];
    const { name, message } = await failure(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    return [name, message];
  };
  assert.deepEqual(
    await Promise.all([
      refusal({ MessageDeduplicationId: 'e' }),
      refusal({ MessageGroupId: 'g' }),
      refusal({ MessageGroupId: 'g', MessageDeduplicationId: 'e', DelaySeconds: 5 }),
    ]),
    [
      'The request must contain the parameter MessageGroupId.',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      'Value 5 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
    ].map((text) => ['InvalidParameterValue', text]),
  );
  assert.deepEqual(await receive(), []);
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
