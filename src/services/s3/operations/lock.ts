/** Object Lock of buckets, and retention and legal hold of objects. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ObjectLockConfiguration } from '#models/s3';
import { holdPeriod, retentionOf } from '../domain/event-hold.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { checkFuture, checkRetention, shownRetention } from '../domain/lock.ts';
import { replicateChange } from '../domain/replication.ts';
import { putBack } from '../domain/versions.ts';
import {
  invalidArgument,
  invalidRequest,
  lacksLock,
  lockNotFound,
  malformedXml,
  noLockConfiguration,
  versioningNeeded,
} from '../errors.ts';
import { LOCK_DAYS_MAX, LOCK_YEARS_MAX } from '../limits.ts';
import { type BucketRow, buckets, type LockRow, type Period, type VersionRow } from '../state.ts';
import { readable } from './read.ts';

export const getObjectLockConfiguration: Handler<'s3', 'GetObjectLockConfiguration'> = (input, ctx) => {
  const { objectLock: lock, name } = findBucket(input, ctx).bucket;
  if (lock === undefined) throw noLockConfiguration(name);
  const { mode: Mode, event } = lock;
  const DefaultRetention = { Mode, ...shownPeriod(lock), ...(event && { DefaultEventHold: shownPeriod(event) }) };
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      ...(Mode !== undefined && { Rule: { DefaultRetention: { ...DefaultRetention, Mode } } }),
    },
  };
};

const shownPeriod = ({ days, years }: Period) => ({
  ...(days !== undefined && { Days: days }),
  ...(years !== undefined && { Years: years }),
});

const periodOf = ({ Days, Years }: { Days?: number; Years?: number }): Period => ({
  ...(Days !== undefined && { days: Days }),
  ...(Years !== undefined && { years: Years }),
});

export const putObjectLockConfiguration: Handler<'s3', 'PutObjectLockConfiguration'> = (input, ctx) => {
  const objectLock = defaultOf(input.ObjectLockConfiguration);
  const { bucket } = findBucket(input, ctx);
  if (bucket.versioning !== 'Enabled') throw versioningNeeded();
  ctx.store.put(buckets, { ...bucket, objectLock });
  return {};
};

/** @throws {ServiceError} MalformedXML, InvalidArgument, InvalidRequest */
function defaultOf(configuration: ObjectLockConfiguration | undefined): NonNullable<BucketRow['objectLock']> {
  if (configuration?.ObjectLockEnabled !== 'Enabled') throw malformedXml();
  const rule = configuration.Rule?.DefaultRetention;
  if (rule === undefined) return {};
  const { Mode: mode, Days: days, Years: years, DefaultEventHold: hold } = rule;
  if (mode === undefined || (days !== undefined && years !== undefined)) throw malformedXml();
  const event = hold && { event: holdPeriod(periodOf(hold), 'Default event hold duration') };
  const period = days ?? years;
  const name = days === undefined ? 'Years' : 'Days';
  // Source: S3's answer as radkawar/stackd measured it.
  if (period === undefined && hold === undefined)
    throw invalidRequest('DefaultRetention must specify a fixed retention (Days or Years) or a DefaultEventHold.');
  if (period !== undefined && period <= 0)
    throw invalidArgument('Default retention period must be a positive integer value.', name, String(period));
  if (period !== undefined && period > (days === undefined ? LOCK_YEARS_MAX : LOCK_DAYS_MAX))
    throw invalidArgument('Default retention period too large.', name, String(period));
  return { mode, ...periodOf(rule), ...event };
}

export const getObjectRetention: Handler<'s3', 'GetObjectRetention'> = (input, ctx) => {
  const { bucket, version } = readable(input, ctx);
  return { Retention: shownRetention(bucket, version, ctx.now) };
};

export const putObjectRetention: Handler<'s3', 'PutObjectRetention'> = (input, ctx) => {
  const found = lockable(input, ctx);
  const { bucket, version } = found;
  // Source: S3's answer to a request without a body in github.com/versity/versitygw/issues/1185.
  if (input.Retention === undefined) throw malformedXml();
  const { Mode: mode, RetainUntilDate: until, EventHold: event, EventHoldDuration: period } = input.Retention;
  if (until !== undefined && mode !== undefined) checkFuture(until, ctx.now);
  const bypass = input.BypassGovernanceRetention === true;
  const asked = {
    ...(mode !== undefined && { mode }),
    ...(until !== undefined && { until }),
    ...(event !== undefined && { event }),
    ...(period !== undefined && { period: periodOf(period) }),
  };
  const retention = retentionOf(asked, version.lock, ctx.now, bypass);
  checkRetention(ctx, bucket, version, retention, bypass);
  const hold = version.lock?.hold;
  return relock(ctx, found, { ...retention, ...(hold !== undefined && { hold }) });
};

export const getObjectLegalHold: Handler<'s3', 'GetObjectLegalHold'> = (input, ctx) => {
  const { version } = lockable(input, ctx);
  if (version.lock === undefined) throw lockNotFound(version.key);
  return { LegalHold: { Status: version.lock.hold === true ? 'ON' : 'OFF' } };
};

export const putObjectLegalHold: Handler<'s3', 'PutObjectLegalHold'> = (input, ctx) => {
  const found = lockable(input, ctx);
  const { version } = found;
  const status = input.LegalHold?.Status;
  if (status === undefined) throw malformedXml();
  const { hold: _, ...retention } = version.lock ?? {};
  return relock(ctx, found, { ...retention, hold: status === 'ON' });
};

function lockable(input: { Bucket: string; Key: string; VersionId?: string }, ctx: Ctx) {
  const found = readable(input, ctx);
  if (found.bucket.objectLock === undefined) throw lacksLock();
  return found;
}

function relock(
  ctx: Ctx,
  { store, bucket, version }: Found & { version: VersionRow },
  lock: LockRow,
): Record<string, never> {
  putBack(store, replicateChange(ctx, store, bucket, { ...version, lock }), version);
  return {};
}
