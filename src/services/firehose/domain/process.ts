/** The processors of a stream, one after the other: what is good goes on to the destination, what is not to the bucket for errors. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MIB, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { PARTITIONS_MAX } from '../limits.ts';
import { type BatchRow, buffers, type Destination, type Partition, type StreamRow } from '../state.ts';
import { bufferId } from './buffers.ts';
import { splitRecord } from './deaggregate.ts';
import { bucketFor, isDynamic, processing } from './destination.ts';
import { callOf, judge } from './function.ts';
import { extractMessages } from './log-messages.ts';
import { readPrefix, writePrefix } from './prefix.ts';
import type { Processors } from './processors.ts';
import { runQuery } from './query.ts';
import type { Entry } from './records.ts';
import type { Trouble } from './trouble.ts';

/** A record on its way through the processors. */
type Passing = Entry & { raw: Buffer; partition: Partition };

export type Processed = {
  /** For the destination; each with its partition where there are some. */
  good: { data: Buffer; at: Millis; partition?: Partition }[];
  /** Lines for the bucket of errors. */
  failed: { line: Buffer; type: FailureType }[];
};

/** What goes wrong before any function sees it is kept apart. Source: radkawar/stackd, measured in 2026. */
type FailureType = 'decompression-failed' | 'processing-failed';
const UNPACKING = 'Decompression failed.';

/** A record that was compressed opens to no more than this. */
const OPENED_BYTES_MAX = 64 * MIB;
const opened = promisify(gunzip);

/** @param tell of each attempt at the function that failed */
export async function process(
  stream: StreamRow,
  batch: BatchRow,
  entries: readonly Entry[],
  tell: (trouble: Trouble) => Promise<void>,
  ctx: Ctx,
): Promise<Processed> {
  const processors = processing(stream.destination) ?? {};
  const failed: Processed['failed'] = [];
  const fail = ({ raw, at }: Passing, trouble: Trouble, attempts = 1) => {
    const more = trouble.code.startsWith('Lambda.') ? { lambdaARN: processors.Lambda?.LambdaArn } : {};
    const line = failureLine(raw, at, trouble, attempts, ctx.clock(), more);
    failed.push({ line, type: trouble.code === UNPACKING ? 'decompression-failed' : 'processing-failed' });
  };
  let passing: Passing[] = entries.map((entry) => ({
    ...entry,
    raw: entry.data,
    partition: { query: {}, lambda: {} },
  }));
  if (processors.Decompression !== undefined) passing = await decompressed(passing, fail);
  if (processors.CloudWatchLogProcessing?.DataMessageExtraction?.toLowerCase() === 'true')
    passing = passing.flatMap((record) => {
      const data = extractMessages(record.data);
      if (data !== undefined) return [{ ...record, data }];
      fail(record, { code: UNPACKING, message: 'The record is no envelope of CloudWatch Logs.' });
      return [];
    });
  const { RecordDeAggregation: splitting } = processors;
  if (splitting !== undefined)
    passing = passing.flatMap((record) =>
      splitRecord(record.data, splitting).map((data) => ({ ...record, data, raw: data })),
    );
  // Several may come of one, so that they are numbered anew.
  passing = passing.map((record, index) => ({ ...record, sequence: batch.first, index }));
  if (processors.Lambda !== undefined) passing = await changed(processors.Lambda, passing, stream, tell, fail, ctx);
  if (processors.MetadataExtraction !== undefined) {
    const { MetadataExtractionQuery: text = '' } = processors.MetadataExtraction;
    const found = await runQuery(
      text,
      passing.map(({ data }) => data),
    );
    passing = passing.flatMap((record, index) => {
      const keys = found[index] ?? { fault: '' };
      if ('keys' in keys) return [{ ...record, partition: { ...record.partition, query: keys.keys } }];
      fail(record, { code: 'DynamicPartitioning.MetadataExtractionFailed', message: keys.fault });
      return [];
    });
  }
  if (isDynamic(stream.destination)) passing = placed(passing, stream, fail, ctx);
  const delimiter = stream.destination.kind === 's3' ? undefined : delimiterOf(processors);
  const good = passing.map(({ data, at, partition }) => ({
    data: delimiter === undefined ? data : Buffer.concat([data, delimiter]),
    at,
    ...(isDynamic(stream.destination) && { partition }),
  }));
  return { good, failed };
}

/** A record that failed, as a line of JSON. Source: what AWS wrote, members in its order (github.com/floci-io/floci/pull/3393). */
export function failureLine(
  raw: Buffer,
  arrivalTimestamp: Millis,
  { code, message }: Trouble,
  attemptsMade: number,
  attemptEndingTimestamp: Millis,
  more: object = {},
): Buffer {
  const line = {
    rawData: raw.toString('base64'),
    errorCode: code,
    errorMessage: message,
    attemptsMade,
    arrivalTimestamp,
    attemptEndingTimestamp,
    ...more,
  };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

type Fail = (record: Passing, trouble: Trouble, attempts?: number) => void;

async function decompressed(passing: readonly Passing[], fail: Fail): Promise<Passing[]> {
  const left: Passing[] = [];
  for (const record of passing)
    try {
      const data = await opened(record.data, { maxOutputLength: OPENED_BYTES_MAX });
      // What CloudWatch Logs sends is JSON; anything else has not been opened.
      JSON.parse(data.toString('utf8'));
      left.push({ ...record, data });
    } catch (error) {
      fail(record, { code: UNPACKING, message: (error as Error).message });
    }
  return left;
}

async function changed(
  parameters: NonNullable<Processors['Lambda']>,
  passing: readonly Passing[],
  stream: StreamRow,
  tell: (trouble: Trouble) => Promise<void>,
  fail: Fail,
  ctx: Ctx,
): Promise<Passing[]> {
  const dimensions = { DeliveryStreamName: stream.name };
  const verdicts = await judge(callOf(parameters), passing, stream, tell, ctx);
  const left = passing.flatMap((record, index): Passing[] => {
    const verdict = verdicts[index];
    if (verdict === undefined || verdict.result === 'Dropped') return [];
    if (verdict.result === 'Ok')
      return [{ ...record, data: verdict.data, partition: { ...record.partition, lambda: verdict.keys } }];
    fail(record, verdict.trouble, verdict.attempts);
    return [];
  });
  // Those that the function keeps, by what they were before. Source: radkawar/stackd, measured in 2026.
  ctx.count('SucceedProcessing.Records', dimensions, left.length, 'Count');
  const bytes = left.reduce((sum, { raw }) => sum + raw.length, 0);
  ctx.count('SucceedProcessing.Bytes', dimensions, bytes, 'Bytes');
  return left;
}

/** Those whose keys are all there, and whose partition is not one too many. */
function placed(passing: readonly Passing[], stream: StreamRow, fail: Fail, ctx: Ctx): Passing[] {
  const { life } = stream;
  const prefix = readPrefix(bucketFor(stream.destination, 'out').Prefix ?? '');
  const dimensions = { DeliveryStreamName: stream.name };
  let active = ctx.store.count(buffers, { index: 'byKind', where: { life, kind: 'out' } });
  const known = new Map<string, boolean>();
  const isRoom = (partition: Partition) => {
    const id = bufferId({ kind: 'out', partition });
    const found = known.get(id) ?? (ctx.store.get(buffers, { life, id }) !== undefined || active < PARTITIONS_MAX);
    if (found && !known.has(id) && ctx.store.get(buffers, { life, id }) === undefined) active += 1;
    known.set(id, found);
    return found;
  };
  const left = passing.filter((record) => {
    const { partition, at } = record;
    if (writePrefix(prefix, { at, zone: 'UTC', seed: '', partition }) === undefined) {
      const message = 'partitionKeys values must not be null or empty, nor make a prefix that is too long';
      fail(record, { code: 'DynamicPartitioning.InvalidPartitionKeys', message });
      return false;
    }
    if (isRoom(partition)) return true;
    fail(record, {
      code: 'DynamicPartitioning.ActivePartitionLimitExceeded',
      message: `The limit of ${PARTITIONS_MAX} active partitions has been exceeded.`,
    });
    return false;
  });
  ctx.count('PartitionCount', dimensions, active, 'Count');
  ctx.count('PartitionCountExceeded', dimensions, left.length < passing.length ? 1 : 0, 'Count');
  return left;
}

/** Records of an object: what AppendDelimiterToRecord adds stands between them. Source: radkawar/stackd, measured in 2026. */
export function joined(entries: readonly Entry[], destination: Destination): Buffer {
  const delimiter = delimiterOf(processing(destination) ?? {});
  const parts = entries.flatMap(({ data }, index) =>
    delimiter === undefined || index === 0 ? [data] : [delimiter, data],
  );
  return Buffer.concat(parts);
}

/** The delimiter is given as it is written in a program: `\n`. */
function delimiterOf({ AppendDelimiterToRecord: parameters }: Processors): Buffer | undefined {
  if (parameters === undefined) return undefined;
  const { Delimiter = '\\n' } = parameters;
  return Buffer.from(Delimiter.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r'));
}
