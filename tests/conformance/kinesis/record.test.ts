/** Records: written, read, throttled, sealed, followed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeregisterStreamConsumerCommand,
  GetRecordsCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  ListStreamsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';
import { ACCOUNT, makeBed, shard } from './bed.ts';

const MINUTE = 60_000;

test('records keep their order in their shard, and are read from any place', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, texts, iterator } = makeBed(cloud);
  const StreamName = 's';
  await create(StreamName, { ShardCount: 2 });
  const low = (text: string) =>
    kinesis.send(
      new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey: 'p', ExplicitHashKey: '0' }),
    );
  const first = await low('a');
  assert.equal(first.ShardId, shard(0));
  assert.match(first.SequenceNumber ?? '', /^\d{56}$/);
  await cloud.advance(MINUTE);
  const second = await low('b');
  const big = 'x'.repeat(1_000_000);
  await low(big);
  assert.ok(String(second.SequenceNumber) > String(first.SequenceNumber));
  assert.deepEqual(await texts(StreamName, 0), ['a', 'b', big]);
  assert.deepEqual(await texts(StreamName, 1), []);
  const by = (ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER') =>
    texts(StreamName, 0, { ShardIteratorType, StartingSequenceNumber: second.SequenceNumber });
  assert.deepEqual(await by('AT_SEQUENCE_NUMBER'), ['b', big]);
  assert.deepEqual(await by('AFTER_SEQUENCE_NUMBER'), [big]);
  const Timestamp = new Date(START + MINUTE);
  assert.deepEqual(await texts(StreamName, 0, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp }), ['b', big]);
  const latest = await iterator(StreamName, 0, { ShardIteratorType: 'LATEST' });
  await low('c');
  const got = await kinesis.send(new GetRecordsCommand({ ShardIterator: latest }));
  assert.deepEqual(
    got.Records?.map((one) => [Buffer.from(one.Data ?? []).toString(), one.PartitionKey]),
    [['c', 'p']],
  );
  assert.equal(got.Records?.[0]?.ApproximateArrivalTimestamp?.getTime(), START + MINUTE);
  await cloud.advance(1_500);
  const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator(StreamName, 0), Limit: 1 }));
  assert.deepEqual([page.Records?.length, page.MillisBehindLatest], [1, MINUTE + 1_500]);
  await cloud.advance(6 * MINUTE);
  const old = await failure(kinesis.send(new GetRecordsCommand({ ShardIterator: latest })));
  assert.equal(old.name, 'ExpiredIteratorException');
  assert.match(
    old.message,
    /^Iterator expired\. The iterator was created at time Thu Jan 0?1 00:01:00 UTC 2026 while right now it is Thu Jan 0?1 00:07:01 UTC 2026 which/,
  );
  assert.equal((await put(StreamName, 'd', 'q')).EncryptionType, undefined);
});

test('a batch is written in its order, and says where each record lies', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, texts } = makeBed(cloud);
  const StreamARN = await create('s', { ShardCount: 3 });
  const wanted = Array.from({ length: 500 }, (_, n) => `record ${n}`);
  const { Records = [], FailedRecordCount } = await kinesis.send(
    new PutRecordsCommand({
      StreamARN,
      Records: wanted.map((text, n) => ({ Data: Buffer.from(text), PartitionKey: `key ${n % 20}` })),
    }),
  );
  assert.equal(FailedRecordCount, 0);
  for (const index of [0, 1, 2])
    assert.deepEqual(
      await texts('s', index),
      wanted.filter((_, n) => Records[n]?.ShardId === shard(index)),
    );
});

test('a shard takes and gives so much in a second', async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const { kinesis, create, iterator } = makeBed(cloud);
  const StreamName = 's';
  await create(StreamName);
  const Records = Array.from({ length: 500 }, () => ({ Data: Buffer.from('x'), PartitionKey: 'k' }));
  const results = await Promise.all(
    [1, 2, 3, 4].map(() => kinesis.send(new PutRecordsCommand({ StreamName, Records }))),
  );
  const failed = results.flatMap((one) => one.Records ?? []).filter((one) => one.ErrorCode !== undefined);
  assert.ok(failed.length > 0 && failed.length <= 1_000);
  assert.deepEqual(failed[0], {
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: `Rate exceeded for shard ${shard(0)} in stream s under account ${ACCOUNT}.`,
  });
  const ShardIterator = await iterator(StreamName, 0);
  const reads = await Promise.allSettled(
    Array.from({ length: 12 }, () => kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))),
  );
  const refused = reads.filter((one) => one.status === 'rejected');
  assert.ok(refused.length > 0 && refused.length <= 7);
  for (const { reason } of refused) assert.equal((reason as Error).name, 'ProvisionedThroughputExceededException');
});

test('records are sealed with a key of KMS', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, texts } = makeBed(cloud);
  const StreamName = 's';
  await create(StreamName);
  await put(StreamName, 'open');
  const kms = cloud.client(KMSClient);
  const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  await kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }));
  assert.equal((await put(StreamName, 'sealed')).EncryptionType, 'KMS');
  assert.deepEqual(await texts(StreamName, 0), ['open', 'sealed']);
  await kms.send(new DisableKeyCommand({ KeyId }));
  await cloud.advance(6 * MINUTE);
  assert.equal((await failure(put(StreamName, 'no'))).name, 'KMSDisabledException');
  assert.equal((await failure(texts(StreamName, 0))).name, 'KMSDisabledException');
  await kinesis.send(new StopStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }));
  assert.equal((await put(StreamName, 'open again')).EncryptionType, undefined);
  const start = (key: string) =>
    failure(kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId: key })));
  const disabled = await start(KeyId);
  assert.deepEqual([disabled.name, disabled.message], ['KMSDisabledException', `${KeyId} is disabled.`]);
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  const leaving = await start(KeyId);
  assert.deepEqual([leaving.name, leaving.message], ['KMSInvalidStateException', `${KeyId} is pending deletion.`]);
  const missing = { StreamName, EncryptionType: 'KMS' as const, KeyId: 'alias/none' };
  assert.equal((await failure(kinesis.send(new StartStreamEncryptionCommand(missing)))).name, 'KMSNotFoundException');
});

test('a consumer follows a shard over HTTP/2, to its end', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put } = makeBed(cloud, true);
  const StreamName = 's';
  const StreamARN = await create(StreamName);
  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'c' }));
  assert.equal(Consumer?.ConsumerARN, `${StreamARN}/consumer/c:${START / 1_000}`);
  const { ConsumerARN } = Consumer;
  const subscribe = () =>
    kinesis.send(
      new SubscribeToShardCommand({ ConsumerARN, ShardId: shard(0), StartingPosition: { Type: 'TRIM_HORIZON' } }),
    );
  await put(StreamName, 'a');
  const { EventStream } = await subscribe();
  assert.ok(EventStream);
  const again = await failure(subscribe());
  assert.equal(again.name, 'ResourceInUseException');
  const found: string[] = [];
  let children: (string | undefined)[] = [];
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    found.push(...(event?.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));
    if (found.length === 1 && event?.Records?.length === 1) await put(StreamName, 'b');
    if (found.length === 2 && event?.Records?.length === 1)
      await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shard(0), NewStartingHashKey: '100' }));
    children = (event?.ChildShards ?? []).map((one) => one.ShardId);
    assert.equal(event?.ContinuationSequenceNumber === undefined, children.length > 0);
  }
  assert.deepEqual(found, ['a', 'b']);
  assert.deepEqual(children, [shard(1), shard(2)]);
  assert.equal((await kinesis.send(new ListStreamConsumersCommand({ StreamARN }))).Consumers?.length, 1);
  const open = await kinesis.send(
    new SubscribeToShardCommand({ ConsumerARN, ShardId: shard(1), StartingPosition: { Type: 'LATEST' } }),
  );
  const told = async () => {
    for await (const event of open.EventStream ?? [])
      if (event.SubscribeToShardEvent !== undefined)
        await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
  };
  const ended = failure(told());
  await cloud.advance(6_000);
  assert.equal((await ended).name, 'ResourceNotFoundException');
  const gone = await failure(subscribe());
  assert.equal(gone.message, `Consumer ${ConsumerARN}, account ${ACCOUNT} not found.`);
});

test('a verified signature of HTTP/2 names :authority instead of the host', async () => {
  await using cloud = await startTestCloud();
  const credentials = await userWithKey(cloud, 'ann', policy(allow('kinesis:ListStreams')));
  const ann = cloud.client(KinesisClient, { credentials });
  assert.deepEqual((await ann.send(new ListStreamsCommand({}))).StreamNames, []);
  const forged = cloud.client(KinesisClient, { credentials: { ...credentials, secretAccessKey: 'other' } });
  assert.equal((await failure(forged.send(new ListStreamsCommand({})))).name, 'InvalidSignatureException');
});
