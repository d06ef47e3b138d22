/** Records, endpoints and callers that mean no good. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from '@aws-sdk/client-firehose';
import { foreignCertificate } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { BUCKET_ARN, makeBed } from './bed.ts';

const MINUTE = 60_000;
const processing = (...processors: [type: string, parameters: { [name: string]: string }][]) => ({
  ProcessingConfiguration: {
    Enabled: true,
    Processors: processors.map(([Type, parameters]) => ({
      Type: Type as 'Lambda',
      Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
        ParameterName: ParameterName as 'LambdaArn',
        ParameterValue,
      })),
    })),
  },
});
const byKey = (MetadataExtractionQuery: string) => ({
  Prefix: 'k=!{partitionKeyFromQuery:k}/',
  ErrorOutputPrefix: 'bad/',
  BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
  DynamicPartitioningConfiguration: { Enabled: true },
  ...processing(['MetadataExtraction', { MetadataExtractionQuery, JsonParsingEngine: 'JQ-1.6' }]),
});

test('what a record says is part of a key, and leads nowhere', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('keys', byKey('{k: .k}'));
  const keys = ['../../etc/passwd', '/', 'a b&c?d#e', 'ключ', '!{timestamp:yyyy}', '__proto__'];
  await bed.put(
    'keys',
    ...keys.map((k) => `${JSON.stringify({ k })}\n`),
    `{"k":"${'x'.repeat(600)}"}`,
    '{"k":{"a":1}}',
  );
  await cloud.advance(2 * MINUTE);
  const found = [...(await bed.objects())].map(([key, text]) => [
    key.replace(/(\d{4}\/01\/01\/00\/)?keys-1-.*$/, ''),
    text,
  ]);
  const good = found.filter(([key = '']) => key.startsWith('k='));
  assert.deepEqual(
    Object.fromEntries(good),
    Object.fromEntries([
      ...keys.map((k) => [`k=${k}/`, `${JSON.stringify({ k })}\n`]),
      ['k={"a":1}/', '{"k":{"a":1}}'],
    ]),
  );
  const bad = found.filter(([key]) => key === 'bad/').map(([, text]) => JSON.parse(text ?? ''));
  assert.deepEqual(
    bad.map(({ errorCode }) => errorCode),
    ['DynamicPartitioning.InvalidPartitionKeys'],
  );
});

test('partitions beyond the limit go where errors go', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('many', byKey('{k: .k}'));
  const records = (from: number) => Array.from({ length: 300 }, (_, n) => `{"k":${from + n}}\n`);
  await bed.put('many', ...records(0));
  await cloud.server.cloud.settle();
  await bed.put('many', ...records(300));
  await cloud.server.cloud.settle();
  await cloud.advance(2 * MINUTE);
  const errors = [...(await bed.objects('bad/')).values()].join('').trimEnd().split('\n');
  assert.equal(errors.length, 100);
  assert.equal(JSON.parse(errors[0] ?? '').errorCode, 'DynamicPartitioning.ActivePartitionLimitExceeded');
  await bed.put('many', '{"k":"again"}');
  await cloud.advance(2 * MINUTE);
  assert.equal((await bed.objects('k=again/')).size, 1, 'partitions end with what waited in them');
});

test('a record that opens to more than memory has is an error', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('bomb', processing(['Decompression', { CompressionFormat: 'GZIP' }]));
  const bomb = gzipSync(Buffer.alloc(100_000_000), { level: 9 });
  await bed.firehose.send(new PutRecordCommand({ DeliveryStreamName: 'bomb', Record: { Data: bomb } }));
  await cloud.advance(2 * MINUTE);
  const [[key = '', text = ''] = []] = await bed.objects();
  assert.match(key, /^decompression-failed\//);
  assert.equal(JSON.parse(text).errorCode, 'Decompression failed.');
});

test('records that never end, nest without end or are empty are delivered as they are', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('split', {
    ...byKey('{k: (.k // "none")}'),
    ...processing(
      ['RecordDeAggregation', { SubRecordType: 'JSON' }],
      ['MetadataExtraction', { MetadataExtractionQuery: '{k: (.k? // "none")}', JsonParsingEngine: 'JQ-1.6' }],
    ),
  });
  const deep = '{"k":'.repeat(200_000);
  await bed.put('split', deep, '{"k":1}{"k":1}', '"{"', '');
  await cloud.advance(2 * MINUTE);
  const good = await bed.objects('k=');
  assert.deepEqual([...good.values()], ['{"k":1}{"k":1}', '"{"']);
  const errors = [...(await bed.objects('bad/')).values()].join('').trimEnd().split('\n');
  assert.deepEqual(
    errors.map((line) => JSON.parse(line).errorMessage),
    ['Non JSON record provided', 'Non JSON record provided'],
  );
});

test('an endpoint that answers without end is an endpoint that failed', { timeout: 60_000 }, async () => {
  const { key, certificate } = await foreignCertificate(['localhost'], 36_500);
  const server = createServer({ key, cert: certificate }, (_, response) => {
    response.writeHead(200);
    response.end(Buffer.alloc(3_000_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'hooks',
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: { Url: `https://localhost:${(server.address() as AddressInfo).port}/` },
        RetryOptions: { DurationInSeconds: 0 },
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
        S3Configuration: {
          RoleARN: bed.role,
          BucketARN: BUCKET_ARN,
          BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
        },
      },
    }),
  );
  await bed.put('hooks', 'x');
  await cloud.advance(3 * MINUTE);
  server.close();
  server.closeAllConnections();
  const [text = ''] = (await bed.objects('http-endpoint-failed/')).values();
  assert.equal(JSON.parse(text).errorCode, 'HttpEndpoint.ResponseTooLarge');
});

test('names and batches that can not be are refused before anything is done', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  for (const DeliveryStreamName of ['../../x', 'a/b', '', 'x'.repeat(65), 'a\u0000b'])
    assert.equal(
      (await failure(bed.firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName })))).name,
      'ValidationException',
    );
  await bed.create('s');
  const none = new PutRecordBatchCommand({ DeliveryStreamName: 's', Records: [] });
  assert.equal((await failure(bed.firehose.send(none))).name, 'ValidationException');
  const large = await failure(
    bed.firehose.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: 's',
        Records: Array.from({ length: 500 }, () => ({ Data: Buffer.alloc(20_000) })),
      }),
    ),
  );
  assert.match(large.name, /^(InvalidArgumentException|RequestEntityTooLargeException)$/);
  await cloud.advance(5 * MINUTE);
  assert.equal((await bed.objects()).size, 0);
});
