/**
 * Archived objects: which ones must be brought back before they can be read, how long that takes, and until when they stay.
 *
 * @see S3 User Guide, "Restoring an archived object", "Archive retrieval options", "Managing storage costs with Amazon S3 Intelligent-Tiering"
 */
import { HOUR, MINUTE, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { RestoreStatus } from '#models/s3';
import { archived, invalidArgument, sourceArchived } from '../errors.ts';
import type { BucketRow, RestoreRow, VersionRow } from '../state.ts';
import { type ArchiveTier, archiveTierOf } from './tiering.ts';

export type Speed = 'Expedited' | 'Standard' | 'Bulk';
type Archive = 'GLACIER' | 'DEEP_ARCHIVE';

/** The longest that AWS says it takes. Source: S3 User Guide, "Archive retrieval options". */
const TAKES: { readonly [archive in Archive]: { readonly [speed in Speed]?: Millis } } = {
  GLACIER: { Expedited: 5 * MINUTE, Standard: 5 * HOUR, Bulk: 12 * HOUR },
  DEEP_ARCHIVE: { Standard: 12 * HOUR, Bulk: 48 * HOUR },
};

/** Where a version is archived; undefined for one that can be read at any time. */
export type Archived = { archive: Archive; tier?: ArchiveTier };

/** The archive that holds the version, whether a copy of it was brought back or not. */
export function archiveOf(store: StoreView, bucket: BucketRow, version: VersionRow, now: Millis): Archived | undefined {
  const { storageClass } = version.attributes;
  if (storageClass === undefined) return undefined;
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE') return { archive: storageClass };
  if (storageClass !== 'INTELLIGENT_TIERING') return undefined;
  const tier = archiveTierOf(store, bucket, version, now);
  return tier === undefined ? undefined : { archive: tier === 'ARCHIVE_ACCESS' ? 'GLACIER' : 'DEEP_ARCHIVE', tier };
}

/** @throws {ServiceError} InvalidArgument for a speed that the archive doesn't have */
export function restoreTime({ archive }: Archived, speed: Speed): Millis {
  const time = TAKES[archive][speed];
  if (time === undefined)
    throw invalidArgument('Retrieval option is not supported by this storage class', 'Tier', speed);
  return time;
}

/** Whether there is a copy now that can be read. */
function isBack(restore: RestoreRow | undefined, now: Millis): boolean {
  return restore !== undefined && restore.readyAt <= now && (restore.until === undefined || now < restore.until);
}

/** @throws {ServiceError} InvalidObjectState for a version that must be restored first */
export function checkActive(store: StoreView, bucket: BucketRow, version: VersionRow, now: Millis): void {
  const found = archiveOf(store, bucket, version, now);
  if (found !== undefined && !isBack(version.restore, now))
    throw archived(version.attributes.storageClass ?? '', found.tier);
}

/** The same for the source of a copy. @throws {ServiceError} InvalidObjectState, ObjectNotInActiveTierError */
export function checkActiveSource(store: StoreView, bucket: BucketRow, version: VersionRow, now: Millis): void {
  const found = archiveOf(store, bucket, version, now);
  if (found !== undefined && !isBack(version.restore, now))
    throw sourceArchived(version.attributes.storageClass ?? '', found.tier);
}

/** What answers say of it: `x-amz-restore`, and in which archive tier an object of Intelligent-Tiering is. */
export function shownRestore(
  store: StoreView,
  bucket: BucketRow,
  version: VersionRow,
  now: Millis,
): { Restore?: string; ArchiveStatus?: ArchiveTier } {
  const found = archiveOf(store, bucket, version, now);
  if (found === undefined) return {};
  const Restore = restoreText(version.restore, now);
  return { ...(Restore !== undefined && { Restore }), ...(found.tier !== undefined && { ArchiveStatus: found.tier }) };
}

function restoreText(restore: RestoreRow | undefined, now: Millis): string | undefined {
  if (restore === undefined) return undefined;
  if (now < restore.readyAt) return 'ongoing-request="true"';
  if (restore.until === undefined || now >= restore.until) return undefined;
  return `ongoing-request="false", expiry-date="${new Date(restore.until).toUTCString()}"`;
}

/** The same in a listing. */
export function restoreStatus({ restore }: VersionRow, now: Millis): RestoreStatus | undefined {
  if (restore === undefined || (restore.until !== undefined && now >= restore.until)) return undefined;
  if (now < restore.readyAt) return { IsRestoreInProgress: true };
  return { IsRestoreInProgress: false, ...(restore.until !== undefined && { RestoreExpiryDate: restore.until }) };
}
