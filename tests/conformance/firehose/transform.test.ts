/** Records changed, dropped, refused, taken apart and kept apart on their way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Processor, PutRecordCommand } from '@aws-sdk/client-firehose';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { sumOf } from '../../support/metrics.ts';
import { ACCOUNT, BUCKET_ARN, makeBed } from './bed.ts';

const MINUTE = 60_000;
const arn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;

const parameters = (given: { [name: string]: string }) =>
  Object.entries(given).map(([ParameterName, ParameterValue]) => ({
    ParameterName: ParameterName as NonNullable<Processor['Parameters']>[number]['ParameterName'],
    ParameterValue,
  }));
const processor = (Type: Processor['Type'], given: { [name: string]: string } = {}): Processor => ({
  Type,
  Parameters: parameters(given),
});
const processing = (...Processors: Processor[]) => ({ ProcessingConfiguration: { Enabled: true, Processors } });
const partitioned = {
  DynamicPartitioningConfiguration: { Enabled: true },
  BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
};

const UPPER = `export const handler = async (event) => ({
  records: event.records.flatMap(({ recordId, data }) => {
    const text = Buffer.from(data, 'base64').toString();
    if (text === 'drop') return [{ recordId, result: 'Dropped', data }];
    if (text === 'fail') return [{ recordId, result: 'ProcessingFailed', data }];
    if (text === 'lose') return [];
    if (text === 'throw') throw new Error('no');
    return [{ recordId, result: 'Ok', data: Buffer.from(text.toUpperCase() + '\\n').toString('base64') }];
  }),
});`;

test('a function changes, drops and refuses records', { timeout: 120_000 }, async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await createFunction(cloud, await functionRole(cloud), 'upper', UPPER);
  await bed.create('changed', {
    ...processing(processor('Lambda', { LambdaArn: arn('upper') })),
    S3BackupMode: 'Enabled',
    S3BackupConfiguration: {
      RoleARN: bed.role,
      BucketARN: BUCKET_ARN,
      Prefix: 'raw/',
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
    },
  });
  await bed.put('changed', 'one', 'drop', 'fail', 'lose', 'two');
  await cloud.advance(3 * MINUTE);
  const found = await bed.objects();
  const at = (start: string) => [...found].filter(([key]) => key.startsWith(start)).map(([, text]) => text);
  assert.deepEqual(at('2026/'), ['ONE\nTWO\n']);
  const sum = await sumOf(cloud, 'AWS/Firehose');
  const told = (metric: string) => sum(`ExecuteProcessing.${metric}`, { DeliveryStreamName: 'changed' }, 'SampleCount');
  assert.equal(await sum('ExecuteProcessing.Success', { DeliveryStreamName: 'changed' }), 1);
  assert.deepEqual([await told('Success'), await told('Duration')], [1, 1]);
  assert.deepEqual(at('raw/'), ['onedropfaillosetwo']);
  const [errors = ''] = at('processing-failed/2026/01/01/00/changed-1-');
  const lines = errors
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ attemptEndingTimestamp: _, ...line }) => line),
    [
      {
        rawData: Buffer.from('fail').toString('base64'),
        errorCode: 'Lambda.ProcessingFailedStatus',
        errorMessage: 'ProcessingFailed status set for record',
        attemptsMade: 1,
        arrivalTimestamp: START,
        lambdaARN: arn('upper'),
      },
      {
        rawData: Buffer.from('lose').toString('base64'),
        errorCode: 'Lambda.MissingRecordId',
        errorMessage:
          'One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.',
        attemptsMade: 1,
        arrivalTimestamp: START,
        lambdaARN: arn('upper'),
      },
    ],
  );
});

test('a function that fails is asked three times more', { timeout: 120_000 }, async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await createFunction(cloud, await functionRole(cloud), 'upper', UPPER);
  await bed.create('broken', processing(processor('Lambda', { LambdaArn: arn('upper') })));
  await bed.put('broken', 'throw', 'one');
  await cloud.advance(3 * MINUTE);
  const [text = ''] = (await bed.objects('processing-failed/')).values();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ errorCode, attemptsMade }) => [errorCode, attemptsMade]),
    [
      ['Lambda.FunctionError', 4],
      ['Lambda.FunctionError', 4],
    ],
  );
  assert.equal((await bed.objects('2026/')).size, 0);
});

test('records are kept apart by what jq finds in them', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('shops', {
    ...partitioned,
    Prefix: 'shop=!{partitionKeyFromQuery:shop}/year=!{partitionKeyFromQuery:year}/',
    ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
    ...processing(
      processor('MetadataExtraction', {
        MetadataExtractionQuery: '{shop: .shop.id, year: .at|strftime("%Y")} # by year',
        JsonParsingEngine: 'JQ-1.6',
      }),
      processor('AppendDelimiterToRecord', { Delimiter: '\\n' }),
    ),
  });
  await bed.put(
    'shops',
    '{"shop":{"id":"a"},"at":1700000000}',
    '{"shop":{"id":"b"},"at":1700000000}',
    '{"shop":{"id":"a"},"at":1700000001}',
    '{"shop":{},"at":1}',
    'no json',
  );
  await cloud.advance(2 * MINUTE);
  const found = [...(await bed.objects())].map(([key, text]) => [key.slice(0, key.lastIndexOf('/')), text]);
  assert.deepEqual(found.slice(1), [
    ['shop=a/year=2023', '{"shop":{"id":"a"},"at":1700000000}\n{"shop":{"id":"a"},"at":1700000001}'],
    ['shop=b/year=2023', '{"shop":{"id":"b"},"at":1700000000}'],
  ]);
  const [[folder, errors = ''] = []] = found;
  assert.equal(folder, 'bad/processing-failed');
  assert.deepEqual(
    errors
      .trimEnd()
      .split('\n')
      .map((line) => [JSON.parse(line).errorCode, JSON.parse(line).errorMessage]),
    [
      ['DynamicPartitioning.MetadataExtractionFailed', 'partitionKeys values must not be null or empty'],
      ['DynamicPartitioning.MetadataExtractionFailed', 'Non JSON record provided'],
    ],
  );
});

test('records are kept apart by what a function says of them, and taken apart before', {
  timeout: 120_000,
}, async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const source = `export const handler = async (event) => ({
    records: event.records.map(({ recordId, data }) => ({ recordId, result: 'Ok', data,
      metadata: { partitionKeys: { n: JSON.parse(Buffer.from(data, 'base64')).n } } })),
  });`;
  await createFunction(cloud, await functionRole(cloud), 'keys', source);
  await bed.create('parts', {
    ...partitioned,
    Prefix: 'n=!{partitionKeyFromLambda:n}/',
    ErrorOutputPrefix: 'bad/',
    ...processing(
      processor('RecordDeAggregation', { SubRecordType: 'JSON' }),
      processor('Lambda', { LambdaArn: arn('keys'), BufferSizeInMBs: '1', BufferIntervalInSeconds: '0' }),
    ),
  });
  await bed.put('parts', '{"n":1,"t":"}{"}{"n":2}\n{"n":1}');
  await cloud.advance(2 * MINUTE);
  const found = [...(await bed.objects())].map(([key, text]) => [key.split('/')[0], text]);
  assert.deepEqual(found, [
    ['n=1', '{"n":1,"t":"}{"}{"n":1}'],
    ['n=2', '{"n":2}'],
  ]);
});

test('messages of CloudWatch Logs are decompressed and taken out', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create(
    'logs',
    processing(
      processor('Decompression', { CompressionFormat: 'GZIP' }),
      processor('CloudWatchLogProcessing', { DataMessageExtraction: 'true' }),
    ),
  );
  const send = (data: Buffer) =>
    bed.firehose.send(new PutRecordCommand({ DeliveryStreamName: 'logs', Record: { Data: data } }));
  const event = { messageType: 'DATA_MESSAGE', logEvents: [{ message: 'first' }, { message: 'second' }] };
  await send(gzipSync(JSON.stringify(event)));
  await send(gzipSync(JSON.stringify({ messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'are you there' }] })));
  await send(Buffer.from('not compressed'));
  await cloud.advance(2 * MINUTE);
  const found = [...(await bed.objects()).values()];
  assert.equal(found[0], 'first\nsecond\n');
  assert.equal(JSON.parse(found[1] ?? '{}').errorCode, 'Decompression failed.');
  assert.equal(found.length, 2);
});

test('processors and prefixes that can not be are refused', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const refused = async (extended: object) => {
    const { name, message } = await failure(bed.create('s', extended));
    assert.ok(name === 'InvalidArgumentException' || name === 'NotImplemented', name);
    return message;
  };
  const query = (MetadataExtractionQuery: string) => ({
    ...partitioned,
    Prefix: '!{partitionKeyFromQuery:a}/',
    ErrorOutputPrefix: 'bad/',
    ...processing(processor('MetadataExtraction', { MetadataExtractionQuery, JsonParsingEngine: 'JQ-1.6' })),
  });
  const start = 'The supplied prefix(es) do not satisfy the following constraint: ';
  assert.equal(
    await refused({ Prefix: '!{timestamp:yyyy}/' }),
    `${start}ErrorOutputPrefix cannot be null or empty when Prefix contains expressions`,
  );
  assert.match(
    await refused({ Prefix: '!{timestamp:b}', ErrorOutputPrefix: 'e/' }),
    /Invalid conversion character used in the value of the expression in Prefix$/,
  );
  assert.equal(
    await refused({ Prefix: '!{nobody:knows}', ErrorOutputPrefix: 'e/' }),
    `${start}Namespace to the left of colon (nobody) is an invalid keyword!`,
  );
  for (const Prefix of ['a!{', '!{timestamp}'])
    assert.equal(
      await refused({ Prefix, ErrorOutputPrefix: 'e/' }),
      `${start}Invalid expression usage: ${Prefix}.Must be of the form !{<namespace>:<value>}`,
    );
  assert.equal(
    await refused({ ErrorOutputPrefix: '!{timestamp:yyyy}/' }),
    `${start}ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}`,
  );
  assert.equal(
    await refused({ Prefix: '!{firehose:error-output-type}/', ErrorOutputPrefix: 'e/' }),
    `${start}Prefix must not contain any occurrence of !{firehose:error-output-type}`,
  );
  assert.equal(
    await refused({ ErrorOutputPrefix: '!{firehose:error-output-type}/!{partitionKeyFromLambda:a}' }),
    `${start}Dynamic Partitioning Namespaces can't be part of an error prefix expression`,
  );
  assert.equal(
    await refused({ Prefix: 'x'.repeat(600) }),
    `${start}Length of evaluated prefix cannot be greater than 512`,
  );
  assert.equal(
    await refused({ Prefix: '!{partitionKeyFromQuery:a}/', ErrorOutputPrefix: 'e/' }),
    'Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled.',
  );
  assert.match(await refused(query('{a: .a')), /not a valid JQ expression/);
  assert.equal(await refused(query('def f: f; f')), 'MetadataExtractionQuery takes too long.');
  assert.equal(
    await refused({ ...query('{a: .a}'), Prefix: 'none/' }),
    'S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled',
  );
  assert.equal(
    await refused(query('{a: .a, b: .b}')),
    "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression",
  );
  assert.match(
    await refused({ ...query('{a: .a}'), BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 } }),
    /at least 64/,
  );
  for (const CustomTimeZone of ['Mars/Olympus', 'EST'])
    assert.equal(
      await refused({ CustomTimeZone }),
      'Provided custom time zone is not supported. Custom time zones are limited to UTC and non-3-letter IANA time zones.',
    );
});

/** Source of the texts: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
test('processors, buckets and keys are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const refused = async (extended: object) => (await failure(bed.create('s', extended))).message;
  const lambda = (parameters: object) =>
    processing(processor('Lambda', { LambdaArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`, ...parameters }));
  const byKey = { ...partitioned, Prefix: '!{partitionKeyFromQuery:a}/', ErrorOutputPrefix: 'bad/' };
  const only = (name: string) =>
    `class com.amazonaws.services.firehose.internal.model.${name}Processor can only be present when Dynamic Partitioning is enabled.`;
  for (const [extended, message] of [
    [
      { ProcessingConfiguration: { Enabled: true } },
      'A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled.',
    ],
    [processing(processor('Lambda')), 'LambdaArn is required when Lambda processor is used.'],
    [processing(processor('Lambda'), processor('Lambda')), 'Cannot have more than 1 Lambda processor.'],
    [lambda({ NumberOfRetries: '301' }), 'Number of retries for lambda must be between 0 and 300.'],
    [
      lambda({ BufferSizeInMBs: '1' }),
      'Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.',
    ],
    [
      lambda({ BufferSizeInMBs: '4', BufferIntervalInSeconds: '60' }),
      'BufferSizeInMBs for lambda processor must be between 0.2 and 3.',
    ],
    [
      lambda({ BufferSizeInMBs: '1', BufferIntervalInSeconds: '901' }),
      'BufferIntervalInSeconds for lambda processor must be between 0 and 900.',
    ],
    [processing(processor('MetadataExtraction')), only('MetadataExtraction')],
    [processing(processor('RecordDeAggregation')), only('RecordDeAggregation')],
    [
      { ...byKey, ...processing(processor('RecordDeAggregation', { SubRecordType: 'XML' })) },
      'SubRecordType has to be one of JSON, DELIMITED',
    ],
    [
      { ...byKey, ...processing(processor('RecordDeAggregation', { SubRecordType: 'DELIMITED' })) },
      'Delimiter should be present for DELIMITED',
    ],
    [
      { ...byKey, ...processing(processor('MetadataExtraction', { MetadataExtractionQuery: '{a: .a}' })) },
      'MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6',
    ],
    [
      processing(processor('CloudWatchLogProcessing', { DataMessageExtraction: 'true' })),
      'CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor',
    ],
    [
      processing(processor('CloudWatchLogProcessing')),
      'Invalid parameter value for DataMessageExtraction. Allowed values are True and False.',
    ],
    [{ S3BackupMode: 'Enabled' }, 'S3 backup destination configuration is required when enabling S3 backup.'],
    [
      { CloudWatchLoggingOptions: { Enabled: true } },
      'CloudWatch Log Group Name is required if CloudWatch Logging is enabled',
    ],
    [{ EncryptionConfiguration: {} }, 'Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified'],
  ] as const)
    assert.equal(await refused(extended), message);
});

test('a query that never ends costs its records, and nobody else', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.create('endless', {
    ...partitioned,
    Prefix: '!{partitionKeyFromQuery:a}/',
    ErrorOutputPrefix: 'bad/',
    ...processing(
      processor('MetadataExtraction', {
        MetadataExtractionQuery: 'if . == null then {a: 1} else (def f: f; f) end',
        JsonParsingEngine: 'JQ-1.6',
      }),
    ),
  });
  await bed.put('endless', '{"a":1}');
  await cloud.advance(2 * MINUTE);
  const [[key = '', text = ''] = []] = await bed.objects();
  assert.match(key, /^bad\/2026/);
  assert.equal(JSON.parse(text).errorMessage, 'the query takes too long');
});
