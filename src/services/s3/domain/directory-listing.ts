/** Lists of directory buckets: in no order that could be relied on, and with the prefixes under which uploads are under way. */
import { sha256Hex } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { type BucketRow, uploads, type VersionRow } from '../state.ts';
import { merge, objectReader } from './history.ts';
import { commonPrefix, type Rules, type Start } from './listing.ts';

/**
 * Current objects of a bucket from a place on; where they are grouped, so are uploads that are under way.
 *
 * @see S3 User Guide, "Differences for directory buckets", ListObjectsV2 behavior
 */
export function directoryReader(store: StoreView, bucket: BucketRow, { prefix, delimiter }: Rules) {
  const current = objectReader(store, bucket, prefix);
  if (delimiter === undefined) return current;
  return (start: Start<VersionRow> | undefined, limit: number): readonly VersionRow[] =>
    merge(current(start, limit), grouped(store, bucket, { prefix, delimiter }, start, limit), limit);
}

type Grouping = { prefix: string; delimiter: string };

/** Uploads under a common prefix, as rows of which only the key counts; those right below `prefix` are passed over. */
function grouped(
  store: StoreView,
  { id }: BucketRow,
  { prefix, delimiter }: Grouping,
  start: Start<VersionRow> | undefined,
  limit: number,
): VersionRow[] {
  const found: VersionRow[] = [];
  let bound: object =
    start === undefined ? {} : 'from' in start ? { from: { key: start.from } } : { after: { key: start.after.key } };
  for (;;) {
    const rows = store.list(uploads, { where: { bucket: id }, startsWith: prefix, ...bound, limit });
    for (const { key, initiatedAt, owner, attributes } of rows)
      if (commonPrefix(key, prefix, delimiter) !== undefined)
        found.push({
          bucket: id,
          key,
          rank: 0,
          versionId: '',
          size: 0,
          etag: '',
          modifiedAt: initiatedAt,
          attributes,
          owner,
        });
    const last = rows.at(-1);
    if (rows.length < limit || found.length >= limit || last === undefined) return found.slice(0, limit);
    bound = { after: { key: last.key, id: last.id } };
  }
}

/** The entries of a page in an order of no meaning, always the same. */
export function unordered(entries: readonly VersionRow[]): VersionRow[] {
  const marked = entries.map((row) => ({ row, mark: sha256Hex(row.key) }));
  return marked.sort((a, b) => (a.mark < b.mark ? -1 : 1)).map(({ row }) => row);
}
