import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { startS3, userOf } from './setup.ts';

test('what a new bucket is to have, and comparing ETags, need permissions of their own', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const maker = await userOf(cloud, 'maker', [
    { Effect: 'Allow', Action: ['s3:CreateBucket', 's3:PutObject'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: 's3:TagResource',
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } },
    },
  ]);
  const make = (name: string, more: object) => maker.send(new CreateBucketCommand({ Bucket: name, ...more }));
  const tagged = (Value: string) => ({ CreateBucketConfiguration: { Tags: [{ Key: 'team', Value }] } });
  await make('made-plain-1', { ACL: 'private' });
  await make('made-blue-1', tagged('blue'));
  assert.match((await failure(make('made-red-1', tagged('red')))).message, /not authorized to perform: s3:TagResource/);
  assert.match(
    (await failure(make('made-1', { ObjectLockEnabledForBucket: true }))).message,
    /not authorized to perform: s3:PutBucketObjectLockConfiguration/,
  );
  assert.match(
    (await failure(make('made-1', { ObjectOwnership: 'ObjectWriter' }))).message,
    /not authorized to perform: s3:PutBucketOwnershipControls/,
  );
  const { ETag: IfMatch } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await maker.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'b', IfNoneMatch: '*' }));
  assert.match(
    (await failure(maker.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b', IfMatch })))).message,
    /not authorized to perform: s3:GetObject/,
  );
});
