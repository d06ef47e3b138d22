/** What is there before each request to Firehose: a role, a bucket, and two streams. */
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
