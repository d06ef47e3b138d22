/** What CloudWatch is told of streams, their shards and their consumers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EnableEnhancedMonitoringCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  StartStreamEncryptionCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { type Bed, makeBed, shard } from './bed.ts';

const StreamName = 's';

/** How often a metric was told in the first hour, and the sum of what it told. */
async function told(cloud: TestCloud, metric: string, more: Record<string, string> = {}): Promise<number[]> {
  const sum = await sumOf(cloud, 'AWS/Kinesis');
  const dimensions = { StreamName, ...more };
  return [await sum(metric, dimensions, 'SampleCount'), await sum(metric, dimensions)];
}

const putAll = ({ kinesis }: Bed, keys: string[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: keys.map((ExplicitHashKey) => ({ Data: Buffer.from('abc'), PartitionKey: 'k', ExplicitHashKey })),
    }),
  );

test('what comes in is told once for each put, of a shard what came into it', async () => {
  await using cloud = await startTestCloud();
  const bed = makeBed(cloud);
  await bed.create(StreamName, { ShardCount: 2 });
  await bed.kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['ALL'] }));
  await putAll(bed, ['0', '1', '340282366920938463463374607431768211455']);
  assert.deepEqual(await told(cloud, 'IncomingBytes'), [1, 12]);
  assert.deepEqual(await told(cloud, 'IncomingRecords'), [1, 3]);
  const ShardId = shard(0);
  assert.deepEqual(await told(cloud, 'IncomingBytes', { ShardId }), [1, 8]);
  assert.deepEqual(await told(cloud, 'IncomingRecords', { ShardId }), [1, 2]);
  assert.deepEqual(await told(cloud, 'PutRecords.Success'), [1, 1]);
  assert.equal((await told(cloud, 'PutRecords.Latency'))[0], 1);
});

test('what a key of KMS keeps from being done is no success', async () => {
  await using cloud = await startTestCloud();
  const bed = makeBed(cloud);
  const { kinesis, create, put, texts } = bed;
  await create(StreamName);
  const kms = cloud.client(KMSClient);
  const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  await kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }));
  await put(StreamName, 'sealed');
  await texts(StreamName, 0);
  await kms.send(new DisableKeyCommand({ KeyId }));
  await cloud.advance(360_000);
  await failure(put(StreamName, 'no'));
  await failure(putAll(bed, ['0']));
  await failure(texts(StreamName, 0));
  assert.deepEqual(await told(cloud, 'PutRecord.Success'), [2, 1]);
  assert.deepEqual(await told(cloud, 'PutRecords.Success'), [1, 0]);
  assert.deepEqual(await told(cloud, 'GetRecords.Success'), [2, 1]);
  assert.equal((await told(cloud, 'GetRecords.Records'))[1], 1);
  assert.equal((await told(cloud, 'GetRecords.Latency'))[0], 2);
});

test('a consumer with enhanced fan-out has metrics of its own, its shard hears of it, too', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put } = makeBed(cloud, true);
  const StreamARN = await create(StreamName);
  await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['ALL'] }));
  const ConsumerName = 'c';
  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
  await put(StreamName, 'abc');
  const subscribe = () =>
    kinesis.send(
      new SubscribeToShardCommand({
        ConsumerARN: Consumer?.ConsumerARN,
        ShardId: shard(0),
        StartingPosition: { Type: 'TRIM_HORIZON' },
      }),
    );
  const { EventStream } = await subscribe();
  assert.equal((await failure(subscribe())).name, 'ResourceInUseException');
  for await (const { SubscribeToShardEvent } of EventStream ?? [])
    if (SubscribeToShardEvent?.Records?.length === 1) break;
  assert.deepEqual(await told(cloud, 'SubscribeToShard.Success', { ConsumerName }), [1, 1]);
  assert.deepEqual(await told(cloud, 'SubscribeToShard.RateExceeded', { ConsumerName }), [1, 1]);
  assert.equal((await told(cloud, 'SubscribeToShardEvent.Records', { ConsumerName }))[1], 1);
  assert.equal((await told(cloud, 'SubscribeToShardEvent.Bytes', { ConsumerName }))[1], 4);
  assert.equal((await told(cloud, 'OutgoingRecords', { ShardId: shard(0) }))[1], 1);
  assert.deepEqual(await told(cloud, 'SubscribeToShard.Success'), [0, 0]);
});

test('a stream is encrypted 25 times a day', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create } = makeBed(cloud);
  await create(StreamName);
  const KeyId = 'alias/aws/kinesis';
  const start = () => kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }));
  for (let times = 0; times < 25; times++) await start();
  assert.equal((await failure(start())).name, 'LimitExceededException');
  await cloud.advance(86_400_000);
  await start();
});
