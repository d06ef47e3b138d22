/** What Firehose makes of records and of changes, as measured on AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  type Processor,
  PutRecordBatchCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose';
import { MINUTE } from '#kernel/base';
import { startTestCloud } from '../../support/cloud.ts';
import { makeBed } from './bed.ts';

const processing = (...Processors: Processor[]) => ({ ProcessingConfiguration: { Enabled: true, Processors } });
const opens: Processor = { Type: 'Decompression' };
const extracts: Processor = {
  Type: 'CloudWatchLogProcessing',
  Parameters: [{ ParameterName: 'DataMessageExtraction', ParameterValue: 'true' }],
};
const delimits: Processor = { Type: 'AppendDelimiterToRecord' };

const describe = async (firehose: FirehoseClient, DeliveryStreamName: string) =>
  (await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }))).DeliveryStreamDescription;

const putAll = (firehose: FirehoseClient, DeliveryStreamName: string, ...records: Buffer[]) =>
  firehose.send(new PutRecordBatchCommand({ DeliveryStreamName, Records: records.map((Data) => ({ Data })) }));

test('an update that changes nothing makes no version', async () => {
  await using cloud = await startTestCloud();
  const { create, firehose } = await makeBed(cloud);
  await create('s', { Prefix: 'p/' });
  const update = (CurrentDeliveryStreamVersionId: string, more: object) =>
    firehose.send(
      new UpdateDestinationCommand({
        DeliveryStreamName: 's',
        CurrentDeliveryStreamVersionId,
        DestinationId: 'destinationId-000000000001',
        ExtendedS3DestinationUpdate: more,
      }),
    );
  await update('1', {});
  await update('1', { Prefix: 'p/' });
  const same = await describe(firehose, 's');
  assert.deepEqual([same?.VersionId, same?.LastUpdateTimestamp], ['1', undefined]);
  await update('1', { Prefix: '' });
  const changed = await describe(firehose, 's');
  assert.deepEqual(
    [changed?.VersionId, changed?.Destinations?.[0]?.ExtendedS3DestinationDescription?.Prefix],
    ['2', ''],
  );
});

test('delimiters stand between records; a processor that is there twice works once', async () => {
  await using cloud = await startTestCloud();
  const { create, put, objects } = await makeBed(cloud);
  await create('s', processing(delimits, delimits));
  await put('s', 'one', '', 'two');
  await put('s', 'three');
  await cloud.advance(2 * MINUTE);
  assert.deepEqual([...(await objects()).values()], ['one\n\ntwo\nthree']);
});

test('what is no delivery of logs is kept as it came, apart from what functions refuse', async () => {
  await using cloud = await startTestCloud();
  const { create, firehose, objects } = await makeBed(cloud);
  await create('opened', {
    Prefix: 'opened/',
    ErrorOutputPrefix: 'bad-opened/!{firehose:error-output-type}/',
    ...processing(opens),
  });
  await create('messages', {
    Prefix: 'messages/',
    ErrorOutputPrefix: 'bad-messages/!{firehose:error-output-type}/',
    ...processing(opens, extracts, delimits),
  });
  const logs = { messageType: 'DATA_MESSAGE', logEvents: [{ message: 'a' }, { message: '' }] };
  const records = [logs, { messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'ping' }] }, { no: 'logs' }, 'text'];
  const sent = [...records.map((one) => gzipSync(JSON.stringify(one))), gzipSync('no JSON'), Buffer.from('no gzip')];
  for (const stream of ['opened', 'messages']) await putAll(firehose, stream, ...sent);
  await cloud.advance(2 * MINUTE);
  const good = async (stream: string) => [...(await objects(`${stream}/`)).values()];
  const bad = async (stream: string) => {
    const [[key = '', text = ''] = []] = await objects(`bad-${stream}/`);
    assert.match(key, new RegExp(`^bad-${stream}/decompression-failed/`));
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  assert.deepEqual(await good('opened'), [records.map((one) => JSON.stringify(one)).join('')]);
  assert.deepEqual(await good('messages'), ['a\n\n\n']);
  for (const [stream, from] of [
    ['opened', 4],
    ['messages', 2],
  ] as const)
    assert.deepEqual(
      (await bad(stream))
        .map(({ rawData, errorCode, attemptsMade, lambdaARN }) => [rawData, errorCode, attemptsMade, lambdaARN])
        .sort(),
      sent
        .slice(from)
        .map((raw) => [raw.toString('base64'), 'Decompression failed.', 1, undefined])
        .sort(),
    );
});
