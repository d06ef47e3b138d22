/** What others may see of CloudFront: Lambda, which versions of functions run at the edge; the API of key value stores, what is in them. */
import type { StoreView } from '#kernel/store';
import { uses } from './state.ts';

export { type Change, change, contentsOf, type Pair } from './domain/contents.ts';
export { newVersion } from './domain/ids.ts';
export { STORE_BYTES_MAX, STORE_KEY_MAX, STORE_VALUE_MAX } from './limits.ts';
export { pairs, type StoreRow, stores } from './state.ts';

/**
 * Whether a distribution of the store's account runs a function's version.
 *
 * @param arn of the version
 */
export function runsAtEdge(store: StoreView, arn: string): boolean {
  return store.first(uses, { where: { thing: `lambda/${arn}` } }) !== undefined;
}
