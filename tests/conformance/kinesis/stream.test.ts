/** Streams and their shards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  RemoveTagsFromStreamCommand,
  type ShardFilter,
  SplitShardCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, makeBed, shard } from './bed.ts';

const HOUR = 3_600_000;
const TOP = (2n ** 128n - 1n).toString();

test('a stream is made, described, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create } = makeBed(cloud);
  const StreamName = 'clicks';
  const arn = await create(StreamName, { ShardCount: 2, Tags: { team: 'a' } });
  assert.equal(arn, `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/clicks`);
  const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamARN: arn, Limit: 1 }));
  assert.equal(StreamDescription?.StreamStatus, 'ACTIVE');
  assert.equal(StreamDescription.HasMoreShards, true);
  assert.equal(StreamDescription.RetentionPeriodHours, 24);
  assert.equal(StreamDescription.EncryptionType, 'NONE');
  assert.deepEqual(StreamDescription.Shards?.[0]?.HashKeyRange, {
    StartingHashKey: '0',
    EndingHashKey: (2n ** 127n - 1n).toString(),
  });
  const { StreamDescriptionSummary: summary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
  assert.equal(summary?.OpenShardCount, 2);
  assert.deepEqual(summary.StreamModeDetails, { StreamMode: 'PROVISIONED' });
  assert.equal(summary.StreamCreationTimestamp?.getTime(), START);

  const exists = await failure(create(StreamName));
  assert.equal(exists.name, 'ResourceInUseException');
  assert.equal(exists.message, `Stream clicks under account ${ACCOUNT} already exists.`);
  await create('a', { StreamModeDetails: { StreamMode: 'ON_DEMAND' }, ShardCount: undefined });
  await create('b', { ShardCount: undefined });
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName: 'b' }));
  assert.equal(Shards?.length, 4);
  const first = await kinesis.send(new ListStreamsCommand({ Limit: 2 }));
  assert.deepEqual([first.StreamNames, first.HasMoreStreams], [['a', 'b'], true]);
  const rest = await kinesis.send(new ListStreamsCommand({ NextToken: first.NextToken }));
  assert.deepEqual([rest.StreamNames, rest.HasMoreStreams], [['clicks'], false]);
  const limits = await kinesis.send(new DescribeLimitsCommand({}));
  assert.deepEqual(
    [limits.ShardLimit, limits.OpenShardCount, limits.OnDemandStreamCount, limits.OnDemandStreamCountLimit],
    [20_000, 2, 2, 50],
  );
  for (const [region, most] of [
    ['us-east-2', 6_000],
    ['sa-east-1', 1_000],
  ] as const)
    assert.equal((await cloud.client(KinesisClient, { region }).send(new DescribeLimitsCommand({}))).ShardLimit, most);
  await kinesis.send(new DeleteStreamCommand({ StreamName }));
  const gone = await failure(kinesis.send(new DescribeStreamCommand({ StreamName })));
  assert.equal(gone.name, 'ResourceNotFoundException');
  assert.equal(gone.message, `Stream clicks under account ${ACCOUNT} not found.`);
  assert.equal((await kinesis.send(new DescribeLimitsCommand({}))).OpenShardCount, 0);
});

test('shards are split and merged, and lists tell which go on where', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, texts, iterator } = makeBed(cloud);
  const StreamName = 's';
  await create(StreamName);
  await put(StreamName, 'before');
  await cloud.advance(HOUR);
  const half = (2n ** 127n).toString();
  await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shard(0), NewStartingHashKey: half }));
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  assert.deepEqual(
    Shards.map((one) => [
      one.ShardId,
      one.ParentShardId,
      one.HashKeyRange?.StartingHashKey,
      one.HashKeyRange?.EndingHashKey,
    ]),
    [
      [shard(0), undefined, '0', TOP],
      [shard(1), shard(0), '0', (2n ** 127n - 1n).toString()],
      [shard(2), shard(0), half, TOP],
    ],
  );
  assert.match(Shards[0]?.SequenceNumberRange?.EndingSequenceNumber ?? '', /^\d{56}$/);
  assert.ok(
    String(Shards[1]?.SequenceNumberRange?.StartingSequenceNumber) >
      String(Shards[0]?.SequenceNumberRange?.StartingSequenceNumber),
  );
  const last = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator(StreamName, 0) }));
  assert.equal(last.NextShardIterator, undefined);
  assert.deepEqual(
    last.ChildShards?.map((one) => [one.ShardId, one.ParentShards]),
    [
      [shard(1), [shard(0)]],
      [shard(2), [shard(0)]],
    ],
  );
  await cloud.advance(HOUR);
  const { ShardId } = await put(StreamName, 'after');
  assert.ok(ShardId === shard(1) || ShardId === shard(2));
  await kinesis.send(new MergeShardsCommand({ StreamName, ShardToMerge: shard(1), AdjacentShardToMerge: shard(2) }));
  const filtered = async (filter: ShardFilter) => {
    const found = await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: filter }));
    return found.Shards?.map((one) => one.ShardId);
  };
  assert.deepEqual(await filtered({ Type: 'AT_LATEST' }), [shard(3)]);
  assert.deepEqual(await filtered({ Type: 'AT_TRIM_HORIZON' }), [shard(0)]);
  assert.deepEqual(await filtered({ Type: 'FROM_TRIM_HORIZON' }), [0, 1, 2, 3].map(shard));
  assert.deepEqual(await filtered({ Type: 'AFTER_SHARD_ID', ShardId: shard(1) }), [shard(2), shard(3)]);
  assert.deepEqual(await filtered({ Type: 'AT_TIMESTAMP', Timestamp: new Date(START + HOUR) }), [shard(1), shard(2)]);
  assert.deepEqual(
    await filtered({ Type: 'FROM_TIMESTAMP', Timestamp: new Date(START + HOUR + 1) }),
    [1, 2, 3].map(shard),
  );
  const merged = (await kinesis.send(new ListShardsCommand({ StreamName, ExclusiveStartShardId: shard(2) }))).Shards;
  assert.deepEqual([merged?.[0]?.ParentShardId, merged?.[0]?.AdjacentParentShardId], [shard(1), shard(2)]);
  assert.deepEqual(await texts(StreamName, 0), ['before']);

  const again = await failure(
    kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shard(1), NewStartingHashKey: '5' })),
  );
  assert.equal(
    again.message,
    `Shard ${shard(1)} in stream s under account ${ACCOUNT} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
  const page = await kinesis.send(new ListShardsCommand({ StreamName, MaxResults: 3 }));
  const next = await kinesis.send(new ListShardsCommand({ NextToken: page.NextToken }));
  assert.deepEqual(
    next.Shards?.map((one) => one.ShardId),
    [shard(3)],
  );
  await cloud.advance(HOUR);
  assert.equal(
    (await failure(kinesis.send(new ListShardsCommand({ NextToken: page.NextToken })))).name,
    'ExpiredNextTokenException',
  );
  await cloud.advance(24 * HOUR);
  const left = await kinesis.send(new ListShardsCommand({ StreamName }));
  assert.deepEqual(
    left.Shards?.map((one) => one.ShardId),
    [shard(3)],
  );
});

test('a number of shards is reached by splits and merges, within what AWS allows', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create } = makeBed(cloud);
  const StreamName = 's';
  await create(StreamName, { ShardCount: 2 });
  const rescale = (TargetShardCount: number) =>
    kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }));
  const open = async () =>
    (await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } }))).Shards?.map(
      (one) => one.HashKeyRange?.StartingHashKey,
    );
  const { CurrentShardCount, TargetShardCount } = await rescale(3);
  assert.deepEqual([CurrentShardCount, TargetShardCount], [2, 3]);
  const third = 2n ** 128n / 3n;
  assert.deepEqual((await open())?.toSorted(), ['0', third.toString(), (third * 2n).toString()].toSorted());
  assert.equal(
    (await failure(rescale(7))).message,
    'UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 3 Target shard count: 7',
  );
  assert.equal(
    (await failure(rescale(1))).message,
    'UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: 3 Target shard count: 1',
  );
  await rescale(2);
  assert.deepEqual((await open())?.toSorted(), ['0', (2n ** 127n).toString()]);
  for (let count = 0; count < 8; count += 1) await rescale(2);
  assert.equal((await failure(rescale(2))).name, 'LimitExceededException');
  await cloud.advance(25 * HOUR);
  await rescale(1);
  assert.deepEqual(await open(), ['0']);
});

test('retention, monitoring, tags and the mode are changed', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, texts } = makeBed(cloud);
  const StreamName = 's';
  const StreamARN = await create(StreamName);
  await put(StreamName, 'old');
  await cloud.advance(23 * HOUR);
  await put(StreamName, 'new');
  await cloud.advance(2 * HOUR);
  assert.deepEqual(await texts(StreamName, 0), ['new']);
  const period = (RetentionPeriodHours: number) => ({ StreamName, RetentionPeriodHours });
  await kinesis.send(new IncreaseStreamRetentionPeriodCommand(period(48)));
  assert.deepEqual(await texts(StreamName, 0), ['new']);
  await cloud.advance(24 * HOUR);
  assert.deepEqual(await texts(StreamName, 0), ['new']);
  const low = await failure(kinesis.send(new IncreaseStreamRetentionPeriodCommand(period(24))));
  assert.equal(
    low.message,
    'Requested retention period (24 hours) for stream s can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.',
  );
  const few = await failure(kinesis.send(new DecreaseStreamRetentionPeriodCommand(period(23))));
  assert.equal(
    few.message,
    'Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.',
  );
  await kinesis.send(new DecreaseStreamRetentionPeriodCommand(period(24)));
  assert.deepEqual(await texts(StreamName, 0), []);

  const on = await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['ALL'] }));
  assert.deepEqual(on.CurrentShardLevelMetrics, []);
  assert.equal(
    on.DesiredShardLevelMetrics?.join(),
    'IncomingBytes,OutgoingRecords,IteratorAgeMilliseconds,IncomingRecords,ReadProvisionedThroughputExceeded,WriteProvisionedThroughputExceeded,OutgoingBytes',
  );
  const off = await kinesis.send(
    new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingBytes'] }),
  );
  assert.equal(off.DesiredShardLevelMetrics?.includes('IncomingBytes'), false);

  await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: '1', b: '2' } }));
  await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ['a'] }));
  assert.deepEqual((await kinesis.send(new ListTagsForStreamCommand({ StreamName }))).Tags, [{ Key: 'b', Value: '2' }]);
  assert.deepEqual((await kinesis.send(new ListTagsForResourceCommand({ ResourceARN: StreamARN }))).Tags, [
    { Key: 'b', Value: '2' },
  ]);

  const mode = (StreamMode: 'ON_DEMAND' | 'PROVISIONED') =>
    kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode } }));
  await mode('ON_DEMAND');
  const refused = await failure(
    kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shard(0), NewStartingHashKey: '9' })),
  );
  assert.equal(refused.message, `Request is invalid. Stream s under account ${ACCOUNT} is in On-Demand mode.`);
  await mode('PROVISIONED');
  assert.equal((await failure(mode('ON_DEMAND'))).name, 'LimitExceededException');
  const bare = { StreamName: 'x', StreamModeDetails: { StreamMode: 'PROVISIONED' } } as const;
  assert.equal((await failure(kinesis.send(new CreateStreamCommand(bare)))).name, 'ValidationException');
});
