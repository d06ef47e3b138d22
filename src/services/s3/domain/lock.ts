/**
 * Object Lock: until when a version can't be deleted, who may go past that, and what may be changed about it.
 *
 * @see S3 User Guide, "Locking objects with Object Lock", "Managing Object Lock"
 */
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { invalidArgument, invalidRequest, lacksLock, lockNotFound, protectedByLock } from '../errors.ts';
import type { BucketRow, LockRow, VersionRow } from '../state.ts';
import { type Asked, periodEnd, type Retention, retainedUntil, retentionOf } from './event-hold.ts';
import { arnOf } from './find.ts';

export type LockInput = {
  ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  ObjectLockRetainUntilDate?: Millis;
  ObjectLockLegalHoldStatus?: 'ON' | 'OFF';
  ObjectLockEventHold?: 'ON' | 'OFF';
  ObjectLockEventHoldDurationDays?: number;
  ObjectLockEventHoldDurationYears?: number;
};

/** What the headers of a write say of retention. */
function askedRetention(input: LockInput): Asked {
  const { ObjectLockEventHoldDurationDays: days, ObjectLockEventHoldDurationYears: years } = input;
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockEventHold: event } = input;
  const period = { ...(days !== undefined && { days }), ...(years !== undefined && { years }) };
  return {
    ...(mode !== undefined && { mode }),
    ...(until !== undefined && { until }),
    ...(event !== undefined && { event }),
    ...(Object.keys(period).length > 0 && { period }),
  };
}

/**
 * The lock of a new version: what the request says, else the bucket's default. Who says something of a legal hold says all, also that it is
 * OFF: there is no default retention then. Source: radkawar/stackd, measured in 2026.
 *
 * @throws {ServiceError} InvalidRequest, InvalidArgument
 */
export function lockOf(input: LockInput, bucket: BucketRow, now: Millis): LockRow | undefined {
  const { ObjectLockLegalHoldStatus: hold } = input;
  const { objectLock } = bucket;
  const asked = askedRetention(input);
  const asks = Object.keys(asked).length > 0;
  if (objectLock === undefined) {
    if (asks || hold !== undefined) throw lacksLock();
    return undefined;
  }
  if (asks) checkHeaders(asked, now);
  const retention = asks
    ? retentionOf(asked, undefined, now, false)
    : hold === undefined
      ? defaultRetention(objectLock, now)
      : {};
  const lock: LockRow = { ...retention, ...(hold === 'ON' && { hold: true as const }) };
  return Object.keys(lock).length === 0 ? undefined : lock;
}

/** Source of what is said of event holds: S3's answers as radkawar/stackd measured them. @throws {ServiceError} InvalidRequest, InvalidArgument */
function checkHeaders({ mode, until, event, period }: Asked, now: Millis): void {
  if (event !== undefined && mode === undefined)
    throw invalidRequest('x-amz-object-lock-mode is required when x-amz-object-lock-event-hold is supplied.');
  if (event === undefined && period !== undefined)
    throw invalidRequest('Event hold duration requires x-amz-object-lock-event-hold:ON.');
  if (event === undefined && (mode === undefined) !== (until === undefined))
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
    );
  if (event === 'OFF' && until === undefined)
    throw invalidRequest('x-amz-object-lock-retain-until-date is required when x-amz-object-lock-event-hold is OFF.');
  if (until !== undefined) checkFuture(until, now);
}

/**
 * Deviation: any day to come is taken. The User Guide ("Object Lock considerations") says that 100 years are the most; ceph's tests, which
 * are to hold on S3, ask for the year 2140, and no refusal is recorded.
 *
 * @throws {ServiceError} InvalidArgument
 */
export function checkFuture(until: Millis, now: Millis): void {
  if (until <= now)
    throw invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      new Date(until).toISOString(),
    );
}

/**
 * What a request that says nothing of locks asks for in the bucket, as its headers would: policies see that, too.
 * Source: radkawar/stackd, measured in 2026, where policies met the bucket's default at PutObject.
 */
export function effectiveLock(input: LockInput, { objectLock }: BucketRow, now: Millis): LockInput {
  if (objectLock === undefined || input.ObjectLockLegalHoldStatus !== undefined) return input;
  if (Object.keys(askedRetention(input)).length > 0) return input;
  const { mode, until, event } = defaultRetention(objectLock, now);
  return {
    ...(mode !== undefined && { ObjectLockMode: mode }),
    ...(until !== undefined && { ObjectLockRetainUntilDate: until }),
    ...(event !== undefined && { ObjectLockEventHold: 'ON' }),
    ...(event?.days !== undefined && { ObjectLockEventHoldDurationDays: event.days }),
    ...(event?.years !== undefined && { ObjectLockEventHoldDurationYears: event.years }),
  };
}

function defaultRetention({ mode, event, ...period }: NonNullable<BucketRow['objectLock']>, now: Millis): Retention {
  if (mode === undefined) return {};
  return {
    mode,
    ...(Object.keys(period).length > 0 && { until: periodEnd(now, period) }),
    ...(event !== undefined && { event: { on: true, ...event } }),
  };
}

/** Whether retention or a legal hold keeps the version at this time. */
export function isLocked(lock: LockRow | undefined, now: Millis): boolean {
  return lock?.hold === true || isRetained(lock, now);
}

/** Whether the version is retained at this time. */
function isRetained(lock: LockRow | undefined, now: Millis): boolean {
  return (retainedUntil(lock, now) ?? 0) > now;
}

/**
 * Whether the version may be deleted for good now.
 *
 * @param bypass the caller wants to go past governance; that needs a permission of its own
 * @throws {ServiceError} AccessDenied
 */
export function checkUnlocked(ctx: Ctx, bucket: BucketRow, version: VersionRow, bypass: boolean): void {
  const { lock, key } = version;
  if (lock?.hold === true) throw protectedByLock();
  if (isRetained(lock, ctx.now)) checkBypass(ctx, bucket, key, lock, bypass);
}

/**
 * Whether the version's retention may be replaced; it may always grow.
 *
 * @throws {ServiceError} AccessDenied
 */
export function checkRetention(
  ctx: Ctx,
  bucket: BucketRow,
  { key, lock }: VersionRow,
  wanted: Retention,
  bypass: boolean,
): void {
  if (!isRetained(lock, ctx.now)) return;
  const grows = wanted.until !== undefined && wanted.until >= (retainedUntil(lock, ctx.now) ?? 0);
  const keeps = wanted.mode === lock?.mode || (lock?.mode === 'GOVERNANCE' && wanted.mode === 'COMPLIANCE' && bypass);
  if (grows && keeps) return;
  checkBypass(ctx, bucket, key, lock, bypass);
}

function checkBypass(ctx: Ctx, bucket: BucketRow, key: string, lock: LockRow | undefined, bypass: boolean): void {
  if (lock?.mode !== 'GOVERNANCE' || !bypass) throw protectedByLock();
  authorize(ctx, bucket, key, 'BypassGovernanceRetention');
}

/** @throws {ServiceError} InvalidRequest where the bucket has no Object Lock, NoSuchObjectLockConfiguration where the version has none */
export function shownRetention(bucket: BucketRow, { key, lock }: VersionRow, now: Millis) {
  if (bucket.objectLock === undefined) throw lacksLock();
  const until = retainedUntil(lock, now);
  if (lock?.mode === undefined || until === undefined) throw lockNotFound(key);
  const { on, days: Days, years: Years } = lock.event ?? {};
  return {
    Mode: lock.mode,
    RetainUntilDate: until,
    ...(on !== undefined && { EventHold: on ? ('ON' as const) : ('OFF' as const) }),
    ...(Days !== undefined && { EventHoldDuration: { Days } }),
    ...(Years !== undefined && { EventHoldDuration: { Years } }),
  };
}

/** What of the lock the caller may see. Source: S3 API Reference, GetObject, "Permissions": each part has an action of its own. */
export function shownLock(ctx: Ctx, bucket: BucketRow, { key, lock }: VersionRow): object {
  if (lock === undefined) return {};
  const sees = (action: string) => isAuthorized(ctx, bucket, key, action);
  return {
    ...(lock.mode !== undefined && sees('GetObjectRetention') && retentionHeaders(lock, ctx.now)),
    ...(lock.hold !== undefined &&
      sees('GetObjectLegalHold') && { ObjectLockLegalHoldStatus: lock.hold ? 'ON' : 'OFF' }),
  };
}

function retentionHeaders(lock: LockRow, now: Millis): object {
  const { on, days, years } = lock.event ?? {};
  return {
    ObjectLockMode: lock.mode,
    ObjectLockRetainUntilDate: retainedUntil(lock, now),
    ...(on !== undefined && { ObjectLockEventHold: on ? 'ON' : 'OFF' }),
    ...(days !== undefined && { ObjectLockEventHoldDurationDays: days }),
    ...(years !== undefined && { ObjectLockEventHoldDurationYears: years }),
  };
}

function isAuthorized(ctx: Ctx, bucket: BucketRow, key: string, action: string): boolean {
  try {
    authorize(ctx, bucket, key, action);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

function authorize(ctx: Ctx, bucket: BucketRow, key: string, action: string): void {
  const resource = arnOf(ctx, bucket.name, key);
  ctx.authorize({ action: `s3:${action}`, resource, account: bucket.account, policy: bucket.policy });
}

/**
 * What is to be locked needs a checksum of its body, also where only the bucket's default locks it.
 * Source: S3 User Guide, "How S3 Object Lock works", Default retention settings; texts as in github.com/versity/versitygw/issues/1776 and
 * s3tools/s3cmd/issues/1436.
 *
 * @throws {ServiceError} InvalidRequest
 */
export function checkSummed(locks: boolean, { headers }: Ctx['http'], what: 'Object' | 'Part'): void {
  if (!locks) return;
  const summed = Object.keys(headers).some(
    (name) => name === 'content-md5' || name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer',
  );
  if (!summed)
    throw invalidRequest(
      `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`,
    );
}

/** Whether an object is locked as it is written. What S3's other parts write from inside brings no headers. */
export function locks(input: LockInput, { objectLock }: BucketRow, { http }: Ctx): boolean {
  if (input.ObjectLockMode !== undefined || input.ObjectLockLegalHoldStatus !== undefined) return true;
  return objectLock?.mode !== undefined && http.method === 'PUT';
}
