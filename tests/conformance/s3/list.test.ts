import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { send, startS3 } from './setup.ts';

const KEYS = ['a', 'dir/1', 'dir/2', 'dir/sub/3', 'dir2/4', 'z', 'é', '\u{1F600}'];

test('keys are listed in the order of their bytes, with prefix, delimiter, start and limit', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of [...KEYS].reverse()) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const list = async (input: Partial<ListObjectsV2CommandInput>) => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ...input }));
    assert.equal(page.KeyCount, (page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    return [
      ...(page.Contents ?? []).map((one) => one.Key),
      ...(page.CommonPrefixes ?? []).map((one) => `(${one.Prefix})`),
    ];
  };
  assert.deepEqual(await list({}), KEYS);
  assert.deepEqual(await list({ Delimiter: '/' }), ['a', 'z', 'é', '\u{1F600}', '(dir/)', '(dir2/)']);
  assert.deepEqual(await list({ Prefix: 'dir/', Delimiter: '/' }), ['dir/1', 'dir/2', '(dir/sub/)']);
  assert.deepEqual(await list({ Prefix: 'dir' }), ['dir/1', 'dir/2', 'dir/sub/3', 'dir2/4']);
  assert.deepEqual(await list({ StartAfter: 'dir/2' }), ['dir/sub/3', 'dir2/4', 'z', 'é', '\u{1F600}']);
  assert.deepEqual(await list({ MaxKeys: 0 }), []);
  assert.deepEqual(await list({ Prefix: 'none' }), []);
  const owned = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true, MaxKeys: 1 }));
  assert.match(owned.Contents?.[0]?.Owner?.ID ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(
    [owned.Contents?.[0]?.StorageClass, owned.Contents?.[0]?.Size, owned.IsTruncated],
    ['STANDARD', 1, true],
  );
});

test('pages go on where the last one ended, in both versions of the operation', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of KEYS) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  const expected = ['a', '(dir/)', '(dir2/)', 'z', 'é', '\u{1F600}'];
  for (let limit = 1; limit <= 4; limit += 1) {
    const second: string[] = [];
    for (let token: string | undefined, more = true; more; ) {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: limit, ContinuationToken: token }),
      );
      second.push(
        ...[
          ...(page.Contents ?? []).map((one) => one.Key ?? ''),
          ...(page.CommonPrefixes ?? []).map((one) => `(${one.Prefix})`),
        ].sort((a, b) => expected.indexOf(a) - expected.indexOf(b)),
      );
      token = page.NextContinuationToken;
      more = page.IsTruncated === true;
    }
    assert.deepEqual(second, expected);
    const first: string[] = [];
    for (let Marker: string | undefined, more = true; more; ) {
      const page = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: limit, Marker }));
      first.push(
        ...[
          ...(page.Contents ?? []).map((one) => one.Key ?? ''),
          ...(page.CommonPrefixes ?? []).map((one) => `(${one.Prefix})`),
        ].sort((a, b) => expected.indexOf(a) - expected.indexOf(b)),
      );
      Marker = page.NextMarker;
      more = page.IsTruncated === true;
    }
    assert.deepEqual(first, expected);
  }
  const odd = await failure(s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'odd' })));
  assert.deepEqual([odd.name, odd.message], ['InvalidArgument', 'The continuation token provided is incorrect']);
});

test('encoding-type=url encodes keys, prefixes and markers', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of ['a b+c', 'd<e>/1', 'line\nbreak']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  const page = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url', Delimiter: '/' }));
  assert.deepEqual(
    [page.Contents?.map((one) => one.Key), page.CommonPrefixes, page.EncodingType],
    [['a+b%2Bc', 'line%0Abreak'], [{ Prefix: 'd%3Ce%3E/' }], 'url'],
  );
  const odd = await failure(s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'base64' as never })));
  assert.deepEqual([odd.name, odd.message], ['InvalidArgument', 'Invalid Encoding Method specified in Request']);
});

test('a listing names the bucket and says whether it is cut before what it lists, in the order of S3', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of ['a', 'b/1', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  const outline = async (query: string) => {
    const { text } = await send(cloud, 'GET', `/${Bucket}?${query}`);
    const inner = text.replace(/^.*<List\w+ [^>]*>/s, '');
    const tags = [...inner.matchAll(/<(?:(Contents|Version|CommonPrefixes)>.*?<\/\1>|(\w+)>[^<]*<\/\2>)/g)];
    return tags.map(([, list, scalar]) => list ?? scalar).join(' ');
  };
  // Source: S3 API Reference, sample responses of ListObjects, ListObjectsV2 and ListObjectVersions.
  assert.equal(
    await outline('max-keys=2&delimiter=/'),
    'Name Prefix Marker NextMarker MaxKeys Delimiter IsTruncated Contents CommonPrefixes',
  );
  assert.equal(
    await outline('list-type=2&max-keys=2&delimiter=/'),
    'Name Prefix NextContinuationToken KeyCount MaxKeys Delimiter IsTruncated Contents CommonPrefixes',
  );
  assert.equal(
    await outline('versions&max-keys=1'),
    'Name Prefix KeyMarker VersionIdMarker NextKeyMarker NextVersionIdMarker MaxKeys IsTruncated Version',
  );
  const { text } = await send(cloud, 'GET', `/${Bucket}?prefix=a`);
  assert.match(text, /<Contents><Key>.*<LastModified>.*<ETag>.*<Size>.*<Owner>.*<\/Owner><StorageClass>/);
});

test('S3 reads the parameters of lists as AWS does', async () => {
  await using cloud = await startS3();
  const ask = async (method: string, query: string) => {
    const { status, text } = await send(cloud, method, `/${cloud.Bucket}?${query}`);
    return [status, /<(?:MaxKeys|EncodingType|ArgumentName)>[^<]*/.exec(text)?.[0]];
  };
  assert.deepEqual(await ask('GET', 'max-keys='), [200, '<MaxKeys>1000']);
  assert.deepEqual(await ask('GET', 'encoding-type=URL&max-keys=1'), [200, '<MaxKeys>1']);
  assert.deepEqual(await ask('GET', 'list-type=2&fetch-owner=TRUE'), [200, '<MaxKeys>1000']);
  const marker = await ask('GET', 'versions&key-marker=a&version-id-marker=NULL');
  assert.deepEqual(marker, [400, '<ArgumentName>version-id-marker']);
  assert.deepEqual(await ask('HEAD', 'max-keys=1'), [200, undefined]);
  assert.deepEqual(await ask('HEAD', 'max-keys=abc'), [400, undefined]);
  assert.deepEqual(await ask('HEAD', 'encoding-type=x'), [400, undefined]);
});
