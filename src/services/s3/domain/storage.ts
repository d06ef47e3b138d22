/** What lies in a bucket, as CloudWatch is told of it once a day: measured anew only where something was written or removed. */
import { KIB, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type AccessTier, type BucketRow, jobs, type VersionRow } from '../state.ts';
import { STORAGE_CLASS } from './directory.ts';
import { nextMidnight } from './lifecycle.ts';

/** Bytes by the type of their storage, and how many objects there are. */
export type Sums = { bytes: { [type: string]: number }; objects: number };

/** Of a bucket: what was found, whether it has changed since, and how far the measuring is that is under way. */
export type Measured = { sums?: Sums; isStale?: true; walk?: Sums & { after?: object; isAtUploads?: true } };

/** In a transaction: something was written to the bucket or removed. The first time its days begin. */
export function noteStorage(ctx: Ctx, store: StoreView, bucket: BucketRow): void {
  const key = { bucket: bucket.id, kind: 'storage' as const };
  const measured = store.get(jobs, key)?.cursor as Measured | undefined;
  if (measured?.isStale === true) return;
  store.put(jobs, { ...key, cursor: { ...measured, isStale: true } });
  if (measured === undefined) armMeasuring(ctx, bucket, nextMidnight(ctx.now));
}

/** The timer of a bucket's next measuring, or of the next part of this one. */
export function armMeasuring(ctx: Ctx, { account, region, name, id }: BucketRow, at: Millis): void {
  ctx.arm('measureStorage', id, at, { account, region, name, bucket: id });
}

const PLAIN: { readonly [storageClass: string]: string | undefined } = {
  STANDARD: 'StandardStorage',
  STANDARD_IA: 'StandardIAStorage',
  ONEZONE_IA: 'OneZoneIAStorage',
  REDUCED_REDUNDANCY: 'ReducedRedundancyStorage',
  GLACIER_IR: 'GlacierInstantRetrievalStorage',
  GLACIER: 'GlacierStorage',
  DEEP_ARCHIVE: 'DeepArchiveStorage',
  EXPRESS_ONEZONE: 'ExpressOneZoneStorage',
};
const TIERS: { readonly [tier in AccessTier]: string } = {
  ARCHIVE: 'IntelligentTieringAAStorage',
  DEEP_ARCHIVE: 'IntelligentTieringDAAStorage',
  FREQUENT: 'IntelligentTieringFAStorage',
  INFREQUENT: 'IntelligentTieringIAStorage',
  ARCHIVE_INSTANT_ACCESS: 'IntelligentTieringAIAStorage',
};
/** Smaller objects are billed as this large. */
const BILLED_MIN = 128 * KIB;
const BILLED: { readonly [storageClass: string]: string | undefined } = {
  STANDARD_IA: 'StandardIASizeOverhead',
  ONEZONE_IA: 'OneZoneIASizeOverhead',
  GLACIER_IR: 'GlacierInstantRetrievalSizeOverhead',
};
/** What archives keep beside each object, and what S3 does. */
const ARCHIVED: { readonly [storageClass: string]: string | undefined } = {
  GLACIER: 'Glacier',
  DEEP_ARCHIVE: 'DeepArchive',
};
const ARCHIVE_BYTES = 32 * KIB;
const INDEX_BYTES = 8 * KIB;

const typeOf = (storageClass: string) => PLAIN[storageClass] ?? 'StandardStorage';

/**
 * Adds a version.
 *
 * Deviation: metadata is not counted, nor what Intelligent-Tiering's archives keep beside an object.
 *
 * @param tier of one in Intelligent-Tiering
 * @see S3 User Guide, "Amazon S3 metrics and dimensions", daily storage metrics, `StorageType`
 */
export function addVersion(sums: Sums, { attributes, size, marker }: VersionRow, tier: AccessTier | undefined): void {
  const { storageClass = 'STANDARD' } = attributes;
  sums.objects += 1;
  if (marker === true) return;
  add(sums, tier === undefined ? typeOf(storageClass) : TIERS[tier], size);
  const billed = BILLED[storageClass];
  if (billed !== undefined && size < BILLED_MIN) add(sums, billed, BILLED_MIN - size);
  const archive = ARCHIVED[storageClass];
  if (archive === undefined) return;
  add(sums, `${archive}ObjectOverhead`, ARCHIVE_BYTES);
  add(sums, `${archive}S3ObjectOverhead`, INDEX_BYTES);
}

/** Adds a part of an upload that is under way. What is bound for an archive waits in a place of its own; of a directory bucket only the bytes count. */
export function addPart(sums: Sums, storageClass: string, size: number): void {
  const archive = ARCHIVED[storageClass];
  if (storageClass !== STORAGE_CLASS) sums.objects += 1;
  add(sums, archive === undefined ? typeOf(storageClass) : `${archive}StagingStorage`, size);
}

function add({ bytes }: Sums, type: string, more: number): void {
  bytes[type] = (bytes[type] ?? 0) + more;
}
