/** What was measured at AWS of publishing and of subscriptions. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ListSubscriptionsByTopicCommand,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { counted, openBed, queueArn } from './bed.ts';

async function refusal(asked: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(asked);
  return [name, message];
}

test('numbers and texts of attributes that can not be are told apart, and refuse a batch whole', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'));
  const batch = (DataType: string, StringValue: string) => {
    const PublishBatchRequestEntries = [
      { Id: 'good', Message: 'x' },
      { Id: 'bad', Message: 'x', MessageAttributes: { a: { DataType, StringValue } } },
    ];
    return refusal(bed.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })));
  };
  const long = '1'.repeat(39);
  assert.deepEqual(
    await Promise.all([
      batch('Number', '0x1'),
      batch('Number', long),
      batch('Number', '1e126'),
      batch('String', 'a\u{1f600}'),
    ]),
    [
      ['InvalidParameterValueException', "Could not cast message attribute 'a' value to number."],
      [
        'InvalidParameterValueException',
        `Message attribute 'a' number value [${long}] must have less than 38 precision digits.`,
      ],
      [
        'InvalidParameterValueException',
        "Message attribute 'a' number value [1e126] scale must be 10^-128 and 10^126.",
      ],
      ['InvalidParameterException', 'Invalid parameter: Invalid attribute value was passed in for message attribute a'],
    ],
  );
  const MessageAttributes = { n: { DataType: 'Number', StringValue: '+01.50' } };
  await bed.sns.send(new PublishCommand({ TopicArn, Message: '\u{1f600}', MessageAttributes }));
  const got = await bed.receive(url);
  assert.equal(got.length, 1);
  assert.equal(JSON.parse(got[0]?.Body ?? '').MessageAttributes.n.Value, '+01.50');
});

test('a default that is no text is told as it is written; bodies are filtered by what a protocol is told', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news.fifo', { ContentBasedDeduplication: 'true' });
  const url = await bed.queue('q');
  const filtered = await bed.queue('r');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'));
  const byBody = { FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageBody' };
  await bed.subscribe(TopicArn, 'sqs', queueArn('r'), byBody);
  const publish = (message: object) =>
    bed.sns.send(
      new PublishCommand({
        TopicArn,
        Message: JSON.stringify(message),
        MessageStructure: 'json',
        MessageGroupId: 'g',
      }),
    );
  await publish({ default: 7 });
  await publish({ default: null });
  await publish({ default: '{"a":"c"}', sqs: '{"a":"b"}' });
  const documents = (await bed.receive(url)).map(({ Body }) => JSON.parse(Body ?? ''));
  assert.deepEqual(documents.map(({ Message }) => Message).sort(), ['7', 'null', '{"a":"b"}']);
  assert.deepEqual(
    documents.map(({ SequenceNumber }) => SequenceNumber),
    [undefined, undefined, undefined],
  );
  assert.equal((await bed.receive(filtered)).length, 1);
  assert.deepEqual(await refusal(publish({ default: [] })), [
    'InvalidParameterException',
    'Invalid parameter: Message Structure - No default entry in JSON message body',
  ]);
});

test('the size of a batch counts what was refused of it; of an ordered topic nothing is taken then', async () => {
  await using bed = await openBed();
  const batch = (TopicArn: string, MessageGroupId?: string) => {
    const PublishBatchRequestEntries: PublishBatchRequestEntry[] = [
      { Id: 'good', Message: 'four', MessageGroupId },
      { Id: 'bad', Message: 'seven!!', MessageStructure: 'json', MessageGroupId },
    ];
    return bed.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
  };
  const { Successful, Failed } = await batch(await bed.topic('news'));
  assert.deepEqual([Successful?.length, Failed?.length], [1, 1]);
  assert.equal(counted(bed, 'NumberOfMessagesPublished'), 1);
  assert.equal(counted(bed, 'PublishSize'), 11);
  const ordered = await bed.topic('ordered.fifo', { ContentBasedDeduplication: 'true' });
  assert.equal((await refusal(batch(ordered, 'g')))[0], 'InvalidParameterException');
});

test('no link ends the subscription of a queue, and nobody subscribes a stream of others', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'));
  await bed.sns.send(new PublishCommand({ TopicArn, Message: 'x' }));
  const [message] = await bed.receive(url);
  const { status } = await fetch(JSON.parse(message?.Body ?? '').UnsubscribeURL);
  assert.equal(status, 403);
  const { Subscriptions } = await bed.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  assert.equal(Subscriptions?.length, 1);
  const Endpoint = 'arn:aws:firehose:us-east-1:210987654321:deliverystream/d';
  const SubscriptionRoleArn = 'arn:aws:iam::123456789012:role/r';
  assert.deepEqual(
    await refusal(
      bed.sns.send(
        new SubscribeCommand({ TopicArn, Protocol: 'firehose', Endpoint, Attributes: { SubscriptionRoleArn } }),
      ),
    ),
    ['AuthorizationErrorException', `The account 123456789012 is not the owner of the endpoint ${Endpoint}`],
  );
});
