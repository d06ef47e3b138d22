/** The README's first minute with the JavaScript SDK as it is. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { FILE_BYTES, surviveKill } from './minute.ts';

test('the JavaScript SDK', async () => {
  const file = randomBytes(FILE_BYTES);
  await surviveKill(
    ({ url }) =>
      withClients(url, async ({ s3, sqs, dynamodb }) => {
        await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
        await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'file', Body: file }));
        assert.equal(await download(s3), sha256(file));
        const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
        for (const MessageBody of ['first', 'second'])
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
        assert.match(Messages[0]?.Body ?? '', /^(first|second)$/);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
        await dynamodb.send(
          new CreateTableCommand({
            TableName: 'things',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            BillingMode: 'PAY_PER_REQUEST',
          }),
        );
        await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName: 'things' });
        await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'x' }, n: { N: '42' } } }));
        assert.equal(await number(dynamodb), '42');
      }),
    ({ url }) =>
      withClients(url, async ({ s3, sqs, dynamodb }) => {
        assert.equal(await download(s3), sha256(file));
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        assert.equal(Messages.length, 1, 'one was deleted, one was kept');
        assert.equal(await number(dynamodb), '42');
      }),
  );
});

type Clients = { s3: S3Client; sqs: SQSClient; dynamodb: DynamoDBClient };

async function withClients(endpoint: string, work: (clients: Clients) => Promise<void>): Promise<void> {
  const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  // A machine whose resolver does not know `photos.localhost` needs the bucket in the path.
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const clients = { s3, sqs: new SQSClient(config), dynamodb: new DynamoDBClient(config) };
  try {
    await work(clients);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

async function download(s3: S3Client): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'file' }));
  return sha256((await Body?.transformToByteArray()) ?? Buffer.alloc(0));
}

async function number(dynamodb: DynamoDBClient): Promise<string | undefined> {
  return (await dynamodb.send(new GetItemCommand({ TableName: 'things', Key: { id: { S: 'x' } } }))).Item?.n?.N;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
