/** What CloudWatch is told of queues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A metric of a queue minute by minute: those that have values. */
function watch(cloud: TestCloud, queue: string) {
  const client = cloud.client(CloudWatchClient);
  return async (MetricName: string, Unit: StandardUnit = 'Count') => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SQS',
        MetricName,
        Dimensions: [{ Name: 'QueueName', Value: queue }],
        StartTime: new Date(START),
        EndTime: new Date(START + 23 * HOUR),
        Period: 60,
        Statistics: ['Maximum'],
        Unit,
      }),
    );
    return Datapoints.map(({ Timestamp, Maximum = 0 }) => [Number(Timestamp) - START, Maximum] as const)
      .sort(([one], [other]) => one - other)
      .map(([, value]) => value);
  };
}

async function queueIn(sqs: SQSClient, QueueName: string, Attributes: Record<string, string> = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return {
    QueueUrl,
    send: (more: { DelaySeconds?: number } = {}) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...more })),
    receive: async (VisibilityTimeout: number) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout }))).Messages ?? [],
  };
}

test('each minute tells what lies in a queue and how old that is, until six hours after it was last used', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl, send, receive } = await queueIn(sqs, 'jobs');
  const of = watch(cloud, 'jobs');
  await cloud.advance(2 * MINUTE);
  await send();
  await send();
  await send({ DelaySeconds: 90 });
  const [first] = await receive(30);
  await cloud.advance(MINUTE);
  await cloud.advance(MINUTE);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  await cloud.advance(MINUTE);
  assert.deepEqual(await of('ApproximateNumberOfMessagesVisible'), [2, 3, 2]);
  assert.deepEqual(await of('ApproximateNumberOfMessagesNotVisible'), [0, 0, 0]);
  assert.deepEqual(await of('ApproximateNumberOfMessagesDelayed'), [1, 0, 0]);
  assert.deepEqual(await of('ApproximateAgeOfOldestMessage', 'Seconds'), [59, 119, 179]);
  await cloud.advance(12 * HOUR);
  assert.equal((await of('ApproximateNumberOfMessagesVisible')).length, 6 * 60 + 1);
  await receive(0);
  await cloud.advance(MINUTE);
  assert.equal((await of('ApproximateNumberOfMessagesVisible')).length, 6 * 60 + 2);
});

test('a dead letter is as old as its time in its queue; what is received too often is left out', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  await queueIn(sqs, 'dead');
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 4 });
  const { send, receive } = await queueIn(sqs, 'jobs', { RedrivePolicy });
  const [here, there] = [watch(cloud, 'jobs'), watch(cloud, 'dead')];
  await send();
  await cloud.advance(30_000);
  await send();
  for (let count = 0; count < 3; count += 1) await receive(0);
  await cloud.advance(30_000);
  await receive(0);
  await cloud.advance(MINUTE);
  await receive(0);
  await receive(0);
  await cloud.advance(MINUTE);
  const ages = [here, there].map((of) => of('ApproximateAgeOfOldestMessage', 'Seconds'));
  assert.deepEqual(await Promise.all(ages), [[59, 89, 149], [59]]);
});

test("a queue's metrics are its owner's, whoever sends", async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await queueIn(sqs, 'jobs');
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const other = cloud.client(SQSClient, { credentials: { accessKeyId: '999999999999', secretAccessKey: 'x' } });
  await other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await cloud.advance(MINUTE);
  const of = watch(cloud, 'jobs');
  assert.deepEqual(await of('NumberOfMessagesSent'), [1]);
  assert.deepEqual(await of('ApproximateNumberOfMessagesVisible'), [1]);
});

test('a batch is one sample of what was taken; repeated sends and deletes count, and a trace header has its size', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const FIFO = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
  const { QueueUrl } = await queueIn(sqs, 'jobs.fifo', FIFO);
  const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793';
  const one = { MessageGroupId: 'g', MessageBody: 'x' };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      ...one,
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
    }),
  );
  const Entries = ['a', 'b', 'c'].map((Id) => ({ ...one, Id }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const [message] = (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [];
  for (let round = 0; round < 2; round += 1)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
  await cloud.advance(MINUTE);
  const client = cloud.client(CloudWatchClient);
  const of = async (MetricName: string) => {
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SQS',
        MetricName,
        Dimensions: [{ Name: 'QueueName', Value: 'jobs.fifo' }],
        StartTime: new Date(START),
        EndTime: new Date(START + HOUR),
        Period: 3_600,
        Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum'],
      }),
    );
    const [{ Sum, SampleCount, Minimum, Maximum } = {}] = Datapoints ?? [];
    return [Sum, SampleCount, Minimum, Maximum];
  };
  assert.deepEqual(await of('NumberOfMessagesSent'), [4, 2, 1, 3]);
  assert.deepEqual(await of('NumberOfDeduplicatedSentMessages'), [3, 2, 0, 3]);
  assert.deepEqual(await of('NumberOfMessagesDeleted'), [2, 2, 1, 1]);
  const largest = 'xAWSTraceHeaderString'.length + trace.length;
  assert.deepEqual(await of('SentMessageSize'), [largest + 3, 4, 1, largest]);
});
