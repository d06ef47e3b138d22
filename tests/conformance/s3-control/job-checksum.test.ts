/** Checksums of what is stored, told in a job's report. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3ComputeObjectChecksumOperation } from '@aws-sdk/client-s3-control';
import { keepVersions } from '../s3/replications.ts';
import { AccountId, Bucket, jobOver, read, shown, startBatches } from './batches.ts';

const Report = {
  Enabled: true,
  Bucket: `arn:aws:s3:::${Bucket}`,
  Prefix: 'reports',
  Format: 'Report_CSV_20180820',
  ReportScope: 'AllTasks',
  ExpectedBucketOwner: AccountId,
} as const;

async function startSums(actions?: string[]) {
  const batches = await startBatches(actions);
  const { cloud, s3, control } = batches;
  /** What the report says of each key. */
  const sums = async (lines: readonly string[], asked: S3ComputeObjectChecksumOperation) => {
    const hasIds = lines[0]?.includes(',') === true;
    const Body = lines.map((line) => `${Bucket},${line}\n`).join('');
    const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'list.csv', Body }));
    const JobId = await jobOver(batches, [], {
      Operation: { S3ComputeObjectChecksum: asked },
      Report,
      Manifest: {
        Spec: {
          Format: 'S3BatchOperations_CSV_20180820',
          Fields: hasIds ? ['Bucket', 'Key', 'VersionId'] : ['Bucket', 'Key'],
        },
        Location: { ObjectArn: `arn:aws:s3:::${Bucket}/list.csv`, ETag },
      },
    });
    await cloud.advance(1_000);
    assert.equal((await shown(control, JobId))?.Status, 'Complete');
    const manifest = JSON.parse((await read(s3, `reports/job-${JobId}/manifest.json`)) ?? '');
    const texts = await Promise.all(manifest.Results.map(({ Key }: { Key: string }) => read(s3, Key)));
    return texts.join('').trim().split('\n');
  };
  return { ...batches, sums };
}

test('a job tells checksums of whole objects', async () => {
  const { cloud, s3, sums } = await startSums(['s3:*', 'kms:Decrypt']);
  await using _ = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'one' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'cold', Body: 'one', StorageClass: 'DEEP_ARCHIVE' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'sealed', Body: 'one', ServerSideEncryption: 'aws:kms' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  const etag = createHash('md5').update('one').digest('hex');
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32('one'));
  const [hex, base64] = [bytes.toString('hex').toUpperCase(), bytes.toString('base64').replaceAll('=', '\\u003d')];
  const told = `{""checksum_base64"":""${base64}"",""etag"":""${etag}"",""checksumAlgorithm"":""CRC32"",""checksumType"":""FULL_OBJECT"",""checksum_hex"":""${hex}""}`;
  const crcs = await sums(['a', 'cold'], { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  assert.deepEqual(crcs, [`${Bucket},a,,succeeded,200,,"${told}"`, `${Bucket},cold,,succeeded,200,,"${told}"`]);
  const sha = createHash('sha256').update('one').digest('hex').toUpperCase();
  const others = await sums(['sealed', 'empty', 'nothing'], { ChecksumAlgorithm: 'SHA256' });
  assert.match(others[0] ?? '', new RegExp(`^${Bucket},sealed,,succeeded,200,,.*""checksum_hex"":""${sha}""`));
  assert.match(others[1] ?? '', new RegExp(createHash('sha256').digest('hex').toUpperCase()));
  assert.match(
    others[2] ?? '',
    /,nothing,,failed,200,PermanentFailure,"error details: \{""failureMessage"":""Task [-0-9a-f]{36} Key not found"", ""errorCode"": ""404""\}"$/,
  );
  assert.match(
    (await sums(['a'], {}))[0] ?? '',
    /""checksumAlgorithm"":""CRC64NVME"",""checksumType"":""FULL_OBJECT""/,
  );
});

test('checksums of parts are joined; versions are named by their ids', async () => {
  const { cloud, s3, sums } = await startSums();
  await using _ = cloud;
  await keepVersions(s3, Bucket);
  const { VersionId: one } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'one' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'two' }));
  const md5 = (text: string | Buffer) => createHash('md5').update(text).digest();
  assert.match(
    (await sums([`a,${one}`], { ChecksumAlgorithm: 'MD5' }))[0] ?? '',
    new RegExp(md5('one').toString('hex').toUpperCase()),
  );
  assert.match(
    (await sums(['a'], { ChecksumAlgorithm: 'MD5' }))[0] ?? '',
    new RegExp(md5('two').toString('hex').toUpperCase()),
  );
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const bodies = [Buffer.alloc(5 * 1024 * 1024, 1), Buffer.from('tail')];
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: index + 1 };
    Parts.push({ PartNumber: index + 1, ETag: (await s3.send(new UploadPartCommand({ ...part, Body }))).ETag });
  }
  const upload = { Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } };
  await s3.send(new CompleteMultipartUploadCommand(upload));
  const sha1 = (bytes: Buffer) => createHash('sha1').update(bytes).digest();
  const whole = sha1(Buffer.concat(bodies)).toString('hex').toUpperCase();
  const joined = sha1(Buffer.concat(bodies.map(sha1)))
    .toString('hex')
    .toUpperCase();
  assert.match((await sums(['parts'], { ChecksumAlgorithm: 'SHA1' }))[0] ?? '', new RegExp(`""${whole}""`));
  const composite = await sums(['parts'], { ChecksumAlgorithm: 'SHA1', ChecksumType: 'COMPOSITE' });
  assert.match(composite[0] ?? '', new RegExp(`""checksumType"":""COMPOSITE"",""checksum_hex"":""${joined}-2""`));
});

test("the role has to read what is summed up; customers' keys are not there", async () => {
  const { cloud, s3, sums } = await startSums(['s3:PutObject', 's3:GetObject']);
  await using _ = cloud;
  const allowed = { BlockedEncryptionTypes: { EncryptionType: ['NONE' as const] } };
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const }, ...allowed }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const key = Buffer.alloc(32, 1);
  const SSECustomerKeyMD5 = createHash('md5').update(key).digest('base64');
  const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64'), SSECustomerKeyMD5 };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'own', Body: 'x', ...customer }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'cold', Body: 'x', StorageClass: 'GLACIER' }));
  const [own, cold] = await sums(['own', 'cold'], { ChecksumAlgorithm: 'CRC32' });
  assert.match(own ?? '', /SSE-C encryption type is not supported for this operation"", ""errorCode"": ""400""/);
  assert.match(cold ?? '', /Access Denied"", ""errorCode"": ""403""/);
});

test('checksums are told in a report, and CRC64NVME is of whole objects', async () => {
  const batches = await startBatches();
  await using _ = batches.cloud;
  const refused = (asked: S3ComputeObjectChecksumOperation, report: object) =>
    assert.rejects(
      jobOver(batches, ['a'], { Operation: { S3ComputeObjectChecksum: asked }, Report: { ...Report, ...report } }),
      { name: 'BadRequestException' },
    );
  await refused({}, { Enabled: false });
  await refused({}, { ExpectedBucketOwner: undefined });
  await refused({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }, {});
});
