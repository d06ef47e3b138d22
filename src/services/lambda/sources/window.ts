/** Tumbling windows: batches of a span of time that hand on a state. Source: Lambda Developer Guide, "Using DynamoDB with AWS Lambda", "Tumbling windows". */
import { type Millis, SECOND } from '#kernel/base';
import type { CursorRow, MappingRow } from '../mapping-state.ts';
import type { Page } from './stream-page.ts';

/** The window that is open, or that the next record opens; it is over when a later record has come, or its time. */
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
  const end = window.start + length;
  return { start: window.start, isOver: first === undefined ? isEnd && now >= end : first.at >= end };
}

/** What the event says of the window. */
export function windowEvent(
  { tumbling, source }: MappingRow,
  { window }: CursorRow,
  start: Millis,
  shardId: string,
  isFinal: boolean,
): object {
  return {
    window: { start: instant(start), end: instant(start + tumbling * SECOND) },
    state: JSON.parse(window?.state ?? '{}'),
    ...(shardId !== '' && { shardId }),
    eventSourceARN: source,
    isFinalInvokeForWindow: isFinal,
    isWindowTerminatedEarly: false,
  };
}

/** The window with the state that the function has answered; one that names none keeps what it had. */
export function stateOf(start: Millis, { window }: CursorRow, answer: Uint8Array): NonNullable<CursorRow['window']> {
  let state: unknown;
  try {
    state = (JSON.parse(Buffer.from(answer).toString('utf8')) as { state?: unknown } | null)?.state;
  } catch {
    // It keeps what it had.
  }
  return { start, state: state === undefined ? (window?.state ?? '{}') : JSON.stringify(state) };
}

function instant(at: Millis): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
