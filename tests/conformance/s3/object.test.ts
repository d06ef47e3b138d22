import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { failure, START } from '../../support/cloud.ts';
import { bytesOf, startS3 } from './setup.ts';

const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;
const md5 = (data: string | Uint8Array) => `"${createHash('md5').update(data).digest('hex')}"`;

test('an object comes back as it was put: bytes, headers, metadata', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'docs/été & co.txt' };
  const put = await s3.send(
    new PutObjectCommand({
      ...named,
      Body: 'hello',
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'en',
      Metadata: { Color: 'blue' },
      StorageClass: 'STANDARD_IA',
      WebsiteRedirectLocation: '/there',
      Tagging: 'a=1&b=2',
    }),
  );
  assert.deepEqual(
    [put.ETag, put.ServerSideEncryption, put.ChecksumType, put.VersionId],
    [md5('hello'), 'AES256', 'FULL_OBJECT', undefined],
  );
  const got = await s3.send(new GetObjectCommand(named));
  assert.equal(await got.Body?.transformToString(), 'hello');
  assert.deepEqual(
    [
      got.ContentLength,
      got.ETag,
      got.ContentType,
      got.CacheControl,
      got.ContentDisposition,
      got.ContentEncoding,
      got.ContentLanguage,
      got.Metadata,
      got.StorageClass,
      got.WebsiteRedirectLocation,
      got.TagCount,
      got.AcceptRanges,
      got.LastModified?.getTime(),
    ],
    [
      5,
      md5('hello'),
      'text/plain',
      'max-age=60',
      'inline',
      'gzip',
      'en',
      { color: 'blue' },
      'STANDARD_IA',
      '/there',
      2,
      'bytes',
      START,
    ],
  );
  const head = await s3.send(new HeadObjectCommand(named));
  assert.deepEqual([head.ContentLength, head.ETag, head.Metadata], [5, md5('hello'), { color: 'blue' }]);
  const plain = await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  assert.equal(plain.ETag, md5(''));
  const empty = await s3.send(new GetObjectCommand({ Bucket, Key: 'empty' }));
  assert.deepEqual(
    [await empty.Body?.transformToString(), empty.ContentLength, empty.ContentType, empty.StorageClass],
    ['', 0, 'application/octet-stream', undefined],
  );
  await s3.send(new DeleteObjectCommand(named));
  const gone = await failure(s3.send(new GetObjectCommand(named)));
  assert.deepEqual(
    [gone.name, gone.message, status(gone), (gone as { Key?: string }).Key],
    ['NoSuchKey', 'The specified key does not exist.', 404, named.Key],
  );
  const headless = await failure(s3.send(new HeadObjectCommand(named)));
  assert.deepEqual([headless.name, status(headless)], ['NotFound', 404]);
});

test('ranges and parts of an object, small and in a file', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const length of [1_000, 100_000]) {
    const Body = bytesOf(length);
    const Key = `of-${length}`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const read = async (Range: string) => {
      const got = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
      return [
        Buffer.from((await got.Body?.transformToByteArray()) ?? []).toString('hex'),
        got.ContentRange,
        got.$metadata.httpStatusCode,
      ] as const;
    };
    const hex = (from: number, to: number) => Buffer.from(Body.subarray(from, to)).toString('hex');
    assert.deepEqual(await read('bytes=10-19'), [hex(10, 20), `bytes 10-19/${length}`, 206]);
    assert.deepEqual(await read(`bytes=${length - 5}-`), [
      hex(length - 5, length),
      `bytes ${length - 5}-${length - 1}/${length}`,
      206,
    ]);
    assert.deepEqual(await read('bytes=-7'), [
      hex(length - 7, length),
      `bytes ${length - 7}-${length - 1}/${length}`,
      206,
    ]);
    assert.deepEqual(await read('bytes=0-999999999'), [hex(0, length), `bytes 0-${length - 1}/${length}`, 206]);
    assert.deepEqual(await read('bytes=0-1,5-6'), [hex(0, length), undefined, 200]);
    const beyond = await failure(read(`bytes=${length}-`));
    assert.deepEqual(
      [beyond.name, beyond.message, status(beyond)],
      ['InvalidRange', 'The requested range is not satisfiable', 416],
    );
    const part = await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 1 }));
    assert.deepEqual([part.ContentLength, part.$metadata.httpStatusCode], [length, 206]);
    assert.equal(status(await failure(s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 2 })))), 416);
  }
});

test('responses can be told other headers', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const got = await s3.send(
    new GetObjectCommand({
      Bucket,
      Key: 'a',
      ResponseContentType: 'text/html',
      ResponseContentDisposition: 'attachment; filename="a"',
      ResponseCacheControl: 'no-store',
      ResponseContentEncoding: 'br',
      ResponseContentLanguage: 'de',
      ResponseExpires: new Date(START),
    }),
  );
  assert.deepEqual(
    [
      got.ContentType,
      got.ContentDisposition,
      got.CacheControl,
      got.ContentEncoding,
      got.ContentLanguage,
      got.ExpiresString,
    ],
    ['text/html', 'attachment; filename="a"', 'no-store', 'br', 'de', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  );
  const odd = await failure(
    s3.send(new GetObjectCommand({ Bucket, Key: 'a', ResponseContentDisposition: 'attachment; filename="€"' })),
  );
  assert.deepEqual(
    [odd.name, odd.message],
    ['InvalidArgument', 'Header value cannot be represented using ISO-8859-1.'],
  );
});

test('limits: key of 1,024 bytes, metadata of 2 KB, storage class, tags', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'é'.repeat(512), Body: 'a' }));
  const long = await failure(s3.send(new PutObjectCommand({ Bucket, Key: `${'é'.repeat(512)}a`, Body: 'a' })));
  assert.deepEqual([long.name, long.message], ['KeyTooLongError', 'Your key is too long']);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', Metadata: { abcd: 'x'.repeat(2_044) } }));
  const large = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', Metadata: { abcd: 'x'.repeat(2_045) } })),
  );
  assert.deepEqual(
    [large.name, large.message],
    ['MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size'],
  );
  const storage = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', StorageClass: 'TAPE' as never })),
  );
  assert.equal(storage.name, 'InvalidStorageClass');
  const tags = await failure(
    s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'a',
        Body: 'a',
        Tagging: Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&'),
      }),
    ),
  );
  assert.deepEqual([tags.name, tags.message], ['BadRequest', 'Object tags cannot be greater than 10']);
});

test('tags of an object', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'a' };
  await s3.send(new PutObjectCommand({ ...named, Body: 'a', Tagging: 'name=a%20b' }));
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(named))).TagSet, [{ Key: 'name', Value: 'a b' }]);
  await s3.send(
    new PutObjectTaggingCommand({
      ...named,
      Tagging: {
        TagSet: [
          { Key: 'x', Value: '1' },
          { Key: 'y', Value: '' },
        ],
      },
    }),
  );
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(named))).TagSet, [
    { Key: 'x', Value: '1' },
    { Key: 'y', Value: '' },
  ]);
  const twice = await failure(
    s3.send(
      new PutObjectTaggingCommand({
        ...named,
        Tagging: {
          TagSet: [
            { Key: 'x', Value: '1' },
            { Key: 'x', Value: '2' },
          ],
        },
      }),
    ),
  );
  assert.deepEqual([twice.name, twice.message], ['InvalidTag', 'Cannot provide multiple Tags with the same key']);
  await s3.send(new DeleteObjectTaggingCommand(named));
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(named))).TagSet, []);
});

test('copies: metadata and tags are copied or replaced, bytes are shared and outlive the source', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const Body = bytesOf(50_000);
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'from',
      Body,
      ContentType: 'image/png',
      Metadata: { a: '1' },
      Tagging: 't=1',
      StorageClass: 'STANDARD_IA',
    }),
  );
  const copy = await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }));
  assert.equal(copy.CopyObjectResult?.ETag, md5(Body));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'from' }));
  await cloud.advance(120_000);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'to' }));
  assert.deepEqual(await got.Body?.transformToByteArray(), Body);
  assert.deepEqual(
    [got.ContentType, got.Metadata, got.TagCount, got.StorageClass],
    ['image/png', { a: '1' }, 1, undefined],
  );
  const itself = await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `/${Bucket}/to` })));
  assert.deepEqual(
    [itself.name, itself.message],
    [
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    ],
  );
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'to',
      CopySource: `/${Bucket}/to`,
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
      TaggingDirective: 'REPLACE',
      Tagging: '',
    }),
  );
  const changed = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  assert.deepEqual([changed.Metadata, changed.TagCount, changed.ContentLength], [{ b: '2' }, undefined, 50_000]);
  const stale = await failure(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/to`, CopySourceIfMatch: '"other"' })),
  );
  assert.deepEqual(
    [stale.name, (stale as { Condition?: string }).Condition],
    ['PreconditionFailed', 'x-amz-copy-source-If-Match'],
  );
  assert.equal(
    (await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/none` })))).name,
    'NoSuchKey',
  );
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: encodeURIComponent(`${Bucket}/to`) }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'one + two', CopySource: `${Bucket}/to` }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}%2Fone+%2B+two` }));
  const nowhere = await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: 'some-bucket' })));
  assert.deepEqual([nowhere.name, nowhere.message], ['InvalidArgument', 'Invalid copy source object key']);
});

test('many are deleted at once; quiet tells only errors', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  const result = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'none' }, { Key: 'b', ETag }] } }),
  );
  assert.deepEqual(result.Deleted, [{ Key: 'a' }, { Key: 'none' }]);
  assert.deepEqual(result.Errors, [
    { Key: 'b', Code: 'PreconditionFailed', Message: 'At least one of the pre-conditions you specified did not hold' },
  ]);
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'b' }] } }));
  assert.deepEqual([quiet.Deleted, quiet.Errors], [undefined, undefined]);
});

test('attributes of an object', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'abc', ChecksumAlgorithm: 'SHA256' }));
  const got = await s3.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key: 'a',
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
    }),
  );
  assert.deepEqual(
    [got.ETag, got.ObjectSize, got.StorageClass, got.Checksum, got.ObjectParts],
    [
      md5('abc').slice(1, -1),
      3,
      'STANDARD',
      { ChecksumSHA256: createHash('sha256').update('abc').digest('base64'), ChecksumType: 'FULL_OBJECT' },
      undefined,
    ],
  );
});

test('how a body was sent is no encoding of the object', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const [given, kept] of [
    ['gzip, aws-chunked', 'gzip'],
    ['aws-chunked', undefined],
    ['deflate, gzip', 'deflate, gzip'],
  ] as const) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', ContentEncoding: given }));
    const { ContentEncoding, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    assert.deepEqual([ContentEncoding, ContentLength], [kept, 5], given);
  }
});

test('metadata outside of ASCII comes back in words of RFC 2047; such words are understood', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const inUtf8 = Buffer.from('ÄMÄZÕÑ S3').toString('latin1');
  const sent = { plain: 'AMAZONS3', bytes: inUtf8, word: '=?UTF-8?Q?=C3=84_S3?=', other: '=?UTF-8?B?4oKs?=!' };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Metadata: sent }));
  const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  assert.deepEqual(Metadata, {
    plain: 'AMAZONS3',
    bytes: '=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=',
    word: `=?UTF-8?B?${Buffer.from('Ä S3').toString('base64')}?=`,
    other: `=?UTF-8?B?${Buffer.from('€!').toString('base64')}?=`,
  });
});
