/** HTTP endpoints: confirmation, signatures, retries, dead-letter queues, links. */
import assert from 'node:assert/strict';
import { createVerify, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { ACCOUNT, counted, openBed, openEndpoint, type Posted, queueArn, topicArn } from './bed.ts';

type Bed = Awaited<ReturnType<typeof openBed>>;

/** As the documentation says that a document is verified. */
async function verify({ body }: Posted): Promise<{ [name: string]: string }> {
  const document = JSON.parse(body) as { [name: string]: string };
  const names =
    document.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.flatMap((name) => (name in document ? [`${name}\n${document[name]}\n`] : [])).join('');
  const pem = await (await fetch(document.SigningCertURL ?? '')).text();
  const { publicKey } = new X509Certificate(pem);
  const verifier = createVerify(document.SignatureVersion === '1' ? 'sha1' : 'sha256').update(text);
  assert.ok(verifier.verify(publicKey, document.Signature ?? '', 'base64'), 'signature');
  return document;
}

/** Subscribes an endpoint and confirms it by its link. */
async function confirmed(
  bed: Bed,
  TopicArn: string,
  url: string,
  posted: Posted[],
  Attributes?: Record<string, string>,
) {
  const arn = await bed.subscribe(TopicArn, 'http', url, Attributes);
  await bed.settle();
  const { SubscribeURL = '' } = await verify(posted.shift() as Posted);
  assert.equal((await fetch(SubscribeURL)).status, 200);
  return arn;
}

test('an endpoint is asked, confirms by the link, and gets signed notifications', async () => {
  await using bed = await openBed();
  await using endpoint = await openEndpoint();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const first = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint.url }));
  assert.equal(first.SubscriptionArn, 'pending confirmation');
  await sns.send(new PublishCommand({ TopicArn, Message: 'nobody hears' }));
  await bed.settle();
  const [asked] = endpoint.posted;
  assert.equal(endpoint.posted.length, 1);
  assert.equal(asked?.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
  assert.equal(asked?.headers['x-amz-sns-topic-arn'], TopicArn);
  assert.equal(asked?.headers['user-agent'], 'Amazon Simple Notification Service Agent');
  assert.equal(asked?.headers['content-type'], 'text/plain; charset=UTF-8');
  const document = await verify(asked as Posted);
  assert.match(
    document.Message ?? '',
    /^You have chosen to subscribe to the topic arn:aws:sns:us-east-1:123456789012:news\.\n/,
  );
  const listed = await sns.send(new ListSubscriptionsCommand({}));
  assert.equal(listed.Subscriptions?.[0]?.SubscriptionArn, 'PendingConfirmation');
  const answer = await (await fetch(document.SubscribeURL ?? '')).text();
  const arn = /<SubscriptionArn>(.*)<\/SubscriptionArn>/.exec(answer)?.[1] ?? '';
  assert.match(arn, new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  assert.deepEqual([Attributes?.PendingConfirmation, Attributes?.ConfirmationWasAuthenticated], ['false', 'false']);

  await sns.send(new PublishCommand({ TopicArn, Message: 'hello', Subject: 'Hi' }));
  await bed.settle();
  const told = endpoint.posted[1] as Posted;
  assert.equal(told.headers['x-amz-sns-subscription-arn'], arn);
  const { Type, Message, Subject, UnsubscribeURL = '' } = await verify(told);
  assert.deepEqual([Type, Message, Subject], ['Notification', 'hello', 'Hi']);

  assert.equal((await fetch(UnsubscribeURL)).status, 200);
  await bed.settle();
  const ended = await verify(endpoint.posted[2] as Posted);
  assert.equal(ended.Type, 'UnsubscribeConfirmation');
  const counts = async () => {
    const { Attributes: shown } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    return [shown?.SubscriptionsConfirmed, shown?.SubscriptionsPending, shown?.SubscriptionsDeleted];
  };
  assert.deepEqual(await counts(), ['0', '0', '1']);
  assert.equal((await fetch(ended.SubscribeURL ?? '')).status, 200);
  assert.deepEqual(await counts(), ['1', '0', '0']);
});

test('signatures of version 2, raw delivery, and credentials in the address', async () => {
  await using bed = await openBed();
  await using endpoint = await openEndpoint();
  const { sns } = bed;
  const TopicArn = await bed.topic('news', { SignatureVersion: '2' });
  const url = endpoint.url.replace('http://', 'http://anna:s%40fe@');
  const SubscriptionArn = await confirmed(bed, TopicArn, url, endpoint.posted);
  await sns.send(new PublishCommand({ TopicArn, Message: 'one' }));
  await bed.settle();
  assert.equal((await verify(endpoint.posted[0] as Posted)).SignatureVersion, '2');
  assert.equal(endpoint.posted[0]?.headers.authorization, `Basic ${Buffer.from('anna:s@fe').toString('base64')}`);
  const AttributeName = 'RawMessageDelivery';
  await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue: 'true' }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'two' }));
  await bed.settle();
  assert.equal(endpoint.posted[1]?.body, 'two');
  assert.equal(endpoint.posted[1]?.headers['x-amz-sns-rawdelivery'], 'true');
});

test('what fails is tried again by the delivery policy, and ends in the dead-letter queue', async () => {
  await using bed = await openBed();
  await using endpoint = await openEndpoint(({ headers }) =>
    headers['x-amz-sns-message-type'] === 'Notification' ? 503 : 200,
  );
  const { sns } = bed;
  const dead = await bed.queue('dead');
  const TopicArn = await bed.topic('news');
  const retry = {
    minDelayTarget: 10,
    maxDelayTarget: 30,
    numRetries: 5,
    numNoDelayRetries: 1,
    numMinDelayRetries: 1,
    numMaxDelayRetries: 1,
  };
  await confirmed(bed, TopicArn, endpoint.url, endpoint.posted, {
    DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: retry }),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead') }),
  });
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  await bed.settle();
  const seen: number[] = [endpoint.posted.length];
  for (let second = 0; second < 10; second += 1) {
    await bed.cloud.advance(10_000);
    seen.push(endpoint.posted.length);
  }
  // At once and once more, after 10 s, then 10 s and 30 s along the line, then 30 s.
  assert.deepEqual(seen, [2, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]);
  const [buried] = await bed.receive(dead);
  assert.equal(JSON.parse(buried?.Body ?? '').Message, 'hello');
  // Every attempt that failed is counted.
  assert.equal(counted(bed, 'NumberOfNotificationsFailed'), 6);
});

test('an endpoint that refuses a message for good has had it: it is not a dead letter', async () => {
  await using bed = await openBed();
  await using endpoint = await openEndpoint(({ headers }) =>
    headers['x-amz-sns-message-type'] === 'Notification' ? 404 : 200,
  );
  const dead = await bed.queue('dead');
  const TopicArn = await bed.topic('news');
  await confirmed(bed, TopicArn, endpoint.url, endpoint.posted, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead') }),
  });
  await bed.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  assert.deepEqual(await bed.receive(dead), []);
  await bed.cloud.advance(60_000);
  assert.equal(endpoint.posted.length, 1);
  assert.equal(counted(bed, 'NumberOfNotificationsFailed'), 0);
});

test('an endpoint that hangs or is not there holds up nobody', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'http', 'http://127.0.0.1:1/');
  await bed.subscribe(TopicArn, 'http', 'http://example.com/');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  await bed.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  assert.equal((await bed.receive(url)).length, 1);
});

test('tokens', async () => {
  await using bed = await openBed();
  await using endpoint = await openEndpoint();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  await bed.subscribe(TopicArn, 'http', endpoint.url);
  await bed.settle();
  const { Token } = JSON.parse(endpoint.posted[0]?.body ?? '');
  const confirm = (input: object) =>
    sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true', ...input }));
  assert.equal((await failure(confirm({ Token: 'abc' }))).message, 'Invalid token');
  assert.equal((await failure(confirm({ Token: 'a'.repeat(288) }))).message, 'Invalid parameter: Token');
  assert.equal((await failure(confirm({ TopicArn: topicArn('none') }))).message, 'Invalid parameter: Token');
  const form = { Action: 'ConfirmSubscription', Version: '2010-03-31', TopicArn, Token: 'abc' };
  const unsigned = await fetch(bed.cloud.url, { method: 'POST', body: new URLSearchParams(form) });
  assert.match(await unsigned.text(), /<Message>Invalid token<\/Message>/);
  const { SubscriptionArn = '' } = await confirm({});
  assert.equal((await confirm({})).SubscriptionArn, SubscriptionArn);
  const link = `${bed.cloud.url}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}&Version=2010-03-31`;
  assert.equal((await fetch(link)).status, 403);
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  // Nobody confirmed within two days.
  await bed.subscribe(TopicArn, 'http', `${endpoint.url}/late`);
  await bed.cloud.advance(48 * 3_600_000);
  assert.deepEqual((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions, []);
  for (const [arn, text] of [
    ['x', 'Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'],
    [`${topicArn('news')}:x`, 'Invalid parameter: SubscriptionId'],
    ['', 'Invalid parameter: SubscriptionArn Reason: no value for required parameter'],
  ] as const)
    assert.equal((await failure(sns.send(new UnsubscribeCommand({ SubscriptionArn: arn })))).message, text);
});

test('what can’t be subscribed', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news');
  for (const [protocol, endpoint, text] of [
    ['test-protocol', 'x', 'Invalid parameter: Amazon SNS does not support this protocol string: test-protocol'],
    ['http', 'https://example.com', 'Invalid parameter: Endpoint must match the specified protocol'],
    ['email', 'a@b\r\nBcc: c@d', 'Invalid parameter: Email address'],
    ['sms', '+15--551234567', 'Invalid SMS endpoint: +15--551234567'],
    ['sqs', 'http://localhost/q', 'Invalid parameter: SQS endpoint ARN'],
    [
      'sqs',
      queueArn('a.fifo'),
      'Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    ],
    ['lambda', queueArn('a'), 'Invalid parameter: Lambda endpoint ARN'],
  ] as const)
    assert.equal((await failure(bed.subscribe(TopicArn, protocol, endpoint))).message, text);
  const raw = { RawMessageDelivery: 'wrongvalue' };
  assert.equal(
    (await failure(bed.subscribe(TopicArn, 'sqs', queueArn('q'), raw))).message,
    'Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.',
  );
  const firehose = `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/s`;
  assert.equal(
    (await failure(bed.subscribe(TopicArn, 'firehose', firehose))).message,
    'Invalid parameter: Delivery protocol firehose can only be subscribed with subscription role arn',
  );
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { FilterPolicy: '{"a":["b"]}' });
  assert.equal(
    (await failure(bed.subscribe(TopicArn, 'sqs', queueArn('q'), { FilterPolicy: '{"a":["c"]}' }))).message,
    'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
  );
});

test('where the cloud speaks HTTPS, links in what endpoints get lead there by it', async () => {
  await using bed = await openBed({ tls: true });
  await using endpoint = await openEndpoint();
  await bed.subscribe(await bed.topic('news'), 'http', endpoint.url);
  await bed.settle();
  const document = JSON.parse(endpoint.posted[0]?.body ?? '{}');
  for (const link of [document.SigningCertURL, document.SubscribeURL])
    assert.equal(new URL(link).origin, bed.cloud.url.replace('http:', 'https:'));
});
