/** What public access is blocked: by the bucket or by its account as a whole. */
import type { StoreView } from '#kernel/store';
import { accountBlocks, type BucketRow, type PublicAccess } from '../state.ts';

/** Source: S3 User Guide, "Blocking public access to your Amazon S3 storage": the stricter of the two counts. */
export function isBlocked(store: StoreView, bucket: BucketRow, what: keyof PublicAccess): boolean {
  if (bucket.publicAccess?.[what] === true) return true;
  return store.get(accountBlocks, { account: bucket.account })?.block[what] === true;
}
