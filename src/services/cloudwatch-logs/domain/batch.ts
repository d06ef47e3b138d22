/** Batches: what PutLogEvents takes of one and what it refuses, and how one is kept and read. */
import { collect, invariant, type Millis, utf8Length } from '#kernel/base';
import { type Ctx, seal, unseal } from '#kernel/contract';
import type { BlobRef, StoreView } from '#kernel/store';
import { eventTooLarge, notInOrder, spanTooLong, uploadTooLarge } from '../errors.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_SPAN_MAX,
  EVENT_AGE_MAX,
  EVENT_AHEAD_MAX,
  EVENT_BYTES_MAX,
  EVENT_OVERHEAD_BYTES,
} from '../limits.ts';
import { type BatchRow, batches, type GroupRow } from '../state.ts';
import { openKey } from './sealing.ts';

export type LogEvent = { timestamp: Millis; message: string };

/** Which events of a batch are not taken, as PutLogEvents says it. */
export type Rejected = {
  tooNewLogEventStartIndex?: number;
  tooOldLogEventEndIndex?: number;
  expiredLogEventEndIndex?: number;
};

/** A batch's body is never longer: messages may double as JSON, or grow sixfold when all of them are control characters. */
const BODY_BYTES_MAX = 8 * BATCH_BYTES_MAX;

/** Bytes as AWS counts them. */
export function bytesOf(events: readonly LogEvent[]): number {
  let bytes = 0;
  for (const { message } of events) bytes += utf8Length(message) + EVENT_OVERHEAD_BYTES;
  return bytes;
}

/** @throws {ServiceError} InvalidParameterException for a batch that is refused as a whole */
export function checkBatch(events: readonly LogEvent[]): void {
  let bytes = 0;
  let before = 0;
  for (const { timestamp, message } of events) {
    if (timestamp < before) throw notInOrder();
    before = timestamp;
    const size = utf8Length(message) + EVENT_OVERHEAD_BYTES;
    if (size > EVENT_BYTES_MAX) throw eventTooLarge(size);
    bytes += size;
  }
  if (bytes > BATCH_BYTES_MAX) throw uploadTooLarge(bytes);
  if (before - (events[0]?.timestamp ?? before) > BATCH_SPAN_MAX) throw spanTooLong();
}

/**
 * The events that are taken: neither too old, nor past the group's retention, nor too far ahead.
 *
 * @param events in order of time
 */
export function acceptEvents<Event extends LogEvent>(
  events: readonly Event[],
  now: Millis,
  retention: Millis | undefined,
): { taken: readonly Event[]; rejected: Rejected | undefined } {
  const old = events.filter(({ timestamp }) => timestamp < now - EVENT_AGE_MAX).length;
  const expired = retention === undefined ? 0 : events.filter(({ timestamp }) => timestamp < now - retention).length;
  const ahead = events.findIndex(({ timestamp }) => timestamp > now + EVENT_AHEAD_MAX);
  const isExpired = expired > old;
  const rejected: Rejected = {
    ...(ahead !== -1 && { tooNewLogEventStartIndex: ahead }),
    ...(old > 0 && { tooOldLogEventEndIndex: old }),
    ...(isExpired && { expiredLogEventEndIndex: expired }),
  };
  const taken = events.slice(Math.max(old, expired), ahead === -1 ? events.length : ahead);
  return { taken, rejected: Object.keys(rejected).length === 0 ? undefined : rejected };
}

/** Writes the events of a batch, sealed under the group's key. */
export async function writeBody(
  events: readonly LogEvent[],
  { dataKey }: GroupRow,
  store: StoreView,
  ctx: Ctx,
): Promise<BlobRef> {
  const key = await openKey(dataKey, store, ctx);
  const text = JSON.stringify(events.map(({ timestamp, message }) => [timestamp, message]));
  const sealed = seal(key, Buffer.from(text));
  return ctx.blobs.write(
    (async function* () {
      yield sealed;
    })(),
  );
}

/** The events of a batch; none when it has been removed meanwhile. */
export async function readBody(row: BatchRow, store: StoreView, ctx: Ctx): Promise<[Millis, string][]> {
  const key = await openKey(row.dataKey, store, ctx);
  let sealed: Buffer;
  try {
    sealed = await collect(ctx.blobs.read(row.body), BODY_BYTES_MAX, () => new Error('a batch is too long'));
  } catch (error) {
    if (store.get(batches, row) === undefined) return [];
    throw error;
  }
  const text = unseal(key, sealed);
  invariant(text !== undefined, 'a batch opens under its key');
  return JSON.parse(text.toString()) as [Millis, string][];
}
