/** Tables under KMS keys: which keys can be had, and what a table without its key is good for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const table = (KMSMasterKeyId?: string): CreateTableCommandInput => ({
  TableName: 'sealed',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
  SSESpecification: { Enabled: true, SSEType: 'KMS', ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }) },
});
const item = { TableName: 'sealed', Item: { id: { S: 'a' } } };
const named = { TableName: 'sealed' };

async function start() {
  const cloud = await startTestCloud();
  const db = cloud.client(DynamoDBClient);
  const kms = cloud.client(KMSClient);
  const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  return { cloud, db, kms, newKey, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

test("without a key of the customer's the table is under AWS's managed key, where it wants KMS", async () => {
  await using world = await start();
  const { TableDescription: made } = await world.db.send(new CreateTableCommand(table()));
  const { KeyMetadata: key } = await world.kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/dynamodb' }));
  assert.deepEqual(made?.SSEDescription, { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: key?.Arn });
  assert.equal(key?.KeyManager, 'AWS');
});

test('a key that is not there, is disabled or of another kind is refused, and no table is made', async () => {
  await using world = await start();
  const { db, kms, newKey } = world;
  const KeyId = await newKey();
  await kms.send(new DisableKeyCommand({ KeyId }));
  await assert.rejects(db.send(new CreateTableCommand(table(KeyId))), {
    name: 'ValidationException',
    message: new RegExp(
      `^KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: ${KeyId} is disabled. \\(Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: [0-9A-V]+; Proxy: null\\)$`,
    ),
  });
  const missing = KeyId.replace(/[0-9a-f]{12}$/, '000000000000');
  await assert.rejects(db.send(new CreateTableCommand(table(missing))), {
    name: 'ValidationException',
    message: new RegExp(
      `^KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Key '${missing}' does not exist `,
    ),
  });
  const old = { ...table(), SSESpecification: { Enabled: true, SSEType: 'AES256' as const } };
  await assert.rejects(db.send(new CreateTableCommand(old)), {
    name: 'ValidationException',
    message: 'One or more parameter values were invalid: SSEType AES256 is not supported',
  });
  await assert.rejects(db.send(new DescribeTableCommand(named)), { name: 'ResourceNotFoundException' });
});

test('a table whose key is disabled is found out within five minutes of use, and usable again with its key', async () => {
  await using world = await start();
  const { cloud, db, kms, newKey } = world;
  const KeyId = await newKey();
  const { TableDescription: made } = await db.send(new CreateTableCommand(table(KeyId)));
  assert.deepEqual(made?.SSEDescription, { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KeyId });
  await db.send(new PutItemCommand(item));
  await kms.send(new DisableKeyCommand({ KeyId }));
  await db.send(new PutItemCommand(item));
  await cloud.advance(5 * MINUTE);
  await db.send(new PutItemCommand(item));
  await cloud.advance(1);
  await assert.rejects(db.send(new GetItemCommand({ ...named, Key: item.Item })), {
    name: 'ValidationException',
    message: new RegExp(
      `^KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: ${KeyId} is disabled. `,
    ),
  });
  const { Table: shut } = await db.send(new DescribeTableCommand(named));
  assert.equal(shut?.TableStatus, 'INACCESSIBLE_ENCRYPTION_CREDENTIALS');
  assert.deepEqual(shut?.SSEDescription?.InaccessibleEncryptionDateTime, new Date(Date.UTC(2026, 0, 1, 0, 5)));
  await kms.send(new EnableKeyCommand({ KeyId }));
  await cloud.advance(5 * MINUTE);
  const { Item } = await db.send(new GetItemCommand({ ...named, Key: item.Item }));
  assert.deepEqual(Item, item.Item);
  const { Table: open } = await db.send(new DescribeTableCommand(named));
  assert.equal(open?.TableStatus, 'ACTIVE');
  assert.equal(open?.SSEDescription?.InaccessibleEncryptionDateTime, undefined);
});

test("DynamoDB's grant on a key lasts as long as a table is under it", async () => {
  await using world = await start();
  const { cloud, db, kms, newKey } = world;
  const [first, second] = [await newKey(), await newKey()];
  const grants = async (KeyId: string) => (await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.length;
  await db.send(new CreateTableCommand(table(first)));
  assert.equal(await grants(first), 1);
  const SSESpecification = { Enabled: true, SSEType: 'KMS' as const, KMSMasterKeyId: second };
  await db.send(new UpdateTableCommand({ ...named, SSESpecification }));
  await cloud.advance(1);
  assert.deepEqual([await grants(first), await grants(second)], [0, 1]);
  await db.send(new DeleteTableCommand(named));
  await cloud.advance(1);
  assert.equal(await grants(second), 0);
});
