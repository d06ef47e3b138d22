/** Tumbling windows: batches of a span of time that hand on a state. Source: Lambda Developer Guide, "Using DynamoDB with AWS Lambda", "Tumbling windows". */
import { MIB, type Millis, SECOND, utf8Length } from '#kernel/base';
import type { CursorRow, MappingRow } from '../mapping-state.ts';
import type { Page } from './stream-page.ts';

/** A state of more bytes ends its window early. Source: "Tumbling windows": 1 MB for each shard. */
const STATE_BYTES_MAX = MIB;

/** The window that is open, or that the next record opens; it is over when a later record has come, its time, or too large a state. */
export function openWindow(
  { tumbling }: MappingRow,
  { window }: CursorRow,
  { records, isEnd }: Page,
  now: Millis,
): { start: Millis; isOver: boolean } | undefined {
  const [first] = records;
  const length = tumbling * SECOND;
  if (length === 0) return undefined;
  if (window === undefined)
    return first === undefined ? undefined : { start: Math.floor(first.at / length) * length, isOver: false };
  if (isTooLarge(window)) return { start: window.start, isOver: true };
  const end = window.start + length;
  return { start: window.start, isOver: first === undefined ? isEnd && now >= end : first.at >= end };
}

function isTooLarge({ state }: NonNullable<CursorRow['window']>): boolean {
  return utf8Length(state) > STATE_BYTES_MAX;
}

/**
 * What the event says of the window. One that was ended early goes on, with a fresh state.
 *
 * @param shardId of the records; none with the last call
 */
export function windowEvent(
  { tumbling, source }: MappingRow,
  { window }: CursorRow,
  start: Millis,
  shardId: string | undefined,
): object {
  return {
    window: { start: instant(start), end: instant(start + tumbling * SECOND) },
    state: JSON.parse(window?.state ?? '{}'),
    shardId: shardId ?? window?.shard,
    eventSourceARN: source,
    isFinalInvokeForWindow: shardId === undefined,
    isWindowTerminatedEarly: shardId === undefined && window !== undefined && isTooLarge(window),
  };
}

/**
 * The window with the state that the function has answered.
 *
 * @returns undefined for an answer without one, which is a failure. Source: "Tumbling windows", "Aggregation and processing"
 */
export function stateOf(start: Millis, shard: string, answer: Uint8Array): CursorRow['window'] {
  try {
    const { state } = JSON.parse(Buffer.from(answer).toString('utf8')) as { state?: unknown };
    return state === undefined || state === null ? undefined : { start, shard, state: JSON.stringify(state) };
  } catch {
    return undefined;
  }
}

function instant(at: Millis): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
