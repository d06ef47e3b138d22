/** Streams, consumers and policies, made by CloudFormation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import {
  create,
  expectStatus,
  outputs,
  physicalIds,
  reasons,
  remove,
  settled,
  templateOf,
  update,
} from '../cloudformation/stacks.ts';
import { ACCOUNT } from './bed.ts';

const get = (logical: string, attribute: string) => ({ 'Fn::GetAtt': [logical, attribute] });

const template = (version: number, name?: string) =>
  templateOf(
    {
      Stream: {
        Type: 'AWS::Kinesis::Stream',
        Properties: {
          ...(name !== undefined && { Name: name }),
          ShardCount: version * 2,
          RetentionPeriodHours: 24 * version,
          ...(version === 1 && { StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' } }),
          DesiredShardLevelMetrics: version === 1 ? ['IncomingBytes', 'OutgoingBytes'] : ['OutgoingBytes'],
          Tags: [{ Key: `v${version}`, Value: 'yes' }],
        },
      },
      Demand: {
        Type: 'AWS::Kinesis::Stream',
        Properties: {
          StreamModeDetails: { StreamMode: version === 1 ? 'ON_DEMAND' : 'PROVISIONED' },
          ...(version === 2 && { ShardCount: 4 }),
        },
      },
      Consumer: {
        Type: 'AWS::Kinesis::StreamConsumer',
        Properties: { StreamARN: get('Stream', 'Arn'), ConsumerName: 'reader' },
      },
      Policy: {
        Type: 'AWS::Kinesis::ResourcePolicy',
        Properties: {
          ResourceArn: get('Stream', 'Arn'),
          ResourcePolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: `arn:aws:iam::${version}11122223333:root` },
                Action: 'kinesis:PutRecord',
                Resource: get('Stream', 'Arn'),
              },
            ],
          },
        },
      },
    },
    {
      Outputs: {
        Arn: { Value: get('Stream', 'Arn') },
        Consumer: { Value: get('Consumer', 'ConsumerARN') },
        Status: { Value: get('Consumer', 'ConsumerStatus') },
      },
    },
  );

test('a stack makes streams, changes them in place, replaces them, and takes them away', async () => {
  await using cloud = await startTestCloud();
  const kinesis = cloud.client(KinesisClient);
  const summary = async (StreamName: string) =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
  await create(cloud, 's', template(1));
  const { Stream = '', Demand = '' } = await physicalIds(cloud, 's');
  const { Arn = '', Consumer, Status } = await outputs(cloud, 's');
  assert.equal(Arn, `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${Stream}`);
  assert.ok(Consumer?.startsWith(`${Arn}/consumer/reader:`));
  assert.equal(Status, 'ACTIVE');
  const first = await summary(Stream);
  assert.deepEqual(
    [first?.OpenShardCount, first?.KeyId, first?.RetentionPeriodHours, first?.ConsumerCount],
    [2, 'alias/aws/kinesis', 24, 1],
  );
  assert.deepEqual((await summary(Demand))?.StreamModeDetails, { StreamMode: 'ON_DEMAND' });

  await update(cloud, 's', template(2));
  assert.equal((await physicalIds(cloud, 's')).Stream, Stream);
  const second = await summary(Stream);
  assert.deepEqual([second?.OpenShardCount, second?.KeyId, second?.RetentionPeriodHours], [4, undefined, 48]);
  assert.deepEqual(second?.EnhancedMonitoring, [{ ShardLevelMetrics: ['OutgoingBytes'] }]);
  const { Tags } = await kinesis.send(new ListTagsForStreamCommand({ StreamName: Stream }));
  assert.deepEqual(Tags, [{ Key: 'v2', Value: 'yes' }]);
  const { Policy } = await kinesis.send(new GetResourcePolicyCommand({ ResourceARN: Arn }));
  assert.ok(Policy?.includes('211122223333'));

  await update(cloud, 's', template(2, 'named'));
  const { StreamNames } = await kinesis.send(new ListStreamsCommand({}));
  assert.deepEqual(StreamNames?.toSorted(), ['named', Demand].toSorted());
  const { Consumers } = await kinesis.send(
    new ListStreamConsumersCommand({ StreamARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/named` }),
  );
  assert.deepEqual(
    Consumers?.map((one) => one.ConsumerName),
    ['reader'],
  );
  await remove(cloud, 's');
  assert.deepEqual((await kinesis.send(new ListStreamsCommand({}))).StreamNames, []);
});

const stream = (Properties: object) => templateOf({ Stream: { Type: 'AWS::Kinesis::Stream', Properties } });

test('what others have set of a stream stays where the template changes something else', async () => {
  await using cloud = await startTestCloud();
  const kinesis = cloud.client(KinesisClient);
  const of = { StreamName: 'clicks' };
  await create(cloud, 's', stream({ Name: 'clicks', ShardCount: 1 }));
  await kinesis.send(new UpdateShardCountCommand({ ...of, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }));
  await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ ...of, RetentionPeriodHours: 48 }));
  const TemplateBody = stream({ Name: 'clicks', ShardCount: 1, DesiredShardLevelMetrics: ['IncomingBytes'] });
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const { StreamDescriptionSummary: found } = await kinesis.send(new DescribeStreamSummaryCommand(of));
  assert.deepEqual([found?.OpenShardCount, found?.RetentionPeriodHours], [2, 48]);
  assert.deepEqual(found?.EnhancedMonitoring, [{ ShardLevelMetrics: ['IncomingBytes'] }]);
});

test('a change that failed half way is made whole when it is tried again', async () => {
  await using cloud = await startTestCloud();
  const [kinesis, kms] = [cloud.client(KinesisClient), cloud.client(KMSClient)];
  await create(cloud, 's', stream({ Name: 'clicks', ShardCount: 1 }));
  const again = {
    StackName: 's',
    DisableRollback: true,
    TemplateBody: stream({
      Name: 'clicks',
      ShardCount: 2,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/mine' },
    }),
  };
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand(again));
  await expectStatus(cloud, 's', 'UPDATE_FAILED');
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyMetadata?.KeyId }));
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand(again));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const { StreamDescriptionSummary: found } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: 'clicks' }),
  );
  assert.deepEqual([found?.OpenShardCount, found?.KeyId], [2, 'alias/mine']);
});

test('streams of a template that contradict themselves are refused', async () => {
  await using cloud = await startTestCloud();
  for (const [index, [Properties, text]] of (
    [
      [
        { StreamModeDetails: { StreamMode: 'ON_DEMAND' }, ShardCount: 1 },
        /ShardCount is not expected when StreamMode=ON_DEMAND/,
      ],
      [{ StreamModeDetails: { StreamMode: 'PROVISIONED' } }, /ShardCount is expected when StreamMode=PROVISIONED/],
      [
        { ShardCount: 1, DesiredShardLevelMetrics: ['ALL', 'IncomingBytes'] },
        /DesiredShardLevelMetrics cannot have ALL with other metric names/,
      ],
    ] as const
  ).entries()) {
    const [StackName, TemplateBody] = [
      `s${index}`,
      templateOf({ Stream: { Type: 'AWS::Kinesis::Stream', Properties } }),
    ];
    await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName, TemplateBody }));
    await settled(cloud, StackName);
    assert.match((await reasons(cloud, StackName))[0] ?? '', text);
  }
});
