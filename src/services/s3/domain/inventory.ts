/**
 * Inventory reports: their columns, the names of their files, and when the next one is due.
 * Deviation: how modes of retention and holds are spelled was never compared with a report of AWS.
 *
 * @see S3 User Guide, "Cataloging and analyzing your data with S3 Inventory", "Locating your inventory list"
 */
import { DAY, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { InventoryConfiguration } from '#models/s3';
import type { BucketRow, VersionRow } from '../state.ts';
import { canonicalId, effectiveGrants, ownerIn, shownGrants } from './acl.ts';
import { retainedUntil } from './event-hold.ts';
import { type Lifecycle, nextMidnight, plansFor } from './lifecycle.ts';
import { accessTierOf } from './tiering.ts';

type Shown = { bucket: BucketRow; store: StoreView; lifecycle: Lifecycle | undefined; now: Millis };
type Column = readonly [name: string, value: (row: VersionRow, isLatest: boolean, shown: Shown) => string | undefined];

const instant = (at: Millis | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
const ENCRYPTION = { AES256: 'SSE-S3', 'aws:kms': 'SSE-KMS', 'aws:kms:dsse': 'DSSE-KMS', customer: 'SSE-C' } as const;

const OWN: readonly Column[] = [
  ['Bucket', (_, __, { bucket }) => bucket.name],
  ['Key', ({ key }) => encodeURIComponent(key).replaceAll('%2F', '/')],
];
const OF_VERSIONS: readonly Column[] = [
  ['VersionId', ({ versionId }) => (versionId === 'null' ? undefined : versionId)],
  ['IsLatest', (_, isLatest) => String(isLatest)],
  ['IsDeleteMarker', ({ marker }) => String(marker === true)],
];
/** In the order in which reports have them, whatever the order in which they were asked for. */
const OPTIONAL: readonly Column[] = [
  ['Size', ({ size, marker }) => (marker === true ? undefined : String(size))],
  ['LastModifiedDate', ({ modifiedAt }) => instant(modifiedAt)],
  ['ETag', ({ etag }) => etag],
  ['StorageClass', ({ attributes, marker }) => (marker === true ? undefined : (attributes.storageClass ?? 'STANDARD'))],
  ['IsMultipartUploaded', ({ parts, joined }) => String(parts !== undefined && joined !== true)],
  ['ReplicationStatus', ({ replication }) => replication?.status],
  [
    'EncryptionStatus',
    ({ encryption, marker }) => (marker === true ? undefined : ENCRYPTION[encryption?.kind ?? 'AES256']),
  ],
  ['ObjectLockRetainUntilDate', ({ lock }, _, { now }) => instant(retainedUntil(lock, now))],
  ['ObjectLockMode', ({ lock }) => lock?.mode],
  ['ObjectLockLegalHoldStatus', ({ lock }) => (lock?.hold === undefined ? undefined : lock.hold ? 'On' : 'Off')],
  ['IntelligentTieringAccessTier', (row, _, { store, bucket, now }) => accessTierOf(store, bucket, row, now)],
  [
    'BucketKeyStatus',
    ({ encryption }) =>
      encryption?.kind === 'aws:kms' ? (encryption.bucketKey === true ? 'ENABLED' : 'DISABLED') : undefined,
  ],
  ['ChecksumAlgorithm', ({ checksum }) => checksum?.algorithm],
  [
    'ObjectAccessControlList',
    (row, _, { store, bucket }) => {
      const grants = shownGrants(effectiveGrants(store, bucket, row.acl), ownerIn(bucket, row));
      return Buffer.from(JSON.stringify({ version: '2022-11-10', status: 'AVAILABLE', grants })).toString('base64');
    },
  ],
  ['ObjectOwner', (row, _, { bucket }) => canonicalId(ownerIn(bucket, row))],
  ['LifecycleExpirationDate', (row, isLatest, { bucket, lifecycle }) => expiryOf(row, isLatest, bucket, lifecycle)],
];

function expiryOf(row: VersionRow, isLatest: boolean, bucket: BucketRow, lifecycle: Lifecycle | undefined) {
  if (!isLatest || lifecycle === undefined) return undefined;
  const ends = plansFor(lifecycle, bucket, row, { latest: true, alone: false }).filter(({ does }) => does !== 'move');
  return ends.length === 0 ? undefined : instant(Math.min(...ends.map(({ at }) => at)));
}

/** The optional fields that reports can have. */
export const FIELDS: ReadonlySet<string> = new Set(OPTIONAL.map(([name]) => name));

/** The columns of a report. */
export function columnsOf({ IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): readonly Column[] {
  const asked = new Set<string>(OptionalFields);
  return [
    ...OWN,
    ...(IncludedObjectVersions === 'All' ? OF_VERSIONS : []),
    ...OPTIONAL.filter(([name]) => asked.has(name)),
  ];
}

/** One line of CSV: every value in quotes. */
export function lineOf(columns: readonly Column[], row: VersionRow, isLatest: boolean, shown: Shown): string {
  return `${columns.map(([, value]) => `"${(value(row, isLatest, shown) ?? '').replaceAll('"', '""')}"`).join(',')}\n`;
}

/** Where the files of a bucket's report lie. */
export function folderOf({ Id, Destination }: InventoryConfiguration, bucket: BucketRow): string {
  const { Prefix: prefix } = Destination.S3BucketDestination;
  return `${prefix === undefined || prefix === '' ? '' : `${prefix}/`}${bucket.name}/${Id}`;
}

/** When the next report is made: at midnight, of weekly ones on Sundays. The first one comes soon in any case. */
export function nextReport({ Schedule: { Frequency } }: InventoryConfiguration, now: Millis, isFirst: boolean): Millis {
  const soonest = nextMidnight(now);
  if (isFirst || Frequency === 'Daily') return soonest;
  const daysToSunday = (7 - new Date(soonest).getUTCDay()) % 7;
  return soonest + daysToSunday * DAY;
}
