/** What is noted of every request once it is answered: a line of the bucket's access log, and its request metrics. */
import { MINUTE } from '#kernel/base';
import type { Answered, Ctx } from '#kernel/contract';
import type { MetricsConfiguration } from '#models/s3';
import { recordOf } from '../domain/access-log.ts';
import { placed } from '../domain/find.ts';
import { bucketNamed } from '../domain/points.ts';
import { currentOf } from '../domain/versions.ts';
import { type BucketRow, configurations, logLines } from '../state.ts';

/** Source: S3 User Guide, "Best-effort server log delivery": most records arrive within a few hours; here within this time. */
const LOGS_AFTER = 15 * MINUTE;

/** Cheap for a bucket that wants neither. */
export function answered(facts: Answered, ctx: Ctx): void {
  const name = facts.input.Bucket;
  if (typeof name !== 'string') return;
  const bucket = bucketNamed(ctx.store, name, ctx.region);
  if (bucket === undefined) return;
  if (bucket.logs === true) writeLine(bucket, facts, ctx);
  if (bucket.metrics === true) countRequest(bucket, facts, ctx);
}

function writeLine(bucket: BucketRow, facts: Answered, ctx: Ctx): void {
  const { account, region, name, id } = bucket;
  ctx.transact((view) => {
    const store = placed(bucket, ctx, view);
    const isFirst = store.first(logLines, { where: { bucket: id } }) === undefined;
    store.put(logLines, { bucket: id, at: ctx.now, request: ctx.requestId, line: recordOf(bucket, facts, ctx) });
    if (isFirst) ctx.arm('deliverLogs', id, ctx.now + LOGS_AFTER, { account, region, name, bucket: id });
  });
}

/** Source: S3 User Guide, "Amazon S3 CloudWatch request metrics". */
function countRequest(bucket: BucketRow, facts: Answered, ctx: Ctx): void {
  const store = placed(bucket, ctx, ctx.store);
  const { account, region } = bucket;
  for (const { id, value } of store.list(configurations, { where: { bucket: bucket.id, kind: 'metrics' } })) {
    if (!covers(value as MetricsConfiguration, bucket, facts, ctx)) continue;
    const add = (metric: string, amount: number, unit: 'Count' | 'Bytes' | 'Milliseconds') =>
      ctx.count(metric, { BucketName: bucket.name, FilterId: id }, amount, unit, { account, region });
    add('AllRequests', 1, 'Count');
    add(`${kindOf(facts.operation, ctx.http.method)}Requests`, 1, 'Count');
    add('4xxErrors', facts.status >= 400 && facts.status < 500 ? 1 : 0, 'Count');
    add('5xxErrors', facts.status >= 500 ? 1 : 0, 'Count');
    add('TotalRequestLatency', facts.micros / 1_000, 'Milliseconds');
    add('FirstByteLatency', facts.micros / 1_000, 'Milliseconds');
    if (facts.operation === 'GetObject' && facts.error === undefined) add('BytesDownloaded', facts.sent, 'Bytes');
    if (facts.operation === 'PutObject' || facts.operation === 'UploadPart')
      add('BytesUploaded', Number(ctx.http.headers['content-length'] ?? 0), 'Bytes');
  }
}

function kindOf(operation: string, method: string): string {
  if (operation.startsWith('List')) return 'List';
  if (operation === 'SelectObjectContent') return 'Select';
  return method.charAt(0) + method.slice(1).toLowerCase();
}

/** A filter counts requests to the objects that it names; one without counts all. */
function covers({ Filter: filter }: MetricsConfiguration, bucket: BucketRow, { input }: Answered, ctx: Ctx): boolean {
  if (filter === undefined) return true;
  const { Key: key } = input;
  if (typeof key !== 'string' || !key.startsWith(filter.And?.Prefix ?? filter.Prefix ?? '')) return false;
  const wanted = filter.And?.Tags ?? (filter.Tag === undefined ? [] : [filter.Tag]);
  if (wanted.length === 0) return true;
  const tags = currentOf(placed(bucket, ctx, ctx.store), bucket, key)?.tags;
  return wanted.every(({ Key, Value }) => tags?.[Key] === Value);
}
