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
function nameOf(operation: string, method: string): string {
  const known = NAMES[operation];
  if (known !== undefined) return `REST.${known}`;
  const noun = operation.replace(/^(Get|Put|Delete|Create|Head|List|Update)/, '').replace(/^Bucket(?=.)/, '');
  return `REST.${method}.${noun.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;
}

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

/** One line of the log. */
export function recordOf(
  bucket: BucketRow,
  { operation, input, status, error, sent, micros }: Answered,
  ctx: Ctx,
): string {
  const { caller, http } = ctx;
  const { principal } = caller;
  const key = typeof input.Key === 'string' ? encodeURIComponent(input.Key).replaceAll('%2F', '/') : undefined;
  const requester =
    principal.kind === 'anonymous'
      ? undefined
      : principal.kind === 'root'
        ? canonicalId(principal.account)
        : principal.arn;
  const millis = Math.max(1, Math.round(micros / 1_000));
  const size = operation === 'PutObject' || operation === 'UploadPart' ? http.headers['content-length'] : sent;
  const isQuery = http.query.includes('X-Amz-Signature=');
  const isSigned = principal.kind !== 'anonymous';
  return [
    canonicalId(bucket.account),
    bucket.name,
    timeOf(ctx.now),
    caller.sourceIp,
    plain(requester),
    ctx.requestId,
    nameOf(operation, http.method),
    plain(key),
    quoted(`${http.method} ${http.path}${http.query === '' ? '' : `?${http.query}`} HTTP/1.1`),
    status,
    plain(error),
    plain(sent),
    key === undefined || error !== undefined ? '-' : plain(size),
    millis,
    operation === 'GetObject' ? millis : '-',
    quoted(http.headers.referer),
    quoted(caller.userAgent),
    plain(typeof input.VersionId === 'string' ? input.VersionId : undefined),
    hostIdOf(ctx.requestId),
    isSigned ? 'SigV4' : '-',
    '-',
    isSigned ? (isQuery ? 'QueryString' : 'AuthHeader') : '-',
    plain(http.headers.host),
    caller.secure ? 'TLSv1.3' : '-',
    '-',
    '-',
  ].join(' ');
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
