/** What a FIFO queue remembers of what was sent to it, or moved there, for five minutes. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { DEDUPLICATION_INTERVAL } from '../limits.ts';
import { type DeduplicationRow, deduplications, type MessageRow } from '../state.ts';

/** Rows too old to matter that are removed by one question. */
const SWEPT = 5;

/** The message that this one repeats, and a little sweeping of those that are too old to matter. */
export function recall(
  store: StoreView,
  pile: string,
  scope: string,
  id: string,
  now: Millis,
): DeduplicationRow | undefined {
  const old = { index: 'byExpiry', where: { pile }, to: { expiresAt: now }, limit: SWEPT };
  for (const row of store.list(deduplications, old)) store.delete(deduplications, row);
  const before = store.get(deduplications, { pile, scope, id });
  return before === undefined || before.expiresAt <= now ? undefined : before;
}

/** Remembers a message by its deduplication id. */
export function remember(
  store: StoreView,
  message: Pick<MessageRow, 'pile' | 'id' | 'sequence'>,
  scope: string,
  id: string,
  now: Millis,
): void {
  const { pile, id: messageId, sequence } = message;
  store.put(deduplications, { pile, scope, id, messageId, sequence, expiresAt: now + DEDUPLICATION_INTERVAL });
}
