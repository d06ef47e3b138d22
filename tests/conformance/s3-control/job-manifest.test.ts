/** Manifests that a job generates: what its filter takes of a bucket, and the files in which that is written down. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type {
  CreateJobCommandInput,
  JobManifestGeneratorFilter,
  S3JobManifestGenerator,
} from '@aws-sdk/client-s3-control';
import { COPY, configure, keepVersions, makeBucket, makeRole, rule } from '../s3/replications.ts';
import { clientOf } from '../s3/setup.ts';
import { AccountId, Bucket, jobOver, read, shown, startBatches } from './batches.ts';

const SECONDS = 1_000;
const Source = 'sources-2026';
const SourceBucket = `arn:aws:s3:::${Source}`;
const REASON = 'Manifest generation found no keys matching the filter criteria.';

async function startSource(actions?: string[]) {
  const batches = await startBatches(actions);
  const { cloud, s3, control } = batches;
  await s3.send(new CreateBucketCommand({ Bucket: Source }));
  const run = async (generator: Partial<S3JobManifestGenerator>, fields: Partial<CreateJobCommandInput> = {}) => {
    const S3JobManifestGenerator = { SourceBucket, EnableManifestOutput: false, ...generator };
    const JobId = await jobOver(batches, [], {
      Manifest: undefined,
      ManifestGenerator: { S3JobManifestGenerator },
      ...fields,
    });
    await cloud.advance(20 * SECONDS);
    return shown(control, JobId);
  };
  const put = (Key: string, Body = 'x', more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket: Source, Key, Body, ...more }));
  return { cloud, s3, control, run, put };
}

/** Keys and versions that a job worked on, as its report has them. */
async function worked(s3: S3Client, JobId: string): Promise<string[]> {
  const manifest = JSON.parse((await read(s3, `reports/job-${JobId}/manifest.json`)) ?? '');
  const texts = await Promise.all(manifest.Results.map(({ Key }: { Key: string }) => read(s3, Key)));
  return texts
    .join('')
    .trim()
    .split('\n')
    .map((line) => line.split(',').slice(1, 3).join(' ').trim());
}

test('a job lists the objects that its filter takes', async () => {
  const { cloud, s3, run, put } = await startSource();
  await using _ = cloud;
  const kms = cloud.client(KMSClient);
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  await put('logs/a b.txt', 'xx');
  await put('logs/b.csv', 'x'.repeat(100));
  await cloud.advance(100 * SECONDS);
  const between = new Date(cloud.server.cloud.kernel.clock.now() - 50 * SECONDS);
  await put('pictures/c.txt', 'x'.repeat(50), { StorageClass: 'STANDARD_IA' });
  await put('sealed', 'x', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key, BucketKeyEnabled: true });
  const keys = async (Filter?: JobManifestGeneratorFilter) => {
    const job = await run(Filter === undefined ? {} : { Filter });
    assert.deepEqual(
      [job?.Status, job?.Manifest, job?.GeneratedManifestDescriptor],
      ['Complete', undefined, undefined],
    );
    return worked(s3, job?.JobId ?? '');
  };
  assert.deepEqual(await keys(), ['logs/a%20b.txt', 'logs/b.csv', 'pictures/c.txt', 'sealed']);
  const KeyNameConstraint = { MatchAnyPrefix: ['logs/', 'pic'], MatchAnySuffix: ['.txt'], MatchAnySubstring: ['/'] };
  assert.deepEqual(await keys({ KeyNameConstraint }), ['logs/a%20b.txt', 'pictures/c.txt']);
  assert.deepEqual(await keys({ KeyNameConstraint: { MatchAnyPrefix: ['logs/b'] } }), ['logs/b.csv']);
  const sized = { ObjectSizeGreaterThanBytes: 2, ObjectSizeLessThanBytes: 100 };
  assert.deepEqual(await keys(sized), ['pictures/c.txt']);
  assert.deepEqual(await keys({ CreatedAfter: between }), ['pictures/c.txt', 'sealed']);
  assert.deepEqual(await keys({ CreatedBefore: between, MatchAnyStorageClass: ['STANDARD'] }), [
    'logs/a%20b.txt',
    'logs/b.csv',
  ]);
  assert.deepEqual(await keys({ MatchAnyObjectEncryption: [{ SSEKMS: { KmsKeyArn: key, BucketKeyEnabled: true } }] }), [
    'sealed',
  ]);
  assert.deepEqual(await keys({ MatchAnyObjectEncryption: [{ SSES3: {} }], MatchAnyStorageClass: ['STANDARD_IA'] }), [
    'pictures/c.txt',
  ]);
  const { JobId } = (await run({})) ?? {};
  const report = await s3.send(new HeadObjectCommand({ Bucket, Key: `reports/job-${JobId}/manifest.json` }));
  assert.equal(report.ServerSideEncryption, 'AES256', 'whatever the default of the bucket');
  const none = await run({ Filter: { MatchAnyObjectEncryption: [{ SSEC: {} }] } });
  assert.deepEqual([none?.Status, none?.FailureReasons?.[0]?.FailureReason], ['Failed', REASON]);
});

test('more objects than one step lists are listed, and written down', async () => {
  const { cloud, s3, run, put } = await startSource();
  await using _ = cloud;
  const names = Array.from({ length: 1_050 }, (_, index) => `k${String(index).padStart(4, '0')}`);
  for (let from = 0; from < names.length; from += 50)
    await Promise.all(names.slice(from, from + 50).map((name) => put(name)));
  const output = {
    ManifestOutputLocation: {
      Bucket: `arn:aws:s3:::${Bucket}`,
      ManifestPrefix: 'lists',
      ManifestFormat: 'S3InventoryReport_CSV_20211130' as const,
      ExpectedManifestBucketOwner: AccountId,
      ManifestEncryption: { SSES3: {} },
    },
  };
  const job = await run({ EnableManifestOutput: true, ...output }, { Report: { Enabled: false } });
  assert.equal(job?.ProgressSummary?.NumberOfTasksSucceeded, 1_050);
  const { Format, Location } = job?.GeneratedManifestDescriptor ?? {};
  assert.equal(Format, 'S3InventoryReport_CSV_20211130');
  const Key =
    Location?.ObjectArn?.split(':')
      .at(-1)
      ?.slice(Bucket.length + 1) ?? '';
  const text = (await read(s3, Key)) ?? '';
  assert.equal(Location?.ETag, `"${createHash('md5').update(text).digest('hex')}"`);
  const { sourceBucket, fileSchema, files } = JSON.parse(text);
  assert.deepEqual([sourceBucket, fileSchema, files.length], [Source, 'Bucket, Key', 1]);
  const file = await s3.send(new GetObjectCommand({ Bucket, Key: files[0].key }));
  const bytes = Buffer.from((await file.Body?.transformToByteArray()) ?? []);
  assert.deepEqual(
    [files[0].size, files[0].MD5checksum],
    [bytes.length, createHash('md5').update(bytes).digest('hex')],
  );
  const lines = gunzipSync(bytes).toString().trim().split('\n');
  assert.deepEqual([lines.length, lines[0], lines.at(-1)], [1_050, `"${Source}","k0000"`, `"${Source}","k1049"`]);
  const again = await run({}, {
    ManifestGenerator: undefined,
    Manifest: { Spec: { Format: 'S3InventoryReport_CSV_20161130' }, Location },
    Report: { Enabled: false },
  } as never);
  assert.equal(again?.ProgressSummary?.NumberOfTasksSucceeded, 1_050);
});

test('Batch Replication lists the versions that rules take, delete markers with them, by their status', async () => {
  const { cloud, s3, run, put } = await startSource();
  await using _ = cloud;
  await makeRole(cloud);
  await keepVersions(s3, Source);
  const there = clientOf(cloud, AccountId, { region: 'eu-central-1' });
  await makeBucket(there, COPY);
  const { VersionId: one } = await put('in/a', 'one');
  const { VersionId: two } = await put('in/a', 'two');
  const { VersionId: marker } = await s3.send(new DeleteObjectCommand({ Bucket: Source, Key: 'in/b' }));
  await put('out/c', 'c');
  await put('in/cold', 'c', { StorageClass: 'GLACIER' });
  const both = rule({ Filter: { Prefix: 'in/' }, DeleteMarkerReplication: { Status: 'Enabled' } });
  await configure(s3, Source, both);
  const Operation = { S3ReplicateObject: {} };
  const output = { Bucket: `arn:aws:s3:::${Bucket}`, ManifestFormat: 'S3InventoryReport_CSV_20211130' as const };
  const filter = (...ObjectReplicationStatuses: ('NONE' | 'FAILED' | 'COMPLETED')[]) => ({
    Filter: { EligibleForReplication: true, ObjectReplicationStatuses },
  });
  const job = await run(
    { ...filter('NONE', 'FAILED'), EnableManifestOutput: true, ManifestOutputLocation: output },
    { Operation },
  );
  assert.deepEqual(
    new Set(await worked(s3, job?.JobId ?? '')),
    new Set([`in/a ${two}`, `in/a ${one}`, `in/b ${marker}`]),
  );
  assert.deepEqual([job?.Status, job?.ProgressSummary?.NumberOfTasksSucceeded], ['Complete', 3]);
  const { Versions = [], DeleteMarkers = [] } = await there.send(new ListObjectVersionsCommand({ Bucket: COPY }));
  assert.deepEqual(
    [...Versions, ...DeleteMarkers].map(({ VersionId }) => VersionId),
    [two, one, marker],
  );
  assert.deepEqual(job?.ManifestGenerator?.S3JobManifestGenerator?.SourceBucket, SourceBucket);
  const Key =
    job?.GeneratedManifestDescriptor?.Location?.ObjectArn?.split(':')
      .at(-1)
      ?.slice(Bucket.length + 1) ?? '';
  assert.equal(JSON.parse((await read(s3, Key)) ?? '').fileSchema, 'Bucket, Key, VersionId');
  const none = await run(filter('NONE', 'FAILED'), { Operation });
  assert.deepEqual([none?.Status, none?.FailureReasons?.[0]?.FailureReason], ['Failed', REASON]);
  const done = await run(filter('COMPLETED'), { Operation });
  assert.equal(done?.ProgressSummary?.NumberOfTasksSucceeded, 3);
  const all = await run({ Filter: { EligibleForReplication: false } }, { Operation });
  assert.deepEqual([all?.ProgressSummary?.NumberOfTasksSucceeded, all?.ProgressSummary?.NumberOfTasksFailed], [3, 2]);
});

test('a manifest is generated as the role may, of the bucket that is meant, and written where it may be', async () => {
  const wrong = async (actions: string[], generator: Partial<S3JobManifestGenerator> = {}) => {
    const { cloud, run, put, s3 } = await startSource(actions);
    await using _ = cloud;
    const there = clientOf(cloud, AccountId, { region: 'eu-central-1' });
    await makeBucket(there, 'far-2026');
    await put('a');
    const job = await run(generator, { Report: { Enabled: false } });
    await s3.send(new HeadObjectCommand({ Bucket: Source, Key: 'a' }));
    const [{ FailureCode, FailureReason } = {}] = job?.FailureReasons ?? [];
    return [job?.Status, FailureCode, FailureReason];
  };
  const may = ['s3:PutInventoryConfiguration', 's3:PutObjectTagging'];
  assert.equal((await wrong(may))[0], 'Complete');
  assert.deepEqual((await wrong(may.slice(1))).slice(0, 2), ['Failed', 'AccessDenied']);
  assert.deepEqual((await wrong(may, { ExpectedBucketOwner: '999999999999' })).slice(0, 2), ['Failed', 'AccessDenied']);
  assert.deepEqual((await wrong(may, { SourceBucket: 'arn:aws:s3:::nowhere-2026' })).slice(0, 2), [
    'Failed',
    'NoSuchBucket',
  ]);
  assert.deepEqual((await wrong(may, { SourceBucket: 'arn:aws:s3:::far-2026' }))[0], 'Failed');
  const output = (name: string) => ({
    EnableManifestOutput: true,
    ManifestOutputLocation: {
      Bucket: `arn:aws:s3:::${name}`,
      ManifestFormat: 'S3InventoryReport_CSV_20211130' as const,
    },
  });
  const unwritten = 'Error occurred when preparing manifest: Failed to write manifest';
  assert.equal((await wrong(may, output(Bucket)))[2], unwritten);
  assert.equal((await wrong([...may, 's3:PutObject'], output('far-2026')))[2], unwritten);
  assert.equal(
    (await wrong([...may, 's3:PutObject'], output(Bucket)))[2],
    'Reading the manifest is forbidden: AccessDenied',
  );
  assert.equal((await wrong([...may, 's3:PutObject', 's3:GetObject'], output(Bucket)))[0], 'Complete');
});

test('a job has a manifest or generates one', async () => {
  const batches = await startBatches();
  await using _ = batches.cloud;
  const refused = (fields: Partial<CreateJobCommandInput>) =>
    assert.rejects(jobOver(batches, ['a'], fields), { name: 'BadRequestException' });
  const generator = { SourceBucket, EnableManifestOutput: false };
  await refused({ ManifestGenerator: { S3JobManifestGenerator: generator } });
  await refused({ Manifest: undefined });
  await refused({
    Manifest: undefined,
    ManifestGenerator: { S3JobManifestGenerator: { ...generator, EnableManifestOutput: true } },
  });
});
