/** Data events of what came through an access point. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateAccessPointCommand } from '@aws-sdk/client-s3-control';
import { startTestCloud } from '../../support/cloud.ts';
import { controlOf } from '../s3-control/setup.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

const AccountId = '123456789012';

test('a request through an access point is about the object, its bucket and the access point', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const Bucket = 'shelf';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { Alias } = await controlOf(cloud).send(new CreateAccessPointCommand({ AccountId, Bucket, Name: 'door' }));
  const trail = cloud.client(CloudTrailClient);
  await trail.send(new CreateTrailCommand({ Name: 'doors', S3BucketName: BUCKET }));
  const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const ARN = `arn:aws:s3:us-east-1:${AccountId}:accesspoint/door`;
  const FieldSelectors = [
    field('eventCategory', 'Data'),
    field('resources.type', 'AWS::S3::AccessPoint'),
    { Field: 'resources.ARN', StartsWith: [ARN] },
  ];
  await trail.send(new PutEventSelectorsCommand({ TrailName: 'doors', AdvancedEventSelectors: [{ FieldSelectors }] }));
  await trail.send(new StartLoggingCommand({ Name: 'doors' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'my-image.jpg', Body: 'x' }));
  await s3.send(new GetObjectCommand({ Bucket: Alias, Key: 'my-image.jpg' }));
  await cloud.advance(6 * 60_000);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'AWSLogs/' }));
  const files = await Promise.all(
    Contents.filter(({ Key = '' }) => Key.endsWith('.gz')).map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return JSON.parse(gunzipSync((await Body?.transformToByteArray()) ?? '').toString()).Records;
    }),
  );
  const [told, ...more] = files.flat();
  assert.deepEqual([told?.eventName, more], ['GetObject', []]);
  assert.deepEqual(told.resources, [
    { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::shelf/my-image.jpg' },
    { accountId: AccountId, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::shelf' },
    { accountId: AccountId, type: 'AWS::S3::AccessPoint', ARN },
  ]);
});
