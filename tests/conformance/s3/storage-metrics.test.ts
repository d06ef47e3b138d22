/** What CloudWatch is told each day of what lies in a bucket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { START } from '../../support/cloud.ts';
import { bytesOf, type S3Cloud, startS3 } from './setup.ts';

const KIB = 1_024;
const DAY = 86_400_000;

const put = ({ s3, Bucket }: S3Cloud, Key: string, size: number, StorageClass?: StorageClass) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: bytesOf(size), StorageClass }));

/** The figures of a day, by the type of storage. */
async function told(cloud: S3Cloud, day: number): Promise<{ [type: string]: number }> {
  const watch = cloud.client(CloudWatchClient);
  const { Metrics = [] } = await watch.send(new ListMetricsCommand({ Namespace: 'AWS/S3' }));
  const found: { [type: string]: number } = {};
  for (const { MetricName, Dimensions } of Metrics) {
    const { Datapoints = [] } = await watch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/S3',
        MetricName,
        Dimensions,
        StartTime: new Date(START + day * DAY),
        EndTime: new Date(START + (day + 1) * DAY),
        Period: DAY / 1_000,
        Statistics: ['Average'],
      }),
    );
    const [{ Average } = {}] = Datapoints;
    const type = Dimensions?.find(({ Name }) => Name === 'StorageType')?.Value ?? '';
    if (Average !== undefined) found[type] = Average;
  }
  return found;
}

test('sizes by storage class and the number of all that lies there, day by day', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await cloud.advance(DAY);
  assert.deepEqual(await told(cloud, 1), {});
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await put(cloud, 'a', 100);
  await put(cloud, 'a', 200);
  await put(cloud, 'seldom', 28 * KIB, 'STANDARD_IA');
  await put(cloud, 'archived', 1_000, 'DEEP_ARCHIVE');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  const begun = async (StorageClass: StorageClass) => {
    const upload = { Bucket, Key: 'large' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...upload, StorageClass }));
    for (const PartNumber of [1, 2])
      await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body: bytesOf(10) }));
  };
  await begun('STANDARD');
  await begun('GLACIER');
  await cloud.advance(DAY);
  const first = {
    StandardStorage: 320,
    StandardIAStorage: 28 * KIB,
    StandardIASizeOverhead: 100 * KIB,
    DeepArchiveStorage: 1_000,
    DeepArchiveObjectOverhead: 32 * KIB,
    DeepArchiveS3ObjectOverhead: 8 * KIB,
    GlacierStagingStorage: 20,
    AllStorageTypes: 9,
  };
  assert.deepEqual(await told(cloud, 2), first);
  // A day on which nothing happens tells the same again.
  await cloud.advance(DAY);
  assert.deepEqual(await told(cloud, 3), first);
  await put(cloud, 'b', 5);
  await cloud.advance(DAY);
  assert.deepEqual(await told(cloud, 4), { ...first, StandardStorage: 325, AllStorageTypes: 10 });
});

test('more than one look takes; Intelligent-Tiering moves by itself', async () => {
  await using cloud = await startS3();
  const count = 600;
  for (let at = 0; at < count; at += 1) await put(cloud, `k${at}`, 1);
  await put(cloud, 'clever', 200 * KIB, 'INTELLIGENT_TIERING');
  await cloud.advance(DAY);
  assert.deepEqual(await told(cloud, 1), {
    StandardStorage: count,
    IntelligentTieringFAStorage: 200 * KIB,
    AllStorageTypes: count + 1,
  });
  await cloud.advance(31 * DAY);
  assert.deepEqual(await told(cloud, 32), {
    StandardStorage: count,
    IntelligentTieringIAStorage: 200 * KIB,
    AllStorageTypes: count + 1,
  });
});
