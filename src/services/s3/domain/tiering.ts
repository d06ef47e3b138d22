/**
 * Intelligent-Tiering: an object goes down through the tiers while nobody reads it, and comes up again when somebody does. The
 * tier is worked out from the time of the last access; nothing needs to happen at that time.
 *
 * Deviation: no s3:IntelligentTiering event is sent when an object reaches an archive tier.
 *
 * @see S3 User Guide, "How S3 Intelligent-Tiering works"
 */
import { DAY, KIB, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { IntelligentTieringConfiguration } from '#models/s3';
import { type BucketRow, configurations, type VersionRow } from '../state.ts';
import { putBack, versionOf } from './versions.ts';

export type ArchiveTier = 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS';
export type AccessTier = 'FREQUENT' | 'INFREQUENT' | 'ARCHIVE_INSTANT_ACCESS' | 'ARCHIVE' | 'DEEP_ARCHIVE';

const CLASS = 'INTELLIGENT_TIERING';
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
  const idle = now - lastUsed(version);
  let found: ArchiveTier | undefined;
  for (const { value } of store.list(configurations, { where: { bucket: bucket.id, kind: 'tiering' } })) {
    const { Status, Filter, Tierings } = value as IntelligentTieringConfiguration;
    if (Status !== 'Enabled' || !covers(Filter, version)) continue;
    for (const { Days, AccessTier } of Tierings)
      if (idle >= Days * DAY && found !== 'DEEP_ARCHIVE_ACCESS') found = AccessTier;
  }
  return found;
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

/** Notes that a version was read; once a day is enough. Other classes cost nothing. */
export function noteAccess(ctx: Ctx, store: StoreView, bucket: BucketRow, version: VersionRow): void {
  if (version.attributes.storageClass !== CLASS || ctx.now - lastUsed(version) < DAY) return;
  ctx.transact(() => {
    const present = versionOf(store, bucket, version.key, version.versionId);
    if (present !== undefined) putBack(store, { ...present, accessedAt: ctx.now }, present);
  });
}
