import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  CreateSessionCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListDirectoryBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { directory, expressClient, startDirectory } from './directory-setup.ts';

test('A directory bucket is made, described, listed apart and deleted through the unchanged client', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const head = await s3.send(new HeadBucketCommand({ Bucket }));
  assert.equal(head.BucketLocationType, 'AvailabilityZone');
  assert.equal(head.BucketLocationName, 'use1-az4');
  assert.equal(head.BucketRegion, 'us-east-1');
  assert.equal(head.BucketArn, `arn:aws:s3express:us-east-1:123456789012:bucket/${Bucket}`);
  assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  await s3.send(directory('a--use1-az5--x-s3', 'use1-az5'));
  const first = await s3.send(new ListDirectoryBucketsCommand({ MaxDirectoryBuckets: 1 }));
  assert.deepEqual(
    first.Buckets?.map(({ Name }) => Name),
    ['a--use1-az5--x-s3'],
  );
  const { ContinuationToken } = first;
  const second = await s3.send(new ListDirectoryBucketsCommand({ ContinuationToken }));
  assert.deepEqual(
    second.Buckets?.map(({ Name }) => Name),
    [Bucket],
  );
  assert.equal(second.ContinuationToken, undefined);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
  assert.equal((await failure(s3.send(new DeleteBucketCommand({ Bucket })))).name, 'BucketNotEmpty');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  assert.equal((await failure(s3.send(new HeadBucketCommand({ Bucket })))).name, 'NotFound');
});

test('Names and places of directory buckets are checked', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const nameOf = async (...of: Parameters<typeof directory>) => (await failure(s3.send(directory(...of)))).name;
  assert.equal(await nameOf(Bucket), 'BucketAlreadyOwnedByYou');
  assert.equal(await nameOf('plain-name'), 'InvalidBucketName');
  assert.equal(await nameOf('b--use1-az5--x-s3', 'use1-az4'), 'InvalidRequest');
  assert.equal(await nameOf('b--usw2-az1--x-s3', 'usw2-az1'), 'InvalidBucketName');
  const { input } = directory('b--use1-az4--x-s3');
  const owned = new CreateBucketCommand({ ...input, ObjectOwnership: 'ObjectWriter' });
  assert.equal((await failure(s3.send(owned))).name, 'NotImplemented');
  const placed = { ...input.CreateBucketConfiguration, LocationConstraint: 'us-west-2' as const };
  const twice = new CreateBucketCommand({ ...input, CreateBucketConfiguration: placed });
  assert.equal((await failure(s3.send(twice))).name, 'MalformedXML');
  const other = expressClient(cloud, '999988887777', { disableS3ExpressSessionAuth: true });
  assert.equal((await failure(other.send(directory(Bucket)))).name, 'BucketAlreadyExists');
});

test('Objects of a directory bucket are written, read, listed and deleted in a session', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b.txt', Body: 'hello', ContentType: 'text/plain' }));
  assert.match(put.ETag ?? '', /^"[0-9a-f]{32}"$/);
  assert.notEqual(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
  assert.equal(put.ServerSideEncryption, 'AES256');
  await s3.send(new PutObjectCommand({ Bucket, Key: '/c', Body: 'slash' }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' }));
  assert.equal(await got.Body?.transformToString(), 'hello');
  assert.equal(got.ETag, put.ETag);
  assert.equal(got.StorageClass, 'EXPRESS_ONEZONE');
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: '/c' }))).ContentLength, 5);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(listed.Contents?.map(({ Key }) => Key).sort(), ['/c', 'a/b.txt']);
  assert.deepEqual([...new Set(listed.Contents?.map(({ StorageClass }) => StorageClass))], ['EXPRESS_ONEZONE']);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a/b.txt' }));
  assert.equal((await failure(s3.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' })))).name, 'NoSuchKey');
});

test('A session lasts five minutes; the client opens another', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const { Credentials } = await s3.send(new CreateSessionCommand({ Bucket }));
  const now = cloud.server.cloud.kernel.clock.now();
  assert.equal(Credentials?.Expiration?.getTime(), now + 300_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
});
