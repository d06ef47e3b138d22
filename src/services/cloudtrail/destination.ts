/** Where a trail delivers besides EventBridge: a bucket, a log group, a topic. Each is tried before it is taken. */
import { type Millis, parseArn, utf8Length } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { openStream } from '../cloudwatch-logs/port.ts';
import { putProbe } from './domain/files.ts';
import {
  badLogGroup,
  badLogRole,
  bucketClosed,
  bucketMissing,
  keyClosed,
  keyElsewhere,
  keyUnusable,
  topicClosed,
} from './errors.ts';
import { LOG_BATCH_BYTES_MAX, LOG_BATCH_EVENTS_MAX, LOG_EVENT_BYTES_MAX, LOG_EVENT_OVERHEAD } from './limits.ts';
import type { TrailRow } from './state.ts';

/** @returns the trail with the ARN of its key. @throws {ServiceError} S3BucketDoesNotExistException, InsufficientS3BucketPolicyException, KmsKeyNotFoundException, … */
export async function tryBucket(trail: TrailRow, ctx: Ctx): Promise<TrailRow> {
  try {
    const keyArn = await putProbe(trail, ctx);
    return trail.kmsKeyId === undefined || keyArn === undefined ? trail : { ...trail, kmsKeyId: keyArn };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'NoSuchBucket') throw bucketMissing(trail.bucket);
    const { bucket, kmsKeyId: key = '' } = trail;
    if (error.code === 'KmsNotFoundException') throw keyMissing(trail, ctx);
    if (error.code === 'KmsDisabledException' || error.code === 'KmsInvalidStateException') throw keyUnusable();
    throw /^KMS\.|kms:/.test(`${error.code} ${error.message}`) ? keyClosed(bucket, key) : bucketClosed(bucket);
  }
}

/** A key that is not there, or is in another Region than it says. Source: badmintoncryer/cdk-preflight: of the trail's own Region, only permissions are spoken of. */
function keyMissing({ bucket, kmsKeyId: key = '' }: TrailRow, ctx: Ctx): ServiceError {
  const isHere = parseArn(key)?.region === ctx.region;
  return isHere ? keyClosed(bucket, key) : keyElsewhere(bucket, key);
}

/** The ARN of a trail's topic, which may be given by its name. */
export function topicArn({ topic }: TrailRow, ctx: Ctx): string | undefined {
  return topic === undefined || topic.startsWith('arn:')
    ? topic
    : `arn:${ctx.partition}:sns:${ctx.region}:${ctx.account}:${topic}`;
}

/** @throws {ServiceError} InsufficientSnsTopicPolicyException */
export async function tryTopic(trail: TrailRow, ctx: Ctx): Promise<void> {
  if ((await publish(trail, 'CloudTrail validation message.', ctx)) !== undefined) throw topicClosed();
}

/** @returns why it could not be published */
async function publish(trail: TrailRow, Message: string, ctx: Ctx): Promise<string | undefined> {
  const TopicArn = topicArn(trail, ctx);
  if (TopicArn === undefined) return undefined;
  const [, , , region] = TopicArn.split(':');
  try {
    await ctx.awsFor(trail.arn, undefined, region).sns.Publish({ TopicArn, Message });
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error.code;
    throw error;
  }
}

/** Tells a trail's topic of its new files. @returns how that went; undefined where there is nothing to tell or nobody */
export async function notify(
  trail: TrailRow,
  files: TrailRow['files'],
  ctx: Ctx,
): Promise<NonNullable<TrailRow['notifications']> | undefined> {
  if (files.length === 0 || trail.topic === undefined) return undefined;
  const at = ctx.clock();
  const s3ObjectKey = files.map(({ key }) => key);
  const error = await publish(trail, JSON.stringify({ s3Bucket: trail.bucket, s3ObjectKey }), ctx);
  return { triedAt: at, error, ...(error === undefined && { sentAt: at }) };
}

const BOTH = 'You must specify a log group and a role ARN.';
const LOG_GROUP = /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:([^:]+):\*$/;

/** A log group and a role go together. @throws {ServiceError} InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException */
export async function tryLogs(trail: TrailRow, ctx: Ctx): Promise<void> {
  const { logGroupArn, logRoleArn } = trail;
  if (logGroupArn === undefined && logRoleArn === undefined) return;
  // Source of what both must be, and where: badmintoncryer/cdk-preflight.
  if (logRoleArn === undefined) throw badLogRole(BOTH);
  if (logGroupArn === undefined) throw badLogGroup(BOTH);
  if (!LOG_GROUP.test(logGroupArn)) throw badLogGroup("Check the log group ARN: CloudTrail can't validate it.");
  if (parseArn(logGroupArn)?.region !== ctx.region)
    throw badLogGroup('You must specify a log group that is in the current region.');
  const acting = await ctx.actAs(logRoleArn, 'CLOUDTRAIL').catch((error) => {
    if (!(error instanceof ServiceError)) throw error;
    throw badLogRole('Access denied. Check the trust relationships for your role.');
  });
  await openStream(acting.aws()['cloudwatch-logs'], streamOf(logGroupArn, 'CloudTrail', ctx)).catch((error) => {
    if (!(error instanceof ServiceError)) throw error;
    throw badLogGroup('Access denied. Check the permissions for your role.');
  });
}

type Stream = { logGroupName: string; logStreamName: string };
export type Written = { timestamp: Millis; message: string };

function streamOf(logGroupArn: string, kind: string, ctx: Ctx): Stream {
  const [, logGroupName = ''] = LOG_GROUP.exec(logGroupArn) ?? [];
  return { logGroupName, logStreamName: `${ctx.account}_${kind}_${ctx.region}` };
}

/** @returns why they could not be written */
export async function toLogs(
  { logGroupArn, logRoleArn }: TrailRow,
  kind: 'CloudTrail' | 'CloudTrail-Insight',
  written: readonly Written[],
  ctx: Ctx,
): Promise<string | undefined> {
  if (logGroupArn === undefined || logRoleArn === undefined) return undefined;
  try {
    const logs = (await ctx.actAs(logRoleArn, 'CLOUDTRAIL')).aws()['cloudwatch-logs'];
    const stream = streamOf(logGroupArn, kind, ctx);
    await openStream(logs, stream);
    for (const logEvents of batches(written.toSorted((a, b) => a.timestamp - b.timestamp)))
      await logs.PutLogEvents({ ...stream, logEvents });
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
}

/** As many as one PutLogEvents takes; what is too long for an event is left out, as AWS does. */
function batches(written: readonly Written[]): Written[][] {
  const all: Written[][] = [];
  let [batch, bytes]: [Written[], number] = [[], 0];
  for (const one of written) {
    const size = utf8Length(one.message) + LOG_EVENT_OVERHEAD;
    if (size > LOG_EVENT_BYTES_MAX) continue;
    if (batch.length === 0 || batch.length === LOG_BATCH_EVENTS_MAX || bytes + size > LOG_BATCH_BYTES_MAX) {
      [batch, bytes] = [[], 0];
      all.push(batch);
    }
    batch.push(one);
    bytes += size;
  }
  return all;
}
