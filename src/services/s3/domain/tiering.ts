/**
 * Intelligent-Tiering: an object goes down through the tiers while nobody reads it, and comes up again when somebody does. The
 * tier is worked out from the time of the last access; at that time it is only told.
 *
 * @see S3 User Guide, "How S3 Intelligent-Tiering works"
 */
import { DAY, KIB, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { IntelligentTieringConfiguration } from '#models/s3';
import { type AccessTier, type BucketRow, configurations, type VersionRow } from '../state.ts';
import { putBack, versionOf } from './versions.ts';

export type ArchiveTier = 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS';

const CLASS = 'INTELLIGENT_TIERING';
/** Source: S3 API Reference, Tiering: at least so many days. */
export const TIERING_DAYS_MIN = 90;
const INFREQUENT_AFTER = 30 * DAY;
const INSTANT_AFTER = 90 * DAY;
/** Smaller objects are not watched: they stay where they are read most cheaply. */
const WATCHED_BYTES_MIN = 128 * KIB;

const lastUsed = (version: VersionRow) => version.accessedAt ?? version.modifiedAt;

/** The archive tier that a version of Intelligent-Tiering is in, where the bucket has them. */
export function archiveTierOf(
  store: StoreView,
  bucket: BucketRow,
  version: VersionRow,
  now: Millis,
): ArchiveTier | undefined {
  if (bucket.tiering === undefined || version.size < WATCHED_BYTES_MIN) return undefined;
  return tierAt(fallsOf(tieringsOf(store, bucket), version), now);
}

/** The bucket's configurations of archive tiers that are on. */
export function tieringsOf(store: StoreView, bucket: BucketRow): IntelligentTieringConfiguration[] {
  return store
    .list(configurations, { where: { bucket: bucket.id, kind: 'tiering' } })
    .map(({ value }) => value as IntelligentTieringConfiguration)
    .filter(({ Status }) => Status === 'Enabled');
}

/** When a version that nobody reads comes to which archive tier. */
export type Fall = { at: Millis; tier: ArchiveTier };

/** Those of a version; none where it is too small, of another class, or no configuration is about it. */
export function fallsOf(tierings: readonly IntelligentTieringConfiguration[], version: VersionRow): Fall[] {
  if (version.attributes.storageClass !== CLASS || version.size < WATCHED_BYTES_MIN) return [];
  return tierings
    .filter(({ Filter }) => covers(Filter, version))
    .flatMap(({ Tierings }) => Tierings)
    .map(({ Days, AccessTier }) => ({ at: lastUsed(version) + Days * DAY, tier: AccessTier }));
}

/** The deepest tier to which it has come by then. */
export function tierAt(falls: readonly Fall[], now: Millis): ArchiveTier | undefined {
  const reached = falls.filter(({ at }) => at <= now).map(({ tier }) => tier);
  return reached.includes('DEEP_ARCHIVE_ACCESS') ? 'DEEP_ARCHIVE_ACCESS' : reached[0];
}

/** The tier of a version of Intelligent-Tiering; undefined for other classes. */
export function accessTierOf(
  store: StoreView,
  bucket: BucketRow,
  version: VersionRow,
  now: Millis,
): AccessTier | undefined {
  if (version.attributes.storageClass !== CLASS) return undefined;
  const archive = archiveTierOf(store, bucket, version, now);
  if (archive !== undefined) return archive === 'ARCHIVE_ACCESS' ? 'ARCHIVE' : 'DEEP_ARCHIVE';
  const idle = version.size < WATCHED_BYTES_MIN ? 0 : now - lastUsed(version);
  return idle >= INSTANT_AFTER ? 'ARCHIVE_INSTANT_ACCESS' : idle >= INFREQUENT_AFTER ? 'INFREQUENT' : 'FREQUENT';
}

function covers(filter: IntelligentTieringConfiguration['Filter'], { key, tags }: VersionRow): boolean {
  const wanted = filter?.And?.Tags ?? (filter?.Tag === undefined ? [] : [filter.Tag]);
  return (
    key.startsWith(filter?.And?.Prefix ?? filter?.Prefix ?? '') &&
    wanted.every(({ Key, Value }) => tags?.[Key] === Value)
  );
}

/** Notes that a version was read or copied; once a day is enough. Other classes cost nothing. Source: S3 User Guide, "How S3 Intelligent-Tiering works". */
export function noteAccess(ctx: Ctx, store: StoreView, bucket: BucketRow, version: VersionRow): void {
  if (version.attributes.storageClass !== CLASS || ctx.now - lastUsed(version) < DAY) return;
  ctx.transact(() => {
    const present = versionOf(store, bucket, version.key, version.versionId);
    if (present !== undefined) putBack(store, { ...present, accessedAt: ctx.now }, present);
  });
}
