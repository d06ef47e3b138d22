/** Publishing to queues: documents, raw messages, attributes, structures, filters, batches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetSubscriptionAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
} from '@aws-sdk/client-sns';
import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { failure } from '../../support/cloud.ts';
import { ACCOUNT, openBed, queueArn, topicArn } from './bed.ts';

const said = async (promise: Promise<unknown>) => {
  const { name, message } = await failure(promise);
  return `${name} ${message}`;
};

test('a queue gets a signed document, or the message as it is', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const [plain, raw] = [await bed.queue('plain'), await bed.queue('raw')];
  const arn = await bed.subscribe(TopicArn, 'sqs', queueArn('plain'));
  await bed.subscribe(TopicArn, 'sqs', queueArn('raw'), { RawMessageDelivery: 'true' });
  const MessageAttributes = {
    size: { DataType: 'Number', StringValue: '99.12' },
    data: { DataType: 'Binary', BinaryValue: Uint8Array.of(2, 3, 4) },
  };
  const sent = await sns.send(new PublishCommand({ TopicArn, Message: 'Grüße', Subject: 'Hello', MessageAttributes }));
  const [one] = await bed.receive(plain);
  const { Signature, SigningCertURL, ...document } = JSON.parse(one?.Body ?? '');
  assert.deepEqual(document, {
    Type: 'Notification',
    MessageId: sent.MessageId,
    TopicArn,
    Subject: 'Hello',
    Message: 'Grüße',
    Timestamp: '2026-01-01T00:00:00.000Z',
    SignatureVersion: '1',
    UnsubscribeURL: `${bed.cloud.url}/?Action=Unsubscribe&SubscriptionArn=${arn}&Version=2010-03-31`,
    MessageAttributes: { size: { Type: 'Number', Value: '99.12' }, data: { Type: 'Binary', Value: 'AgME' } },
  });
  assert.match(Signature, /^[A-Za-z0-9+/]{342}==$/);
  assert.match(one?.Body ?? '', /^\{\n {2}"Type" : "Notification",\n/);
  const [two] = await bed.receive(raw);
  assert.equal(two?.Body, 'Grüße');
  assert.equal(two?.MessageAttributes?.size?.StringValue, '99.12');
  assert.deepEqual([...(two?.MessageAttributes?.data?.BinaryValue ?? [])], [2, 3, 4]);
});

test('each protocol gets its own text of a structure', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const publish = (Message: string) => sns.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json' }));
  await publish('{"default":"all","sqs":"queue"}');
  assert.equal((await bed.receive(url))[0]?.Body, 'queue');
  assert.equal(
    await said(publish('{"sqs":"x"}')),
    'InvalidParameterException Invalid parameter: Message Structure - No default entry in JSON message body',
  );
  assert.equal(
    await said(publish('{x')),
    'InvalidParameterException Invalid parameter: Message Structure - JSON message body failed to parse',
  );
});

test('what can’t be published', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const refused = (input: object) => said(sns.send(new PublishCommand({ TopicArn, Message: 'x', ...input })));
  const attribute = (name: string, value: object) => ({ MessageAttributes: { [name]: value } });
  const text = { DataType: 'String', StringValue: 'x' };
  for (const [input, expected] of [
    [{ Message: '' }, 'InvalidParameterException Invalid parameter: Empty message'],
    [{ Message: 'x'.repeat(262_145) }, 'InvalidParameterException Invalid parameter: Message too long'],
    [{ Subject: '' }, 'InvalidParameterException Invalid parameter: Subject'],
    [{ Subject: 'a\nBcc: b@example.com' }, 'InvalidParameterException Invalid parameter: Subject'],
    [{ Subject: 'x'.repeat(101) }, 'InvalidParameterException Invalid parameter: Subject'],
    [{ TopicArn: topicArn('none') }, 'NotFoundException Topic does not exist'],
    [
      { MessageDeduplicationId: 'a' },
      'InvalidParameterException Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    ],
    [
      { TopicArn: undefined },
      'InvalidParameterException Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter',
    ],
    [
      { TopicArn: undefined, PhoneNumber: '+1a234' },
      'InvalidParameterException Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to',
    ],
    [
      { TopicArn: undefined, TargetArn: `arn:aws:sns:us-east-1:${ACCOUNT}:endpoint/ADM/a/1` },
      'InvalidParameterException Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified',
    ],
    [
      attribute('a', { DataType: 'String', StringValue: '' }),
      "InvalidParameterValueException The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.",
    ],
    [
      attribute('a', { DataType: 'Binary', StringValue: 'x' }),
      "InvalidParameterValueException The message attribute 'a' with type 'Binary' must use field 'Binary'.",
    ],
    [
      attribute('a', { DataType: 'Text', StringValue: 'x' }),
      "InvalidParameterValueException The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
    [
      attribute('a^b', text),
      "InvalidParameterValueException Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ],
    [attribute('a\r\nb', text), /non-alphanumeric character '#xD'/],
    [attribute('x'.repeat(257), text), /Length of message attribute name must be less than 256 bytes/],
    [attribute('.a', text), /starting with character '.'/],
    [attribute('a..b', text), /can not have successive/],
  ] as const) {
    const got = await refused(input);
    if (typeof expected === 'string') assert.equal(got, expected);
    else assert.match(got, expected);
  }
});

test('filter policies by attributes and by body', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  const arn = await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const set = (AttributeName: string, AttributeValue: string) =>
    sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName, AttributeValue }));
  const publish = (Message: string, MessageAttributes = {}) =>
    sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }));
  const taken = async () => {
    const found = await bed.receive(url);
    for (const { ReceiptHandle } of found)
      await bed.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    return found.map(({ Body }) => Body).sort();
  };
  await set('FilterPolicy', '{"kind":["a",{"prefix":"b"}],"size":[{"numeric":[">",1]}]}');
  const kind = (StringValue: string) => ({ DataType: 'String', StringValue });
  const size = (StringValue: string) => ({ DataType: 'Number', StringValue });
  await publish('1', { kind: kind('a'), size: size('2') });
  await publish('2', { kind: kind('bc'), size: size('1') });
  await publish('3', { kind: { DataType: 'String.Array', StringValue: '["x","bc"]' }, size: size('5') });
  await publish('4');
  assert.deepEqual(await taken(), ['1', '3']);
  await set('FilterPolicyScope', 'MessageBody');
  await set('FilterPolicy', '{"order":{"items":{"name":["x"],"count":[1]}}}');
  await publish('{"order":{"items":[{"name":"x","count":2},{"name":"y","count":1}]}}');
  await publish('{"order":{"items":[{"name":"x","count":1}]}}');
  await publish('no json');
  assert.deepEqual(await taken(), ['{"order":{"items":[{"name":"x","count":1}]}}']);
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  assert.equal(Attributes?.FilterPolicyScope, 'MessageBody');
  for (const [value, text] of [
    ['{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', 'FilterPolicy: Filter policy can not have more than 5 keys'],
    ['{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]},"f":[1,2,3]}', 'FilterPolicy: Filter policy is too complex'],
    [
      '{"key_a":"value_one"}',
      'FilterPolicy: "key_a" must be an object or an array\n at [Source: (String)"{"key_a":"value_one"}"; line: 1, column: 11]',
    ],
    [
      '{invalid',
      "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
    ],
  ] as const)
    assert.equal(await said(set('FilterPolicy', value)), `InvalidParameterException Invalid parameter: ${text}`);
  assert.equal(
    await said(set('FilterPolicyScope', 'RandomValue')),
    'InvalidParameterException Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes',
  );
  const other = await bed.subscribe(TopicArn, 'sms', '+15550100');
  const nested = { SubscriptionArn: other, AttributeName: 'FilterPolicy', AttributeValue: '{"a":{"b":["c"]}}' };
  assert.equal(
    await said(sns.send(new SetSubscriptionAttributesCommand(nested))),
    'InvalidParameterException Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy',
  );
  await set('FilterPolicy', '{}');
  const { Attributes: shown = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  assert.deepEqual([shown.FilterPolicy, shown.FilterPolicyScope], [undefined, undefined]);
  await set('FilterPolicy', '{"kind":["job"]}');
  const again = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  assert.equal(again.Attributes?.FilterPolicyScope, 'MessageAttributes');
});

test('a batch takes what it can', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const batch = (...entries: { Id: string; Message: string }[]) =>
    sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
  const done = await batch({ Id: '1', Message: 'one' }, { Id: '2', Message: '' }, { Id: '3', Message: 'three' });
  assert.deepEqual(
    done.Successful?.map(({ Id }) => Id),
    ['1', '3'],
  );
  assert.deepEqual(done.Failed, [
    { Id: '2', Code: 'InvalidParameter', Message: 'Invalid parameter: Empty message', SenderFault: true },
  ]);
  assert.deepEqual((await bed.receive(url)).map(({ Body }) => Body).sort(), ['one', 'three']);
  const entry = (Id: string, Message = 'x') => ({ Id, Message });
  for (const [entries, text] of [
    [[], "EmptyBatchRequestException The batch request doesn't contain any entries."],
    [
      Array.from({ length: 11 }, (_, index) => entry(String(index))),
      'TooManyEntriesInBatchRequestException The batch request contains more entries than permissible.',
    ],
    [
      [entry('a'), entry('a')],
      'BatchEntryIdsNotDistinctException Two or more batch entries in the request have the same Id.',
    ],
    [
      [entry('a.b')],
      'InvalidBatchEntryIdException The Id of a batch entry in the batch request contains an impermissible character: a.b',
    ],
    [
      [entry('a', 'x'.repeat(200_000)), entry('b', 'x'.repeat(100_000))],
      'BatchRequestTooLongException The length of all the messages put together is more than the limit.',
    ],
  ] as const)
    assert.equal(await said(batch(...entries)), text);
});
