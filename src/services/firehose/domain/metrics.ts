/** Metrics of streams. Source: Developer Guide, "Monitor Amazon Data Firehose using CloudWatch metrics". */
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { ratesOf } from '../limits.ts';
import type { BatchRow, StreamRow } from '../state.ts';

/** Records, as far as they are counted. */
type Taken = { data: Buffer };

const TARGETS = { s3: 'DeliveryToS3', http: 'DeliveryToHttpEndpoint', splunk: 'DeliveryToSplunk' } as const;

/** One attempt to deliver a batch. */
export function countDelivery(
  { name, destination }: StreamRow,
  { kind, at }: BatchRow,
  entries: readonly Taken[],
  isDone: boolean,
  ctx: Ctx,
): void {
  if (kind === 'in') return;
  const dimensions = { DeliveryStreamName: name };
  const target = kind === 'backup' ? 'BackupToS3' : kind === 'error' ? 'DeliveryToS3' : TARGETS[destination.kind];
  ctx.count(`${target}.Success`, dimensions, isDone ? 1 : 0, 'Count');
  ctx.count(`${target}.DataFreshness`, dimensions, Math.floor((ctx.clock() - at) / 1_000), 'Seconds');
  if (!isDone) return;
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  ctx.count(`${target}.Bytes`, dimensions, bytes, 'Bytes');
  ctx.count(`${target}.Records`, dimensions, entries.length, 'Count');
  if (target.endsWith('S3')) ctx.count('DeliveryToS3.ObjectCount', dimensions, 1, 'Count');
}

/** One request to an endpoint, be it the first or another. */
export function countAttempt({ name }: StreamRow, entries: readonly Taken[], ctx: Ctx): void {
  const dimensions = { DeliveryStreamName: name };
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  ctx.count('DeliveryToHttpEndpoint.ProcessedBytes', dimensions, bytes, 'Bytes');
  ctx.count('DeliveryToHttpEndpoint.ProcessedRecords', dimensions, entries.length, 'Count');
}

/** Splunk has acknowledged what was sent at an instant. */
export function countAcknowledgement({ name }: StreamRow, sentAt: Millis, ctx: Ctx): void {
  const seconds = (ctx.clock() - sentAt) / 1_000;
  ctx.count('DeliveryToSplunk.DataAckLatency', { DeliveryStreamName: name }, seconds, 'Seconds');
}

/** One invocation of a stream's function. */
export function countInvocation({ name }: StreamRow, began: Millis, isDone: boolean, ctx: Ctx): void {
  const dimensions = { DeliveryStreamName: name };
  ctx.count('ExecuteProcessing.Success', dimensions, isDone ? 1 : 0, 'Count');
  ctx.count('ExecuteProcessing.Duration', dimensions, ctx.clock() - began, 'Milliseconds');
}

const KEY_TROUBLES: { readonly [code: string]: string | undefined } = {
  AccessDeniedException: 'KMSKeyAccessDenied',
  DisabledException: 'KMSKeyDisabled',
  KMSInvalidStateException: 'KMSKeyInvalidState',
  NotFoundException: 'KMSKeyNotFound',
};

/** What KMS refuses for a stream. */
export function countKeyTrouble({ name }: StreamRow, refusal: unknown, ctx: Ctx): void {
  const code = refusal instanceof ServiceError ? refusal.fields.code : undefined;
  const metric = typeof code === 'string' ? KEY_TROUBLES[code] : undefined;
  if (metric !== undefined) ctx.count(metric, { DeliveryStreamName: name }, 1, 'Count');
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
  const { requests: calls, records: most, bytes: mostBytes } = ratesOf(ctx.region);
  ctx.count('PutRequestsPerSecondLimit', dimensions, calls.ratePerSecond, 'Count');
  ctx.count('RecordsPerSecondLimit', dimensions, most.ratePerSecond, 'Count');
  ctx.count('BytesPerSecondLimit', dimensions, mostBytes.ratePerSecond, 'Bytes');
  if (records > 0) ctx.count('IncomingPutRequests', dimensions, 1, 'Count');
  ctx.count('IncomingRecords', dimensions, records, 'Count');
  ctx.count('IncomingBytes', dimensions, bytes, 'Bytes');
  ctx.count(`${operation}.Requests`, dimensions, 1, 'Count');
  ctx.count(`${operation}.Bytes`, dimensions, bytes, 'Bytes');
  ctx.count(`${operation}.Latency`, dimensions, ctx.clock() - ctx.now, 'Milliseconds');
  if (operation === 'PutRecordBatch') ctx.count('PutRecordBatch.Records', dimensions, records, 'Count');
  ctx.count('ThrottledRecords', dimensions, throttled, 'Count');
}
