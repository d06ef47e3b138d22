/** Single events with all their fields, and which fields a group's events have. */
import { MINUTE } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { positionOf } from '../domain/event-id.ts';
import { groupOf } from '../domain/find.ts';
import { Row } from '../domain/insights/row.ts';
import { newestFirst, shownOf, sourceOf } from '../domain/insights/source.ts';
import { toText } from '../domain/insights/value.ts';
import { readEvents } from '../domain/reader.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { groups, streams } from '../state.ts';

/** Source: API Reference, GetLogGroupFields: the 15 minutes before now, or around a time. */
const AROUND = 8 * MINUTE;
const BEFORE = 15 * MINUTE;
/** Events that are looked at for fields. Our own bound: AWS samples, too. */
const SAMPLE_MAX = 1_000;

export const getLogRecord: Handler<'cloudwatch-logs', 'GetLogRecord'> = async (input, ctx) => {
  const position = positionOf(Buffer.from(input.logRecordPointer, 'base64url').toString());
  if (position === undefined) throw invalidParameter('The specified logRecordPointer is invalid.');
  const stream = ctx.store.first(streams, { index: 'byPile', where: { pile: position.stream } });
  const group =
    stream === undefined ? undefined : ctx.store.first(groups, { index: 'byPile', where: { pile: stream.group } });
  if (stream === undefined || group === undefined) throw notFound('The specified log record does not exist.');
  ctx.authorize({ action: 'logs:GetLogRecord', resource: `${group.arn}:log-stream:${stream.name}` });
  const { timestamp } = position;
  for await (const event of readEvents(group, { from: timestamp, to: timestamp + 1, only: [stream] }, ctx.store, ctx)) {
    if (event.sequence !== position.sequence || event.index !== position.index) continue;
    const row = new Row(sourceOf(event, shownOf(group, ctx.store), ctx.account));
    const fields = [...row.names(), '@ptr'].flatMap((name) => {
      const text = name === '@timestamp' ? String(timestamp) : toText(row.get(name));
      return text === undefined ? [] : [[name, text]];
    });
    return { logRecord: Object.fromEntries(fields) };
  }
  throw notFound('The specified log record does not exist.');
};

export const getLogGroupFields: Handler<'cloudwatch-logs', 'GetLogGroupFields'> = async (input, ctx) => {
  const { group, store } = groupOf(input, ctx);
  const { time } = input;
  const extent =
    time === undefined ? { from: ctx.now - BEFORE } : { from: Math.max(0, time - AROUND), to: time + AROUND };
  const counts = new Map<string, number>();
  let total = 0;
  for await (const source of newestFirst([group], extent, store, ctx, () => {})) {
    total += 1;
    for (const name of new Set(new Row(source).names())) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (total === SAMPLE_MAX) break;
  }
  return {
    logGroupFields: [...counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([name, count]) => ({ name, percent: Math.round((100 * count) / total) })),
  };
};
