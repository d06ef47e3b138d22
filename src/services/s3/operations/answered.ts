/** What is noted of every request once it is answered: a line of the bucket's access log, and its request metrics. */
import { type Answered, type Ctx, ServiceError } from '#kernel/contract';
import type { MetricsConfiguration } from '#models/s3';
import { batchRecordOf, nameOf, recordOf } from '../domain/access-log.ts';
import { type CopySource, copySourceOf } from '../domain/copy-source.ts';
import { placed } from '../domain/find.ts';
import { keepLines } from '../domain/log-lines.ts';
import { bucketNamed, pointArn, pointOf } from '../domain/points.ts';
import { currentOf, versionOf } from '../domain/versions.ts';
import { type BucketRow, configurations } from '../state.ts';

/** Cheap for a bucket that wants neither. */
export function answered(facts: Answered, ctx: Ctx): void {
  const { Bucket: name, CopySource: source } = facts.input;
  if (typeof name !== 'string') return;
  const bucket = bucketNamed(ctx.store, name, ctx.region);
  if (bucket?.logs === true) writeLines(bucket, name, facts, ctx);
  if (bucket?.metrics === true) countRequest(bucket, facts, ctx);
  if (typeof source === 'string') writeSource(source, facts, ctx);
}

/** Operations that are about an object of which the log tells the whole size. */
const SIZED: ReadonlySet<string> = new Set(['CompleteMultipartUpload', 'CopyObject', 'GetObject', 'HeadObject']);

function writeLines(bucket: BucketRow, named: string, facts: Answered, ctx: Ctx): void {
  const { operation, input, error, output } = facts;
  const point = arnOfPoint(named, ctx);
  const key = typeof input.Key === 'string' ? input.Key : undefined;
  const versionId = typeof input.VersionId === 'string' ? input.VersionId : undefined;
  const isUpload = operation === 'PutObject' || operation === 'UploadPart';
  ctx.transact((view) => {
    const store = placed(bucket, ctx, view);
    const isSized = error === undefined && key !== undefined && SIZED.has(operation);
    const size = isSized ? versionOf(store, bucket, key, versionId)?.size : undefined;
    const sent = isUpload && error === undefined ? Number(ctx.http.headers['content-length'] ?? 0) : size;
    const entry = {
      name: nameOf(operation, ctx.http.method),
      ...(key !== undefined && { key }),
      ...(versionId !== undefined && { versionId }),
      ...(sent !== undefined && { size: sent }),
    };
    const batch =
      operation === 'DeleteObjects' && error === undefined ? batchLines(bucket, input, output, ctx, point) : [];
    keepLines(ctx, store, bucket, ctx.requestId, [recordOf(bucket, entry, facts, ctx, point), ...batch]);
  });
}

/** A line for each key of a DeleteObjects. Source: S3 User Guide, "Amazon S3 server access log format", Operation. */
function batchLines(
  bucket: BucketRow,
  input: Answered['input'],
  output: Answered['output'],
  ctx: Ctx,
  point: string | undefined,
): string[] {
  const { Objects: asked = [] } = (input.Delete ?? {}) as { Objects?: { Key: string; VersionId?: string }[] };
  const failed = (output.Errors ?? []) as { Key: string; VersionId?: string; Code: string }[];
  return asked.map(({ Key: key, VersionId: versionId }) => {
    const error = failed.find((one) => one.Key === key && one.VersionId === versionId)?.Code;
    return batchRecordOf(bucket, { key, versionId }, error, ctx, point);
  });
}

/** A copy is a read, too, in the log of the source. Source: S3 User Guide, "Amazon S3 server access log format", Additional logging for copy operations. */
function writeSource(header: string, facts: Answered, ctx: Ctx): void {
  const source = sourceNamed(header);
  const bucket = source && bucketNamed(ctx.store, source.bucket, ctx.region);
  if (source === undefined || bucket?.logs !== true) return;
  const { key, versionId } = source;
  const name = facts.operation === 'CopyObject' ? 'REST.COPY.OBJECT_GET' : 'REST.COPY.PART_GET';
  ctx.transact((view) => {
    const store = placed(bucket, ctx, view);
    const size = facts.error === undefined ? versionOf(store, bucket, key, versionId)?.size : undefined;
    const entry = { name, key, ...(versionId !== undefined && { versionId }), ...(size !== undefined && { size }) };
    const line = recordOf(bucket, entry, { ...facts, sent: 0 }, ctx, arnOfPoint(source.bucket, ctx));
    keepLines(ctx, store, bucket, `${ctx.requestId} source`, [line]);
  });
}

function sourceNamed(header: string): CopySource | undefined {
  try {
    return copySourceOf(header);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

function arnOfPoint(named: string, ctx: Ctx): string | undefined {
  const point = pointOf(ctx, named);
  return point && pointArn(ctx.partition, point);
}

/** Source: S3 User Guide, "Amazon S3 CloudWatch request metrics". */
function countRequest(bucket: BucketRow, facts: Answered, ctx: Ctx): void {
  if (!isCounted(facts)) return;
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

/** Source: S3 User Guide, "CloudWatch metrics configurations": what is done to objects, and lists of what is in the bucket. */
function isCounted({ operation, input }: Answered): boolean {
  return typeof input.Key === 'string' || operation === 'DeleteObjects' || LISTS.has(operation);
}

const LISTS: ReadonlySet<string> = new Set([
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
]);

function kindOf(operation: string, method: string): string {
  if (operation === 'DeleteObjects') return 'Delete';
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
