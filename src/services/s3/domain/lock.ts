/**
 * Object Lock: until when a version can't be deleted, who may go past that, and what may be changed about it.
 *
 * @see S3 User Guide, "Locking objects with Object Lock", "Managing Object Lock"
 */
import { DAY, type Millis } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { invalidArgument, invalidRequest, lacksLock, lockNotFound, protectedByLock } from '../errors.ts';
import type { BucketRow, LockRow, VersionRow } from '../state.ts';
import { arnOf } from './find.ts';

export type LockInput = {
  ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  ObjectLockRetainUntilDate?: Millis;
  ObjectLockLegalHoldStatus?: 'ON' | 'OFF';
};

/**
 * The lock of a new version: what the request says, else the bucket's default.
 *
 * @throws {ServiceError} InvalidRequest, InvalidArgument
 */
export function lockOf(input: LockInput, bucket: BucketRow, now: Millis): LockRow | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input;
  const { objectLock } = bucket;
  if (objectLock === undefined) {
    if (mode !== undefined || until !== undefined || hold !== undefined) throw lacksLock();
    return undefined;
  }
  if ((mode === undefined) !== (until === undefined))
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
    );
  if (until !== undefined) checkFuture(until, now);
  const retention = mode !== undefined && until !== undefined ? { mode, until } : defaultRetention(objectLock, now);
  const lock: LockRow = { ...retention, ...(hold === 'ON' && { hold: true as const }) };
  return Object.keys(lock).length === 0 ? undefined : lock;
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

function defaultRetention({ mode, days, years }: NonNullable<BucketRow['objectLock']>, now: Millis): LockRow {
  if (mode === undefined) return {};
  const until = new Date(now);
  if (years !== undefined) until.setUTCFullYear(until.getUTCFullYear() + years);
  return { mode, until: until.getTime() + (days ?? 0) * DAY };
}

/** Whether retention or a legal hold keeps the version at this time. */
export function isLocked(lock: LockRow | undefined, now: Millis): boolean {
  return lock?.hold === true || isRetained(lock, now);
}

/** Whether the version is retained at this time. */
function isRetained(lock: LockRow | undefined, now: Millis): boolean {
  return lock?.until !== undefined && lock.until > now;
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
  wanted: Pick<LockRow, 'mode' | 'until'>,
  bypass: boolean,
): void {
  if (!isRetained(lock, ctx.now)) return;
  const grows = wanted.until !== undefined && wanted.until >= (lock?.until ?? 0);
  const keeps = wanted.mode === lock?.mode || (lock?.mode === 'GOVERNANCE' && wanted.mode === 'COMPLIANCE' && bypass);
  if (grows && keeps) return;
  checkBypass(ctx, bucket, key, lock, bypass);
}

function checkBypass(ctx: Ctx, bucket: BucketRow, key: string, lock: LockRow | undefined, bypass: boolean): void {
  if (lock?.mode !== 'GOVERNANCE' || !bypass) throw protectedByLock();
  authorize(ctx, bucket, key, 'BypassGovernanceRetention');
}

/** @throws {ServiceError} InvalidRequest where the bucket has no Object Lock, NoSuchObjectLockConfiguration where the version has none */
export function shownRetention(bucket: BucketRow, { key, lock }: VersionRow) {
  if (bucket.objectLock === undefined) throw lacksLock();
  if (lock?.mode === undefined || lock.until === undefined) throw lockNotFound(key);
  return { Mode: lock.mode, RetainUntilDate: lock.until };
}

/** What of the lock the caller may see. Source: S3 API Reference, GetObject, "Permissions": each part has an action of its own. */
export function shownLock(ctx: Ctx, bucket: BucketRow, { key, lock }: VersionRow): object {
  if (lock === undefined) return {};
  const sees = (action: string) => isAuthorized(ctx, bucket, key, action);
  return {
    ...(lock.mode !== undefined &&
      sees('GetObjectRetention') && { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: lock.until }),
    ...(lock.hold !== undefined &&
      sees('GetObjectLegalHold') && { ObjectLockLegalHoldStatus: lock.hold ? 'ON' : 'OFF' }),
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
