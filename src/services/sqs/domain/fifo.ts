/** FIFO rules: order within a group, one receive of a group at a time, and deduplication. */
import { type Millis, sha256Hex } from '#kernel/base';
import type { MessageRow, QueueRow } from '../state.ts';
import { attributeOf } from './attributes.ts';

const SEQUENCE_DIGITS = 20;
/** AWS's sequence numbers look like this one and grow; only their order means anything. */
const SEQUENCE_BASE = 18_849_496_460_467_696_128n;

/**
 * From when on a group's first message may be received: its own visibility, and after every message of the group that is in flight.
 *
 * @param ahead messages of the group in order; those in flight are among the first ten, since a receive takes at most ten
 * @see  SQS Developer Guide, "FIFO queue delivery logic"
 */
export function nextAvailable(ahead: readonly MessageRow[], now: Millis): Millis {
  let at = ahead[0]?.visibleAt ?? now;
  for (const message of ahead) if (message.receives > 0 && message.visibleAt > at) at = message.visibleAt;
  return at;
}

/** The deduplication id of a send; undefined when there is none and the queue doesn't make one. */
export function deduplicationId(queue: QueueRow, given: string | undefined, body: string): string | undefined {
  if (given !== undefined) return given;
  return attributeOf(queue, 'ContentBasedDeduplication') === 'true' ? sha256Hex(body) : undefined;
}

/** Within what a deduplication id is unique: the queue, or the message's group. */
export function deduplicationScope(queue: QueueRow, group: string): string {
  return attributeOf(queue, 'DeduplicationScope') === 'messageGroup' ? `group ${group}` : 'queue';
}

/** The 20-digit SequenceNumber of a message; it grows within a queue. */
export function sequenceNumber(sequence: number): string {
  return (SEQUENCE_BASE + BigInt(sequence) * 256n).toString().padStart(SEQUENCE_DIGITS, '0');
}
