/** PutLogEvents. */
import { DAY } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noteMinutes } from '../defaults.ts';
import { acceptEvents, bytesOf, checkBatch, type LogEvent, writeBody } from '../domain/batch.ts';
import { keyOf, WRITTEN } from '../domain/deliver.ts';
import { embeddedIn } from '../domain/embedded.ts';
import { type Measured, watch } from '../domain/filters.ts';
import { findStream, groupNamed } from '../domain/find.ts';
import { levelOf } from '../domain/levels.ts';
import { type BatchRow, batches, type GroupRow, type StreamRow, sizes, streams } from '../state.ts';

/** Tokens are not asked for any more, but still given. Source: API Reference, PutLogEvents. */
const TOKEN_DIGITS = 56;
const TOKEN_BEGINNING = '496';

export const putLogEvents: Handler<'cloudwatch-logs', 'PutLogEvents'> = async (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  const stream = findStream(group, input.logStreamName, ctx.store);
  checkBatch(input.logEvents);
  const retention = group.retentionDays === undefined ? undefined : group.retentionDays * DAY;
  const { taken, rejected } = acceptEvents(input.logEvents, ctx.now, retention);
  const sequence = taken.length === 0 ? stream.sequence : await append(input.logGroupName, stream.name, taken, ctx);
  return {
    nextSequenceToken: sequenceToken(stream, sequence),
    ...(rejected !== undefined && { rejectedLogEventsInfo: rejected }),
  };
};

/** Keeps a batch; its number in the stream. */
async function append(groupName: string, streamName: string, events: readonly LogEvent[], ctx: Ctx): Promise<number> {
  const body = await writeBody(events, groupNamed(groupName, ctx), ctx.store, ctx);
  try {
    return ctx.transact((store) => {
      const group = groupNamed(groupName, ctx, store);
      const stream = findStream(group, streamName, store);
      const batch = batchOf(events, body, group, stream, ctx);
      store.put(batches, batch);
      ctx.blobs.keep(body);
      grow(batch, group, stream, store, ctx);
      const { metrics, minutes, subscribed } = watch(group, events, ctx.now, store);
      noteMinutes(group.pile, minutes, store, ctx);
      ctx.publishKept([...metrics, ...embedded(group, events, ctx)]);
      if (subscribed) ctx.emit(WRITTEN, keyOf(batch));
      return batch.sequence;
    });
  } catch (error) {
    ctx.transact(() => ctx.blobs.drop(body));
    throw error;
  }
}

/** Metrics that events carry, in groups of the standard class. Source: User Guide, "Log classes". */
function embedded(group: GroupRow, events: readonly LogEvent[], ctx: Ctx): Measured[] {
  if (group.class !== 'STANDARD') return [];
  const { metrics, unreadable, invalid } = embeddedIn(events, ctx.now);
  const ofGroup = { LogGroupName: group.name };
  if (unreadable > 0) ctx.count('EMFParsingErrors', ofGroup, unreadable);
  if (invalid > 0) ctx.count('EMFValidationErrors', ofGroup, invalid);
  return metrics;
}

function batchOf(
  events: readonly LogEvent[],
  body: BatchRow['body'],
  { pile: group, dataKey }: GroupRow,
  { pile: stream, sequence }: StreamRow,
  { now }: Ctx,
): BatchRow {
  const firstAt = events[0]?.timestamp ?? now;
  const lastAt = events.at(-1)?.timestamp ?? now;
  return {
    group,
    level: levelOf(lastAt - firstAt),
    firstAt,
    stream,
    sequence: sequence + 1,
    lastAt,
    ingestedAt: now,
    count: events.length,
    bytes: bytesOf(events),
    body,
    ...(dataKey !== undefined && { dataKey }),
  };
}

/** What a batch changes besides: its stream, the size of its group, the metrics. */
function grow(batch: BatchRow, group: GroupRow, stream: StreamRow, store: StoreView, ctx: Ctx): void {
  store.put(streams, {
    ...stream,
    firstAt: Math.min(stream.firstAt ?? batch.firstAt, batch.firstAt),
    lastAt: Math.max(stream.lastAt, batch.lastAt),
    ingestedAt: ctx.now,
    sequence: batch.sequence,
  });
  const size = store.get(sizes, { group: group.pile }) ?? { group: group.pile, bytes: 0 };
  const sweeps = group.retentionDays !== undefined && size.sweeping !== true;
  store.put(sizes, { ...size, bytes: size.bytes + batch.bytes, ...(sweeps && { sweeping: true }) });
  if (sweeps) ctx.arm('expire', group.pile, ctx.now + DAY, { group: group.pile });
  const ofGroup: { [name: string]: string } = { LogGroupName: group.name };
  for (const dimensions of [ofGroup, {}]) {
    ctx.count('IncomingBytes', dimensions, batch.bytes, 'Bytes');
    ctx.count('IncomingLogEvents', dimensions, batch.count, 'None');
  }
}

/** The token that a stream gives after so many batches. */
export function sequenceToken({ pile }: StreamRow, sequence: number): string {
  const stream = BigInt(`0x${pile}`).toString().padStart(20, '0');
  const number = String(sequence).padStart(TOKEN_DIGITS - TOKEN_BEGINNING.length - stream.length, '0');
  return `${TOKEN_BEGINNING}${stream}${number}`;
}
