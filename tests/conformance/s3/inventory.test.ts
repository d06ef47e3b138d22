/** Inventory: reports on the clock, as CSV with their manifest, and their configuration. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  type InventoryOptionalField,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { type S3Cloud, startS3, userOf } from './setup.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const REPORTS = 'reports-2026';

function inventory(more: Partial<InventoryConfiguration> = {}): InventoryConfiguration {
  return {
    Id: 'daily',
    IsEnabled: true,
    IncludedObjectVersions: 'Current',
    Schedule: { Frequency: 'Daily' },
    Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${REPORTS}`, Format: 'CSV', Prefix: 'in' } },
    OptionalFields: ['ETag', 'Size', 'StorageClass'],
    ...more,
  };
}

const configure = ({ s3, Bucket }: S3Cloud, value: InventoryConfiguration) =>
  s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id: value.Id, InventoryConfiguration: value }));

/** The bucket for reports, which lets S3 in as AWS's guide says. */
async function makeReports({ s3, Bucket }: S3Cloud): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: REPORTS }));
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${REPORTS}/*`,
    Condition: {
      ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` },
      StringEquals: { 'aws:SourceAccount': '123456789012', 's3:x-amz-acl': 'bucket-owner-full-control' },
    },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: REPORTS, Policy }));
}

async function keys({ s3 }: S3Cloud): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: REPORTS }));
  return Contents.map(({ Key = '' }) => Key);
}

async function bytes({ s3 }: S3Cloud, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: REPORTS, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const put = ({ s3, Bucket }: S3Cloud, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

test('a daily report lists the objects in a file that a manifest names', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  await makeReports(cloud);
  await configure(cloud, inventory());
  await put(cloud, 'a b/"c"');
  await put(cloud, 'z');
  assert.deepEqual(await keys(cloud), []);
  await cloud.advance(DAY);
  const found = await keys(cloud);
  const folder = `in/${Bucket}/daily`;
  const [manifest, sum, data, link] = [
    `${folder}/2026-01-02T00-00Z/manifest.json`,
    `${folder}/2026-01-02T00-00Z/manifest.checksum`,
    found.find((key) => key.endsWith('.csv.gz')) ?? '',
    `${folder}/hive/dt=2026-01-02-00-00/symlink.txt`,
  ];
  assert.deepEqual(found.toSorted(), [manifest, sum, data, link].toSorted());
  const file = await bytes(cloud, data);
  const etag = '5d41402abc4b2a76b9719d911017c592';
  assert.equal(
    gunzipSync(file).toString(),
    [`"${Bucket}","a%20b/%22c%22","5","${etag}","STANDARD"`, `"${Bucket}","z","5","${etag}","STANDARD"`, ''].join('\n'),
  );
  const text = await bytes(cloud, manifest);
  assert.deepEqual(JSON.parse(text.toString()), {
    sourceBucket: Bucket,
    destinationBucket: `arn:aws:s3:::${REPORTS}`,
    version: '2016-11-30',
    creationTimestamp: '1767312000000',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, ETag, StorageClass',
    files: [{ key: data, size: file.length, MD5checksum: createHash('md5').update(file).digest('hex') }],
  });
  assert.equal((await bytes(cloud, sum)).toString(), createHash('md5').update(text).digest('hex'));
  assert.equal((await bytes(cloud, link)).toString(), `s3://${REPORTS}/${data}`);
  await cloud.advance(DAY);
  assert.equal((await keys(cloud)).length, 8);
});

test('a weekly report of all versions comes once at first, then on Sundays', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await makeReports(cloud);
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await put(cloud, 'in/a');
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/a' }));
  await put(cloud, 'out');
  await configure(
    cloud,
    inventory({
      Id: 'weekly',
      IncludedObjectVersions: 'All',
      Filter: { Prefix: 'in/' },
      OptionalFields: undefined,
      Schedule: { Frequency: 'Weekly' },
    }),
  );
  const days = async () =>
    (await keys(cloud)).filter((key) => key.endsWith('.json')).map((key) => /\/([^/]*)T[^/]*\/manifest/.exec(key)?.[1]);
  await cloud.advance(11 * DAY);
  assert.deepEqual(await days(), ['2026-01-02', '2026-01-04', '2026-01-11']);
  const [data = ''] = (await keys(cloud)).filter((key) => key.endsWith('.gz'));
  assert.equal(
    gunzipSync(await bytes(cloud, data)).toString(),
    [
      `"${Bucket}","in/a","${marker.VersionId}","true","true"`,
      `"${Bucket}","in/a","${VersionId}","false","false"`,
      '',
    ].join('\n'),
  );
});

test('configurations are checked, shown and taken away; a closed destination gets nothing', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: REPORTS }));
  const S3BucketDestination = { Bucket: `arn:aws:s3:::${REPORTS}`, Format: 'ORC' as const };
  await assert.rejects(configure(cloud, inventory({ Destination: { S3BucketDestination } })), {
    name: 'NotImplemented',
  });
  await assert.rejects(
    s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id: 'other', InventoryConfiguration: inventory() })),
    { name: 'IdMismatch' },
  );
  await configure(cloud, inventory());
  const named = { Bucket, Id: 'daily' };
  const { InventoryConfiguration } = await s3.send(new GetBucketInventoryConfigurationCommand(named));
  assert.deepEqual(InventoryConfiguration, inventory());
  const list = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }));
  assert.deepEqual([list.InventoryConfigurationList, list.IsTruncated], [[inventory()], false]);
  await cloud.advance(2 * DAY);
  assert.deepEqual(await keys(cloud), []);
  await s3.send(new DeleteBucketInventoryConfigurationCommand(named));
  await assert.rejects(s3.send(new GetBucketInventoryConfigurationCommand(named)), { name: 'NoSuchConfiguration' });
});

test('a policy may keep fields out of reports', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  await makeReports(cloud);
  const Condition = { 'ForAllValues:StringEquals': { 's3:InventoryAccessibleOptionalFields': ['Size', 'ETag'] } };
  const ann = await userOf(cloud, 'ann', {
    Effect: 'Allow',
    Action: 's3:PutInventoryConfiguration',
    Resource: '*',
    Condition,
  });
  const put = (OptionalFields: InventoryOptionalField[]) =>
    ann.send(
      new PutBucketInventoryConfigurationCommand({
        Bucket,
        Id: 'daily',
        InventoryConfiguration: inventory({ OptionalFields }),
      }),
    );
  await put(['Size']);
  assert.equal((await failure(put(['Size', 'ObjectOwner']))).name, 'AccessDenied');
});
