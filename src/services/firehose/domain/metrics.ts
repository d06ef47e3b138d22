/** Metrics of streams. Source: Developer Guide, "Monitor Amazon Data Firehose using CloudWatch metrics". */
import type { Ctx } from '#kernel/contract';
import type { BatchRow, StreamRow } from '../state.ts';
import type { Entry } from './records.ts';

const TARGETS = { s3: 'DeliveryToS3', http: 'DeliveryToHttpEndpoint', splunk: 'DeliveryToSplunk' } as const;

/** One attempt to deliver a batch. */
export function countDelivery(
  { name, destination }: StreamRow,
  { kind, at }: BatchRow,
  entries: readonly Entry[],
  isDone: boolean,
  ctx: Ctx,
): void {
  if (kind === 'in') return;
  const dimensions = { DeliveryStreamName: name };
  const target = kind === 'backup' ? 'BackupToS3' : kind === 'error' ? 'DeliveryToS3' : TARGETS[destination.kind];
  ctx.count(`${target}.Success`, dimensions, isDone ? 1 : 0, 'Count');
  ctx.count(`${target}.DataFreshness`, dimensions, Math.floor((ctx.clock() - at) / 1_000), 'None');
  if (!isDone) return;
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  ctx.count(`${target}.Bytes`, dimensions, bytes, 'Bytes');
  ctx.count(`${target}.Records`, dimensions, entries.length, 'Count');
  if (target.endsWith('S3')) ctx.count('DeliveryToS3.ObjectCount', dimensions, 1, 'Count');
}

/** What was read of a source. @param behind milliseconds between the last record that was read and the newest */
export function countRead({ name }: StreamRow, records: readonly Buffer[], behind: number, ctx: Ctx): void {
  const dimensions = { DeliveryStreamName: name };
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  ctx.count('DataReadFromKinesisStream.Records', dimensions, records.length, 'Count');
  ctx.count('DataReadFromKinesisStream.Bytes', dimensions, bytes, 'Bytes');
  ctx.count('KinesisMillisBehindLatest', dimensions, behind, 'Milliseconds');
}

/** One call that brought records. */
export function countPut(
  { name }: StreamRow,
  operation: 'PutRecord' | 'PutRecordBatch',
  records: number,
  bytes: number,
  throttled: number,
  ctx: Ctx,
): void {
  const dimensions = { DeliveryStreamName: name };
  ctx.count('IncomingPutRequests', dimensions, 1, 'Count');
  ctx.count('IncomingRecords', dimensions, records, 'Count');
  ctx.count('IncomingBytes', dimensions, bytes, 'Bytes');
  ctx.count(`${operation}.Requests`, dimensions, 1, 'Count');
  ctx.count(`${operation}.Bytes`, dimensions, bytes, 'Bytes');
  if (operation === 'PutRecordBatch') ctx.count('PutRecordBatch.Records', dimensions, records, 'Count');
  ctx.count('ThrottledRecords', dimensions, throttled, 'Count');
}
