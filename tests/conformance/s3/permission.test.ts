import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { failure } from '../../support/cloud.ts';
import { clientOf, startS3, userOf } from './setup.ts';

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

// Source: AWS's Knowledge Center, "Troubleshoot copying between S3 buckets".
test('a copy that takes tags along needs to read and to write them', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'a' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'a', Tagging: 'team=blue' }));
  const userWith = (name: string, ...more: string[]) =>
    userOf(cloud, name, [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', ...more], Resource: '*' }]);
  const copy = (user: S3Client, from: string, more: object = {}) =>
    user.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${from}`, ...more }));
  const plain = await userWith('plain');
  await copy(plain, 'plain');
  await copy(plain, 'tagged', { TaggingDirective: 'REPLACE' });
  assert.match((await failure(copy(plain, 'tagged'))).message, /not authorized to perform: s3:PutObjectTagging/);
  const writer = await userWith('writer', 's3:PutObjectTagging');
  assert.match((await failure(copy(writer, 'tagged'))).message, /not authorized to perform: s3:GetObjectTagging/);
  await copy(await userWith('both', 's3:PutObjectTagging', 's3:GetObjectTagging'), 'tagged');
});

test('policies see how a request was signed and sent, and whose the bucket is', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const user = await userOf(cloud, 'user', [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]);
  const read = () => user.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  const byUrl = async () => (await fetch(await getSignedUrl(user, new GetObjectCommand({ Bucket, Key: 'a' })))).status;
  const denyIf = (Condition: object) =>
    s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*`, Condition },
          ],
        }),
      }),
    );
  // What is not there is unequal to anything: a condition on a key that is missing would deny them all.
  await denyIf({ StringNotEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } });
  await read();
  await denyIf({ StringNotEquals: { 's3:ResourceAccount': '123456789012' } });
  await read();
  await denyIf({ StringEquals: { 's3:ResourceAccount': '123456789012' } });
  await assert.rejects(read(), { name: 'AccessDenied' });
  await denyIf({ StringNotEquals: { 's3:authType': 'REST-HEADER' } });
  await read();
  assert.equal(await byUrl(), 403);
  await denyIf({ NumericGreaterThan: { 's3:signatureAge': '600000' } });
  assert.equal(await byUrl(), 200);
  const url = await getSignedUrl(user, new GetObjectCommand({ Bucket, Key: 'a' }), { expiresIn: 3_600 });
  await cloud.advance(601_000);
  assert.equal((await fetch(url)).status, 403);
  await denyIf({ StringNotEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
  await assert.rejects(read(), { name: 'AccessDenied' });
});

// Source: S3 User Guide, "Tagging and access control policies", "Bucket policy examples using condition keys".
test('policies see the tags that an object is to get, and the grants', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'a' };
  await s3.send(new PutObjectCommand({ ...named, Body: 'a' }));
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const user = await userOf(cloud, 'user', [
    {
      Effect: 'Allow',
      Action: 's3:PutObjectTagging',
      Resource,
      Condition: {
        'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['Project', 'Owner'] },
        StringEqualsIfExists: { 's3:RequestObjectTag/Project': 'X' },
      },
    },
    {
      Effect: 'Allow',
      Action: ['s3:PutObjectAcl', 's3:PutBucketAcl'],
      Resource,
      Condition: { StringEquals: { 's3:x-amz-acl': 'private' } },
    },
  ]);
  const tag = (Key: string, Value: string) =>
    user.send(new PutObjectTaggingCommand({ ...named, Tagging: { TagSet: [{ Key, Value }] } }));
  const denied = { name: 'AccessDenied' };
  await tag('Owner', 'me');
  await tag('Project', 'X');
  await assert.rejects(tag('Project', 'Y'), denied);
  const reader = await userOf(cloud, 'reader', [{ Effect: 'Allow', Action: 's3:GetObject', Resource }]);
  assert.equal((await s3.send(new GetObjectCommand(named))).TagCount, 1);
  assert.equal((await reader.send(new GetObjectCommand(named))).TagCount, undefined, 'told to who may read the tags');
  await assert.rejects(tag('Other', 'X'), denied);
  await user.send(new PutObjectAclCommand({ ...named, ACL: 'private' }));
  await user.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }));
  await assert.rejects(user.send(new PutObjectAclCommand({ ...named, ACL: 'bucket-owner-read' })), denied);
  await assert.rejects(user.send(new PutBucketAclCommand({ Bucket, ACL: 'authenticated-read' })), denied);
  const GrantRead = `id="${'a'.repeat(64)}"`;
  await assert.rejects(user.send(new PutObjectAclCommand({ ...named, GrantRead })), denied);
});

// Source: S3 User Guide, "Controlling ownership of objects and disabling ACLs".
test('where ACLs are disabled all is the bucket owner’s; only what grants others something stands in the way', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const contradicts = { name: 'InvalidBucketAclWithObjectOwnership' };
  const GrantRead = `id="${'a'.repeat(64)}"`;
  await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'granted-2026', GrantRead })), contradicts);
  const own = async (ObjectOwnership: 'ObjectWriter' | 'BucketOwnerEnforced') => {
    const OwnershipControls = { Rules: [{ ObjectOwnership }] };
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  };
  await own('ObjectWriter');
  const { Owner: owner } = await s3.send(new GetBucketAclCommand({ Bucket }));
  const Principal = { AWS: '210987654321' };
  const Statement = { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` };
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  await clientOf(cloud, '210987654321').send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
  await s3.send(new PutBucketAclCommand({ Bucket, GrantRead }));
  await assert.rejects(own('BucketOwnerEnforced'), contradicts);
  await s3.send(new PutBucketAclCommand({ Bucket, GrantFullControl: `id="${owner?.ID}"` }));
  await own('BucketOwnerEnforced');
  const acl = await s3.send(new GetObjectAclCommand({ Bucket, Key: 'theirs' }));
  assert.deepEqual([acl.Owner?.ID, acl.Grants?.map(({ Grantee }) => Grantee?.ID)], [owner?.ID, [owner?.ID]]);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
  assert.deepEqual(
    Contents?.map(({ Owner }) => Owner?.ID),
    [owner?.ID],
  );
});
