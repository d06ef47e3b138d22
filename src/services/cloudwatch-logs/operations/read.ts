/** Reading events: of one stream, or of a group by a pattern. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { bytesOf } from '../domain/batch.ts';
import { eventId, type Position, positionOf } from '../domain/event-id.ts';
import { readPattern } from '../domain/filters.ts';
import { findStream, groupOf } from '../domain/find.ts';
import { maskOf } from '../domain/masking.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { type Extent, readEvents, type StoredEvent } from '../domain/reader.ts';
import { badToken, invalidParameter, standardOnly } from '../errors.ts';
import { FILTER_SCAN_BYTES_MAX, PAGE_BYTES_MAX, PAGE_EVENTS_MAX } from '../limits.ts';
import type { BatchRow, GroupRow } from '../state.ts';

export const getLogEvents: Handler<'cloudwatch-logs', 'GetLogEvents'> = async (input, ctx) => {
  const { group, store } = groupOf(input, ctx);
  if (group.class !== 'STANDARD') throw standardOnly();
  const stream = findStream(group, input.logStreamName, store);
  const token = input.nextToken === undefined ? undefined : readEventToken(input.nextToken);
  const reverse = token === undefined ? input.startFromHead !== true : token.reverse;
  const extent: Extent = {
    from: input.startTime,
    to: input.endTime,
    only: [stream],
    reverse,
    beyond: token?.position,
  };
  const limit = input.limit ?? PAGE_EVENTS_MAX;
  const events: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of readEvents(group, extent, store, ctx)) {
    bytes += bytesOf([event]);
    if (events.length > 0 && bytes > PAGE_BYTES_MAX) break;
    events.push(event);
    if (events.length === limit) break;
  }
  if (reverse) events.reverse();
  const id = token?.id ?? eventId({ timestamp: 0, stream: '0', sequence: 0, index: 0 });
  const mask = maskOf(group, store);
  const [first, last] = [events[0], events.at(-1)];
  return {
    events: events.map((event) => ({
      timestamp: event.timestamp,
      message: input.unmask === true ? event.message : mask(event),
      ingestionTime: event.ingestedAt,
    })),
    nextForwardToken: `f/${last === undefined ? id : eventId(last)}/s`,
    nextBackwardToken: `b/${first === undefined ? id : eventId(first)}/s`,
  };
};

/** A token of GetLogEvents: on from an event, or back from it. */
function readEventToken(token: string): { reverse: boolean; id: string; position: Position } {
  const [, way, id = ''] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? [];
  const position = positionOf(id);
  if (way === undefined || position === undefined) throw badToken();
  return { reverse: way === 'b', id, position };
}

export const filterLogEvents: Handler<'cloudwatch-logs', 'FilterLogEvents'> = async (input, ctx) => {
  const { group, store } = groupOf(input, ctx);
  if (group.class !== 'STANDARD') throw standardOnly();
  const pattern = readPattern(input.filterPattern ?? '');
  const { logStreamNames: names, logStreamNamePrefix: prefix, startFromHead = true } = input;
  if (names !== undefined && prefix !== undefined)
    throw invalidParameter('Only one of logStreamNames or logStreamNamePrefix can be specified.');
  const beyond = input.nextToken === undefined ? undefined : positionOf(readToken(input.nextToken, isText));
  if (input.nextToken !== undefined && beyond === undefined) throw badToken();
  const extent: Extent = {
    from: input.startTime,
    to: input.endTime === undefined ? undefined : input.endTime + 1,
    beyond,
    reverse: !startFromHead,
    only: names?.map((name) => findStream(group, name, store)),
    named: prefix === undefined ? undefined : (name) => name.startsWith(prefix),
  };
  const mask = maskOf(group, store);
  const shown = (event: StoredEvent) => (input.unmask === true ? event.message : mask(event));
  const { events, last } = await search(
    group,
    extent,
    (event) => pattern.matches(shown(event)),
    input.limit ?? PAGE_EVENTS_MAX,
    store,
    ctx,
  );
  return {
    events: events.map((event) => ({
      logStreamName: event.streamName,
      timestamp: event.timestamp,
      message: shown(event),
      ingestionTime: event.ingestedAt,
      eventId: eventId(event),
    })),
    searchedLogStreams: [],
    ...(last !== undefined && { nextToken: makeToken(eventId(last)) }),
  };
};

/**
 * Events that match, as many as an answer holds; and where it stopped, when there may be more: at its end, or when it has looked at as
 * much as one call may.
 */
async function search(
  group: GroupRow,
  extent: Extent,
  matches: (event: StoredEvent) => boolean,
  limit: number,
  store: StoreView,
  ctx: Ctx,
): Promise<{ events: StoredEvent[]; last: Position | undefined }> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  let scanned = 0;
  let last: Position | undefined;
  const onBatch = (row: BatchRow) => {
    scanned += row.bytes;
  };
  for await (const event of readEvents(group, extent, store, ctx, onBatch)) {
    if (events.length === limit || (last !== undefined && scanned > FILTER_SCAN_BYTES_MAX)) return { events, last };
    if (matches(event)) {
      bytes += bytesOf([event]);
      if (events.length > 0 && bytes > PAGE_BYTES_MAX) return { events, last };
      events.push(event);
    }
    last = event;
  }
  return { events, last: undefined };
}
