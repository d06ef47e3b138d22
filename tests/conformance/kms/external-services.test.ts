/** What services do with a key in an external key store, while its store is disconnected and afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DisconnectCustomKeyStoreCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { startXksProxy } from '../../support/xks-proxy.ts';
import { CONNECTING_FOR, connect, externalKey } from './external.ts';
import { arnOf } from './setup.ts';

test('S3 and SQS keep by such a key, refuse while its proxy is down, and have lost nothing afterwards', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'kept-outside' }));
  const put = (Key: string) =>
    s3.send(
      new PutObjectCommand({
        Bucket: 'kept-outside',
        Key,
        Body: Key,
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: arnOf(key),
      }),
    );
  const get = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: 'kept-outside', Key }))).Body?.transformToString();
  await put('first');
  const data = proxy.asked.at(-1)?.body.requestMetadata as { [member: string]: string };
  assert.deepEqual([data.kmsOperation, data.kmsViaService], ['GenerateDataKey', 's3.us-east-1.amazonaws.com']);

  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'kept-outside' }));
  const Attributes = { KmsMasterKeyId: arnOf(key), KmsDataKeyReusePeriodSeconds: '60' };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'second' }));

  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
  await cloud.advance(120_000);
  const unavailable = new RegExp(`${arnOf(key)} is unavailable`);
  for (const call of [() => put('third'), () => get('first')]) {
    const error = await failure(call());
    assert.deepEqual([error.name, unavailable.test(error.message)], ['KMS.KMSInvalidStateException', true]);
  }
  const sent = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'fourth' })));
  assert.equal(sent.name, 'KmsInvalidState');
  await connect(cloud, kms, store);
  assert.equal(await get('first'), 'first');
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    Messages.map(({ Body }) => Body),
    ['second'],
  );
});

test('DynamoDB shuts a table whose key is unavailable, and opens it again', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const db = cloud.client(DynamoDBClient);
  const TableName = 'kept-outside';
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: arnOf(key) },
    }),
  );
  const Item = { id: { S: 'a' } };
  const put = () => db.send(new PutItemCommand({ TableName, Item }));
  await put();
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
  // It is looked after by its use.
  await cloud.advance(5 * 60_000);
  await put();
  await cloud.advance(1);
  const error = await failure(put());
  assert.match(error.message, new RegExp(`KMSInvalidStateException: ${arnOf(key)} is unavailable\\. `));
  await connect(cloud, kms, store);
  await cloud.advance(CONNECTING_FOR);
  const found = await db.send(new GetItemCommand({ TableName, Key: Item }));
  assert.deepEqual(found.Item, Item);
});
