/** The place of a replica among the versions of its key: copies may be made in another order than what they are copies of. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { SWEEP_BATCH } from '../limits.ts';
import { type BucketRow, objects, type VersionRow, versions } from '../state.ts';
import { expectLifecycle } from './lifecycle-schedule.ts';
import { noteStorage } from './storage.ts';
import {
  type NewVersion,
  NULL_VERSION,
  newestOf,
  promote,
  RANK_FIRST,
  rankOf,
  remove,
  retire,
  versionOf,
} from './versions.ts';

/** Ranks that are set free at once where a replica finds none. */
const RANKS_FREED = 1_000_000;

/**
 * In a transaction: a copy gets its place by the time at which its source was written; the newest version is the current one.
 *
 * @param id the version id of the source, which the copy has, too
 * @see S3 User Guide, "Replicating objects within and across Regions": copies keep the time and the version id of their source
 */
export function putReplica(ctx: Ctx, store: StoreView, bucket: BucketRow, replica: NewVersion, id: string): VersionRow {
  const { key } = replica;
  const before = id === NULL_VERSION ? versionOf(store, bucket, key, NULL_VERSION) : undefined;
  if (before !== undefined) {
    remove(ctx, store, bucket, before);
    promote(store, bucket, key);
  }
  const newest = newestOf(store, bucket, key);
  const isNewest = newest === undefined || !isOlder(replica, id, newest);
  const rank = isNewest ? rankAbove(newest, id) : rankAmong(store, bucket, replica, id);
  const version: VersionRow = {
    ...replica,
    bucket: bucket.id,
    rank,
    versionId: id,
    ...(ownRank(id) !== rank && id !== NULL_VERSION && { foreignId: id }),
  };
  if (isNewest && newest !== undefined && store.get(objects, newest) !== undefined)
    retire(store, newest, version.marker === true);
  if (isNewest && version.marker !== true) store.put(objects, version);
  else store.put(versions, id === NULL_VERSION ? { ...version, isNull: true } : version);
  expectLifecycle(ctx, store, bucket, 'version');
  noteStorage(ctx, store, bucket);
  return version;
}

/** The rank that the version had where its id was made. */
const ownRank = (id: string): number | undefined => (id === NULL_VERSION ? undefined : rankOf(id));

/** Of one second the one is older whose id says so. */
function isOlder({ modifiedAt }: NewVersion, id: string, other: VersionRow): boolean {
  if (modifiedAt !== other.modifiedAt) return modifiedAt < other.modifiedAt;
  return (ownRank(id) ?? RANK_FIRST) > (ownRank(other.versionId) ?? other.rank);
}

function rankAbove(newest: VersionRow | undefined, id: string): number {
  const own = ownRank(id);
  if (newest === undefined) return own ?? RANK_FIRST;
  return own !== undefined && own < newest.rank ? own : newest.rank - 1;
}

/** A rank that is free between the next newer and the next older version; newer ones move on where there is none. */
function rankAmong(store: StoreView, bucket: BucketRow, replica: NewVersion, id: string): number {
  const [newer, older] = neighbours(store, bucket, replica, id);
  const own = ownRank(id);
  if (own !== undefined && own > newer.rank && (older === undefined || own < older.rank)) return own;
  if (older === undefined) return newer.rank + 1;
  if (older.rank - newer.rank > 1)
    // Copies come from one end or from the other: room is left where the next one will lie.
    return isReplica(newer)
      ? newer.rank + 1
      : isReplica(older)
        ? older.rank - 1
        : Math.floor((newer.rank + older.rank) / 2);
  freeRanks(store, bucket, replica.key, newer.rank);
  return Math.floor(older.rank - RANKS_FREED / 2);
}

const isReplica = ({ replication }: VersionRow): boolean => replication?.status === 'REPLICA';

type Neighbours = readonly [newer: VersionRow, older: VersionRow | undefined];

/** The versions of the key between which the replica lies. Mostly it is where its id says; else all are looked through. */
function neighbours(store: StoreView, bucket: BucketRow, replica: NewVersion, id: string): Neighbours {
  const where = { bucket: bucket.id, key: replica.key };
  const current = store.get(objects, where);
  const rank = ownRank(id);
  if (rank !== undefined) {
    const older = store.first(versions, { where, from: { rank } });
    const newer = store.first(versions, { where, to: { rank }, reverse: true }) ?? current;
    const isThere = newer !== undefined && isOlder(replica, id, newer);
    if (isThere && newer.rank < rank && (older === undefined || !isOlder(replica, id, older))) return [newer, older];
  }
  let newer = current;
  for (;;) {
    const rows = store.list(versions, {
      where,
      ...(newer !== undefined && { after: { rank: newer.rank } }),
      limit: SWEEP_BATCH,
    });
    for (const row of rows) {
      if (newer !== undefined && !isOlder(replica, id, row)) return [newer, row];
      newer = row;
    }
    if (rows.length < SWEEP_BATCH && newer !== undefined) return [newer, undefined];
  }
}

/** Versions up to a rank get lower ones. */
function freeRanks(store: StoreView, bucket: BucketRow, key: string, upTo: number): void {
  const where = { bucket: bucket.id, key };
  const moved = (row: VersionRow): VersionRow => ({
    ...row,
    rank: row.rank - RANKS_FREED,
    ...(row.versionId !== NULL_VERSION && { foreignId: row.versionId }),
  });
  const current = store.get(objects, where);
  if (current !== undefined) store.put(objects, moved(current));
  for (const row of store.list(versions, { where, to: { rank: upTo } })) {
    store.delete(versions, row);
    store.put(versions, moved(row));
  }
}
