import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { bytesOf, type S3Cloud, send, startS3 } from './setup.ts';

const MIB = 1_024 * 1_024;
const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;

async function begin(
  { s3, Bucket }: S3Cloud,
  Key: string,
  options: object = {},
): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...options }));
  return { Bucket, Key, UploadId };
}

test('12 MB in three parts at once: one object, read whole, by range and by part', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const whole = bytesOf(12 * MIB);
  const slices = [whole.subarray(0, 5 * MIB), whole.subarray(5 * MIB, 10 * MIB), whole.subarray(10 * MIB)];
  const upload = await begin(cloud, 'film', {
    ContentType: 'video/mp4',
    Metadata: { a: '1' },
    ChecksumAlgorithm: 'CRC32',
  });
  const Parts = await Promise.all(
    slices.map(async (Body, index) => {
      const { ETag, ChecksumCRC32 } = await s3.send(
        new UploadPartCommand({ ...upload, PartNumber: index + 1, Body, ChecksumAlgorithm: 'CRC32' }),
      );
      return { ETag, ChecksumCRC32, PartNumber: index + 1 };
    }),
  );
  const listed = await s3.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
  assert.deepEqual(
    [listed.Parts?.map((part) => part.Size), listed.IsTruncated, listed.NextPartNumberMarker],
    [[5 * MIB, 5 * MIB], true, '2'],
  );
  const done = await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  const md5s = slices.map((slice) => createHash('md5').update(slice).digest());
  assert.equal(done.ETag, `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`);
  assert.deepEqual([done.ChecksumType, done.ChecksumCRC32?.slice(-2)], ['COMPOSITE', '-3']);
  const got = await s3.send(new GetObjectCommand({ Bucket: cloud.Bucket, Key: 'film' }));
  assert.deepEqual([got.ContentLength, got.ContentType, got.Metadata], [12 * MIB, 'video/mp4', { a: '1' }]);
  assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(whole));
  const from = 5 * MIB - 10;
  const range = await s3.send(
    new GetObjectCommand({ Bucket: cloud.Bucket, Key: 'film', Range: `bytes=${from}-${10 * MIB + 9}` }),
  );
  assert.ok(Buffer.from((await range.Body?.transformToByteArray()) ?? []).equals(whole.subarray(from, 10 * MIB + 10)));
  const third = await s3.send(new GetObjectCommand({ Bucket: cloud.Bucket, Key: 'film', PartNumber: 3 }));
  assert.deepEqual(
    [third.PartsCount, third.ContentRange, third.$metadata.httpStatusCode],
    [3, `bytes ${10 * MIB}-${12 * MIB - 1}/${12 * MIB}`, 206],
  );
  assert.ok(Buffer.from((await third.Body?.transformToByteArray()) ?? []).equals(slices[2] ?? new Uint8Array()));
  const attributes = await s3.send(
    new GetObjectAttributesCommand({ Bucket: cloud.Bucket, Key: 'film', ObjectAttributes: ['ObjectParts'] }),
  );
  assert.deepEqual(
    [attributes.ObjectParts?.TotalPartsCount, attributes.ObjectParts?.Parts?.map((part) => part.Size)],
    [3, [5 * MIB, 5 * MIB, 2 * MIB]],
  );
  assert.equal((await failure(s3.send(new ListPartsCommand(upload)))).name, 'NoSuchUpload');

  const copy = await s3.send(
    new CopyObjectCommand({ Bucket: cloud.Bucket, Key: 'copy', CopySource: `${cloud.Bucket}/film` }),
  );
  assert.equal(copy.CopyObjectResult?.ETag, `"${createHash('md5').update(whole).digest('hex')}"`);
  await s3.send(new DeleteObjectCommand({ Bucket: cloud.Bucket, Key: 'film' }));
  await cloud.advance(120_000);
  const copied = await s3.send(new GetObjectCommand({ Bucket: cloud.Bucket, Key: 'copy' }));
  assert.ok(Buffer.from((await copied.Body?.transformToByteArray()) ?? []).equals(whole));
});

test('full-object checksums are joined from those of the parts', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const whole = bytesOf(5 * MIB + 100);
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    const upload = await begin(cloud, ChecksumAlgorithm, { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' });
    const Parts = [];
    for (const [index, Body] of [whole.subarray(0, 5 * MIB), whole.subarray(5 * MIB)].entries()) {
      const { ETag } = await s3.send(
        new UploadPartCommand({ ...upload, PartNumber: index + 1, Body, ChecksumAlgorithm }),
      );
      Parts.push({ ETag, PartNumber: index + 1 });
    }
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ChecksumType: 'FULL_OBJECT' }),
    );
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: whole, ChecksumAlgorithm }));
    const name = `Checksum${ChecksumAlgorithm}` as const;
    assert.deepEqual([done[name], done.ChecksumType], [put[name], 'FULL_OBJECT']);
  }
});

test('the parts of an upload with a checksum of their checksums bring one each', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const put = async (ChecksumType: 'COMPOSITE' | 'FULL_OBJECT') => {
    const begun = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'a', ChecksumAlgorithm: 'CRC32', ChecksumType }),
    );
    return send(cloud, 'PUT', `/${Bucket}/a?partNumber=1&uploadId=${begun.UploadId}`, { body: 'x' });
  };
  assert.deepEqual((await put('COMPOSITE')).members, {
    Code: 'InvalidRequest',
    Message: 'Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: null',
  });
  assert.equal((await put('FULL_OBJECT')).status, 200);
});

test('what Complete refuses', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const upload = await begin(cloud, 'a');
  const etags: (string | undefined)[] = [];
  for (const PartNumber of [1, 2])
    etags.push((await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body: `part ${PartNumber}` }))).ETag);
  const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
    failure(s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })));
  const [one, two] = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag })) as [
    { PartNumber: number; ETag: string | undefined },
    { PartNumber: number; ETag: string | undefined },
  ];
  const small = await complete(one, two);
  assert.deepEqual(
    [small.name, small.message],
    ['EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size'],
  );
  const order = await complete(two, one);
  assert.deepEqual(
    [order.name, order.message],
    ['InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
  );
  const wrong = await complete({ ...one, ETag: '"00000000000000000000000000000000"' });
  assert.deepEqual([wrong.name, Reflect.get(wrong, 'ETag')], ['InvalidPart', '00000000000000000000000000000000']);
  assert.equal((await complete({ ...one, ETag: undefined })).name, 'MalformedXML');
  const sized = await send(cloud, 'POST', `/${cloud.Bucket}/a?uploadId=${upload.UploadId}`, {
    headers: { 'x-amz-mp-object-size': 'size' },
    body: '<CompleteMultipartUpload/>',
  });
  assert.equal(sized.members.Message, "Value for x-amz-mp-object-size header is invalid: 'size'");
  assert.equal((await complete({ PartNumber: 3, ETag: one.ETag })).name, 'InvalidPart');
  assert.equal((await complete()).name, 'MalformedXML');
  const number = await failure(s3.send(new UploadPartCommand({ ...upload, PartNumber: 10_001, Body: 'x' })));
  assert.deepEqual(
    [number.name, number.message],
    ['InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive'],
  );
  const unknown = await failure(
    s3.send(new UploadPartCommand({ ...upload, UploadId: 'none', PartNumber: 1, Body: 'x' })),
  );
  assert.deepEqual([unknown.name, status(unknown)], ['NoSuchUpload', 404]);
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*', MultipartUpload: { Parts: [two] } }));
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket: cloud.Bucket, Key: 'a' }))).ContentLength, 6);
});

test('parts are copied from other objects', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const whole = bytesOf(6 * MIB);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: whole }));
  const upload = await begin(cloud, 'joined');
  const first = await s3.send(
    new UploadPartCopyCommand({
      ...upload,
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
      CopySourceRange: `bytes=0-${5 * MIB - 1}`,
    }),
  );
  const second = await s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 2, CopySource: `${Bucket}/source` }));
  const beyond = await failure(
    s3.send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 3,
        CopySource: `${Bucket}/source`,
        CopySourceRange: `bytes=0-${6 * MIB}`,
      }),
    ),
  );
  assert.deepEqual(
    [beyond.name, beyond.message],
    ['InvalidArgument', `Range specified is not valid for source object of size: ${6 * MIB}`],
  );
  await s3.send(
    new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: first.CopyPartResult?.ETag },
          { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
        ],
      },
    }),
  );
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'joined' }));
  assert.ok(
    Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(
      Buffer.concat([whole.subarray(0, 5 * MIB), whole]),
    ),
  );
});

test('uploads are listed by key and by age, in pages, and go when aborted or with their bucket', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const ids: { [name: string]: string } = {};
  for (const name of ['b 1', 'a/x 1', 'b 2', 'a/y 1']) {
    ids[(await begin(cloud, name.split(' ')[0] ?? '')).UploadId] = name;
    await cloud.advance(1_000);
  }
  const first = await s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 3 }));
  const names = (page: typeof first) => page.Uploads?.map((one) => ids[one.UploadId ?? '']);
  assert.deepEqual([names(first), first.IsTruncated], [['a/x 1', 'a/y 1', 'b 1'], true]);
  const second = await s3.send(
    new ListMultipartUploadsCommand({
      Bucket,
      KeyMarker: first.NextKeyMarker,
      UploadIdMarker: first.NextUploadIdMarker,
    }),
  );
  assert.deepEqual([names(second), second.IsTruncated], [['b 2'], false]);
  // Where the list ends, too.
  assert.deepEqual([second.NextKeyMarker, ids[second.NextUploadIdMarker ?? '']], ['b', 'b 2']);
  const without = await s3.send(new ListMultipartUploadsCommand({ Bucket, UploadIdMarker: first.NextUploadIdMarker }));
  assert.deepEqual([without.UploadIdMarker, without.Uploads?.length], ['', 4]);
  const wrong = await failure(
    s3.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker: 'b', UploadIdMarker: 'x' })),
  );
  assert.deepEqual([wrong.name, wrong.message], ['InvalidArgument', 'Invalid uploadId marker']);
  const grouped = await s3.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }));
  assert.deepEqual([grouped.CommonPrefixes, names(grouped)], [[{ Prefix: 'a/' }], ['b 1', 'b 2']]);
  const upload = { Bucket, Key: 'b', UploadId: first.NextUploadIdMarker ?? '' };
  await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: bytesOf(50_000) }));
  await s3.send(new AbortMultipartUploadCommand(upload));
  assert.equal((await failure(s3.send(new AbortMultipartUploadCommand(upload)))).name, 'NoSuchUpload');
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await cloud.advance(1_000);
});

test('a completion that is repeated is answered again; with other parts, or after another write, it is not', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const upload = await begin(cloud, 'film', { ChecksumAlgorithm: 'CRC32' });
  const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }));
  const Parts = [{ ETag, ChecksumCRC32, PartNumber: 1 }];
  const complete = (parts = Parts) =>
    s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' }));
  const { $metadata: _, ...first } = await complete();
  const { $metadata: __, ...again } = await complete();
  assert.deepEqual(again, first);
  const other = [{ ETag: '"00000000000000000000000000000000"', ChecksumCRC32, PartNumber: 1 }];
  assert.equal((await failure(complete(other))).name, 'NoSuchUpload');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'film', Body: 'y' }));
  assert.equal((await failure(complete())).name, 'NoSuchUpload');
});

test('with composite checksums the numbers of parts follow each other', async () => {
  await using cloud = await startS3();
  const s3 = cloud.client(S3Client, { forcePathStyle: true, maxAttempts: 1 });
  const finish = async (checksums: Partial<CreateMultipartUploadCommandInput>) => {
    const upload = await begin(cloud, 'film', checksums);
    const Parts: CompletedPart[] = [];
    for (const PartNumber of [1, 3]) {
      const Body = Buffer.alloc(5 * MIB);
      const { ChecksumAlgorithm } = checksums;
      const made = await s3.send(
        new UploadPartCommand({ ...upload, PartNumber, Body, ...(ChecksumAlgorithm && { ChecksumAlgorithm }) }),
      );
      Parts.push({ PartNumber, ETag: made.ETag, ChecksumCRC32: made.ChecksumCRC32 });
    }
    return s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  };
  const { name, $metadata } = await failure(finish({ ChecksumAlgorithm: 'CRC32' }));
  assert.deepEqual([name, $metadata?.httpStatusCode], ['InternalError', 500]);
  assert.ok((await finish({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })).ETag);
});

test('where a completed object is: slashes and spaces of its key are escaped; when it was begun, to the second', async () => {
  await using cloud = await startS3();
  const { s3, Bucket, url } = cloud;
  await cloud.advance(1_250);
  const upload = await begin(cloud, 'films of/2026 ü.mp4');
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  assert.equal(Uploads?.[0]?.Initiated?.getUTCMilliseconds(), 0);
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'a' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  const { Location } = await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
  assert.equal(Location, `${url}/${Bucket}/films+of%2F2026+%C3%BC.mp4`);
});
