/** What Lambda may see of SQS besides its API: it is told of messages that arrive in queues it polls, and when others could be received. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { durationOf } from './domain/attributes.ts';
import { counts, nextVisibleAt } from './domain/pile.ts';
import { queues, type WatcherRow, watchers } from './state.ts';

/** In a transaction: from now on `sqs.arrived` is emitted, at the watcher's own place, when a message can be received, or a later one was sent. */
export function watchQueue(store: StoreView, watcher: WatcherRow): void {
  store.put(watchers, watcher);
}

/** In a transaction. */
export function unwatchQueue(store: StoreView, watcher: WatcherRow): void {
  store.delete(watchers, watcher);
}

export type QueueOutlook = {
  visibilityTimeout: Millis;
  /** When the next message that can't be received now could be. */
  nextVisibleAt: Millis | undefined;
};

/** @param store of the queue's account */
export function queueOutlook(store: StoreView, name: string, now: Millis): QueueOutlook | undefined {
  const queue = store.get(queues, { name });
  if (queue === undefined) return undefined;
  return {
    visibilityTimeout: durationOf(queue, 'VisibilityTimeout'),
    nextVisibleAt: nextVisibleAt(store, queue, now),
  };
}

/** Messages that can be received now. */
export function visibleMessages(store: StoreView, name: string, now: Millis): number {
  const queue = store.get(queues, { name });
  return queue === undefined ? 0 : counts(store, queue.pile, now).visible;
}
