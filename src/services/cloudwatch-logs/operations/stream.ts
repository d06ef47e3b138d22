/** Log streams: create, list, delete. */
import { page } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { findStream, groupNamed, groupOf } from '../domain/find.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { groupProtected, invalidParameter, streamExists } from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import { type StreamRow, streams } from '../state.ts';
import { sequenceToken } from './put.ts';

/** Hexadecimal digits that name a stream in its events' ids. */
const PILE_DIGITS = 16;

export const createLogStream: Handler<'cloudwatch-logs', 'CreateLogStream'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  const key = { group: group.pile, name: input.logStreamName };
  if (ctx.store.get(streams, key) !== undefined) throw streamExists();
  const pile = ctx.uuid().replaceAll('-', '').slice(-PILE_DIGITS);
  ctx.store.put(streams, { ...key, pile, createdAt: ctx.now, lastAt: 0, sequence: 0 });
  return {};
};

export const deleteLogStream: Handler<'cloudwatch-logs', 'DeleteLogStream'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  const stream = findStream(group, input.logStreamName, ctx.store);
  if (group.deletionProtected) throw groupProtected();
  ctx.store.delete(streams, stream);
  ctx.arm('sweepStream', stream.pile, ctx.now, { group: group.pile, stream: stream.pile });
  return {};
};

export const describeLogStreams: Handler<'cloudwatch-logs', 'DescribeLogStreams'> = (input, ctx) => {
  const { group, store } = groupOf(input, ctx);
  const { logStreamNamePrefix: prefix, descending: reverse = false } = input;
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && prefix !== undefined)
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isPlace);
  const where = { group: group.pile };
  const { rows, last } = page<Place>(
    (after = first, limit) => {
      const past = after === undefined ? undefined : byTime ? placeOf(after) : { name: after.name };
      const bound = past === undefined ? {} : reverse ? { before: past } : { after: past };
      if (byTime) return store.list(streams, { index: 'byLast', where, ...bound, limit, reverse });
      if (prefix === undefined || reverse) return store.list(streams, { where, ...bound, limit, reverse });
      return store.list(streams, { where, startsWith: prefix, ...bound, limit });
    },
    input.limit ?? LIST_RESULTS_MAX,
    (one) => prefix === undefined || one.name.startsWith(prefix),
  );
  return {
    logStreams: (rows as StreamRow[]).map((stream) => ({
      logStreamName: stream.name,
      creationTime: stream.createdAt,
      ...(stream.firstAt !== undefined && { firstEventTimestamp: stream.firstAt, lastEventTimestamp: stream.lastAt }),
      ...(stream.ingestedAt !== undefined && { lastIngestionTime: stream.ingestedAt }),
      ...(stream.sequence > 0 && { uploadSequenceToken: sequenceToken(stream, stream.sequence) }),
      arn: `${group.arn}:log-stream:${stream.name}`,
      // Source: API Reference, LogStream: 0 since June 2019.
      storedBytes: 0,
    })),
    ...(last !== undefined && { nextToken: makeToken(placeOf(last)) }),
  };
};

/** Where a list of streams goes on. */
type Place = Pick<StreamRow, 'name' | 'lastAt'>;
const placeOf = ({ lastAt, name }: Place): Place => ({ lastAt, name });
const isPlace = (value: unknown): value is Place => {
  const { name, lastAt } = (value ?? {}) as Place;
  return isText(name) && typeof lastAt === 'number';
};
