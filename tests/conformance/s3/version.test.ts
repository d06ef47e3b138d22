import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { failure, START } from '../../support/cloud.ts';
import { type S3Cloud, startS3 } from './setup.ts';

const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;
const Key = 'a';

const versioning = ({ s3, Bucket }: S3Cloud, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = async ({ s3, Bucket }: S3Cloud, Body: string) =>
  (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
const read = async ({ s3, Bucket }: S3Cloud, VersionId?: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();

/** Versions and markers as one list, newest first: `v1*` is an object and the latest. */
async function history({ s3, Bucket }: S3Cloud): Promise<string[]> {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, Size: -1 }))];
  return all.map((one) => `${one.Size}:${one.VersionId === 'null' ? 'null' : 'id'}${one.IsLatest === true ? '*' : ''}`);
}

test('the story of a key: unversioned, enabled, deleted, restored, suspended', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  assert.equal(await put(cloud, '1'), undefined);
  await versioning(cloud, 'Enabled');
  const second = await put(cloud, '22');
  const third = await put(cloud, '333');
  assert.match(second ?? '', /^[0-9A-Za-z]{32}$/);
  assert.deepEqual(await history(cloud), ['3:id*', '2:id', '1:null']);
  assert.deepEqual([await read(cloud), await read(cloud, second), await read(cloud, 'null')], ['333', '22', '1']);

  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(deleted.DeleteMarker, true);
  const gone = await failure(s3.send(new GetObjectCommand({ Bucket, Key })));
  assert.deepEqual([gone.name, status(gone)], ['NoSuchKey', 404]);
  const marker = await failure(s3.send(new GetObjectCommand({ Bucket, Key, VersionId: deleted.VersionId })));
  assert.deepEqual(
    [marker.name, marker.message, status(marker)],
    ['MethodNotAllowed', 'The specified method is not allowed against this resource.', 405],
  );
  assert.equal(
    status(await failure(s3.send(new HeadObjectCommand({ Bucket, Key, VersionId: deleted.VersionId })))),
    405,
  );
  assert.deepEqual(await history(cloud), ['3:id', '2:id', '1:null', '-1:id*']);
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);

  const undone = await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: deleted.VersionId }));
  assert.deepEqual([undone.DeleteMarker, undone.VersionId], [true, deleted.VersionId]);
  assert.equal(await read(cloud), '333');
  await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: third }));
  assert.deepEqual([await read(cloud), await history(cloud)], ['22', ['2:id*', '1:null']]);

  await versioning(cloud, 'Suspended');
  assert.equal(await put(cloud, '4444'), 'null');
  assert.deepEqual(await history(cloud), ['4:null*', '2:id']);
  const nulled = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.deepEqual([nulled.DeleteMarker, nulled.VersionId], [true, 'null']);
  assert.deepEqual(await history(cloud), ['2:id', '-1:null*']);
  assert.equal(
    (await failure(s3.send(new DeleteBucketCommand({ Bucket })))).message,
    'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: 'null' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: second }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
});

test('versions that are none, or not there', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await versioning(cloud, 'Enabled');
  const VersionId = await put(cloud, '1');
  const odd = await failure(s3.send(new GetObjectCommand({ Bucket, Key, VersionId: 'odd' })));
  assert.deepEqual([odd.name, odd.message], ['InvalidArgument', 'Invalid version id specified']);
  const other = `${VersionId?.slice(0, -1)}${VersionId?.endsWith('a') ? 'b' : 'a'}`;
  const missing = await failure(s3.send(new GetObjectCommand({ Bucket, Key, VersionId: other })));
  assert.deepEqual(
    [missing.name, missing.message, status(missing)],
    ['NoSuchVersion', 'The specified version does not exist.', 404],
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: other }));
  assert.equal(await read(cloud, VersionId), '1');
});

test('an old version is copied into the present, and tagged where it lies', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await versioning(cloud, 'Enabled');
  const first = await put(cloud, 'old');
  await put(cloud, 'new');
  const copy = await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}?versionId=${first}` }));
  assert.deepEqual([copy.CopySourceVersionId, await read(cloud)], [first, 'old']);
  await s3.send(
    new PutObjectTaggingCommand({ Bucket, Key, VersionId: first, Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }),
  );
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId: first }))).TagSet, [
    { Key: 'k', Value: 'v' },
  ]);
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet, []);
  assert.deepEqual(await history(cloud), ['3:id*', '3:id', '3:id']);
});

test('versions are listed in pages that go on where the last one ended', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: '' }));
  await versioning(cloud, 'Enabled');
  for (const key of ['a', 'b', 'c/1', 'c/2'])
    for (let index = 0; index < 3; index += 1)
      await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: String(index) }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  const seen: string[] = [];
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let more = true; more; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, Delimiter: '/', ...markers }));
    const count = (page.Versions?.length ?? 0) + (page.DeleteMarkers?.length ?? 0) + (page.CommonPrefixes?.length ?? 0);
    assert.ok(count <= 2);
    seen.push(
      ...(page.DeleteMarkers ?? []).map((one) => `${one.Key} marker ${one.IsLatest}`),
      ...(page.Versions ?? []).map((one) => `${one.Key} ${one.IsLatest}`),
      ...(page.CommonPrefixes ?? []).map((one) => `${one.Prefix}`),
    );
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    more = page.IsTruncated === true;
  }
  assert.deepEqual(seen, [
    'a true',
    'a false',
    'b marker true',
    'a false',
    'b false',
    'b false',
    'b false',
    'before true',
    'c/',
  ]);
  const odd = await failure(s3.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: 'x' })));
  assert.deepEqual(
    [odd.name, odd.message],
    ['InvalidArgument', 'A version-id marker cannot be specified without a key marker.'],
  );
  assert.equal(
    (await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'before' }))).Versions?.[0]?.LastModified?.getTime(),
    START,
  );
});

test('versions and delete markers come among each other, by key and from new to old', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await versioning(cloud, 'Enabled');
  for (const Key of ['a', 'b']) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: '1' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: '2' }));
  }
  const url = await getSignedUrl(s3, new ListObjectVersionsCommand({ Bucket }));
  const xml = await (await fetch(url)).text();
  const order = [...xml.matchAll(/<(Version|DeleteMarker)>.*?<Key>(.)<.*?<IsLatest>(.)/g)].map(
    ([, kind = '', key, latest]) => `${key} ${kind} ${latest}`,
  );
  const of = (key: string) => [`${key} Version t`, `${key} DeleteMarker f`, `${key} Version f`];
  assert.deepEqual(order, [...of('a'), ...of('b')]);
  const paid = await s3.send(new ListObjectVersionsCommand({ Bucket, RequestPayer: 'requester' }));
  assert.deepEqual([paid.Versions?.length, paid.DeleteMarkers?.length], [4, 2]);
});
