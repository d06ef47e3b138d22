/**
 * Replication of versions that are there already, for jobs of Batch Operations.
 *
 * @see S3 User Guide, "Replicating existing objects with Batch Replication", "Amazon S3 replication failure reasons"
 */
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { VersionRow } from '../state.ts';
import { archiveOf } from './archive.ts';
import { rowOf } from './bucket-row.ts';
import { type Found, placed } from './find.ts';
import { pending, replicationOf, rulesFor, sendForReplication } from './replication.ts';
import { putBack, versionOf } from './versions.ts';

/** A version by its id; without one the newest of the key, a delete marker or not. */
export type Existing = { bucket: string; key: string; versionId?: string };

/** The version that is copied, or the reason why none is. */
export type Initiated = { versionId: string } | { why: string };

/** In a transaction: has all copies of a version made that the rules of its bucket want now, also those that were made before. */
export function initiateReplication(ctx: Ctx, view: StoreView, { bucket: name, key, versionId }: Existing): Initiated {
  const bucket = rowOf(view, name);
  if (bucket === undefined) return { why: 'SrcBucketNotFound' };
  const store = placed(bucket, ctx, view);
  const configuration = bucket.versioning === 'Enabled' ? replicationOf(store, bucket) : undefined;
  if (configuration === undefined) return { why: 'SrcBucketReplicationConfigMissing' };
  const version = versionNamed({ store, bucket }, key, versionId);
  if (version === undefined) return { why: versionId === undefined ? 'SrcObjectNotFound' : 'SrcVersionNotFound' };
  const rules = isArchived({ store, bucket }, version, ctx.clock()) ? [] : rulesFor(configuration, version);
  if (rules.length === 0) return { why: 'SrcObjectNotEligible' };
  const to = Object.fromEntries(rules.map(({ ID = '' }) => [ID, 'PENDING' as const]));
  const waiting: VersionRow = { ...version, replication: { ...pending(version.replication, to), batch: true } };
  putBack(store, waiting, version);
  sendForReplication(ctx, bucket, waiting);
  return { versionId: version.versionId };
}

/** None for a text that is no version id. */
function versionNamed({ store, bucket }: Found, key: string, versionId: string | undefined): VersionRow | undefined {
  try {
    return versionOf(store, bucket, key, versionId);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** Source: S3 User Guide, "What does Amazon S3 replicate?": what is archived is not, restored or not. */
const isArchived = ({ store, bucket }: Found, version: VersionRow, now: Millis): boolean =>
  archiveOf(store, bucket, version, now) !== undefined;

/** Whether a rule of the bucket takes the version. */
export function isEligible(ctx: Ctx, found: Found, version: VersionRow): boolean {
  const configuration = found.bucket.versioning === 'Enabled' ? replicationOf(found.store, found.bucket) : undefined;
  if (configuration === undefined || isArchived(found, version, ctx.clock())) return false;
  return rulesFor(configuration, version).length > 0;
}

/** A version, as tasks name it, and its bucket; none where either is missing. */
export function findVersion(
  ctx: Ctx,
  { bucket: name, key, versionId }: Existing,
): (Found & { version: VersionRow }) | undefined {
  const bucket = rowOf(ctx.store, name);
  const found = bucket && { bucket, store: placed(bucket, ctx, ctx.store) };
  const version = found && versionNamed(found, key, versionId);
  return found && version && { ...found, version };
}

/** What became of the copies: undefined while some are being made, then the reason why one failed, or none. */
export function initiatedOutcome(ctx: Ctx, { bucket: name, key, versionId }: Existing): { why?: string } | undefined {
  const bucket = rowOf(ctx.store, name);
  const version = bucket && versionOf(placed(bucket, ctx, ctx.store), bucket, key, versionId);
  if (version === undefined) return { why: 'SrcVersionNotFound' };
  const { to = {}, why = {} } = version.replication ?? {};
  if (Object.values(to).includes('PENDING')) return undefined;
  const [failed] = Object.keys(to).filter((rule) => to[rule] === 'FAILED');
  return failed === undefined ? {} : { why: why[failed] ?? 'DstPutObjectNotPermitted' };
}
