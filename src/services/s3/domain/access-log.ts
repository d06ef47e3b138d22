/**
 * Server access logs: the record of a request, and the key of the object in which records are delivered.
 *
 * @see S3 User Guide, "Amazon S3 server access log format", "Enabling Amazon S3 server access logging"
 */
import { DAY, hostIdOf, type Millis } from '#kernel/base';
import type { Answered, Ctx } from '#kernel/contract';
import type { LoggingEnabled } from '#models/s3';
import type { BucketRow } from '../state.ts';
import { canonicalId } from './acl.ts';
import { NULL_VERSION } from './versions.ts';

/** Operations whose name in the log does not follow from theirs. */
const NAMES: { readonly [operation: string]: string } = {
  PutObject: 'PUT.OBJECT',
  GetObject: 'GET.OBJECT',
  HeadObject: 'HEAD.OBJECT',
  DeleteObject: 'DELETE.OBJECT',
  DeleteObjects: 'POST.MULTI_OBJECT_DELETE',
  CopyObject: 'COPY.OBJECT',
  RestoreObject: 'POST.RESTORE',
  CreateMultipartUpload: 'POST.UPLOADS',
  UploadPart: 'PUT.PART',
  UploadPartCopy: 'COPY.PART',
  CompleteMultipartUpload: 'POST.UPLOAD',
  AbortMultipartUpload: 'DELETE.UPLOAD',
  ListParts: 'GET.UPLOAD',
  ListMultipartUploads: 'GET.UPLOADS',
  ListObjects: 'GET.BUCKET',
  ListObjectsV2: 'GET.BUCKET',
  ListObjectVersions: 'GET.BUCKETVERSIONS',
  GetBucketPolicy: 'GET.BUCKETPOLICY',
  PutBucketPolicy: 'PUT.BUCKETPOLICY',
  DeleteBucketPolicy: 'DELETE.BUCKETPOLICY',
  GetBucketLogging: 'GET.LOGGING_STATUS',
  PutBucketLogging: 'PUT.LOGGING_STATUS',
  GetBucketNotificationConfiguration: 'GET.NOTIFICATION',
  PutBucketNotificationConfiguration: 'PUT.NOTIFICATION',
  GetBucketLifecycleConfiguration: 'GET.LIFECYCLE',
  PutBucketLifecycleConfiguration: 'PUT.LIFECYCLE',
};

/** `REST.GET.OBJECT`; what acts on a bucket as a whole is `REST.PUT.BUCKET`, its settings by their own name. */
export function nameOf(operation: string, method: string): string {
  const known = NAMES[operation];
  if (known !== undefined) return `REST.${known}`;
  const noun = operation.replace(/^(Get|Put|Delete|Create|Head|List|Update)/, '').replace(/^Bucket(?=.)/, '');
  return `REST.${method}.${noun.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;
}

/** What lifecycle rules do, in the log. Source: S3 User Guide, "How S3 Lifecycle interacts with other bucket configurations". */
export const TRANSITIONS: { readonly [to: string]: string } = {
  STANDARD_IA: 'S3.TRANSITION_SIA.OBJECT',
  ONEZONE_IA: 'S3.TRANSITION_ZIA.OBJECT',
  INTELLIGENT_TIERING: 'S3.TRANSITION_INT.OBJECT',
  GLACIER_IR: 'S3.TRANSITION_GIR.OBJECT',
  GLACIER: 'S3.TRANSITION.OBJECT',
  DEEP_ARCHIVE: 'S3.TRANSITION_GDA.OBJECT',
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number) => String(number).padStart(2, '0');

function timeOf(at: Millis): string {
  const date = new Date(at);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `[${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000]`;
}

const quoted = (text: string | undefined) =>
  text === undefined || text === '' ? '"-"' : `"${text.replace(/["\r\n]/g, (char) => encodeURIComponent(char))}"`;
const plain = (text: string | number | undefined) =>
  text === undefined || text === '' || text === 0 ? '-' : String(text);

/** What a record is about. `size` is the whole object's. */
export type Entry = { name: string; key?: string; versionId?: string; size?: number };

/**
 * One line of the log.
 *
 * Deviation: with which cipher a request came, and whether it needed an ACL, is not told.
 *
 * @param point ARN of the access point by which it came
 */
export function recordOf(
  bucket: BucketRow,
  { name, key, versionId, size }: Entry,
  { status, error, sent, micros }: Pick<Answered, 'status' | 'error' | 'sent' | 'micros'>,
  ctx: Ctx,
  point?: string,
): string {
  const { caller, http } = ctx;
  const millis = Math.max(1, Math.round(micros / 1_000));
  return [
    ...headOf(bucket, name, key, ctx),
    quoted(`${http.method} ${http.path}${http.query === '' ? '' : `?${http.query}`} HTTP/1.1`),
    status,
    plain(error),
    http.method === 'HEAD' ? '-' : plain(sent),
    plain(size),
    millis,
    name.endsWith('.GET.OBJECT') ? millis : '-',
    quoted(http.headers.referer),
    quoted(caller.userAgent),
    ...endOf(versionId, ctx, point),
  ].join(' ');
}

/** The line of one key of a DeleteObjects, which has one of its own besides. */
export function batchRecordOf(
  bucket: BucketRow,
  { key, versionId }: { key: string; versionId: string | undefined },
  error: string | undefined,
  ctx: Ctx,
  point: string | undefined,
): string {
  const status = error === undefined ? 204 : error === 'AccessDenied' ? 403 : error.startsWith('NoSuch') ? 404 : 400;
  return [
    ...headOf(bucket, 'BATCH.DELETE.OBJECT', key, ctx),
    ...['-', status, plain(error), '-', '-', '-', '-', '-', '-'],
    ...endOf(versionId, ctx, point),
  ].join(' ');
}

/** The line of what S3 does by itself, as lifecycle rules say. */
export function ownRecordOf(bucket: BucketRow, { name, key, versionId }: Entry, ctx: Ctx): string {
  const [owner, named, time, , , id, ...about] = headOf(bucket, name, key, ctx);
  const known = versionId === undefined || versionId === NULL_VERSION ? undefined : versionId;
  const nothing = ['"-"', '-', '-', '-', '-', '-', '-', '"-"', '"-"'];
  const rest = Array.from({ length: 7 }, () => '-');
  return [
    owner,
    named,
    time,
    '-',
    'AmazonS3',
    id,
    ...about,
    ...nothing,
    plain(known),
    hostIdOf(ctx.requestId),
    ...rest,
  ].join(' ');
}

function headOf(bucket: BucketRow, name: string, key: string | undefined, ctx: Ctx): string[] {
  const { principal, sourceIp } = ctx.caller;
  const requester =
    principal.kind === 'anonymous'
      ? undefined
      : principal.kind === 'root'
        ? canonicalId(principal.account)
        : principal.arn;
  const shown = key === undefined ? undefined : encodeURIComponent(key).replaceAll('%2F', '/');
  const who = [sourceIp, plain(requester), ctx.requestId];
  return [canonicalId(bucket.account), bucket.name, timeOf(ctx.now), ...who, name, plain(shown)];
}

function endOf(versionId: string | undefined, { caller, http, requestId }: Ctx, point: string | undefined): string[] {
  const { headers, query } = http;
  const isQuery = /(?:^|&)(?:X-Amz-Signature|AWSAccessKeyId)=/.test(query);
  const isOld = headers.authorization?.startsWith('AWS ') === true || query.includes('AWSAccessKeyId=');
  const isSigned = caller.principal.kind !== 'anonymous';
  return [
    plain(versionId),
    hostIdOf(requestId),
    isSigned ? (isOld ? 'SigV2' : 'SigV4') : '-',
    '-',
    isSigned ? (isQuery ? 'QueryString' : 'AuthHeader') : '-',
    plain(headers.host),
    caller.secure ? `TLSv${caller.tlsVersion ?? '1.3'}` : '-',
    plain(point),
    '-',
  ];
}

/**
 * The key under which records are delivered.
 *
 * @param eventAt when the first of them happened: partitions by the day of the event have records of that day only
 */
export function keyOf(
  { TargetPrefix: prefix, TargetObjectKeyFormat: format }: LoggingEnabled,
  bucket: BucketRow,
  eventAt: Millis,
  now: Millis,
  unique: string,
): string {
  const partitioned = format?.PartitionedPrefix;
  const byEvent = partitioned?.PartitionDateSource === 'EventTime';
  const stamp = new Date(byEvent ? Math.floor(eventAt / DAY) * DAY : now)
    .toISOString()
    .slice(0, 19)
    .replace(/[T:]/g, '-');
  if (partitioned === undefined) return `${prefix}${stamp}-${unique}`;
  const [year, month, day] = stamp.split('-');
  return `${prefix}${bucket.account}/${bucket.region}/${bucket.name}/${year}/${month}/${day}/${stamp}-${unique}`;
}
