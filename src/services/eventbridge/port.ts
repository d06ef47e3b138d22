/** What CloudTrail may see of EventBridge: whether anybody wants to hear of calls that only read. */
import type { StoreView } from '#kernel/store';
import { rules, WITH_READS } from './state.ts';

/** Whether a rule of the store's place does. */
export function wantsReads(store: StoreView): boolean {
  return store.first(rules, { index: 'byState', where: { state: WITH_READS } }) !== undefined;
}
