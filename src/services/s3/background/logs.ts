/** Delivers the records of access logs, as the principal that logs for S3. */
import { bytesStream, DAY, type Millis } from '#kernel/base';
import { type Ctx, mayPass, ServiceError, type TimerHandler } from '#kernel/contract';
import type { LoggingEnabled } from '#models/s3';
import { keyOf } from '../domain/access-log.ts';
import { arnOf, type Found, placedIn } from '../domain/find.ts';
import { LOG_LINES_MAX } from '../limits.ts';
import { buckets, configurations, type LogLineRow, logLines } from '../state.ts';

const HEX = '0123456789ABCDEF';

export const deliverLogs: TimerHandler = async (payload, ctx) => {
  const found = placedIn(payload, ctx);
  if (found === undefined) return;
  const { store, bucket } = found;
  const row = store.get(configurations, { bucket: bucket.id, kind: 'logging', id: '' });
  const lines = store.list(logLines, { where: { bucket: bucket.id }, limit: LOG_LINES_MAX });
  const logging = row?.value as LoggingEnabled | undefined;
  const batch = logging === undefined ? lines : sameDay(lines, logging);
  if (logging !== undefined && batch.length > 0 && takesLogs(ctx, logging)) await deliver(ctx, found, logging, batch);
  ctx.transact((view) => {
    const present = placedIn(payload, ctx, view);
    for (const line of batch) present?.store.delete(logLines, line);
    if (present?.store.first(logLines, { where: { bucket: bucket.id } }) !== undefined)
      ctx.arm('deliverLogs', bucket.id, ctx.clock(), payload);
  });
};

/** Partitions by the time of the event hold records of one day. */
function sameDay(lines: LogLineRow[], { TargetObjectKeyFormat: format }: LoggingEnabled): LogLineRow[] {
  if (format?.PartitionedPrefix?.PartitionDateSource !== 'EventTime') return lines;
  const day = (at: Millis) => Math.floor(at / DAY);
  return lines.filter(({ at }) => day(at) === day(lines[0]?.at ?? 0));
}

/** Source: S3 User Guide, "Troubleshoot server access logging": targets that never get any. */
function takesLogs(ctx: Ctx, { TargetBucket: name }: LoggingEnabled): boolean {
  const { objectLock, encryption, requesterPays } = ctx.store.get(buckets, { name }) ?? {};
  return objectLock?.mode === undefined && (encryption?.kind ?? 'AES256') === 'AES256' && requesterPays !== true;
}

/** Where the target does not let them in, the records are lost, as they are with AWS. */
async function deliver(
  ctx: Ctx,
  { bucket }: Found,
  logging: LoggingEnabled,
  lines: readonly LogLineRow[],
): Promise<void> {
  const unique = ctx.random.text(16, HEX);
  const grants = (permission: string) =>
    (logging.TargetGrants ?? [])
      .filter(({ Permission, Grantee }) => Permission === permission && Grantee !== undefined)
      .map(({ Grantee }) => (Grantee?.Type === 'Group' ? `uri="${Grantee.URI}"` : `id="${Grantee?.ID}"`))
      .join(', ');
  const [full, read] = [grants('FULL_CONTROL'), grants('READ')];
  const bytes = Buffer.from(lines.map(({ line }) => `${line}\n`).join(''));
  try {
    await ctx.awsFor(arnOf(ctx, bucket.name), 'logging.s3').s3.PutObject({
      Bucket: logging.TargetBucket,
      Key: keyOf(logging, bucket, lines[0]?.at ?? ctx.now, ctx.now, unique),
      Body: bytesStream(bytes),
      ContentType: 'text/plain',
      ...(full !== '' && { GrantFullControl: full }),
      ...(read !== '' && { GrantRead: read }),
    });
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
  }
}
