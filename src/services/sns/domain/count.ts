/** Counters beside the rows: topics and filter policies of an account, subscriptions of a topic. */
import type { StoreView } from '#kernel/store';
import { counters } from '../state.ts';

export type Tally = { confirmed: number; pending: number; deleted: number };

/** In a transaction: changes a counter; gives what it is then. */
export function bump(store: StoreView, id: string, by: number): number {
  const count = Math.max(0, countOf(store, id) + by);
  store.put(counters, { id, count });
  return count;
}

/** What a counter is. */
export function countOf(store: StoreView, id: string): number {
  return store.get(counters, { id })?.count ?? 0;
}

/** The counter of a topic's subscriptions in some state, or of its filter policies. */
export function ofTopic(life: string, what: 'confirmed' | 'pending' | 'deleted' | 'filters'): string {
  return `topic ${life} ${what}`;
}

/** The numbers of a topic's subscriptions. */
export function tallyOf(store: StoreView, life: string): Tally {
  return {
    confirmed: countOf(store, ofTopic(life, 'confirmed')),
    pending: countOf(store, ofTopic(life, 'pending')),
    deleted: countOf(store, ofTopic(life, 'deleted')),
  };
}
