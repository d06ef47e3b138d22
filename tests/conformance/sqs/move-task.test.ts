import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ARN = 'arn:aws:sqs:us-east-1:123456789012';

async function create(sqs: SQSClient, QueueName: string, deadLetter?: string): Promise<string> {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}:${deadLetter}`, maxReceiveCount: 1 });
  const Attributes = {
    ...(QueueName.endsWith('.fifo') && { FifoQueue: 'true', ContentBasedDeduplication: 'true' }),
    ...(deadLetter !== undefined && { RedrivePolicy, VisibilityTimeout: '0' }),
  };
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
}

/** A dead-letter queue with this many messages of its one source. */
async function deadLetters(cloud: TestCloud, count: number, suffix = '') {
  const sqs = cloud.client(SQSClient);
  const dead = await create(sqs, `dead${suffix}`);
  const source = await create(sqs, `source${suffix}`, `dead${suffix}`);
  for (let index = 0; index < count; index += 1)
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: source,
        MessageBody: `m${index}`,
        ...(suffix !== '' && { MessageGroupId: 'g' }),
      }),
    );
  // Each is received once; the next receive moves it.
  for (let round = 0; round < 2 * count + 2; round += 1)
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: source, MaxNumberOfMessages: 10 }));
  assert.equal(await waiting(sqs, dead), count);
  return { sqs, dead, source, SourceArn: `${ARN}:dead${suffix}` };
}

async function waiting(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

async function tasks(sqs: SQSClient, SourceArn: string) {
  return (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];
}

async function refusal(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

test('a task brings messages back to where they came from, as new ones', async () => {
  await using cloud = await startTestCloud();
  const { sqs, dead, source, SourceArn } = await deadLetters(cloud, 3);
  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  assert.equal(JSON.parse(Buffer.from(TaskHandle ?? '', 'base64').toString()).sourceArn, SourceArn);
  await cloud.advance(1_000);
  assert.deepEqual([await waiting(sqs, dead), await waiting(sqs, source)], [0, 3]);
  const [task] = await tasks(sqs, SourceArn);
  assert.deepEqual(
    [task?.Status, task?.ApproximateNumberOfMessagesMoved, task?.ApproximateNumberOfMessagesToMove, task?.TaskHandle],
    ['COMPLETED', 3, 3, undefined],
  );
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: source, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
  );
  assert.deepEqual(Messages?.map(({ Body }) => Body).sort(), ['m0', 'm1', 'm2']);
  assert.equal(Messages?.[0]?.Attributes?.ApproximateReceiveCount, '1');
  assert.equal(Messages?.[0]?.Attributes?.DeadLetterQueueSourceArn, undefined);
});

test('a rate is kept; a running task is listed with its handle and can be cancelled once', async () => {
  await using cloud = await startTestCloud();
  const { sqs, SourceArn } = await deadLetters(cloud, 5);
  const other = await create(sqs, 'other');
  const start = { SourceArn, DestinationArn: `${ARN}:other`, MaxNumberOfMessagesPerSecond: 2 };
  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand(start));
  await cloud.advance(1_000);
  const moved = await waiting(sqs, other);
  assert.equal(moved, 4);
  assert.deepEqual(await refusal(sqs.send(new StartMessageMoveTaskCommand(start))), [
    'InvalidParameterValue',
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  ]);
  const [running] = await tasks(sqs, SourceArn);
  assert.deepEqual(
    [running?.Status, running?.TaskHandle, running?.MaxNumberOfMessagesPerSecond],
    ['RUNNING', TaskHandle, 2],
  );
  const cancelled = await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  assert.equal(cancelled.ApproximateNumberOfMessagesMoved, moved);
  await cloud.advance(10_000);
  assert.equal(await waiting(sqs, other), moved);
  const [ended] = await tasks(sqs, SourceArn);
  assert.deepEqual([ended?.Status, ended?.TaskHandle], ['CANCELLED', undefined]);
  assert.equal((await refusal(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))))[0], 'InvalidParameterValue');
});

test('a FIFO queue keeps its order', async () => {
  await using cloud = await startTestCloud();
  const { sqs, source, SourceArn } = await deadLetters(cloud, 3, '.fifo');
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  await cloud.advance(1_000);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: source, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    Messages?.map(({ Body }) => Body),
    ['m0', 'm1', 'm2'],
  );
});

test('a task fails where a message has nowhere to go', async () => {
  await using cloud = await startTestCloud();
  const { sqs, dead, source, SourceArn } = await deadLetters(cloud, 1);
  await sqs.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: 'sent here' }));
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  await cloud.advance(1_000);
  const [lost] = await tasks(sqs, SourceArn);
  assert.deepEqual(
    [lost?.Status, lost?.FailureReason, lost?.ApproximateNumberOfMessagesMoved],
    ['FAILED', 'CouldNotDetermineMessageSource', 1],
  );
  assert.equal(await waiting(sqs, source), 1);

  const other = await create(sqs, 'other');
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn: `${ARN}:other` }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: other }));
  await cloud.advance(1_000);
  assert.equal((await tasks(sqs, SourceArn)).length, 2);
});

test('what can be no task is refused in the words of SQS', async () => {
  await using cloud = await startTestCloud();
  const { sqs, SourceArn } = await deadLetters(cloud, 0);
  await create(sqs, 'typed.fifo');
  const start = (input: object) => refusal(sqs.send(new StartMessageMoveTaskCommand({ SourceArn, ...input })));
  const invalid = 'InvalidParameterValue';
  const format = 'arn:<partition>:<service>:<region>:<account-id>:<resource-id>';
  assert.deepEqual(await start({ SourceArn: '' }), [
    invalid,
    `You must use this format to specify the SourceArn: ${format}`,
  ]);
  assert.deepEqual(await start({ SourceArn: `${ARN}:none` }), [
    'ResourceNotFoundException',
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  ]);
  assert.deepEqual(await start({ SourceArn: `${ARN}:source` }), [
    invalid,
    'Source queue must be configured as a Dead Letter Queue.',
  ]);
  assert.deepEqual(await start({ DestinationArn: 'x' }), [
    invalid,
    `You must use this format to specify the DestinationArn: ${format}`,
  ]);
  assert.deepEqual(await start({ DestinationArn: `${ARN}:none` }), [
    'ResourceNotFoundException',
    "The resource that you specified for the DestinationArn parameter doesn't exist.",
  ]);
  assert.deepEqual(await start({ DestinationArn: SourceArn }), [
    invalid,
    'Source queue arn and destination queue arn cannot be the same.',
  ]);
  assert.deepEqual(await start({ DestinationArn: `${ARN}:typed.fifo` }), [
    invalid,
    'The source queue and destination queue must be of the same queue type.',
  ]);
  const rate =
    "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.";
  for (const MaxNumberOfMessagesPerSecond of [0, 501])
    assert.deepEqual(await start({ MaxNumberOfMessagesPerSecond }), [invalid, rate]);
  const cancel = (handle: object | string) => {
    const TaskHandle = typeof handle === 'string' ? handle : Buffer.from(JSON.stringify(handle)).toString('base64');
    return refusal(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle })));
  };
  assert.deepEqual(await cancel('nonsense'), [invalid, 'Value for parameter TaskHandle is invalid.']);
  assert.deepEqual(await cancel({ taskId: 'x', sourceArn: `${ARN}:none` }), [
    'ResourceNotFoundException',
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  ]);
  assert.deepEqual(await cancel({ taskId: 'x', sourceArn: SourceArn }), [
    'ResourceNotFoundException',
    'Task does not exist.',
  ]);
});

test('sources of a dead-letter queue are listed page by page', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const QueueUrl = await create(sqs, 'dead');
  for (const name of ['a', 'b', 'c']) await create(sqs, name, 'dead');
  const seen: (string | undefined)[] = [];
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const page = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl, MaxResults: 2, NextToken }));
    seen.push(...(page.queueUrls ?? []).map((url) => url.split('/').at(-1)), '|');
    NextToken = page.NextToken;
  }
  assert.deepEqual(seen, ['a', 'b', '|', 'c', '|']);
});
