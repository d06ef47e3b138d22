import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
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
