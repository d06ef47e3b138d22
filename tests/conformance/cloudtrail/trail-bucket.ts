/** A bucket that trails may write to. */
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import type { TestCloud } from '../../support/cloud.ts';

export const BUCKET = 'trail-of-all';

/** Makes it. */
export async function makeBucket(cloud: TestCloud): Promise<void> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${BUCKET}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
}
