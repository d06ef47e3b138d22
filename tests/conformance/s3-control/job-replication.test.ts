/** Batch Replication: versions that were there before the rules, or whose copies failed, are copied at a job's wish. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type ReplicationRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { CreateJobCommandInput } from '@aws-sdk/client-s3-control';
import { COPY, configure, keepVersions, makeBucket, makeRole, rule } from '../s3/replications.ts';
import { clientOf } from '../s3/setup.ts';
import { Bucket, jobOver, read, shown, startBatches } from './batches.ts';

const SECONDS = 1_000;
const both: Partial<ReplicationRule> = { DeleteMarkerReplication: { Status: 'Enabled' } };

/** A bucket without rules, the one for its copies in Frankfurt, and a role for each kind of work. */
async function startPair(actions = ['s3:*']) {
  const batches = await startBatches(actions);
  const { cloud, s3, control } = batches;
  await makeRole(cloud);
  const there = clientOf(cloud, '123456789012', { region: 'eu-central-1' });
  await makeBucket(there, COPY);
  /** A job over versions (`key`, `id`, of another bucket); what its report says of each. */
  const replicate = async (
    versions: readonly (readonly [key: string, id: string, bucket?: string])[],
    fields: Partial<CreateJobCommandInput> = {},
  ) => {
    const Body = versions.map(([key, id, bucket = Bucket]) => `${bucket},${key},${id}\n`).join('');
    const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'manifests/one.csv', Body }));
    const JobId = await jobOver(batches, ['not used'], {
      Operation: { S3ReplicateObject: {} },
      Manifest: {
        Spec: { Format: 'S3BatchOperations_CSV_20180820', Fields: ['Bucket', 'Key', 'VersionId'] },
        Location: { ObjectArn: `arn:aws:s3:::${Bucket}/manifests/one.csv`, ETag },
      },
      ...fields,
    });
    await cloud.advance(10 * SECONDS);
    assert.equal((await shown(control, JobId))?.Status, 'Complete');
    const manifest = JSON.parse((await read(s3, `reports/job-${JobId}/manifest.json`)) ?? '');
    const texts = await Promise.all(manifest.Results.map(({ Key }: { Key: string }) => read(s3, Key)));
    return new Map(
      texts
        .join('')
        .trim()
        .split('\n')
        .map((line) => [line.split(',').slice(1, 3).join(' '), line.split(',').slice(3).join(' ')]),
    );
  };
  const write = async (Key: string, Body: string, more: object = {}) => {
    const { VersionId = 'null' } = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    await cloud.advance(2 * SECONDS);
    return VersionId;
  };
  return { cloud, s3, control, there, replicate, write };
}

/** Ids of a key's versions, newest first. */
async function history(s3: S3Client, name: string, Prefix: string): Promise<(string | undefined)[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: name, Prefix }));
  return [...DeleteMarkers, ...Versions].map(({ VersionId }) => VersionId);
}

const statusOf = async (s3: S3Client, Key: string, VersionId: string) =>
  (await s3.send(new HeadObjectCommand({ Bucket, Key, VersionId }))).ReplicationStatus;

test('versions that were there before the rules get copies with their ids, in the order of their times', async () => {
  const { cloud, s3, there, replicate, write } = await startPair();
  await using _ = cloud;
  const none = await write('a', 'of no version');
  await keepVersions(s3, Bucket);
  const [one, two] = [await write('a', 'one'), await write('a', 'two')];
  await configure(s3, Bucket, rule({ ...both, Filter: { Prefix: 'a' } }));
  const three = await write('a', 'three');
  const { VersionId: marker = '' } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  const [other, archived] = [await write('b', 'b'), await write('a/cold', 'c', { StorageClass: 'GLACIER' })];
  assert.deepEqual(await history(there, COPY, 'a'), [marker, three]);
  const told = await replicate([
    ['a', two],
    ['a', none],
    ['a', one],
    ['a', marker],
    ['a', three],
    ['b', other],
    ['a/cold', archived],
    ['a', '0'.repeat(32)],
    ['a', 'odd'],
    ['nothing', 'null'],
  ]);
  const [done, refused] = [
    'succeeded 200  success',
    'failed 500 SrcObjectNotEligible Object is not eligible for replication',
  ];
  assert.deepEqual(
    [two, none, one, marker, three].map((id) => told.get(`a ${id}`)),
    [done, done, done, done, done],
  );
  assert.deepEqual([told.get(`b ${other}`), told.get(`a/cold ${archived}`)], [refused, refused]);
  for (const name of [`a ${'0'.repeat(32)}`, 'a odd', 'nothing null'])
    assert.match(told.get(name) ?? '', /^failed 500 SrcVersionNotFound /, name);
  assert.deepEqual(await history(there, COPY, 'a'), [marker, three, two, one, none]);
  for (const [VersionId, body] of [
    [none, 'of no version'],
    [one, 'one'],
    [three, 'three'],
  ] as const) {
    const copy = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'a', VersionId }));
    assert.deepEqual([await copy.Body?.transformToString(), copy.ReplicationStatus], [body, 'REPLICA']);
  }
  assert.deepEqual([await statusOf(s3, 'a', one), await statusOf(s3, 'a', three)], ['COMPLETED', 'COMPLETED']);
  assert.deepEqual([await statusOf(s3, 'b', other), await statusOf(s3, 'a/cold', archived)], [undefined, undefined]);
});

test('copies go among the versions that the other bucket has itself', async () => {
  const { cloud, s3, there, replicate, write } = await startPair();
  await using _ = cloud;
  await keepVersions(s3, Bucket);
  const putThere = async (Body: string) => {
    const { VersionId } = await there.send(new PutObjectCommand({ Bucket: COPY, Key: 'a', Body }));
    await cloud.advance(2 * SECONDS);
    return VersionId;
  };
  const first = await putThere('there 1');
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) ids.push(await write('a', `here ${count}`));
  const last = await putThere('there 2');
  await configure(s3, Bucket, rule());
  await replicate([...ids.slice(3), ...ids.slice(0, 3).reverse()].map((id) => ['a', id]));
  assert.deepEqual(await history(there, COPY, 'a'), [last, ...ids.toReversed(), first]);
  for (const [index, VersionId] of ids.entries()) {
    const copy = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'a', VersionId }));
    assert.equal(await copy.Body?.transformToString(), `here ${index}`);
  }
  const { VersionId, Body } = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'a' }));
  assert.deepEqual([VersionId, await Body?.transformToString()], [last, 'there 2']);
  await there.send(new DeleteObjectCommand({ Bucket: COPY, Key: 'a', VersionId: last }));
  assert.equal((await there.send(new HeadObjectCommand({ Bucket: COPY, Key: 'a' }))).VersionId, ids.at(-1));
  const next = await putThere('there 3');
  assert.deepEqual(await history(there, COPY, 'a'), [next, ...ids.toReversed(), first]);
});

test('what failed is copied once nothing keeps it from it; a copy that was deleted for good is not made again', async () => {
  const { cloud, s3, there, replicate, write } = await startPair();
  await using _ = cloud;
  await keepVersions(s3, Bucket);
  await configure(s3, Bucket, rule());
  const Suspended = { VersioningConfiguration: { Status: 'Suspended' as const } };
  await there.send(new PutBucketVersioningCommand({ Bucket: COPY, ...Suspended }));
  const id = await write('a', 'one');
  assert.equal(await statusOf(s3, 'a', id), 'FAILED');
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^failed 500 DstBucketUnversioned /);
  await keepVersions(there, COPY);
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^succeeded/);
  assert.equal(await statusOf(s3, 'a', id), 'COMPLETED');
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^succeeded/);
  assert.deepEqual(await history(there, COPY, 'a'), [id]);
  await there.send(new DeleteObjectCommand({ Bucket: COPY, Key: 'a', VersionId: id }));
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^failed 500 DstObjectHardDeleted /);
  assert.deepEqual(await history(there, COPY, 'a'), []);
  await makeBucket(there, 'other-copies-2026');
  await configure(s3, Bucket, rule({ Destination: { Bucket: 'arn:aws:s3:::other-copies-2026' } }));
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^succeeded/);
  assert.deepEqual(await history(there, 'other-copies-2026', 'a'), [id]);
});

test('tags that came later count; replicas are copied on, and the job needs permission to begin', async () => {
  const { cloud, s3, there, replicate, write } = await startPair();
  await using _ = cloud;
  await keepVersions(s3, Bucket);
  await configure(s3, Bucket, rule({ Filter: { Tag: { Key: 'keep', Value: 'yes' } } }));
  const id = await write('a', 'one');
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /SrcObjectNotEligible/);
  await s3.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [{ Key: 'keep', Value: 'yes' }] } }),
  );
  assert.match((await replicate([['a', id]])).get(`a ${id}`) ?? '', /^succeeded/);
  const near = 'near-2026';
  await makeBucket(s3, near);
  await configure(s3, near, rule());
  await configure(s3, Bucket, rule({ Destination: { Bucket: `arn:aws:s3:::${near}` } }));
  const copied = await write('b', 'two');
  assert.deepEqual([await history(s3, near, 'b'), await history(there, COPY, 'b')], [[copied], []]);
  const told = await replicate([
    ['b', copied, near],
    ['a', id, COPY],
    ['a', id, 'nowhere-2026'],
  ]);
  assert.match(told.get(`b ${copied}`) ?? '', /^succeeded/);
  assert.match(told.get(`a ${id}`) ?? '', /^failed 500 Src/);
  assert.deepEqual(await history(there, COPY, 'b'), [copied]);
  const { ReplicationStatus } = await s3.send(new HeadObjectCommand({ Bucket: near, Key: 'b' }));
  assert.equal(ReplicationStatus, 'REPLICA');
  const { cloud: second, replicate: refused, s3: own, write: put } = await startPair(['s3:Get*', 's3:Put*']);
  await using __ = second;
  await keepVersions(own, Bucket);
  const there2 = await put('a', 'one');
  assert.match(
    (await refused([['a', there2]])).get(`a ${there2}`) ?? '',
    /^failed 500 InitiateReplicationNotPermitted /,
  );
});
