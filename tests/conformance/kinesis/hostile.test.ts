/** Requests and callers that mean no good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  UpdateMaxRecordSizeCommand,
} from '@aws-sdk/client-kinesis';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, makeBed, shard } from './bed.ts';

const OTHER = '210987654321';

test('records that are too large or lie nowhere are refused', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, texts } = makeBed(cloud);
  const StreamName = 's';
  const StreamARN = await create(StreamName);
  const Data = Buffer.alloc(1_048_577);
  const put = (more: object) => kinesis.send(new PutRecordCommand({ StreamName, Data, PartitionKey: 'k', ...more }));
  const large = await failure(put({}));
  assert.equal(large.name, 'ValidationException');
  assert.equal(
    large.message,
    "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
  );
  const many = await failure(
    kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: Array.from({ length: 11 }, () => ({ Data: Buffer.alloc(1_048_576), PartitionKey: 'k' })),
      }),
    ),
  );
  assert.equal(many.message, 'Records size exceeds 10 MB limit');
  await kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: 10_240 }));
  await put({});
  assert.equal((await texts(StreamName, 0))[0]?.length, Data.length);
  const key = await failure(put({ ExplicitHashKey: (2n ** 128n).toString() }));
  assert.equal(
    key.message,
    `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${2n ** 128n}`,
  );
  assert.equal((await failure(put({ StreamName: undefined }))).name, 'InvalidArgumentException');
  assert.equal((await failure(put({ StreamARN: `${StreamARN}x` }))).name, 'InvalidArgumentException');
  assert.equal((await failure(put({ PartitionKey: undefined }))).name, 'ValidationException');
  assert.equal((await failure(put({ DryRun: true }))).name, 'DryRunOperationException');
  assert.equal((await texts(StreamName, 0)).length, 1);
});

test('iterators, tokens and sequence numbers that somebody has made up lead nowhere', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, iterator } = makeBed(cloud);
  const StreamName = 's';
  const StreamARN = await create(StreamName);
  const { SequenceNumber = '' } = await put(StreamName, 'x');
  const real = await iterator(StreamName, 0);
  const forge = (change: (parts: unknown[]) => void) => {
    const parts = JSON.parse(Buffer.from(real, 'base64').subarray(8).toString()) as unknown[];
    change(parts);
    return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), Buffer.from(JSON.stringify(parts))]).toString(
      'base64',
    );
  };
  const forged = [
    'x',
    Buffer.from('null').toString('base64'),
    forge((parts) => parts.splice(2, 1, '0')),
    forge((parts) => parts.splice(2, 1, 1.5)),
    forge((parts) => parts.splice(3, 1, 'zz')),
    forge((parts) => parts.splice(4, 1, START + 1)),
    forge((parts) => parts.splice(0, 1, 'arn:aws:s3:::b')),
  ];
  for (const ShardIterator of forged)
    assert.equal(
      (await failure(kinesis.send(new GetRecordsCommand({ ShardIterator })))).name,
      'InvalidArgumentException',
    );
  const elsewhere = forge((parts) => parts.splice(2, 1, 7));
  const nowhere = await failure(kinesis.send(new GetRecordsCommand({ ShardIterator: elsewhere })));
  assert.equal(nowhere.message, `Shard ${shard(7)} in stream s under account ${ACCOUNT} does not exist`);
  const from = (StartingSequenceNumber: string, index = 0) =>
    kinesis.send(
      new GetShardIteratorCommand({
        StreamARN,
        ShardId: shard(index),
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        StartingSequenceNumber,
      }),
    );
  const made = await failure(from('1'));
  assert.equal(
    made.message,
    `StartingSequenceNumber 1 used in GetShardIterator on shard ${shard(0)} in stream s under account ${ACCOUNT} is invalid.`,
  );
  assert.equal((await failure(from(SequenceNumber, 3))).name, 'ResourceNotFoundException');
  for (const NextToken of ['x', Buffer.from('{"at":1}').toString('base64'), Buffer.from('[]').toString('base64')])
    assert.match(
      (await failure(kinesis.send(new ListShardsCommand({ NextToken })))).name,
      /^(InvalidArgument|ExpiredNextToken)Exception$/,
    );
  const long = 'n'.repeat(128);
  await create(long);
  assert.ok((await iterator(long, 0)).length <= 512);
});

test('other accounts reach a stream as far as its policy lets them, and no further', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create, put, texts } = makeBed(cloud);
  const StreamARN = await create('s');
  await put('s', 'mine');
  const stranger = cloud.client(KinesisClient, { credentials: { accessKeyId: OTHER, secretAccessKey: 'test' } });
  const input = { StreamARN, Data: Buffer.from('theirs'), PartitionKey: 'k' };
  assert.equal((await failure(stranger.send(new PutRecordCommand(input)))).name, 'AccessDeniedException');
  const Statement = [{ Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'kinesis:PutRecord', Resource: StreamARN }];
  await kinesis.send(
    new PutResourcePolicyCommand({
      ResourceARN: StreamARN,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  await stranger.send(new PutRecordCommand(input));
  assert.deepEqual(await texts('s', 0), ['mine', 'theirs']);
  assert.equal(
    (await failure(stranger.send(new DescribeStreamSummaryCommand({ StreamARN })))).name,
    'AccessDeniedException',
  );
  assert.equal(
    (await failure(stranger.send(new DescribeStreamSummaryCommand({ StreamName: 's' })))).name,
    'ResourceNotFoundException',
  );
  const bad = { ResourceARN: StreamARN, Policy: '{"Version":"2012-10-17","Statement":[{}]}' };
  assert.equal((await failure(kinesis.send(new PutResourcePolicyCommand(bad)))).name, 'InvalidArgumentException');
});

test('streams, consumers and policies are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const { kinesis, create } = makeBed(cloud);
  const ResourceARN = await create('s');
  const ConsumerName = 'c';
  const register = () => kinesis.send(new RegisterStreamConsumerCommand({ StreamARN: ResourceARN, ConsumerName }));
  await register();
  assert.equal(
    (await failure(register())).message,
    'Consumer c under stream s already exists for account 123456789012.',
  );
  const good = { Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'kinesis:PutRecord', Resource: ResourceARN };
  const { Principal, ...bare } = good;
  const wrong = 'Policy validation error:';
  for (const [statement, text] of [
    [{ ...bare, NotPrincipal: Principal }, `${wrong} Has prohibited field NotPrincipal`],
    [bare, `${wrong} Missing required field Principal`],
    [
      { ...good, Action: 's3:GetObject' },
      `${wrong} Action field includes AWS services that are inconsistent with specified vendor`,
    ],
    [{ ...good, Action: 'kinesis:*' }, `${wrong} Action field cannot contain invalid actions`],
    [{ ...good, Resource: `${ResourceARN}x` }, "The resource policy's resource must be the same as the resource ARN."],
  ] as const) {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const { name, message } = await failure(kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy })));
    assert.equal(`${name}: ${message}`, `InvalidArgumentException: ${text}`);
  }
  const adjacent = {
    StreamARN: await create('two', { ShardCount: 2 }),
    ShardToMerge: 'any-1',
    AdjacentShardToMerge: '0',
  };
  const inverted = await failure(kinesis.send(new MergeShardsCommand(adjacent)));
  assert.match(inverted.message, /^Shards shardId-000000000001 and shardId-000000000000 .* not an adjacent pair/);
  for (const [ShardId, text] of [
    ['shard-7', `Shard ${shard(7)} in stream s under account ${ACCOUNT} does not exist`],
    ['2147483648', `Could not find shard 2147483648 in stream s under account ${ACCOUNT}.`],
  ] as const) {
    const from = { StreamName: 's', ShardId, ShardIteratorType: 'LATEST' } as const;
    assert.equal((await failure(kinesis.send(new GetShardIteratorCommand(from)))).message, text);
  }
  assert.match(
    (await failure(create('w', { WarmThroughputMiBps: 10 }))).message,
    /^Either 'warmThroughputMiBps' or 'shardCount' can be set but not both$/,
  );
});
