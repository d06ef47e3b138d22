/** Snapshots, forks and resets: what is there afterwards, what is not, and that nothing remembers what is gone. */
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../support/cloud.ts';
import { ACCOUNT, adminOf, OTHER, STORAGES } from './admin.ts';

/** Larger than what stays inside a row. */
const LARGE = 40_000;

function clients(cloud: TestCloud, endpoint = cloud.url, account = ACCOUNT) {
  const config = { endpoint, credentials: { accessKeyId: account, secretAccessKey: 'test' } };
  const s3 = cloud.client(S3Client, { ...config, forcePathStyle: true });
  const sqs = cloud.client(SQSClient, config);
  const text = async (key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: key }))).Body?.transformToString();
  return {
    s3,
    sqs,
    iam: cloud.client(IAMClient, config),
    dynamodb: cloud.client(DynamoDBClient, config),
    put: (key: string, body: string) => s3.send(new PutObjectCommand({ Bucket: 'photos', Key: key, Body: body })),
    text,
    queues: async () =>
      ((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).map((url) => url.split('/').at(-1)),
  };
}

for (const { name, open } of STORAGES)
  describe(`state over ${name}`, () => {
    test('a snapshot brings everything back: rows, bodies, identities', async () => {
      await using cloud = await open();
      const admin = adminOf(cloud.url);
      const { s3, put, text, sqs, iam, dynamodb, queues } = clients(cloud);
      await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
      await put('large', 'a'.repeat(LARGE));
      await put('doomed', 'b'.repeat(LARGE));
      await dynamodb.send(
        new CreateTableCommand({
          TableName: 'things',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await cloud.advance(60_000);
      await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'x' }, n: { N: '1' } } }));
      await iam.send(new CreateUserCommand({ UserName: 'anna' }));
      assert.deepEqual(await admin.post('snapshots', { name: 'one' }), { name: 'one', at: '2026-01-01T00:01:00.000Z' });

      await s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'doomed' }));
      await put('large', 'c'.repeat(LARGE));
      await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'x' }, n: { N: '2' } } }));
      await iam.send(new CreateUserCommand({ UserName: 'berta' }));
      await sqs.send(new CreateQueueCommand({ QueueName: 'later' }));
      await admin.post('snapshots', { name: 'two' });

      for (const round of [1, 2]) {
        await admin.post('snapshots/one/restore');
        assert.deepEqual(await queues(), [], `round ${round}`);
        assert.equal(await text('large'), 'a'.repeat(LARGE));
        assert.equal(await text('doomed'), 'b'.repeat(LARGE));
        const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'things', Key: { id: { S: 'x' } } }));
        assert.equal(Item?.n?.N, '1');
        const { Users } = await iam.send(new ListUsersCommand({}));
        assert.deepEqual(
          Users?.map((user) => user.UserName),
          ['anna'],
        );
        await admin.post('snapshots/two/restore');
        assert.deepEqual(await queues(), ['later']);
        assert.equal(await text('large'), 'c'.repeat(LARGE));
        assert.equal((await failure(text('doomed'))).name, 'NoSuchKey');
      }
      const { snapshots } = await admin.get<{ snapshots: { name: string }[] }>('snapshots');
      assert.deepEqual(
        snapshots.map((one) => one.name),
        ['one', 'two'],
      );
      await admin.delete('snapshots/one');
      assert.equal((await admin.refused('POST', 'snapshots/one/restore')).status, 404);
      assert.equal((await admin.refused('POST', 'snapshots', { name: 'two' })).status, 400);
    });

    test('a fork begins as its source is, and they diverge', async () => {
      await using cloud = await open();
      const admin = adminOf(cloud.url);
      const source = clients(cloud);
      await source.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
      await source.put('cat', 'a'.repeat(LARGE));
      await cloud.advance(90 * 86_400_000);
      const data = cloud.folder === undefined ? {} : { data: join(cloud.folder, 'fork') };
      const { url } = await admin.post<{ url: string }>('fork', data);
      const fork = clients(cloud, url);
      assert.equal((await adminOf(url).get<{ now: string }>('clock')).now, '2026-04-01T00:00:00.000Z');
      await source.s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'cat' }));
      await fork.put('dog', 'd'.repeat(LARGE));
      await fork.sqs.send(new CreateQueueCommand({ QueueName: 'forked' }));
      assert.equal(await fork.text('cat'), 'a'.repeat(LARGE));
      assert.equal((await failure(source.text('cat'))).name, 'NoSuchKey');
      assert.equal((await failure(source.text('dog'))).name, 'NoSuchKey');
      assert.deepEqual([await source.queues(), await fork.queues()], [[], ['forked']]);
      await adminOf(url).post('reset');
      await source.put('cow', 'e');
      if (cloud.folder !== undefined) {
        assert.match((await admin.refused('POST', 'fork', data)).message, /exists already/);
        const taken = await admin.refused('POST', 'fork', {
          data: join(cloud.folder, 'f2'),
          port: Number(new URL(url).port),
        });
        assert.match(taken.message, /port is taken/);
        assert.equal(existsSync(join(cloud.folder, 'f2')), false);
      }
      assert.equal((await adminOf(url).post<{ pid: null }>('stop')).pid, null);
    });

    test('reset leaves nothing, in memory or on disk; snapshots stay', async () => {
      await using cloud = await open();
      const admin = adminOf(cloud.url);
      const { s3, put, sqs, iam, queues } = clients(cloud);
      await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
      await put('cat', 'a'.repeat(LARGE));
      await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
      await iam.send(new CreateUserCommand({ UserName: 'anna' }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }));
      const credentials = {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      };
      const anna = cloud.client(SQSClient, { credentials });
      const denied = await failure(anna.send(new ListQueuesCommand({})));
      const requestId = (denied.$metadata as { requestId?: string }).requestId ?? '';
      assert.equal((await admin.get<{ decisions: object[] }>(`why/${requestId}`)).decisions.length, 1);
      await admin.post('snapshots', { name: 'full' });
      await admin.post('faults', { effect: 'throttle', service: 'iam' });

      assert.deepEqual(await admin.post('reset'), { reset: 'everything' });
      const { kernel } = cloud.server.cloud;
      assert.deepEqual(kernel.audit.recent(10), []);
      assert.deepEqual(
        kernel.audit.history({ account: ACCOUNT, region: 'us-east-1' }, 0, Date.UTC(2030, 0, 1), 10),
        [],
      );
      assert.equal((await admin.refused('GET', `why/${requestId}`)).status, 404);
      assert.deepEqual(await admin.get('faults'), { faults: [] });
      assert.deepEqual(await queues(), []);
      assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
      assert.deepEqual((await iam.send(new ListUsersCommand({}))).Users, []);
      // Her key is as unknown as any other now, which makes her the default account's root.
      assert.deepEqual((await anna.send(new ListQueuesCommand({}))).QueueUrls ?? [], []);

      await admin.post('snapshots/full/restore');
      assert.equal((await failure(anna.send(new ListQueuesCommand({})))).name, denied.name);
      assert.equal(await clients(cloud).text('cat'), 'a'.repeat(LARGE));
    });

    test('reset of one account leaves the others as they are', async () => {
      await using cloud = await open();
      const admin = adminOf(cloud.url);
      const [own, other] = [clients(cloud), clients(cloud, cloud.url, OTHER)];
      await other.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
      await other.put('cat', 'a'.repeat(LARGE));
      await own.s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
      // A bucket whose name is the number of the account is still the other's.
      await other.s3.send(new CreateBucketCommand({ Bucket: ACCOUNT }));
      await own.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'm'.repeat(LARGE) }));
      const keys: { accessKeyId: string; secretAccessKey: string }[] = [];
      for (const { sqs, iam } of [own, other]) {
        await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
        await iam.send(new CreateUserCommand({ UserName: 'anna' }));
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }));
        keys.push({ accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' });
        await iam.send(
          new PutUserPolicyCommand({
            UserName: 'anna',
            PolicyName: 'p',
            PolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
            }),
          }),
        );
      }
      const annas = keys.map((credentials) => cloud.client(SQSClient, { credentials }));
      for (const anna of annas) assert.equal((await anna.send(new ListQueuesCommand({}))).QueueUrls?.length, 1);
      const url = (account: string) => `${cloud.url}/${account}/jobs`;
      await other.sqs.send(new SendMessageCommand({ QueueUrl: url(OTHER), MessageBody: 'kept' }));

      assert.deepEqual(await admin.post('reset', { account: ACCOUNT }), { reset: ACCOUNT });
      assert.deepEqual(await own.queues(), []);
      assert.deepEqual((await own.s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
      assert.deepEqual((await own.iam.send(new ListUsersCommand({}))).Users, []);
      assert.deepEqual((await annas[0]?.send(new ListQueuesCommand({})))?.QueueUrls ?? [], []);
      const { events } = await admin.get<{ events: { account: string }[] }>('events?limit=2000');
      assert.ok(events.some(({ account }) => account === OTHER));
      // What is left of the account was called after the reset.
      assert.equal(events.filter(({ account }) => account === ACCOUNT).length, 3);

      assert.equal((await annas[1]?.send(new ListQueuesCommand({})))?.QueueUrls?.length, 1);
      assert.equal(await other.text('cat'), 'a'.repeat(LARGE));
      assert.equal((await other.s3.send(new ListBucketsCommand({}))).Buckets?.length, 2);
      const { Messages } = await other.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(OTHER) }));
      assert.deepEqual(
        Messages?.map((one) => one.Body),
        ['kept'],
      );
      // The name of its bucket is free again, and its account works on.
      await other.s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
      await own.sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
    });

    test('an upload that is under way when its bucket goes leaves nothing in the new state', async () => {
      await using cloud = await open();
      const { s3 } = clients(cloud);
      for (const act of [{}, { account: ACCOUNT }]) {
        await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
        const started = Promise.withResolvers<void>();
        const goesOn = Promise.withResolvers<void>();
        const pieces = async function* () {
          yield Buffer.alloc(LARGE, 'a');
          started.resolve();
          await goesOn.promise;
          yield Buffer.alloc(LARGE, 'b');
        };
        const upload = failure(
          s3.send(
            new PutObjectCommand({
              Bucket: 'photos',
              Key: 'late',
              Body: Readable.from(pieces()),
              ContentLength: 2 * LARGE,
            }),
          ),
        );
        await started.promise;
        await adminOf(cloud.url).post('reset', act);
        goesOn.resolve();
        assert.equal((await upload).name, 'NoSuchBucket');
        assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
        await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
        assert.equal((await s3.send(new ListObjectsV2Command({ Bucket: 'photos' }))).KeyCount, 0);
        await adminOf(cloud.url).post('reset');
      }
    });

    test('a long poll does not outlive the state it waits in', async () => {
      await using cloud = await open();
      const { sqs } = clients(cloud);
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
      for (const body of [{}, { account: ACCOUNT }]) {
        await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
        const poll = failure(sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 })));
        const { signals } = cloud.server.cloud.kernel;
        while (signals.waiting === 0) await new Promise(setImmediate);
        await adminOf(cloud.url).post('reset', body);
        assert.equal((await poll).name, 'QueueDoesNotExist');
      }
    });
  });

test('a reset also forgets what an earlier process wrote and this one only read', async () => {
  await using box = await (STORAGES[1] as (typeof STORAGES)[1]).open();
  const data = join(box.folder ?? '', 'second');
  const credentials: { accessKeyId: string; secretAccessKey: string } = { accessKeyId: '', secretAccessKey: '' };
  {
    await using first = await startTestCloud({ data });
    const iam = first.client(IAMClient);
    await iam.send(new CreateUserCommand({ UserName: 'anna' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }));
    credentials.accessKeyId = AccessKey?.AccessKeyId ?? '';
    credentials.secretAccessKey = AccessKey?.SecretAccessKey ?? '';
    await adminOf(first.url).post('faults', { effect: 'throttle', service: 'iam' });
  }
  await using second = await startTestCloud({ data });
  const anna = second.client(SQSClient, { credentials });
  assert.equal((await failure(anna.send(new ListQueuesCommand({})))).name, 'AccessDeniedException');
  assert.equal((await failure(second.client(IAMClient).send(new ListUsersCommand({})))).name, 'Throttling');
  await adminOf(second.url).post('reset');
  assert.deepEqual((await anna.send(new ListQueuesCommand({}))).QueueUrls ?? [], []);
  assert.deepEqual((await second.client(IAMClient).send(new ListUsersCommand({}))).Users, []);
});

test('bodies on disk: a reset gives their files back, a snapshot keeps its own', async () => {
  await using cloud = await (STORAGES[1] as (typeof STORAGES)[1]).open();
  const admin = adminOf(cloud.url);
  const own = clients(cloud);
  const other = clients(cloud, cloud.url, OTHER);
  const files = (under: string) =>
    globSync(`${under}/[0-9a-f][0-9a-f]/*`, { cwd: join(cloud.folder ?? '', 'state') }).length;
  const gone = async (count: number) => {
    while (files('blobs') > count) await new Promise(setImmediate);
    assert.equal(files('blobs'), count);
  };
  await own.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  for (const key of ['a', 'b', 'c']) await own.put(key, key.repeat(LARGE));
  await other.s3.send(new CreateBucketCommand({ Bucket: 'others' }));
  await other.s3.send(new PutObjectCommand({ Bucket: 'others', Key: 'd', Body: 'd'.repeat(LARGE) }));
  await admin.post('snapshots', { name: 'four' });
  assert.equal(files('snapshots/four/blobs'), 4);
  await admin.post('reset', { account: ACCOUNT });
  await gone(1);
  await admin.post('snapshots/four/restore');
  assert.equal(files('blobs'), 4);
  assert.equal(await own.text('b'), 'b'.repeat(LARGE));
  await admin.post('reset');
  await gone(0);
  await admin.post('snapshots/four/restore');
  assert.equal(await own.text('c'), 'c'.repeat(LARGE));
});
