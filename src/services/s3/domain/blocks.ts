/** What public access is blocked: by the bucket, by an access point, or by an account as a whole. */
import type { StoreView } from '#kernel/store';
import { type AccessPointRow, accountBlocks, type BucketRow, buckets, type PublicAccess } from '../state.ts';

/** Source: S3 User Guide, "Blocking public access to your Amazon S3 storage": the stricter of the two counts. */
export function isBlocked(store: StoreView, bucket: BucketRow, what: keyof PublicAccess): boolean {
  if (bucket.publicAccess?.[what] === true) return true;
  return isBlockedIn(store, bucket.account, what);
}

const isBlockedIn = (store: StoreView, account: string, what: keyof PublicAccess): boolean =>
  store.get(accountBlocks, { account })?.block[what] === true;

/** What is blocked at an access point: what its bucket blocks, too; but what policies another account's are is not for the bucket to say. */
export function isBlockedAt(store: StoreView, point: AccessPointRow, what: 'blockPolicy' | 'restrict'): boolean {
  if (point.publicAccess[what] || isBlockedIn(store, point.account, what)) return true;
  const bucket = store.get(buckets, { name: point.bucket });
  if (bucket === undefined || bucket.account !== point.bucketAccount) return false;
  return (what === 'restrict' || bucket.account === point.account) && isBlocked(store, bucket, what);
}
