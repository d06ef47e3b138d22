import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { viewOf } from '#kernel/store';
import { tombstones } from '#services/sqs/state';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

async function withQueue(cloud: TestCloud, name = 'jobs', attributes: Record<string, string> = {}) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return { sqs, QueueUrl };
}

test('a message is delivered, hidden, delivered again after its visibility timeout, and gone when deleted', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  assert.equal(QueueUrl, `${cloud.url}/123456789012/jobs`);
  const attributes = {
    trace: { DataType: 'String', StringValue: 'abc' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
    n: { DataType: 'Number.int', StringValue: '42' },
  };
  const sent = await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: 'Zürich 🚆', MessageAttributes: attributes }),
  );
  const receive = () =>
    sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }),
    );
  const first = (await receive()).Messages?.[0];
  assert.equal(first?.MessageId, sent.MessageId);
  assert.equal(first?.Body, 'Zürich 🚆');
  assert.deepEqual(first?.MessageAttributes?.raw?.BinaryValue, new Uint8Array([1, 2, 3]));
  assert.equal(first?.Attributes?.ApproximateReceiveCount, '1');
  assert.equal((await receive()).Messages, undefined);
  await cloud.advance(30_000);
  const again = (await receive()).Messages?.[0];
  assert.equal(again?.MessageId, sent.MessageId);
  assert.equal(again?.Attributes?.ApproximateReceiveCount, '2');
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
  await cloud.advance(60_000);
  assert.equal((await receive()).Messages, undefined);
});

test('older receipt handles delete and hide too, until twelve hours have passed', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const receive = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }))).Messages?.[0]?.ReceiptHandle;
  const remove = (ReceiptHandle?: string) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const old = await receive();
  await cloud.advance(1_000);
  const newest = await receive();
  assert.notEqual(newest, old);
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: old, VisibilityTimeout: 100 }));
  await cloud.advance(99_000);
  assert.equal(await receive(), undefined);
  await remove(old);
  await cloud.advance(1_000);
  assert.equal(await receive(), undefined);
  for (const handle of [old, newest]) await remove(handle);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'y' }));
  const late = await receive();
  await cloud.advance(12 * 3_600_000 + 1_000);
  const refused = await failure(remove(late));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'InvalidParameterValue',
      `Value ${late} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    ],
  );
});

test('a long poll returns as soon as a message arrives, and empty when its time is over on the clock', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await cloud.client(SQSClient).send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));
  assert.equal((await waiting).Messages?.[0]?.Body, 'now');
  const second = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  let over = false;
  void second.then(() => {
    over = true;
  });
  await cloud.client(SQSClient).send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  assert.equal(over, false);
  await untilWaiting(cloud);
  await cloud.advance(20_000);
  assert.equal((await second).Messages, undefined);
});

/** Turns the clock by nothing until the long poll has reached the server: one more round trip behind it on its way. */
async function untilWaiting(cloud: TestCloud): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await cloud.client(SQSClient).send(new ListQueuesCommand({}));
}

test('a delayed message appears when its delay is over, and wakes a long poll then', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 10 }));
  const counts = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessages'],
    }),
  );
  assert.deepEqual(counts.Attributes, { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesDelayed: '1' });
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await untilWaiting(cloud);
  await cloud.advance(10_000);
  assert.equal((await waiting).Messages?.[0]?.Body, 'later');
});

test("a handle of another queue's message is none of this one; one that was purged does nothing", async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const other = await withQueue(cloud, 'others');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const ReceiptHandle = (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.ReceiptHandle;
  for (const command of [
    new DeleteMessageCommand({ QueueUrl: other.QueueUrl, ReceiptHandle }),
    new ChangeMessageVisibilityCommand({ QueueUrl: other.QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }),
  ] as DeleteMessageCommand[]) {
    const { name, message } = await failure(sqs.send(command));
    assert.equal(name, 'ReceiptHandleIsInvalid');
    assert.equal(message, `The receipt handle "${ReceiptHandle}" is not valid for this queue.`);
  }
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
});

test('visibility can be changed while in flight, and not afterwards', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const handle = (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.ReceiptHandle;
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout: 0 }));
  assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.length, 1);
  await cloud.advance(31_000);
  const late = await failure(
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout: 5 })),
  );
  assert.equal(late.name, 'InvalidParameterValue');
  assert.match(late.message, /Message does not exist or is not available for visibility timeout change\.$/);
  const broken = await failure(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' })));
  assert.equal(broken.name, 'ReceiptHandleIsInvalid');
});

test('a message received too often goes to the dead-letter queue with its id and body', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl: dead } = await withQueue(cloud, 'dead');
  const policy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: 2 });
  const { QueueUrl } = await withQueue(cloud, 'jobs', { RedrivePolicy: policy, VisibilityTimeout: '1' });
  // However the count is written, it is read as a number. Source: github.com/hashicorp/terraform/pull/5888.
  const RedrivePolicy = policy.replace('2}', '"2" }');
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  const kept = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }));
  assert.deepEqual(kept.Attributes, { RedrivePolicy: policy });
  const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.length, 1);
    await cloud.advance(1_000);
  }
  assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages, undefined);
  const moved = (await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] })))
    .Messages?.[0];
  assert.equal(moved?.MessageId, MessageId);
  assert.equal(moved?.Attributes?.DeadLetterQueueSourceArn, 'arn:aws:sqs:us-east-1:123456789012:jobs');
  assert.equal(moved?.Attributes?.ApproximateReceiveCount, '3', 'of both queues');
  const sources = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  assert.deepEqual(sources.queueUrls, [QueueUrl]);
});

test('a batch reports each entry; what is wrong with the batch itself fails the call', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const mixed = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'fine' },
        { Id: 'b', MessageBody: 'late', DelaySeconds: 901 },
        { Id: 'c', MessageBody: 'x', MessageAttributes: { '': { DataType: 'String', StringValue: 'x' } } },
      ],
    }),
  );
  assert.deepEqual(
    mixed.Successful?.map((one) => one.Id),
    ['a'],
  );
  assert.deepEqual(
    mixed.Failed?.map((one) => [one.Id, one.Code, one.Message]),
    [
      [
        'b',
        'InvalidParameterValue',
        'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
      ],
      ['c', 'InvalidParameterValue', 'The request must contain non-empty message attribute name.'],
    ],
  );
  const twice = await failure(
    sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: 'a' },
          { Id: 'x', ReceiptHandle: 'b' },
        ],
      }),
    ),
  );
  assert.deepEqual([twice.name, twice.message], ['BatchEntryIdsNotDistinct', 'Id x repeated.']);
  const none = await failure(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })));
  assert.deepEqual(
    [none.name, none.message],
    ['EmptyBatchRequest', 'There should be at least one SendMessageBatchRequestEntry in the request.'],
  );
  const many = await failure(
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: Array.from({ length: 11 }, (_, index) => ({ Id: `i${index}`, MessageBody: 'x' })),
      }),
    ),
  );
  assert.deepEqual(
    [many.name, many.message],
    ['TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10. You have sent 11.'],
  );
  const large = await failure(
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'x'.repeat(600_000) },
          { Id: 'b', MessageBody: 'x'.repeat(600_000) },
        ],
      }),
    ),
  );
  assert.equal(large.message, 'Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.');
});

test('creating a queue again with the same attributes finds it; with others it is refused; a deleted name rests for a minute', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud, 'jobs', { VisibilityTimeout: '40' });
  assert.equal(
    (await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', Attributes: { VisibilityTimeout: '40' } }))).QueueUrl,
    QueueUrl,
  );
  const other = await failure(
    sqs.send(new CreateQueueCommand({ QueueName: 'jobs', Attributes: { VisibilityTimeout: '41' } })),
  );
  assert.deepEqual(
    [other.name, other.message],
    [
      'QueueNameExists',
      'A queue already exists with the same name and a different value for attribute VisibilityTimeout',
    ],
  );
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  assert.equal((await failure(sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' })))).name, 'QueueDoesNotExist');
  assert.equal((await failure(sqs.send(new CreateQueueCommand({ QueueName: 'jobs' })))).name, 'QueueDeletedRecently');
  await cloud.advance(60_000);
  // Nothing tells any more that there was one.
  const place = { account: '123456789012', region: 'us-east-1' };
  const left = cloud.server.cloud.kernel.store.transact((tx) => viewOf(() => tx, place).list(tombstones));
  assert.deepEqual(left, []);
  await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
});

test('purging empties the queue, at most once a minute', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  for (let count = 0; count < 3; count += 1) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  assert.equal(
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })))
      .Attributes?.ApproximateNumberOfMessages,
    '0',
  );
  assert.equal(
    (await failure(sqs.send(new PurgeQueueCommand({ QueueUrl })))).message,
    'Only one PurgeQueue operation on jobs is allowed every 60 seconds.',
  );
  await cloud.advance(60_000);
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
});

test('messages are gone after the retention period', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud, 'jobs', { MessageRetentionPeriod: '60' });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'old' }));
  await cloud.advance(59_000);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'new' }));
  await cloud.advance(1_000);
  assert.deepEqual(
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages?.map((one) => one.Body),
    ['new'],
  );
});

test('queues are listed by prefix and page; attributes and tags are kept', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  for (const name of ['a-1', 'a-2', 'a-3', 'b-1'])
    await sqs.send(new CreateQueueCommand({ QueueName: name, tags: { team: 'x' } }));
  const first = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'a-', MaxResults: 2 }));
  assert.deepEqual(
    first.QueueUrls?.map((url) => url.split('/').at(-1)),
    ['a-1', 'a-2'],
  );
  const second = await sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: 'a-', MaxResults: 2, NextToken: first.NextToken }),
  );
  assert.deepEqual(
    second.QueueUrls?.map((url) => url.split('/').at(-1)),
    ['a-3'],
  );
  assert.equal(second.NextToken, undefined);
  const other = await failure(sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'b-', NextToken: first.NextToken })));
  assert.equal(
    `${other.name}: ${other.message}`,
    'InvalidParameterValue: Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
  );
  const none = await failure(sqs.send(new ListQueuesCommand({ NextToken: 'token' })));
  assert.equal(`${none.name}: ${none.message}`, 'InvalidParameterValue: Invalid or expired next token.');
  const QueueUrl = first.QueueUrls?.[0];
  await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { owner: 'me' } }));
  await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['team'] }));
  assert.deepEqual((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { owner: 'me' });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '3' } }));
  assert.equal(
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] }))).Attributes
      ?.DelaySeconds,
    '3',
  );
});

test('attributes of messages are also asked for by the older member, whose type names attributes of queues', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const asked = ['SentTimestamp', 'ApproximateReceiveCount'] as unknown as QueueAttributeName[];
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, AttributeNames: asked }));
  assert.deepEqual(Messages[0]?.Attributes, { SentTimestamp: String(START), ApproximateReceiveCount: '1' });
});

test('accounts and Regions do not see each other', async () => {
  await using cloud = await startTestCloud();
  await withQueue(cloud);
  const elsewhere = await cloud.client(SQSClient, { region: 'eu-west-1' }).send(new ListQueuesCommand({}));
  assert.equal(elsewhere.QueueUrls, undefined);
  const other = cloud.client(SQSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  assert.equal((await other.send(new ListQueuesCommand({}))).QueueUrls, undefined);
  const denied = await failure(
    other.send(new SendMessageCommand({ QueueUrl: `${cloud.url}/123456789012/jobs`, MessageBody: 'x' })),
  );
  assert.equal(denied.name, 'AccessDeniedException');
});
