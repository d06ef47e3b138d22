import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure, START } from '../../support/cloud.ts';
import { bytesOf, send, startS3 } from './setup.ts';

const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;

test('conditions of reads', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'a' };
  const { ETag } = await s3.send(new PutObjectCommand({ ...named, Body: 'a' }));
  const before = new Date(START - 1_000);
  const now = new Date(START);
  const outcome = async (input: object) => {
    try {
      return (await s3.send(new GetObjectCommand({ ...named, ...input }))).$metadata.httpStatusCode;
    } catch (error) {
      return status(error as { $metadata?: { httpStatusCode?: number } });
    }
  };
  assert.equal(await outcome({ IfMatch: ETag }), 200);
  assert.equal(await outcome({ IfMatch: '"other"' }), 412);
  assert.equal(await outcome({ IfNoneMatch: ETag }), 304);
  assert.equal(await outcome({ IfNoneMatch: '"other"' }), 200);
  assert.equal(await outcome({ IfModifiedSince: now }), 304);
  assert.equal(await outcome({ IfModifiedSince: before }), 200);
  assert.equal(await outcome({ IfUnmodifiedSince: now }), 200);
  assert.equal(await outcome({ IfUnmodifiedSince: before }), 412);
  assert.equal(await outcome({ IfMatch: ETag, IfUnmodifiedSince: before }), 200);
  assert.equal(await outcome({ IfNoneMatch: ETag, IfModifiedSince: before }), 304);
});

test('dates to come, and texts that are no dates, are no conditions', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'abcd' }));
  const source = { 'x-amz-copy-source': `${Bucket}/a` };
  for (const date of [new Date(START + 3_600_000).toUTCString(), 'soon', '2015-01-01T00:00:00Z'])
    for (const name of ['if-modified-since', 'if-unmodified-since']) {
      const sent = [
        await send(cloud, 'GET', `/${Bucket}/a`, { headers: { [name]: date } }),
        await send(cloud, 'HEAD', `/${Bucket}/a`, { headers: { [name]: date } }),
        await send(cloud, 'PUT', `/${Bucket}/b`, { headers: { ...source, [`x-amz-copy-source-${name}`]: date } }),
      ];
      assert.deepEqual(
        sent.map((one) => one.status),
        [200, 200, 200],
        `${name}: ${date}`,
      );
    }
  for (const count of ['abc', '-1']) {
    const headers = { 'x-amz-object-attributes': 'ETag', 'x-amz-max-parts': count };
    assert.equal((await send(cloud, 'GET', `/${Bucket}/a?attributes`, { headers })).status, 200);
  }
});

test('a range of an object that has changed since is the whole object', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'abcd' }));
  const read = async (since: string) => {
    const { status: code, text } = await send(cloud, 'GET', `/${Bucket}/a`, {
      headers: { range: 'bytes=1-2', 'if-range': since },
    });
    return [code, text];
  };
  assert.deepEqual(await read(ETag), [206, 'bc']);
  assert.deepEqual(await read('"other"'), [200, 'abcd']);
  assert.deepEqual(await read(new Date(START).toUTCString()), [206, 'bc']);
  assert.deepEqual(await read(new Date(START - 1_000).toUTCString()), [200, 'abcd']);
});

test('conditional writes: of many at once, one wins', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'lock' };
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      s3.send(new PutObjectCommand({ ...named, Body: bytesOf(20_000 + index), IfNoneMatch: '*' })),
    ),
  );
  assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 1);
  const lost = tries.find((one) => one.status === 'rejected')?.reason;
  assert.deepEqual(
    [lost.name, lost.message, lost.Condition],
    ['PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 'If-None-Match'],
  );
  const { ETag } = await s3.send(new HeadObjectCommand(named));
  const next = await s3.send(new PutObjectCommand({ ...named, Body: 'next', IfMatch: ETag }));
  assert.equal(
    (await failure(s3.send(new PutObjectCommand({ ...named, Body: 'late', IfMatch: ETag })))).name,
    'PreconditionFailed',
  );
  assert.equal(
    (await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'none', Body: 'x', IfMatch: ETag })))).name,
    'NoSuchKey',
  );
  assert.equal(
    (await failure(s3.send(new DeleteObjectCommand({ ...named, IfMatch: ETag })))).name,
    'PreconditionFailed',
  );
  await s3.send(new DeleteObjectCommand({ ...named, IfMatch: next.ETag }));
});

test('conditions of writes that S3 does not take', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const refusal = async (conditions: { IfMatch?: string; IfNoneMatch?: string }) => {
    const error = await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', ...conditions })));
    const { Header, additionalMessage } = error as { Header?: string; additionalMessage?: string };
    return [error.name, status(error), Header, additionalMessage];
  };
  assert.deepEqual(await refusal({ IfMatch: '"a"', IfNoneMatch: '*' }), [
    'NotImplemented',
    501,
    'If-Match,If-None-Match',
    'Multiple conditional request headers present in the request',
  ]);
  for (const [name, conditions] of [
    ['If-Match', { IfMatch: '*' }],
    ['If-None-Match', { IfNoneMatch: '"a"' }],
  ] as const)
    assert.deepEqual(await refusal(conditions), [
      'NotImplemented',
      501,
      name,
      `We don't accept the provided value of ${name} header for this API`,
    ]);
});

test("checksums are asked for in any case: AWS's native client, the CRT, writes them small", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const named = { Bucket, Key: 'a' };
  await s3.send(new PutObjectCommand({ ...named, Body: '123456789', ChecksumAlgorithm: 'CRC32' }));
  const ChecksumMode = 'enabled' as 'ENABLED';
  assert.equal((await s3.send(new GetObjectCommand({ ...named, ChecksumMode }))).ChecksumCRC32, 'y/Q5Jg==');
  assert.equal((await s3.send(new HeadObjectCommand({ ...named, ChecksumMode }))).ChecksumCRC32, 'y/Q5Jg==');
  const ChecksumAlgorithm = 'sha256' as 'SHA256';
  const upload = await s3.send(new CreateMultipartUploadCommand({ ...named, ChecksumAlgorithm }));
  assert.equal(upload.ChecksumAlgorithm, 'SHA256');
});

test('checksums: of headers and of trailers, checked and given back', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    for (const Body of [Buffer.from('123456789'), Readable.from([bytesOf(70_000), bytesOf(30_000)])]) {
      const Key = `${ChecksumAlgorithm}-${Body instanceof Readable}`;
      const put = await s3.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          ChecksumAlgorithm,
          ...(Body instanceof Readable && { ContentLength: 100_000 }),
        }),
      );
      const name = `Checksum${ChecksumAlgorithm}` as const;
      assert.equal(typeof put[name], 'string', Key);
      const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      await got.Body?.transformToByteArray();
      assert.deepEqual([got[name], got.ChecksumType], [put[name], 'FULL_OBJECT']);
    }
  }
  const wrong = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'abc', ChecksumCRC32: 'AAAAAA==' })),
  );
  assert.deepEqual(
    [wrong.name, wrong.message, status(wrong)],
    ['BadDigest', 'The CRC32 you specified did not match the calculated checksum.', 400],
  );
  const short = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'abc', ChecksumCRC32: 'AAAA' })),
  );
  assert.deepEqual(
    [short.name, short.message],
    ['InvalidRequest', 'Value for x-amz-checksum-crc32 header is invalid.'],
  );
  const digest = await failure(
    s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'wrong',
        Body: 'abc',
        ContentMD5: createHash('md5').update('abd').digest('base64'),
      }),
    ),
  );
  assert.deepEqual(
    [digest.name, digest.message],
    ['BadDigest', 'The Content-MD5 you specified did not match what we received.'],
  );
  const invalid = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'abc', ContentMD5: 'abc' })),
  );
  assert.deepEqual([invalid.name, invalid.message], ['InvalidDigest', 'The Content-MD5 you specified was invalid.']);
  assert.equal((await failure(s3.send(new HeadObjectCommand({ Bucket, Key: 'wrong' })))).name, 'NotFound');
});

test('a request without a checksum gets CRC64NVME', async () => {
  await using cloud = await startS3();
  const response = await fetch(`${cloud.url}/${cloud.Bucket}/plain`, {
    method: 'PUT',
    body: '123456789',
    headers: {
      authorization: authorization(),
      'x-amz-date': '20260101T000000Z',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    },
  });
  assert.deepEqual(
    [response.status, response.headers.get('x-amz-checksum-crc64nvme')],
    [200, Buffer.from('ae8b14860a799888', 'hex').toString('base64')],
  );
  assert.match(response.headers.get('x-amz-id-2') ?? '', /./);
});

/** Any signature is right for a key that does not exist. */
const authorization = () =>
  'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

test('a write is never conditional on another ETag', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await assert.rejects(s3.send(new PutObjectCommand({ Bucket, Key: 'a', IfNoneMatch: '"other"' })), {
    name: 'NotImplemented',
    message: 'A header you provided implies functionality that is not implemented',
    Header: 'If-None-Match',
    additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
  });
});

test('deletes on condition: what is not there is not found, what is another stays', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  const remove = (Key: string, IfMatch: string) => s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await assert.rejects(remove('none', ETag), { name: 'NoSuchKey', Key: 'none' });
  await assert.rejects(remove('a', '"other"'), { name: 'PreconditionFailed', Condition: 'If-Match' });
  const many = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: {
        Objects: [
          { Key: 'a', ETag: '"other"' },
          { Key: 'none', ETag },
        ],
      },
    }),
  );
  assert.deepEqual(
    many.Errors?.map(({ Code }) => Code),
    ['PreconditionFailed', 'NoSuchKey'],
  );
  await remove('a', ETag);
  await assert.rejects(s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', BypassGovernanceRetention: true })), {
    name: 'InvalidArgument',
    message: 'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
  });
  // As ceph's s3-tests empty every bucket.
  const Delete = { Objects: [{ Key: 'a' }] };
  const emptied = await s3.send(new DeleteObjectsCommand({ Bucket, Delete, BypassGovernanceRetention: true }));
  assert.deepEqual(
    emptied.Deleted?.map(({ Key }) => Key),
    ['a'],
  );
});
