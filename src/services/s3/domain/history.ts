/** All versions of a bucket's keys, merged from the two tables in which they lie: by key, then newest first. */
import type { StoreView } from '#kernel/store';
import { type BucketRow, objects, type VersionRow, versions } from '../state.ts';
import type { Start } from './listing.ts';

/** Current objects of a bucket from a place on. */
export function objectReader(store: StoreView, bucket: BucketRow, prefix: string) {
  return (start: Start<VersionRow> | undefined, limit: number): VersionRow[] =>
    store.list(objects, {
      where: { bucket: bucket.id },
      startsWith: prefix,
      ...(start !== undefined &&
        ('from' in start ? { from: { key: start.from } } : { after: { key: start.after.key } })),
      limit,
    });
}

/** Versions and delete markers of a bucket from a place on. */
export function versionReader(store: StoreView, bucket: BucketRow, prefix: string) {
  const current = objectReader(store, bucket, prefix);
  const where = { bucket: bucket.id };
  const older = (start: Start<VersionRow> | undefined, limit: number) =>
    store.list(versions, {
      where,
      startsWith: prefix,
      ...(start !== undefined &&
        ('from' in start
          ? { from: { key: start.from } }
          : {
              after:
                start.after.rank === undefined
                  ? { key: start.after.key }
                  : { key: start.after.key, rank: start.after.rank },
            })),
      limit,
    });
  return (start: Start<VersionRow> | undefined, limit: number): VersionRow[] => {
    const rank = start !== undefined && 'after' in start ? start.after.rank : undefined;
    const first =
      rank === undefined || start === undefined || !('after' in start)
        ? current(start, limit)
        : current({ from: start.after.key }, limit + 1).filter((row) => row.key !== start.after.key || row.rank > rank);
    const second = bucket.versioning === undefined ? [] : older(start, limit);
    return merge(first, second, limit);
  };
}

/** Both are in order of key and rank; a key's current version has its lowest rank. */
export function merge(first: readonly VersionRow[], second: readonly VersionRow[], limit: number): VersionRow[] {
  const merged: VersionRow[] = [];
  let at = 0;
  for (const row of second) {
    while (at < first.length && comparePoints((first[at] as VersionRow).key, row.key) <= 0)
      merged.push(first[at++] as VersionRow);
    merged.push(row);
  }
  return [...merged, ...first.slice(at)].slice(0, limit);
}

/** Order of UTF-8 bytes. */
function comparePoints(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
