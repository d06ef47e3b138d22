/** Numbers of message attributes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';

test('a number comes without exponent and idle zeros; the checksum of a send is of what was sent', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const send = (...numbers: string[]) => {
    const MessageAttributes = Object.fromEntries(
      numbers.map((StringValue, index) => [`n${index}`, { DataType: 'Number', StringValue }]),
    );
    return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
  };
  const sent = await send('+007.50e1', '1e3', '-0.0', '-.05', `${'1'.repeat(38)}`, '1e-128');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
  const [message] = Messages ?? [];
  assert.deepEqual(
    Object.values(message?.MessageAttributes ?? {}).map(({ StringValue }) => StringValue),
    ['75', '1000', '0', '-0.05', '1'.repeat(38), `0.${'0'.repeat(127)}1`],
  );
  assert.notEqual(message?.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  const bad = ['0x10', ' 5', '.', '1'.repeat(39), '1e126', '1e-129', '1e999999999'];
  const refusals = await Promise.all(bad.map(async (text) => (await failure(send(text))).name));
  assert.deepEqual(
    refusals,
    bad.map(() => 'InvalidParameterValue'),
  );
});
