/**
 * Which checksum a read of a multipart object shows, whole or in part.
 * Sources: S3 User Guide, "Checking object integrity in Amazon S3"; S3's answers in github.com/floci-io/floci/issues/3083,
 * localstack/localstack/pull/12842, versity/versitygw/issues/2056.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { bytesOf, type S3Cloud, startS3 } from './setup.ts';

const FIRST = 5 * 1_024 * 1_024;
const SIZE = FIRST + 100;
const whole = bytesOf(SIZE);
const slices = [whole.subarray(0, FIRST), whole.subarray(FIRST)];

async function upload(
  { s3, Bucket }: S3Cloud,
  Key: string,
  ChecksumAlgorithm: 'SHA256' | 'CRC32',
  ChecksumType: 'COMPOSITE' | 'FULL_OBJECT',
): Promise<string[]> {
  const options = { Bucket, Key, ChecksumAlgorithm };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...options, ChecksumType }));
  const Parts = [];
  for (const [index, Body] of slices.entries()) {
    const part = await s3.send(new UploadPartCommand({ ...options, UploadId, PartNumber: index + 1, Body }));
    const { ETag, ChecksumCRC32, ChecksumSHA256 } = part;
    Parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32, ChecksumSHA256 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  return Parts.map((part) => part.ChecksumSHA256 ?? part.ChecksumCRC32 ?? '');
}

async function shown({ s3, Bucket }: S3Cloud, Key: string, options: Partial<HeadObjectCommandInput> = {}) {
  const input = { Bucket, Key, ChecksumMode: 'ENABLED', ...options } as const;
  const head = await s3.send(new HeadObjectCommand(input));
  const got = await s3.send(new GetObjectCommand(input));
  await got.Body?.transformToByteArray();
  const sums = [head, got].map((one) => [one.ChecksumSHA256 ?? one.ChecksumCRC32, one.ChecksumType]);
  assert.deepEqual(sums[0], sums[1]);
  return sums[0];
}

test('a checksum of checksums: each part has its own, by number and by its bytes', async () => {
  await using cloud = await startS3();
  const parts = await upload(cloud, 'a', 'SHA256', 'COMPOSITE');
  const joined = createHash('sha256');
  for (const part of parts) joined.update(Buffer.from(part, 'base64'));
  const sum = joined.digest('base64');
  assert.deepEqual(await shown(cloud, 'a'), [`${sum}-2`, 'COMPOSITE']);
  assert.deepEqual(await shown(cloud, 'a', { PartNumber: 2 }), [parts[1], 'COMPOSITE']);
  assert.deepEqual(await shown(cloud, 'a', { Range: `bytes=0-${FIRST - 1}` }), [parts[0], 'COMPOSITE']);
  assert.deepEqual(await shown(cloud, 'a', { Range: `bytes=${FIRST}-` }), [parts[1], 'COMPOSITE']);
  assert.deepEqual(await shown(cloud, 'a', { Range: `bytes=0-${FIRST}` }), [undefined, undefined]);
  assert.deepEqual(await shown(cloud, 'a', { Range: `bytes=1-${FIRST - 1}` }), [undefined, undefined]);
  // The attributes: without the number of parts.
  const attributes = await cloud.s3.send(
    new GetObjectAttributesCommand({ Bucket: cloud.Bucket, Key: 'a', ObjectAttributes: ['Checksum'] }),
  );
  assert.deepEqual(attributes.Checksum, { ChecksumSHA256: sum, ChecksumType: 'COMPOSITE' });
});

test("a full object's checksum: its parts show none", async () => {
  await using cloud = await startS3();
  await upload(cloud, 'a', 'CRC32', 'FULL_OBJECT');
  const { s3, Bucket } = cloud;
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: whole, ChecksumAlgorithm: 'CRC32' }));
  const sum = [put.ChecksumCRC32, 'FULL_OBJECT'];
  for (const Key of ['a', 'b']) {
    assert.deepEqual(await shown(cloud, Key), sum);
    assert.deepEqual(await shown(cloud, Key, { Range: 'bytes=0-' }), sum);
    assert.deepEqual(await shown(cloud, Key, { Range: `bytes=0-${FIRST - 1}` }), [undefined, undefined]);
  }
  assert.deepEqual(await shown(cloud, 'a', { PartNumber: 1 }), [undefined, undefined]);
  assert.deepEqual(await shown(cloud, 'b', { PartNumber: 1 }), sum);
});
