/** Encryption of messages: what lies in the store, whose keys open it, and how KMS's refusals look. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ownKey, ownKeyTable, seal } from '#kernel/contract';
import { table, viewOf } from '#kernel/store';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const SECRET = 'attack at dawn';
const rows = table<{ [member: string]: unknown }>()('sqs.messages', { scope: 'region', key: ['pile', 'sequence'] });

/** The messages as the store has them. */
function stored(cloud: TestCloud): string {
  const place = { account: ACCOUNT, region: 'us-east-1' };
  return cloud.server.cloud.kernel.store.transact((tx) => JSON.stringify(viewOf(() => tx, place).list(rows)));
}

async function makeQueue(cloud: TestCloud, Attributes: { [name: string]: string }, name = 'jobs'): Promise<string> {
  const { QueueUrl = '' } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl;
}

async function newKey(cloud: TestCloud): Promise<string> {
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

const send = (sqs: SQSClient, QueueUrl: string, MessageBody = SECRET) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
const receive = async (sqs: SQSClient, QueueUrl: string) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];

/** A user and a client with its key; `permit` gives it these actions. */
async function userOf(cloud: TestCloud, UserName: string) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  return {
    sqs: cloud.client(SQSClient, { credentials: { accessKeyId, secretAccessKey } }),
    permit: (...Action: string[]) =>
      iam.send(
        new PutUserPolicyCommand({
          UserName,
          PolicyName: 'p',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
          }),
        }),
      ),
  };
}

test('messages lie encrypted unless a queue wants none of it', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const KmsMasterKeyId = await newKey(cloud);
  for (const [name, attributes, isPlain] of [
    ['own', {}, false],
    ['kms', { KmsMasterKeyId }, false],
    ['none', { SqsManagedSseEnabled: 'false' }, true],
  ] as const) {
    const QueueUrl = await makeQueue(cloud, attributes, name);
    await send(sqs, QueueUrl);
    const Entries = [{ Id: 'x', MessageBody: `${SECRET}!` }];
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    assert.equal(stored(cloud).includes(SECRET), isPlain, name);
    assert.deepEqual(
      (await receive(sqs, QueueUrl)).map(({ Body }) => Body),
      [SECRET, `${SECRET}!`],
    );
  }
});

test('who sends needs a data key, who receives must open it', async () => {
  await using cloud = await startTestCloud();
  const root = cloud.client(SQSClient);
  const QueueUrl = await makeQueue(cloud, { KmsMasterKeyId: await newKey(cloud) });
  const { sqs, permit } = await userOf(cloud, 'ann');
  await permit('sqs:*');
  const refused = await failure(send(sqs, QueueUrl));
  assert.equal(refused.name, 'KmsAccessDenied');
  assert.match(refused.message, /user\/ann is not authorized to perform: kms:GenerateDataKey/);
  await permit('sqs:*', 'kms:GenerateDataKey');
  assert.match((await failure(send(sqs, QueueUrl))).message, /kms:Decrypt/);
  await send(root, QueueUrl);
  await permit('sqs:*');
  assert.equal((await failure(receive(sqs, QueueUrl))).name, 'KmsAccessDenied');
  await permit('sqs:*', 'kms:Decrypt', 'kms:GenerateDataKey');
  await send(sqs, QueueUrl);
  const messages = await receive(sqs, QueueUrl);
  assert.equal(messages.length, 2, 'the refusal took nothing out of the queue');
});

test('a data key is used again for a while, whatever becomes of the KMS key', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const KeyId = await newKey(cloud);
  const QueueUrl = await makeQueue(cloud, { KmsMasterKeyId: KeyId, KmsDataKeyReusePeriodSeconds: '60' });
  await send(sqs, QueueUrl);
  await cloud.client(KMSClient).send(new DisableKeyCommand({ KeyId }));
  await send(sqs, QueueUrl);
  await cloud.advance(60_000);
  assert.equal((await failure(send(sqs, QueueUrl))).name, 'KmsDisabled');
  assert.equal((await failure(receive(sqs, QueueUrl))).name, 'KmsDisabled');
});

test('a dead-lettered message opens as where it came from', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const dead = await makeQueue(cloud, {}, 'dead');
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`,
    maxReceiveCount: 1,
  });
  const QueueUrl = await makeQueue(cloud, { KmsMasterKeyId: 'alias/aws/sqs', VisibilityTimeout: '1', RedrivePolicy });
  await send(sqs, QueueUrl);
  assert.equal((await receive(sqs, QueueUrl)).length, 1);
  await cloud.advance(1_000);
  assert.deepEqual(await receive(sqs, QueueUrl), []);
  const [message] = await receive(sqs, dead);
  assert.equal(message?.Body, SECRET);
  await sqs.send(new DeleteMessageCommand({ QueueUrl: dead, ReceiptHandle: message?.ReceiptHandle }));
});

test('groups stay in order over data keys', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true', KmsMasterKeyId: 'alias/aws/sqs' };
  const QueueUrl = await makeQueue(cloud, attributes, 'orders.fifo');
  const bodies = ['1', '2', '3', '4'];
  for (const MessageBody of bodies) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'g' }));
    await cloud.advance(400_000);
  }
  const found: (string | undefined)[] = [];
  while (found.length < bodies.length) {
    const messages = await receive(sqs, QueueUrl);
    assert.ok(messages.length > 0);
    for (const { Body, ReceiptHandle } of messages) {
      found.push(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  assert.deepEqual(found, bodies);
});

test('a queue has one kind of encryption', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const QueueUrl = await makeQueue(cloud, {});
  const get = async () =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
  assert.equal((await get())?.SqsManagedSseEnabled, 'true');
  const set = (Attributes: { [name: string]: string }) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  await assert.rejects(set({ KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: 'true' }), {
    name: 'InvalidAttributeValue',
    message:
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  });
  await set({ KmsMasterKeyId: 'alias/nothing' });
  assert.equal((await get())?.SqsManagedSseEnabled, 'false');
  assert.equal((await failure(send(sqs, QueueUrl))).name, 'KmsNotFound');
});

test('messages that were sealed by a Cloudyard from before are received', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const QueueUrl = await makeQueue(cloud, {});
  await send(sqs, QueueUrl);
  cloud.server.cloud.kernel.store.transact((tx) => {
    const store = viewOf(() => tx, { account: ACCOUNT, region: 'us-east-1' });
    const { enciphered, ...row } = store.list(rows)[0] ?? {};
    assert.equal(typeof enciphered, 'string');
    const sealed = seal(ownKey(ownKeyTable('sqs.root-keys'), store), Buffer.from(SECRET)).toString('base64');
    store.put(rows, { ...row, sealed });
  });
  assert.deepEqual(
    (await receive(sqs, QueueUrl)).map(({ Body }) => Body),
    [SECRET],
  );
});
