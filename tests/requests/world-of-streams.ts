/** What is there before each request to Firehose: a role, a bucket, and two streams; and to Kinesis: streams, records, a consumer, a key. */
import { type Furnish, policy } from './world.ts';

const ACCOUNT = '123456789012';

export const firehose: Furnish = async ({ firehose, iam, s3 }) => {
  const trust = policy({ Principal: { Service: 'firehose.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.CreateRole({ RoleName: 'hose', AssumeRolePolicyDocument: trust });
  await s3.CreateBucket({ Bucket: 'lake' });
  const bucket = { RoleARN: `arn:aws:iam::${ACCOUNT}:role/hose`, BucketARN: 'arn:aws:s3:::lake' };
  await firehose.CreateDeliveryStream({
    DeliveryStreamName: 'clicks',
    ExtendedS3DestinationConfiguration: bucket,
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  await firehose.CreateDeliveryStream({
    DeliveryStreamName: 'hooks',
    HttpEndpointDestinationConfiguration: {
      EndpointConfiguration: { Url: 'https://localhost:1/' },
      S3Configuration: bucket,
    },
  });
  return {
    DeliveryStreamName: ['clicks', 'hooks', 'new'],
    RoleARN: [bucket.RoleARN],
    BucketARN: [bucket.BucketARN],
    CurrentDeliveryStreamVersionId: ['1'],
    DestinationId: ['destinationId-000000000001'],
    Url: ['https://localhost:1/'],
    HECEndpoint: ['https://localhost:1/'],
    KeyARN: [],
    CustomTimeZone: ['UTC', 'Asia/Tokyo'],
    Prefix: ['a/'],
    ErrorOutputPrefix: ['b/'],
  };
};

export const kinesis: Furnish = async ({ kinesis, kms }) => {
  const stream = (name: string) => `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${name}`;
  await kinesis.CreateStream({ StreamName: 'clicks', ShardCount: 2, Tags: { a: 'b' } });
  await kinesis.CreateStream({ StreamName: 'demand', StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
  const { SequenceNumber } = await kinesis.PutRecord({
    StreamName: 'clicks',
    Data: Buffer.from('x'),
    PartitionKey: 'k',
    ExplicitHashKey: '0',
  });
  const { Consumer } = await kinesis.RegisterStreamConsumer({ StreamARN: stream('clicks'), ConsumerName: 'reader' });
  const Policy = policy({
    Principal: { AWS: '111122223333' },
    Action: 'kinesis:PutRecord',
    Resource: stream('clicks'),
  });
  await kinesis.PutResourcePolicy({ ResourceARN: stream('clicks'), Policy });
  const { ShardIterator } = await kinesis.GetShardIterator({
    StreamName: 'clicks',
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const { KeyMetadata } = await kms.CreateKey({});
  return {
    'CreateStreamInput.StreamName': ['new', 'clicks'],
    StreamName: ['clicks'],
    StreamARN: [stream('clicks')],
    ResourceARN: [stream('clicks'), Consumer.ConsumerARN],
    ShardId: ['shardId-000000000000'],
    ShardToSplit: ['shardId-000000000000'],
    ShardToMerge: ['shardId-000000000000'],
    AdjacentShardToMerge: ['shardId-000000000001'],
    NewStartingHashKey: ['1000'],
    ExplicitHashKey: ['0', '7'],
    ShardIterator: [ShardIterator],
    StartingSequenceNumber: [SequenceNumber],
    SequenceNumberForOrdering: [SequenceNumber],
    SequenceNumber: [SequenceNumber],
    ConsumerARN: [Consumer.ConsumerARN],
    ConsumerName: ['reader'],
    'RegisterStreamConsumerInput.ConsumerName': ['other'],
    KeyId: [KeyMetadata?.Arn],
    Policy: [Policy],
    RetentionPeriodHours: [24, 48],
    TargetShardCount: [1, 4],
    ExclusiveStartShardId: ['shardId-000000000000'],
    WarmThroughputMiBps: [],
    NextToken: [],
    DryRun: [false],
  };
};
