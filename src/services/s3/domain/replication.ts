/**
 * Which replication rules want a version, and how its copies are kept track of.
 *
 * @see S3 User Guide, "What does Amazon S3 replicate?", "Replication configuration file elements", "Getting replication status information"
 */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { ReplicationConfiguration, ReplicationRule } from '#models/s3';
import { type BucketRow, configurations, type ReplicationRow, type VersionRow } from '../state.ts';

/** What an event of ours carries to the handler that makes the copies. */
export type ToReplicate = {
  account: string;
  region: string;
  name: string;
  bucket: string;
  key: string;
  versionId: string;
};

/** The replication configuration of a bucket that has one. */
export function replicationOf(store: StoreView, bucket: BucketRow): ReplicationConfiguration | undefined {
  if (bucket.replication === undefined) return undefined;
  const row = store.get(configurations, { bucket: bucket.id, kind: 'replication', id: '' });
  return row?.value as ReplicationConfiguration | undefined;
}

/** What a rule's filter asks of a key and its tags. */
export function filterOf({ Filter: filter, Prefix }: ReplicationRule) {
  return {
    prefix: filter?.And?.Prefix ?? filter?.Prefix ?? Prefix ?? '',
    tags: filter?.And?.Tags ?? (filter?.Tag === undefined ? [] : [filter.Tag]),
  };
}

type Subject = Pick<VersionRow, 'key' | 'tags' | 'marker' | 'attributes' | 'encryption'>;

function wants(rule: ReplicationRule, { key, tags: own, marker, attributes, encryption }: Subject): boolean {
  if (rule.Status !== 'Enabled') return false;
  const { prefix, tags } = filterOf(rule);
  if (!key.startsWith(prefix)) return false;
  // Source: S3 User Guide, "Replicating delete markers between buckets": rules of the first version always do.
  if (marker === true) return rule.Filter === undefined || rule.DeleteMarkerReplication?.Status === 'Enabled';
  const { storageClass } = attributes;
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE') return false;
  const isKms = encryption?.kind === 'aws:kms' || encryption?.kind === 'aws:kms:dsse';
  if (isKms && rule.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status !== 'Enabled') return false;
  return tags.every(({ Key, Value }) => own?.[Key] === Value);
}

/** For each destination the rule that counts: of those that want the version, the one of the highest priority. */
export function rulesFor({ Rules }: ReplicationConfiguration, version: Subject): ReplicationRule[] {
  const best = new Map<string, ReplicationRule>();
  for (const rule of Rules) {
    if (!wants(rule, version)) continue;
    const other = best.get(rule.Destination.Bucket);
    if (other === undefined || (rule.Priority ?? 0) > (other.Priority ?? 0)) best.set(rule.Destination.Bucket, rule);
  }
  return [...best.values()];
}

/** What a new version of the bucket is to wait for; nothing where no rule wants it. A marker that a lifecycle rule set stays where it is. */
export function plannedReplication(
  ctx: Ctx,
  store: StoreView,
  bucket: BucketRow,
  version: Subject,
): { replication?: ReplicationRow } {
  const configuration = bucket.versioning === 'Enabled' ? replicationOf(store, bucket) : undefined;
  if (configuration === undefined) return {};
  if (version.marker === true && ctx.caller.principal.kind === 'service') return {};
  const rules = rulesFor(configuration, version);
  if (rules.length === 0) return {};
  const to = Object.fromEntries(rules.map(({ ID = '' }) => [ID, 'PENDING' as const]));
  return { replication: { status: 'PENDING', to } };
}

/** In a transaction: has the copies made that the version waits for. */
export function sendForReplication(ctx: Ctx, bucket: BucketRow, { key, versionId, replication }: VersionRow): void {
  if (replication?.to === undefined) return;
  const { account, region, name, id } = bucket;
  const event: ToReplicate = { account, region, name, bucket: id, key, versionId };
  ctx.emit('s3.replication', event, bucket);
}

/**
 * In a transaction: what was changed about a version (tags, ACL, lock) reaches its copies too; about a replica, only where a rule
 * says so.
 *
 * @returns the version as it is to be stored
 */
export function replicateChange(ctx: Ctx, store: StoreView, bucket: BucketRow, changed: VersionRow): VersionRow {
  const configuration = replicationOf(store, bucket);
  const { replication } = changed;
  if (configuration === undefined || replication === undefined) return changed;
  const isReplica = replication.status === 'REPLICA' || replication.replica === true;
  const rules = rulesFor(configuration, changed).filter(
    ({ ID = '', SourceSelectionCriteria: criteria }) =>
      replication.to?.[ID] !== undefined || (isReplica && criteria?.ReplicaModifications?.Status === 'Enabled'),
  );
  if (rules.length === 0) return changed;
  const to = { ...replication.to, ...Object.fromEntries(rules.map(({ ID = '' }) => [ID, 'PENDING' as const])) };
  const waiting: VersionRow = { ...changed, replication: pending(replication, to) };
  sendForReplication(ctx, bucket, waiting);
  return waiting;
}

/** The row of a version that waits for copies, made anew or brought up to date. */
export function pending(before: ReplicationRow | undefined, to: NonNullable<ReplicationRow['to']>): ReplicationRow {
  const isReplica = before?.status === 'REPLICA' || before?.replica === true;
  return {
    status: 'PENDING',
    to,
    ...(before?.at !== undefined && { at: before.at }),
    ...(isReplica && { replica: true }),
  };
}

/** How the making of a copy ended: the id of the bucket that has it, or why none has. */
export type Copied = { at: string } | { why: string };

/** The row after one rule's copy was made, or failed. */
export function settled(before: ReplicationRow, rule: string, copied: Copied): ReplicationRow {
  const to = { ...before.to, [rule]: 'at' in copied ? ('COMPLETED' as const) : ('FAILED' as const) };
  const all = Object.values(to);
  const done = before.replica === true ? 'REPLICA' : 'COMPLETED';
  const status = all.includes('FAILED') ? 'FAILED' : all.includes('PENDING') ? 'PENDING' : done;
  return 'at' in copied
    ? { ...before, status, to, at: { ...before.at, [rule]: copied.at } }
    : { ...before, status, to, why: { ...before.why, [rule]: copied.why } };
}
