/** A bucket's row, of whichever kind the bucket is. */
import type { StoreView } from '#kernel/store';
import { type BucketRow, buckets, directoryBuckets } from '../state.ts';
import { isDirectoryName } from './directory.ts';

/** The bucket of exactly that name. */
export function rowOf(store: StoreView, name: string): BucketRow | undefined {
  return store.get(isDirectoryName(name) ? directoryBuckets : buckets, { name });
}

/** In a transaction: writes a bucket's row. */
export function keepBucket(store: StoreView, bucket: BucketRow): void {
  store.put(bucket.directory === undefined ? buckets : directoryBuckets, bucket);
}
