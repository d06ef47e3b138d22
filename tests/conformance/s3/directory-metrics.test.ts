/** What CloudWatch is told of directory buckets, and that they are there after a restart. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateMultipartUploadCommand,
  CreateSessionCommand,
  DeleteBucketMetricsConfigurationCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  ListBucketMetricsConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketMetricsConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { resetCloud } from '#main/snapshots';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { type DirectoryCloud, expressClient, startDirectory } from './directory-setup.ts';

const DAY = 86_400_000;

async function figure(
  cloud: DirectoryCloud,
  MetricName: string,
  dimension: [string, string],
  statistic: 'Sum' | 'Average',
) {
  const [Name, Value] = dimension;
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/S3',
      MetricName,
      Dimensions: [
        { Name: 'BucketName', Value: cloud.Bucket },
        { Name, Value },
      ],
      StartTime: new Date(START),
      EndTime: new Date(START + 2 * DAY),
      Period: 2 * (DAY / 1_000),
      Statistics: [statistic],
    }),
  );
  return Datapoints?.[0]?.[statistic];
}

test('sizes each day, and requests where they are wanted', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const Id = 'logs';
  const metrics = (Prefix: string) =>
    s3.send(new PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration: { Id, Filter: { Prefix } } }));
  assert.equal((await failure(metrics('lo'))).name, 'InvalidRequest');
  await metrics('logs/');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'logs/a', Body: '12345' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: '1234' }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'large' }));
  await s3.send(new UploadPartCommand({ Bucket, Key: 'large', UploadId, PartNumber: 1, Body: '123' }));
  await cloud.advance(DAY + 60_000);
  assert.equal(await figure(cloud, 'PutRequests', ['FilterId', Id], 'Sum'), 1);
  assert.equal(await figure(cloud, 'BucketSizeBytes', ['StorageType', 'ExpressOneZoneStorage'], 'Average'), 12);
  assert.equal(await figure(cloud, 'NumberOfObjects', ['StorageType', 'AllStorageTypes'], 'Average'), 2);
  await s3.send(new DeleteBucketMetricsConfigurationCommand({ Bucket, Id }));
  const { MetricsConfigurationList } = await s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket }));
  assert.equal(MetricsConfigurationList, undefined);
  const inventory = await failure(s3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id })));
  assert.equal(inventory.$metadata?.httpStatusCode, 501);
});

test('buckets, objects and sessions are there after a restart', async () => {
  const data = await mkdtemp(join(tmpdir(), 'cloudyard-s3-'));
  try {
    const first = await startDirectory({ data });
    const { Bucket } = first;
    await first.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'kept' }));
    await first.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: ' on', WriteOffsetBytes: 4 }));
    const { Credentials } = await first.s3.send(new CreateSessionCommand({ Bucket }));
    await first.close();
    await using second = await startTestCloud({ data });
    const s3 = expressClient(second);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    assert.equal(await Body?.transformToString(), 'kept on');
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const session = expressClient(second, '', { credentials, disableS3ExpressSessionAuth: true });
    assert.equal((await session.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 1);
    await resetCloud(second.server.cloud, '123456789012');
    assert.equal(
      (await failure(expressClient(second).send(new ListObjectsV2Command({ Bucket })))).name,
      'NoSuchBucket',
    );
  } finally {
    await rm(data, { recursive: true });
  }
});
