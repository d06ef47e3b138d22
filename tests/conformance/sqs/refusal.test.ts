import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

async function withQueue(cloud: TestCloud, name = 'jobs', attributes: Record<string, string> = {}) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return { sqs, QueueUrl };
}

test('refusals have the codes and words of SQS', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const cases: [() => Promise<unknown>, string, string][] = [
    [
      () => sqs.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}x`, MessageBody: 'x' })),
      'QueueDoesNotExist',
      'The specified queue does not exist.',
    ],
    [
      () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '' })),
      'MissingParameter',
      'The request must contain the parameter MessageBody.',
    ],
    [
      () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_048_577) })),
      'InvalidParameterValue',
      'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    ],
    [
      () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'bell \u0007' })),
      'InvalidMessageContents',
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ],
    [
      () => sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 })),
      'InvalidParameterValue',
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
    [
      () => sqs.send(new CreateQueueCommand({ QueueName: 'no/slash' })),
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    ],
    [
      () => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '43201' } })),
      'InvalidAttributeValue',
      'Invalid value for the parameter VisibilityTimeout.',
    ],
    [
      () => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Wrong: '1' } as Record<string, string> })),
      'InvalidAttributeName',
      'Unknown Attribute Wrong.',
    ],
    [
      () => sqs.send(new CreateQueueCommand({ QueueName: 'plain', Attributes: { FifoQueue: 'false' } })),
      'InvalidAttributeName',
      'Unknown Attribute FifoQueue.',
    ],
    [
      () => sqs.send(new TagQueueCommand({ QueueUrl, Tags: {} })),
      'MissingParameter',
      'The request must contain the parameter Tags.',
    ],
    [
      () => sqs.send(new TagQueueCommand({ QueueUrl, Tags: { ['k'.repeat(129)]: '' } })),
      'InvalidParameterValue',
      'Tag keys must be between 1 and 128 characters in length.',
    ],
    [
      () => sqs.send(new TagQueueCommand({ QueueUrl, Tags: { k: 'v'.repeat(257) } })),
      'InvalidParameterValue',
      'Tag values must be between 0 and 256 characters in length.',
    ],
    [
      () =>
        sqs.send(
          new TagQueueCommand({
            QueueUrl,
            Tags: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ''])),
          }),
        ),
      'InvalidParameterValue',
      'Too many tags added for queue jobs.',
    ],
    [
      () => sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: [] })),
      'InvalidParameterValue',
      'Tag keys must be between 1 and 128 characters in length.',
    ],
  ];
  for (const [call, name, message] of cases) {
    const error = await failure(call());
    assert.deepEqual([error.name, error.message], [name, message]);
  }
});

test('a queue may have a smaller limit of its own, which its refusal tells', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud, 'small', { MaximumMessageSize: '1024' });
  const refused = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_025) })));
  assert.equal(refused.message, 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.');
});

/** What a call is refused with. */
const said = async (call: Promise<unknown>) => {
  const { name, message } = await failure(call);
  return [name, message];
};

test('attributes of messages are named, typed and filled', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const send = (MessageAttributes: Record<string, MessageAttributeValue>) =>
    said(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes })));
  const text = { DataType: 'String', StringValue: 'x' };
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`a${at}`, text]));
  const cases: [Record<string, MessageAttributeValue>, string][] = [
    [eleven, 'Number of message attributes [11] exceeds the allowed maximum [10].'],
    [{ 'aws.own': text }, "The message attribute name 'aws.own' is invalid."],
    [{ 'a..b': text }, "The message attribute name 'a..b' is invalid."],
    [
      { a: { DataType: '', StringValue: 'x' } },
      "Message (user) attribute 'a' must contain a non-empty attribute type.",
    ],
    [
      { a: { DataType: 'Text', StringValue: 'x' } },
      "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.",
    ],
    [
      { a: { DataType: 'String', StringValue: '' } },
      "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
    ],
    [
      { a: { DataType: 'Binary.png', StringValue: 'x' } },
      "Message (user) attribute 'a' must contain a non-empty value of type 'Binary.png'.",
    ],
    [
      { a: { DataType: 'Number', StringValue: 'ten' } },
      "Can't cast the value of message (user) attribute 'a' to a number.",
    ],
  ];
  for (const [attributes, message] of cases)
    assert.deepEqual(await send(attributes), ['InvalidParameterValue', message]);
  assert.equal((await send({ a: { DataType: 'String', StringValue: '\u0001' } }))[0], 'InvalidMessageContents');
});

test('a dead-letter queue exists, is of the same kind, and lets the source in', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const { QueueUrl: dead } = await withQueue(cloud, 'dead');
  await withQueue(cloud, 'dead.fifo', { FifoQueue: 'true' });
  const arn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
  const set = (url: string | undefined, Attributes: Record<string, string>) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  const redrive = (deadLetterTargetArn: unknown, maxReceiveCount: unknown = 3) =>
    JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  const refused = async (name: string, text: string, reason: string) =>
    assert.deepEqual(await said(set(QueueUrl, { [name]: text })), [
      'InvalidAttributeValue',
      `Value ${text} for parameter ${name} is invalid. Reason: ${reason}`,
    ]);
  await refused('RedrivePolicy', 'x', 'RedrivePolicy is not a valid JSON map.');
  await refused('RedrivePolicy', redrive('dead'), 'Invalid value for deadLetterTargetArn.');
  await refused(
    'RedrivePolicy',
    JSON.stringify({ deadLetterTargetArn: arn('dead') }),
    'Redrive policy does not contain mandatory attribute: maxReceiveCount.',
  );
  await refused(
    'RedrivePolicy',
    redrive(arn('dead'), 1001),
    'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.',
  );
  await refused(
    'RedrivePolicy',
    '{"maxReceiveCount":3}',
    'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.',
  );
  await refused(
    'RedrivePolicy',
    redrive(arn('dead').replace('us-east-1', 'eu-west-1')),
    'Dead-letter target must be in same region as the source.',
  );
  assert.deepEqual(await said(set(QueueUrl, { DeduplicationScope: 'queue' })), [
    'InvalidAttributeName',
    'You can specify the DeduplicationScope only when FifoQueue is set to true.',
  ]);
  await refused(
    'RedriveAllowPolicy',
    '{}',
    "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.",
  );
  await refused('RedrivePolicy', redrive(arn('none')), 'Dead letter target does not exist.');
  await refused(
    'RedrivePolicy',
    redrive(arn('dead.fifo')),
    'Dead-letter queue must be same type of queue as the source..',
  );
  await refused('RedriveAllowPolicy', '{"redrivePermission":"some"}', 'Invalid value for redrivePermission.');
  await refused(
    'RedriveAllowPolicy',
    '{"redrivePermission":"byQueue"}',
    "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
  );
  await set(dead, { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  await refused('RedrivePolicy', redrive(arn('dead')), 'Dead letter target does not allow this queue as its source.');
  const allowed = { redrivePermission: 'byQueue', sourceQueueArns: [arn('jobs')] };
  await set(dead, { RedriveAllowPolicy: JSON.stringify(allowed) });
  await set(QueueUrl, { RedrivePolicy: redrive(arn('dead')) });
});

test('a FIFO queue and a standard one take different members', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  const { QueueUrl: fifo } = await withQueue(cloud, 'jobs.fifo', { FifoQueue: 'true' });
  const send = (input: Partial<SendMessageCommandInput>) =>
    said(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...input })));
  assert.deepEqual(await send({ MessageDeduplicationId: 'a' }), [
    'InvalidParameterValue',
    'Value a for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.',
  ]);
  assert.deepEqual(await send({ QueueUrl: fifo, MessageGroupId: 'g', DelaySeconds: 1 }), [
    'InvalidParameterValue',
    'Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
  ]);
  assert.deepEqual(await send({ QueueUrl: fifo, MessageGroupId: 'not one' }), [
    'InvalidParameterValue',
    'Value not one for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
  ]);
  assert.deepEqual(await send({ QueueUrl: fifo }), [
    'MissingParameter',
    'The request must contain the parameter MessageGroupId.',
  ]);
});

test('what a deletion lacks is called as SQS calls it; in a batch only the entry fails', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const handle = (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.ReceiptHandle;
  assert.deepEqual(await said(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: undefined }))), [
    'MissingParameter',
    'The request must contain the parameter MessageHandle.',
  ]);
  const remove = (...Entries: { Id: string | undefined; ReceiptHandle: string | undefined }[]) =>
    sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  assert.deepEqual(await said(remove({ Id: 'a', ReceiptHandle: handle }, { Id: undefined, ReceiptHandle: handle })), [
    'MissingParameter',
    'The request must contain the parameter DeleteMessageBatchRequestEntry.2.Id.',
  ]);
  const { Successful, Failed } = await remove(
    { Id: 'none', ReceiptHandle: undefined },
    { Id: 'good', ReceiptHandle: handle },
  );
  assert.deepEqual(Successful, [{ Id: 'good' }]);
  assert.deepEqual(
    Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [['none', 'MissingParameter', true]],
  );
});

test('visibility in batches, up to twelve hours in all', async () => {
  await using cloud = await startTestCloud();
  const { sqs, QueueUrl } = await withQueue(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
  await cloud.advance(10_000);
  const { Successful, Failed } = await sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'good', ReceiptHandle, VisibilityTimeout: 60 },
        { Id: 'long', ReceiptHandle, VisibilityTimeout: 43_195 },
        { Id: 'odd', ReceiptHandle: 'x', VisibilityTimeout: 1 },
        { Id: 'past', ReceiptHandle, VisibilityTimeout: 43_201 },
      ],
    }),
  );
  assert.deepEqual(Successful, [{ Id: 'good' }]);
  // Received again it may stay away for twelve hours anew, and not for longer either.
  await cloud.advance(60_000);
  const again = (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.ReceiptHandle;
  const extend = (seconds: number) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: again, VisibilityTimeout: seconds }));
  await extend(43_200);
  await cloud.advance(10_000);
  assert.equal((await failure(extend(43_195))).name, 'InvalidParameterValue');
  assert.deepEqual(
    Failed?.map(({ Id, Code, Message }) => [Id, Code, Message]),
    [
      [
        'long',
        'InvalidParameterValue',
        'Value 43195 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].',
      ],
      ['odd', 'ReceiptHandleIsInvalid', 'The input receipt handle "x" is not a valid receipt handle.'],
      [
        'past',
        'InvalidParameterValue',
        'Value 43201 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.',
      ],
    ],
  );
});
