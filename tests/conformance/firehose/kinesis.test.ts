/** Streams of Kinesis as sources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  StartDeliveryStreamEncryptionCommand,
} from '@aws-sdk/client-firehose';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf } from '../cloudformation/stacks.ts';
import { type Bed as KinesisBed, makeBed as makeKinesisBed, shard } from '../kinesis/bed.ts';
import { type Bed, BUCKET, firehoseRole, makeBed } from './bed.ts';

const MINUTE = 60_000;
const READING = ['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords'];

async function started(cloud: TestCloud): Promise<{ hose: Bed; source: KinesisBed; arn: string; role: string }> {
  const [hose, source] = [await makeBed(cloud), makeKinesisBed(cloud)];
  const arn = await source.create('clicks');
  return { hose, source, arn, role: await firehoseRole(cloud, READING, 'reader') };
}

const sourced = (KinesisStreamARN: string, RoleARN: string) =>
  ({
    DeliveryStreamType: 'KinesisStreamAsSource',
    KinesisStreamSourceConfiguration: { KinesisStreamARN, RoleARN },
  }) as const;

/** All that came into the bucket. */
async function delivered(cloud: TestCloud, { objects }: Bed): Promise<string> {
  await cloud.server.cloud.settle();
  await cloud.advance(MINUTE);
  await cloud.server.cloud.settle();
  return [...(await objects()).values()].join('');
}

test('what comes into a stream of Kinesis goes on to the bucket, also over its shards; nothing else may be put', async () => {
  await using cloud = await startTestCloud();
  const { hose, source, arn, role } = await started(cloud);
  await source.put('clicks', 'before\n');
  await hose.create('hose', {}, sourced(arn, role));
  await source.put('clicks', 'one\n');
  await source.put('clicks', 'two\n');
  assert.equal(await delivered(cloud, hose), 'one\ntwo\n');
  await source.kinesis.send(
    new SplitShardCommand({
      StreamName: 'clicks',
      ShardToSplit: shard(0),
      NewStartingHashKey: String(2n ** 127n),
    }),
  );
  await cloud.server.cloud.settle();
  for (const [text, key] of [
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'z'],
    ['d', 'w'],
  ] as const)
    await source.put('clicks', `${text}\n`, key);
  const lines = (await delivered(cloud, hose)).split('\n').sort();
  assert.deepEqual(lines, ['', 'a', 'b', 'c', 'd', 'one', 'two']);
  const shown = await hose.firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'hose' }));
  const { DeliveryStreamType, Source } = shown.DeliveryStreamDescription ?? {};
  assert.deepEqual(
    [DeliveryStreamType, Source],
    [
      'KinesisStreamAsSource',
      {
        KinesisStreamSourceDescription: {
          KinesisStreamARN: arn,
          RoleARN: role,
          DeliveryStartTimestamp: new Date(START),
        },
      },
    ],
  );
  await hose.create('direct');
  const names = async (DeliveryStreamType?: 'DirectPut' | 'KinesisStreamAsSource') =>
    (await hose.firehose.send(new ListDeliveryStreamsCommand({ DeliveryStreamType, Limit: 1 }))).DeliveryStreamNames;
  assert.deepEqual([await names(), await names('KinesisStreamAsSource')], [['direct'], ['hose']]);
  const not = 'This operation is not permitted on KinesisStreamAsSource delivery stream type.';
  const at = { DeliveryStreamName: 'hose' };
  const Data = Buffer.from('x');
  for (const call of [
    () => hose.firehose.send(new PutRecordCommand({ ...at, Record: { Data } })),
    () => hose.firehose.send(new PutRecordBatchCommand({ ...at, Records: [{ Data }] })),
    () => hose.firehose.send(new StartDeliveryStreamEncryptionCommand(at)),
  ]) {
    const { name, message } = await failure(call());
    assert.deepEqual([name, message], ['InvalidArgumentException', not]);
  }
  await hose.firehose.send(new DeleteDeliveryStreamCommand(at));
  await source.put('clicks', 'late\n');
  assert.deepEqual((await delivered(cloud, hose)).split('\n').sort(), lines);
});

test('a source is read by its role, as soon as that may', async () => {
  await using cloud = await startTestCloud();
  const { hose, source, arn } = await started(cloud);
  const role = await firehoseRole(cloud, ['kinesis:ListShards'], 'shy');
  const make = (options: object) =>
    failure(
      hose.firehose.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: 'hose',
          ExtendedS3DestinationConfiguration: { RoleARN: hose.role, BucketARN: `arn:aws:s3:::${BUCKET}` },
          ...options,
        }),
      ),
    );
  assert.equal(
    (await make(sourced(arn, role))).message,
    `Role ${role} is not authorized to perform DescribeStream on stream ${arn}.`,
  );
  const stranger = role.replace('shy', 'none');
  assert.equal(
    (await make(sourced(arn, stranger))).message,
    `Firehose is unable to assume role ${stranger}. Please check the role provided.`,
  );
  assert.match((await make(sourced(`${arn}s`, hose.role.replace('hose', 'reader')))).message, /clickss.* not found/);
  assert.equal(
    (await make({ DeliveryStreamType: 'KinesisStreamAsSource' })).message,
    'KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.',
  );
  const allow = (...Action: string[]) =>
    cloud.client(IAMClient).send(
      new PutRolePolicyCommand({
        RoleName: 'shy',
        PolicyName: 'allowed',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        }),
      }),
    );
  await allow('kinesis:DescribeStream');
  await hose.create('hose', {}, sourced(arn, role));
  await source.put('clicks', 'patient\n');
  assert.equal(await delivered(cloud, hose), '');
  await allow(...READING);
  await cloud.advance(10_000);
  assert.equal(await delivered(cloud, hose), 'patient\n');
});

test('a stack makes one', async () => {
  await using cloud = await startTestCloud();
  const { hose, source, role } = await started(cloud);
  await create(
    cloud,
    's',
    templateOf({
      Clicks: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'stacked', ShardCount: 1 } },
      Hose: {
        Type: 'AWS::KinesisFirehose::DeliveryStream',
        Properties: {
          DeliveryStreamType: 'KinesisStreamAsSource',
          KinesisStreamSourceConfiguration: {
            KinesisStreamARN: { 'Fn::GetAtt': ['Clicks', 'Arn'] },
            RoleARN: role,
          },
          ExtendedS3DestinationConfiguration: {
            RoleARN: hose.role,
            BucketARN: `arn:aws:s3:::${BUCKET}`,
            BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
          },
        },
      },
    }),
  );
  await source.put('stacked', 'made\n');
  assert.equal(await delivered(cloud, hose), 'made\n');
  await remove(cloud, 's');
});
