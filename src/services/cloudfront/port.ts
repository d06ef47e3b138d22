/** What Lambda may see of CloudFront: which versions of functions run at the edge. */
import type { StoreView } from '#kernel/store';
import { uses } from './state.ts';

/**
 * Whether a distribution of the store's account runs a function's version.
 *
 * @param arn of the version
 */
export function runsAtEdge(store: StoreView, arn: string): boolean {
  return store.first(uses, { where: { thing: `lambda/${arn}` } }) !== undefined;
}
