/** Attributes that are refused, in the words of AWS as measured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ListSubscriptionsByTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { create, remove, templateOf } from '../cloudformation/stacks.ts';
import { ACCOUNT, openBed, queueArn } from './bed.ts';

test('attributes of topics are refused in the words of AWS', async () => {
  await using bed = await openBed();
  for (const [name, attributes, text] of [
    ['t', { ContentBasedDeduplication: 'true' }, 'Unknown attribute ContentBasedDeduplication'],
    ['t', { DisplayName: 'x'.repeat(101) }, 'DisplayName'],
    ['t', { TracingConfig: 'Loud' }, 'Invalid tracing config value: Loud'],
    ['t', { SignatureVersion: '3' }, 'SignatureVersion: Invalid value. Must be 1 or 2.'],
    [
      't.fifo',
      { ArchivePolicy: '{"MessageRetentionPeriod":"366"}' },
      'ArchivePolicy: MessageRetentionPeriod value is invalid',
    ],
  ] as const)
    assert.equal(
      (await failure(bed.topic(name, attributes))).message,
      `Invalid parameter: Attributes Reason: ${text}`,
      text,
    );
});

test('what a message holds is refused in the words of AWS', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('t');
  const MessageAttributes = { k: { StringValue: 'v', DataType: undefined } };
  const entry = { Id: '1', Message: 'm', MessageAttributes };
  const told = (at: string) =>
    `1 validation error detected: Value null at '${at}messageAttributes.k.member.dataType' failed to satisfy constraint: Member must not be null`;
  assert.equal(
    (await failure(bed.sns.send(new PublishCommand({ TopicArn, Message: 'm', MessageAttributes })))).message,
    told(''),
  );
  assert.equal(
    (await failure(bed.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [entry] })))).message,
    told('publishBatchRequestEntries.1.member.'),
  );
});

test('what is subscribed is refused in the words of AWS', async () => {
  await using bed = await openBed();
  const fifo = await bed.topic('t.fifo');
  const refused = async (...given: Parameters<typeof bed.subscribe>) =>
    (await failure(bed.subscribe(...given))).message;
  assert.equal(await refused(fifo, 'email', 'a@example.com'), 'Invalid parameter: Invalid protocol type: email');
  const topic = await bed.topic('t');
  for (const [target, text] of [
    [undefined, 'Missing deadLetterTargetArn attribute'],
    [topic, 'deadLetterTargetArn must be a SQS queue'],
    ['q', 'deadLetterTargetArn is an invalid arn'],
    [`arn:aws:sqs:eu-west-1:${ACCOUNT}:q`, 'deadLetterTargetArn must be in the same region as the subscription'],
    [queueArn('q', '210987654321'), 'deadLetterTargetArn must be in the same account as the subscription'],
  ])
    assert.equal(
      await refused(topic, 'sqs', queueArn('q'), { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: target }) }),
      `Invalid parameter: Attributes Reason: RedrivePolicy: ${text}`,
    );
  const retries = { minDelayTarget: 2, maxDelayTarget: 3, numRetries: 3 };
  for (const [more, text] of [
    [{ minDelayTarget: 0 }, 'minDelayTarget must be greater than or equal to 1'],
    [{ numRetries: 101 }, 'numRetries must be less than or equal to 100'],
    [{ maxDelayTarget: 1 }, 'maxDelayTarget must be greater than or equal to minDelayTarget'],
    [{ backoffFunction: 'cubic' }, 'backoffFunction: the value [cubic] is not a valid backoff function'],
    [
      { numNoDelayRetries: 4 },
      'numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries',
    ],
  ] as const)
    assert.equal(
      await refused(topic, 'http', 'http://example.com', {
        DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: { ...retries, ...more } }),
      }),
      `Invalid parameter: Attributes Reason: DeliveryPolicy: healthyRetryPolicy.${text}`,
    );
});

test('a subscription that is pending can’t be taken away, and a stack leaves it behind', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('t');
  const SubscriptionArn = await bed.subscribe(TopicArn, 'email', 'a@example.com');
  assert.equal(
    (await failure(bed.sns.send(new UnsubscribeCommand({ SubscriptionArn })))).message,
    'Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation',
  );
  const Properties = { TopicArn, Protocol: 'email', Endpoint: 'b@example.com' };
  await create(bed.cloud, 's', templateOf({ Mail: { Type: 'AWS::SNS::Subscription', Properties } }));
  await remove(bed.cloud, 's');
  const { Subscriptions } = await bed.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  assert.deepEqual(Subscriptions?.map((one) => one.Endpoint).sort(), ['a@example.com', 'b@example.com']);
});
