/** SNS among the other services: functions, keys, queues of others, logs of deliveries, metrics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  AddPermissionCommand as AddTopicPermissionCommand,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  PublishCommand,
  PutDataProtectionPolicyCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { ACCOUNT, counted, openBed, queueArn } from './bed.ts';

const OTHER = '210987654321';

test('a function is called with the notification as its event, where its policy lets the topic', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const code = `export const handler = async (event) => { console.log('got ' + JSON.stringify(event)); };`;
  await createFunction(cloud, await functionRole(cloud), 'hear', code);
  const TopicArn = await bed.topic('news');
  const dead = await bed.queue('dead');
  const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hear`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
  const subscription = await bed.subscribe(TopicArn, 'lambda', arn, { RedrivePolicy });
  await sns.send(new PublishCommand({ TopicArn, Message: 'refused' }));
  assert.equal(JSON.parse((await bed.receive(dead))[0]?.Body ?? '{}').Message, 'refused');
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'hear',
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      SourceArn: TopicArn,
    }),
  );
  const MessageAttributes = {
    a: { DataType: 'String', StringValue: 'b' },
    n: { DataType: 'Number', StringValue: '1.5' },
    l: { DataType: 'String.Array', StringValue: '["x"]' },
  };
  await sns.send(new PublishCommand({ TopicArn, Message: 'heard', MessageAttributes }));
  await bed.settle();
  const { events = [] } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/hear' }));
  const line = events.find(({ message }) => message?.includes('got '))?.message ?? '';
  const [record] = JSON.parse(line.slice(line.indexOf('got ') + 4)).Records;
  assert.deepEqual(
    [record.EventSource, record.EventVersion, record.EventSubscriptionArn],
    ['aws:sns', '1.0', subscription],
  );
  const { Signature, SigningCertUrl, UnsubscribeUrl, MessageId, ...rest } = record.Sns;
  assert.deepEqual(rest, {
    Type: 'Notification',
    TopicArn,
    Subject: null,
    Message: 'heard',
    Timestamp: '2026-01-01T00:00:00.000Z',
    SignatureVersion: '1',
    MessageAttributes: {
      a: { Type: 'String', Value: 'b' },
      n: { Type: 'String', Value: '1.5' },
      l: { Type: 'String', Value: '["x"]' },
    },
  });
});

test('messages under a customer’s key: who publishes needs it, and it opens for delivery', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const TopicArn = await bed.topic('news', { KmsMasterKeyId: KeyId });
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  await sns.send(new PublishCommand({ TopicArn, Message: 'secret' }));
  assert.equal((await bed.receive(url))[0]?.Body, 'secret');
  await kms.send(new DisableKeyCommand({ KeyId }));
  const refused = await failure(sns.send(new PublishCommand({ TopicArn, Message: 'more' })));
  assert.equal(refused.name, 'KMSDisabledException');
  const missing = await bed.topic('none', { KmsMasterKeyId: 'alias/none' });
  const none = await failure(sns.send(new PublishCommand({ TopicArn: missing, Message: 'x' })));
  assert.equal(none.name, 'KMSNotFoundException');
});

test('another account’s queue is asked first, and its policy decides', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const credentials = { accessKeyId: OTHER, secretAccessKey: 'test' };
  const sqs = cloud.client(SQSClient, { credentials });
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'theirs' }));
  const TopicArn = await bed.topic('news');
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn('theirs', OTHER),
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await bed.subscribe(TopicArn, 'sqs', queueArn('theirs', OTHER));
  await bed.settle();
  const read = async () => {
    await bed.settle();
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
  };
  const [asked] = await read();
  assert.equal(asked.Type, 'SubscriptionConfirmation');
  await cloud.client(SNSClient, { credentials }).send(new ConfirmSubscriptionCommand({ TopicArn, Token: asked.Token }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  assert.deepEqual(
    (await read()).map(({ Message }) => Message),
    ['hello'],
  );
});

test('who subscribes to another’s topic has what fails in a queue of their own', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const credentials = { accessKeyId: OTHER, secretAccessKey: 'test' };
  const [theirs, sqs] = [cloud.client(SNSClient, { credentials }), cloud.client(SQSClient, { credentials })];
  const TopicArn = await bed.topic('news');
  await sns.send(
    new AddTopicPermissionCommand({ TopicArn, Label: 'l', AWSAccountId: [OTHER], ActionName: ['Subscribe'] }),
  );
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead', Attributes: { Policy } }));
  const subscribe = (dead: string) =>
    theirs.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queueArn('gone', OTHER),
        Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead }) },
      }),
    );
  assert.match((await failure(subscribe(queueArn('dead')))).message, /in the same account as the subscription$/);
  await subscribe(queueArn('dead', OTHER));
  await sns.send(new PublishCommand({ TopicArn, Message: 'lost' }));
  await bed.settle();
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.deepEqual(
    Messages.map(({ Body }) => JSON.parse(Body ?? '').Message),
    ['lost'],
  );
});

test('a queue that is gone fails for good; what is counted', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const [gone, dead, kept] = [await bed.queue('gone'), await bed.queue('dead'), await bed.queue('kept')];
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
  await bed.subscribe(TopicArn, 'sqs', queueArn('gone'), { RedrivePolicy, RawMessageDelivery: 'true' });
  await bed.subscribe(TopicArn, 'sqs', queueArn('kept'));
  await bed.subscribe(TopicArn, 'sms', '+15550100', { FilterPolicy: '{"a":["b"]}' });
  await bed.sqs.send(new DeleteQueueCommand({ QueueUrl: gone }));
  const MessageAttributes = { n: { DataType: 'Number', StringValue: '1' } };
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello', MessageAttributes }));
  const [buried] = await bed.receive(dead);
  assert.deepEqual([buried?.Body, buried?.MessageAttributes?.n?.StringValue], ['hello', '1']);
  assert.equal((await bed.receive(kept)).length, 1);
  for (const [metric, value] of [
    ['NumberOfMessagesPublished', 1],
    ['PublishSize', 13],
    ['NumberOfNotificationsDelivered', 1],
    ['NumberOfNotificationsFailed', 1],
    ['NumberOfNotificationsFilteredOut', 1],
    ['NumberOfNotificationsRedrivenToDlq', 1],
  ] as const)
    assert.equal(counted(bed, metric), value, metric);
  const bad = await failure(
    bed.subscribe(TopicArn, 'sqs', queueArn('kept2'), { RedrivePolicy: '{"deadLetterTargetArn":"fake"}' }),
  );
  assert.equal(
    bad.message,
    'Invalid parameter: Attributes Reason: RedrivePolicy: deadLetterTargetArn is an invalid arn',
  );
});

test('what filters hold back is counted by the reason', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  const url = await bed.queue('q');
  await bed.queue('r');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { FilterPolicy: '{"a":[{"anything-but":"b"}]}' });
  const byBody = { FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageBody' };
  await bed.subscribe(TopicArn, 'sqs', queueArn('r'), byBody);
  const array = (StringValue: string) => ({ a: { DataType: 'String.Array', StringValue } });
  await sns.send(new PublishCommand({ TopicArn, Message: '{"a":"c"}' }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'no json', MessageAttributes: array('no json') }));
  await sns.send(new PublishCommand({ TopicArn, Message: '{"a":"b"}', MessageAttributes: array('["b"]') }));
  assert.deepEqual(await bed.receive(url), []);
  for (const [end, value] of Object.entries({
    '': 2,
    '-MessageAttributes': 1,
    '-MessageBody': 1,
    '-NoMessageAttributes': 1,
    '-InvalidAttributes': 1,
    '-InvalidMessageBody': 1,
  }))
    assert.equal(counted(bed, `NumberOfNotificationsFilteredOut${end}`), value, end);
});

test('deliveries are logged by the role that the topic names', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const iam = cloud.client(IAMClient);
  const policy = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'logger',
      AssumeRolePolicyDocument: policy({ Principal: { Service: 'sns.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    }),
  );
  const PolicyDocument = policy({ Action: 'logs:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'logger', PolicyName: 'p', PolicyDocument }));
  const role = Role?.Arn ?? '';
  const TopicArn = await bed.topic('news', {
    SQSSuccessFeedbackRoleArn: role,
    SQSFailureFeedbackRoleArn: role,
    SQSSuccessFeedbackSampleRate: '100',
  });
  await bed.queue('q');
  const kept = await bed.subscribe(TopicArn, 'sqs', queueArn('q'));
  await bed.subscribe(TopicArn, 'sqs', queueArn('none'));
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  await bed.settle();
  const logs = cloud.client(CloudWatchLogsClient);
  const group = `sns/us-east-1/${ACCOUNT}/news`;
  for (const [logGroupName, status, destination] of [
    [group, 'SUCCESS', queueArn('q')],
    [`${group}/Failure`, 'FAILURE', queueArn('none')],
  ] as const) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    const line = JSON.parse(events[0]?.message ?? '');
    assert.deepEqual(
      [events.length, line.status, line.notification.messageId, line.delivery.destination],
      [1, status, MessageId, destination],
    );
  }
  const denied = {
    DataDirection: 'Outbound',
    Principal: ['*'],
    DataIdentifier: ['arn:aws:dataprotection::aws:data-identifier/EmailAddress'],
    Operation: { Deny: {} },
  };
  const DataProtectionPolicy = JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement: [denied] });
  await sns.send(new PutDataProtectionPolicyCommand({ ResourceArn: TopicArn, DataProtectionPolicy }));
  const { MessageId: secret } = await sns.send(new PublishCommand({ TopicArn, Message: 'ann@example.com' }));
  await bed.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `${group}/Failure` }));
  const lines = events.map(({ message = '' }) => JSON.parse(message));
  const line = lines.find(
    ({ notification, delivery }) => notification.messageId === secret && delivery.destination === queueArn('q'),
  );
  assert.equal(
    line.delivery.providerResponse,
    `The topic's data protection policy prohibits this message from being delivered to ${kept}`,
  );
});

test('queues and functions of other Regions are delivered to', async () => {
  await using bed = await openBed();
  const { cloud, sns } = bed;
  const region = 'eu-central-1';
  const sqs = cloud.client(SQSClient, { region });
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    ],
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'far', Attributes: { Policy } }));
  const TopicArn = await bed.topic('news');
  await bed.subscribe(TopicArn, 'sqs', `arn:aws:sqs:${region}:${ACCOUNT}:far`, { RawMessageDelivery: 'True' });
  await sns.send(new PublishCommand({ TopicArn, Message: 'over there' }));
  await bed.settle();
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.deepEqual(
    Messages.map(({ Body }) => Body),
    ['over there'],
  );
});

test('from and to Regions that accounts opt into, a topic has its name of there', async () => {
  await using bed = await openBed();
  const from = async (region: string, to: string, named: string) => {
    const sns = bed.cloud.client(SNSClient, { region });
    const sqs = bed.cloud.client(SQSClient, { region: to });
    const Principal = { Service: `sns.${named}amazonaws.com` };
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'SQS:SendMessage', Resource: '*' }],
    });
    const QueueName = `q-${region}-${named === '' ? 'plain' : 'named'}`;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: QueueName }));
    const Endpoint = `arn:aws:sqs:${to}:${ACCOUNT}:${QueueName}`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    await sns.send(new PublishCommand({ TopicArn, Message: 'm' }));
    await bed.settle();
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    return Messages.length;
  };
  const cases: [from: string, to: string, named: string, arrives: number][] = [
    ['af-south-1', 'us-east-1', 'af-south-1.', 1],
    ['af-south-1', 'us-east-1', '', 0],
    ['us-east-1', 'ap-east-1', 'ap-east-1.', 1],
    ['us-east-1', 'ap-east-1', '', 0],
    ['ap-east-1', 'af-south-1', 'ap-east-1.', 0],
    ['ap-east-1', 'ap-east-1', '', 1],
  ];
  for (const [region, to, named, arrives] of cases)
    assert.equal(await from(region, to, named), arrives, `${region} ${to} ${named}`);
});

test('what subscribing again may leave out, or say once more', async () => {
  await using bed = await openBed();
  const TopicArn = await bed.topic('news');
  await bed.queue('jobs');
  const again = (Attributes?: Record<string, string>) => bed.subscribe(TopicArn, 'sqs', queueArn('jobs'), Attributes);
  const arn = await again({ RawMessageDelivery: 'True' });
  const same: (Record<string, string> | undefined)[] = [
    { RawMessageDelivery: 'true' },
    { RawMessageDelivery: 'true', FilterPolicyScope: 'MessageAttributes' },
    undefined,
    {},
  ];
  for (const attributes of same) assert.equal(await again(attributes), arn);
  const other = await failure(again({ RawMessageDelivery: 'false' }));
  assert.deepEqual(
    [other.name, other.message],
    [
      'InvalidParameterException',
      'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
    ],
  );
});
