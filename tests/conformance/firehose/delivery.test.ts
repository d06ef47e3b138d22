/** Records gathered and brought to a bucket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose';
import { CreateBucketCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { unzipSync } from 'fflate';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, BUCKET, BUCKET_ARN, makeBed } from './bed.ts';

const MINUTE = 60_000;
const ONE = 'destinationId-000000000001';

test('records wait until the oldest has waited its time, and become one object', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('clicks');
  await bed.put('clicks', 'one\n');
  await cloud.advance(30_000);
  await bed.put('clicks', 'two\n', 'three\n');
  await cloud.advance(29_999);
  assert.equal((await bed.objects()).size, 0);
  await cloud.advance(1);
  const [[key, text] = ['', '']] = await bed.objects();
  assert.equal(text, 'one\ntwo\nthree\n');
  assert.match(key, /^2026\/01\/01\/00\/clicks-1-2026-01-01-00-00-00-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const { ContentType } = await bed.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
  assert.equal(ContentType, 'application/octet-stream');
  await cloud.advance(10 * MINUTE);
  assert.equal((await bed.objects()).size, 1, 'once');
});

test('a buffer that is full does not wait', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('big');
  const record = 'x'.repeat(300_000);
  for (let sent = 0; sent < 5; sent += 1) await bed.put('big', record);
  await cloud.server.cloud.settle();
  const [[, first] = ['', '']] = await bed.objects();
  assert.equal(first.length, 900_000, 'as many as fit');
  await cloud.advance(MINUTE);
  const all = [...(await bed.objects()).values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(all, 1_500_000);
});

test('prefixes, time zones and extensions are evaluated', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('dated', {
    Prefix: "in/!{timestamp:yyyy'/q'Q/MMM}/!{firehose:random-string}/",
    ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
    CustomTimeZone: 'Asia/Tokyo',
    FileExtension: '.jsonl',
  });
  await bed.create('flat', { Prefix: 'in/../etc/', ErrorOutputPrefix: 'bad/' });
  await bed.put('dated', '{}');
  await bed.put('flat', '{}');
  await cloud.advance(MINUTE);
  const keys = [...(await bed.objects()).keys()];
  assert.equal(keys.length, 2);
  assert.match(keys[0] ?? '', /^in\/\.\.\/etc\/2026\/01\/01\/00\/flat-1-/, 'keys are no paths');
  assert.match(keys[1] ?? '', /^in\/2026\/q1\/Jan\/[A-Za-z0-9]{11}\/dated-1-2026-01-01-09-00-00-.*\.jsonl$/);
});

test('objects are compressed as asked', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const formats = { GZIP: '.gz', ZIP: '.zip', Snappy: '.snappy', HADOOP_SNAPPY: '.snappy' } as const;
  const text = 'the same again and again, '.repeat(5_000);
  for (const format of Object.keys(formats) as (keyof typeof formats)[]) {
    await bed.create(format, { CompressionFormat: format, Prefix: `${format}/` });
    await bed.put(format, text);
  }
  await cloud.advance(MINUTE);
  const found = new Map<string, Buffer>();
  for (const key of (await bed.objects()).keys()) found.set(key.split('/')[0] ?? '', await bed.bytes(key));
  for (const [format, extension] of Object.entries(formats)) {
    const [key = ''] = (await bed.objects(`${format}/`)).keys();
    assert.ok(key.endsWith(extension), key);
    assert.ok((found.get(format)?.length ?? text.length) < text.length / 5, format);
  }
  assert.equal(gunzipSync(found.get('GZIP') ?? '').toString(), text);
  const [file = new Uint8Array()] = Object.values(unzipSync(found.get('ZIP') ?? new Uint8Array()));
  assert.equal(Buffer.from(file).toString(), text);
});

test('the older S3 configuration is described as it was given', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const made = new CreateDeliveryStreamCommand({
    DeliveryStreamName: 'old',
    S3DestinationConfiguration: { RoleARN: bed.role, BucketARN: BUCKET_ARN },
    Tags: [{ Key: 'team', Value: 'data' }],
  });
  const { DeliveryStreamARN } = await bed.firehose.send(made);
  assert.equal(DeliveryStreamARN, `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/old`);
  const { DeliveryStreamDescription: shown } = await bed.firehose.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'old' }),
  );
  assert.deepEqual(shown?.Destinations, [
    {
      DestinationId: ONE,
      S3DestinationDescription: {
        RoleARN: bed.role,
        BucketARN: BUCKET_ARN,
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
        CompressionFormat: 'UNCOMPRESSED',
        EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
        CloudWatchLoggingOptions: { Enabled: false },
      },
    },
  ]);
  assert.equal(shown?.DeliveryStreamStatus, 'ACTIVE');
  assert.equal(shown?.VersionId, '1');
  assert.deepEqual(shown?.DeliveryStreamEncryptionConfiguration, { Status: 'DISABLED' });
});

test('an update changes what it names, and the version', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('s', { Prefix: 'before/' });
  const update = (CurrentDeliveryStreamVersionId: string, DestinationId = ONE, more = {}) =>
    bed.firehose.send(
      new UpdateDestinationCommand({
        DeliveryStreamName: 's',
        CurrentDeliveryStreamVersionId,
        DestinationId,
        ExtendedS3DestinationUpdate: { Prefix: 'after/', ...more },
      }),
    );
  await update('1');
  const stale = await failure(update('1'));
  assert.equal(stale.name, 'ConcurrentModificationException');
  assert.equal(
    stale.message,
    'Cannot update firehose: s since the current version id: 2 and specified version id: 1 do not match',
  );
  assert.equal((await failure(update('2', 'destinationId-2'))).message, 'Destination Id destinationId-2 not found');
  await bed.put('s', 'x');
  await cloud.advance(MINUTE);
  const [key = ''] = (await bed.objects()).keys();
  assert.match(key, /^after\/2026\/01\/01\/00\/s-2-/);
  const S3BackupUpdate = { RoleARN: bed.role, BucketARN: BUCKET_ARN };
  await update('2', ONE, { S3BackupMode: 'Enabled', S3BackupUpdate });
  const without = await failure(update('3', ONE, { S3BackupMode: 'Disabled' }));
  assert.deepEqual(
    [without.name, without.message],
    ['InvalidArgumentException', 'Disabling S3 backup is not currently supported.'],
  );
});

test('what a bucket does not take is tried for a day', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('patient', { BucketARN: 'arn:aws:s3:::not-yet' });
  await bed.put('patient', 'kept');
  await cloud.advance(6 * 60 * MINUTE);
  await bed.s3.send(new CreateBucketCommand({ Bucket: 'not-yet' }));
  await cloud.advance(5 * MINUTE);
  const { KeyCount } = await bed.s3.send(new ListObjectsV2Command({ Bucket: 'not-yet' }));
  assert.equal(KeyCount, 1);
});

test('limits of calls', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('s');
  const put = (size: number) =>
    bed.firehose.send(new PutRecordCommand({ DeliveryStreamName: 's', Record: { Data: Buffer.alloc(size, 'x') } }));
  await put(1_024_000);
  assert.equal((await failure(put(1_024_001))).name, 'ValidationException');
  const batch = (count: number, size: number) =>
    bed.firehose.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: 's',
        Records: Array.from({ length: count }, () => ({ Data: Buffer.alloc(size, 'x') })),
      }),
    );
  const { RequestResponses, FailedPutCount } = await batch(500, 100);
  assert.equal(FailedPutCount, 0);
  assert.equal(new Set(RequestResponses?.map(({ RecordId }) => RecordId)).size, 500);
  assert.equal((await failure(batch(501, 1))).name, 'ValidationException');
  const large = await failure(batch(5, 900_000));
  assert.equal(large.name, 'InvalidArgumentException');
  const missing = await failure(
    bed.firehose.send(new PutRecordCommand({ DeliveryStreamName: 'none', Record: { Data: Buffer.from('x') } })),
  );
  assert.equal(missing.name, 'ResourceNotFoundException');
  assert.equal(missing.message, `Firehose none under account ${ACCOUNT} not found.`);
});
