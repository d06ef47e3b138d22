/** A disk that is full: writes are refused, nothing that was acknowledged is lost, and with room it all goes on. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type RunningBinary, sandbox } from '../support/binary.ts';

const KIB_MAX = 3_000;
const TableName = 'items';
const Bucket = 'full-2026';
const missing = ['bash', 'prlimit'].find((tool) => spawnSync(tool, ['--version']).error !== undefined);

function clientsOf({ url }: RunningBinary) {
  const config = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return { dynamodb: new DynamoDBClient(config), s3: new S3Client({ ...config, forcePathStyle: true }) };
}

type Clients = ReturnType<typeof clientsOf>;

/** Writes item after item until one is refused; how many were acknowledged since `from`. */
async function fill(
  { dynamodb }: Clients,
  from: number,
): Promise<{ to: number; refusal: Error & { $metadata?: object } }> {
  for (let n = from; ; n += 1) {
    try {
      const Item = { id: { S: String(n) }, pad: { S: 'x'.repeat(20_000) } };
      await dynamodb.send(new PutItemCommand({ TableName, Item }));
    } catch (error) {
      return { to: n, refusal: error as Error };
    }
  }
}

async function idsIn({ dynamodb }: Clients): Promise<string[]> {
  const found: string[] = [];
  let ExclusiveStartKey: Record<string, { S: string }> | undefined;
  do {
    const page = await dynamodb.send(new ScanCommand({ TableName, ExclusiveStartKey, ProjectionExpression: 'id' }));
    found.push(...(page.Items ?? []).map(({ id }) => id?.S ?? ''));
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey !== undefined);
  return found.sort((a, b) => Number(a) - Number(b));
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => String(n));

test('a full disk refuses, forgets nothing, and goes on with room', {
  skip: missing && `needs ${missing}`,
  timeout: 300_000,
}, async () => {
  await using box = sandbox({}, KIB_MAX);
  const cloud = await box.start();
  const clients = clientsOf(cloud);
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  await clients.s3.send(new CreateBucketCommand({ Bucket }));
  const Body = 'y'.repeat(100_000);
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body }));

  // A body that doesn't fit leaves nothing behind.
  const large = clients.s3.send(
    new PutObjectCommand({ Bucket, Key: 'large', Body: Buffer.alloc(2 * KIB_MAX * 1_024) }),
  );
  await assert.rejects(large, { name: 'InternalError' });
  const { Contents } = await clients.s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['before'],
  );

  const first = await fill(clients, 0);
  assert.equal(first.refusal.name, 'InternalServerError');
  assert.ok(first.to > 10);
  assert.deepEqual(await idsIn(clients), upTo(first.to), 'what was refused is not there');
  // Nor does a copy of the state, for which the database has to commit first.
  const copied = await fetch(`${cloud.url}/_cloudyard/v1/snapshots`, { method: 'POST', body: '{"name":"full"}' });
  assert.ok(copied.status >= 400);
  assert.deepEqual(await idsIn(clients), upTo(first.to), 'a copy that fails takes nothing along');
  const { Body: read } = await clients.s3.send(new GetObjectCommand({ Bucket, Key: 'before' }));
  assert.equal(await read?.transformToString(), Body);

  execFileSync('prlimit', ['--pid', String(cloud.pid), '--fsize=unlimited']);
  await clients.dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: String(first.to) } } }));
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body }));
  await cloud.end('SIGKILL');

  await using roomy = sandbox();
  const again = await roomy.start('--data', `${box.folder}/.cloudyard`);
  const others = clientsOf(again);
  assert.deepEqual(await idsIn(others), upTo(first.to + 1));
  const { Contents: kept } = await others.s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    kept?.map(({ Key }) => Key),
    ['after', 'before'],
  );
  assert.equal((await again.end('SIGTERM')).code, 0);
});
