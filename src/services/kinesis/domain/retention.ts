/** How long a stream keeps what was written to it. */
import { HOUR, type Millis } from '#kernel/base';
import type { ShardRow, StreamRow } from '../state.ts';

/** What is older than this is gone. */
export function horizonOf({ retentionHours, goneBefore }: StreamRow, now: Millis): Millis {
  return Math.max(goneBefore, now - retentionHours * HOUR);
}

/** Whether a shard and all of its records are older than the stream keeps them. */
export function isExpired({ closedAt }: ShardRow, stream: StreamRow, now: Millis): boolean {
  return closedAt !== undefined && closedAt < horizonOf(stream, now);
}
