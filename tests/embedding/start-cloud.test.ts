import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type EmbeddedCloud, startCloud } from '../../src/main/index.ts';
import { failure } from '../support/cloud.ts';

const START = Date.UTC(2026, 0, 1);

async function sendOne(cloud: EmbeddedCloud, text: string): Promise<string | undefined> {
  const sqs = new SQSClient(cloud.config);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: text }));
  return sent.MessageId;
}

async function queues(cloud: EmbeddedCloud): Promise<string[]> {
  const { QueueUrls } = await new SQSClient(cloud.config).send(new ListQueuesCommand({}));
  return (QueueUrls ?? []).map((url) => url.split('/').at(-1) as string);
}

test('without a socket: JSON, query and REST services answer the unmodified SDK', async () => {
  await using cloud = await startCloud();
  assert.equal(cloud.url, undefined);
  const identity = await new STSClient(cloud.config).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, 'arn:aws:iam::000000000000:root');
  const s3 = new S3Client(cloud.config);
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const bytes = randomBytes(300_000);
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a/b c.bin', Body: bytes }));
  const got = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a/b c.bin' }));
  assert.deepEqual(Buffer.from((await got.Body?.transformToByteArray()) ?? []), bytes);
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'nothing' }));
  const stream = { Body: Readable.from([bytes, bytes]), ContentLength: 600_000 };
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'stream', ...stream }));
  const head = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'stream', Range: 'bytes=299998-300001' }));
  assert.deepEqual(
    Buffer.from((await head.Body?.transformToByteArray()) ?? []),
    Buffer.concat([bytes.subarray(-2), bytes.subarray(0, 2)]),
  );
  const missing = await failure(
    new DynamoDBClient(cloud.config).send(new GetItemCommand({ TableName: 'none', Key: { id: { S: '1' } } })),
  );
  assert.equal(missing.name, 'ResourceNotFoundException');
});

test('on a free port: the same, over HTTP', async () => {
  await using cloud = await startCloud({ port: 0 });
  assert.match(cloud.url ?? '', /^http:\/\/localhost:\d+$/);
  await sendOne(cloud, 'hello');
  assert.deepEqual(await queues(cloud), ['jobs']);
  const health = (await (await fetch(`${cloud.url}/_cloudyard/v1/health`)).json()) as { status: string };
  assert.equal(health.status, 'running');
});

test('one seed, one set of ids; another seed, others', async () => {
  const ids: (string | undefined)[] = [];
  for (const seed of ['7', '7', '8']) {
    await using cloud = await startCloud({ seed, startAt: START });
    ids.push(await sendOne(cloud, 'hello'));
  }
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});

test('the clock stands still until it is advanced', async () => {
  await using cloud = await startCloud({ startAt: START });
  await sendOne(cloud, 'hello');
  assert.equal(cloud.now(), START);
  const sqs = new SQSClient(cloud.config);
  const QueueUrl = `${cloud.config.endpoint}/000000000000/jobs`;
  const receive = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.length ?? 0;
  assert.deepEqual([await receive(), await receive()], [1, 0]);
  await cloud.advance(30_000);
  assert.equal(cloud.now(), START + 30_000);
  assert.equal(await receive(), 1);
});

test('a fork begins where its origin is and goes its own way', async () => {
  await using cloud = await startCloud({ startAt: START });
  const before = await sendOne(cloud, 'hello');
  await cloud.advance(1_000);
  await using fork = await cloud.fork();
  assert.deepEqual([await queues(fork), fork.now()], [['jobs'], START + 1_000]);
  await new SQSClient(fork.config).send(new CreateQueueCommand({ QueueName: 'only-here' }));
  await new SQSClient(cloud.config).send(new CreateQueueCommand({ QueueName: 'only-there' }));
  assert.deepEqual(await queues(fork), ['jobs', 'only-here']);
  assert.deepEqual(await queues(cloud), ['jobs', 'only-there']);
  const after = [await sendOne(cloud, 'a'), await sendOne(fork, 'a')];
  assert.equal(new Set([before, ...after]).size, 3, 'a fork gives out no id twice');
});

test('snapshot, restore, reset', async () => {
  await using cloud = await startCloud();
  const ids = [await sendOne(cloud, 'hello')];
  await cloud.snapshot('one');
  await cloud.reset();
  assert.deepEqual(await queues(cloud), []);
  await cloud.restore('one');
  assert.deepEqual(await queues(cloud), ['jobs']);
  ids.push(await sendOne(cloud, 'more'));
  assert.equal(new Set(ids).size, 2);
});

test('with a folder, state outlives the cloud, and a seed gives no id twice', async () => {
  const data = join(mkdtempSync(join(tmpdir(), 'cloudyard-')), 'state');
  try {
    const ids: (string | undefined)[] = [];
    for (let round = 0; round < 3; round += 1) {
      await using cloud = await startCloud({ data, startAt: START });
      assert.equal((await queues(cloud)).length, Math.min(round, 1));
      ids.push(await sendOne(cloud, 'hello'));
      if (round === 0) await cloud.snapshot('first');
      if (round === 1) await cloud.restore('first');
    }
    assert.equal(new Set(ids).size, 3);
    assert.equal(existsSync(join(data, 'state.db')), true);
  } finally {
    rmSync(join(data, '..'), { recursive: true });
  }
});

test('closing twice is closing once', async () => {
  const cloud = await startCloud({ port: 0 });
  await Promise.all([cloud.close(), cloud.close()]);
  await assert.rejects(fetch(`${cloud.url}/_cloudyard/v1/health`));
});
