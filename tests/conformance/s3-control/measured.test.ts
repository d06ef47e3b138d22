/** Access through access points as it was measured at AWS in 2026. Source: radkawar/stackd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutBucketAbacCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { CreateAccessPointCommand } from '@aws-sdk/client-s3-control';
import { failure } from '../../support/cloud.ts';
import { allow, policy as policyOf, userWithKey } from '../iam/support.ts';
import { clientOf, startS3 } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

const AccountId = '123456789012';
const Name = 'readers';

test("at an access point the resource's tags are the point's, at the bucket the bucket's", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'blue' }] } }));
  await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: 'Enabled' } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const Tags = [{ Key: 'team', Value: 'red' }];
  const { Alias } = await controlOf(cloud).send(new CreateAccessPointCommand({ AccountId, Name, Bucket, Tags }));
  const atPoint = `arn:aws:s3:us-east-1:${AccountId}:accesspoint/${Name}/*`;
  const atBucket = `arn:aws:s3:::${Bucket}/*`;
  const outcome = async (name: string, pointTeam: string, bucketTeam: string, key = 'aws:ResourceTag') => {
    const credentials = await userWithKey(
      cloud,
      name,
      policyOf(
        allow('s3:GetObject', atPoint, { StringEquals: { [`${key}/team`]: pointTeam } }),
        allow('s3:GetObject', atBucket, { StringEquals: { [`${key}/team`]: bucketTeam } }),
      ),
    );
    const read = clientOf(cloud, '', { credentials }).send(new GetObjectCommand({ Bucket: Alias, Key: 'a' }));
    return (await Promise.allSettled([read]))[0].status;
  };
  assert.equal(await outcome('each-its-own', 'red', 'blue'), 'fulfilled');
  assert.equal(await outcome('both-the-bucket', 'blue', 'blue'), 'rejected');
  assert.equal(await outcome('both-the-point', 'red', 'red'), 'rejected');
  assert.equal(await outcome('bucket-tags', 'blue', 'blue', 's3:BucketTag'), 'fulfilled');
  assert.equal(await outcome('point-tags', 'red', 'red', 's3:AccessPointTag'), 'fulfilled');
});

test('a copy may come from a bucket in another Region, not through an access point there', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const west = clientOf(cloud, AccountId, { region: 'us-west-2' });
  const far = 'far-2026';
  await west.send(
    new CreateBucketCommand({ Bucket: far, CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
  );
  await west.send(new PutObjectCommand({ Bucket: far, Key: 'a', Body: 'a' }));
  const control = controlOf(cloud, { region: 'us-west-2' });
  const { Alias, AccessPointArn } = await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket: far }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const copies = (CopySource: string) =>
    [
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }),
      new UploadPartCopyCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource }),
    ] as CopyObjectCommand[];
  for (const source of [`${AccessPointArn}/object/a`, `${Alias}/a`])
    for (const copy of copies(source))
      assert.deepEqual([(await failure(s3.send(copy))).name, source], ['AccessDenied', source]);
  for (const copy of copies(`${far}/a`)) await s3.send(copy);
});
