/** Records of a shard: a place to begin at, and page after page from there. */
import { md5Hex, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { GetShardIteratorInput, Record_ } from '#models/dynamodb-streams';
import {
  RECORD_RETENTION,
  type RecordRow,
  records,
  type ShardRow,
  type StreamRow,
  sequenceAt,
  showItem,
} from '#services/dynamodb/port';
import { badIterator, expiredIterator, invalid, limitTooHigh, trimmed } from '../errors.ts';
import { type Found, findShard, findStream } from '../find.ts';
import { type Position, readIterator, writeIterator } from '../iterator.ts';
import { ITERATOR_LIFETIME, RECORDS_BYTES_MAX, RECORDS_MAX } from '../limits.ts';

export const getShardIterator: Handler<'dynamodb-streams', 'GetShardIterator'> = (input, ctx) => {
  const found = findStream(input.StreamArn, ctx);
  const shard = findShard(found, input.ShardId, ctx);
  const position = positionOf(input, shard, found, ctx);
  return { ShardIterator: writeIterator({ arn: found.stream.arn, shard: shard.id, position, issuedAt: ctx.now }) };
};

/** @throws {ServiceError} TrimmedDataAccessException, ValidationException */
function positionOf(input: GetShardIteratorInput, shard: ShardRow, found: Found, ctx: Ctx): Position {
  const { ShardIteratorType: type, SequenceNumber: sequence, Timestamp: time } = input;
  const bySequence = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (bySequence !== (sequence !== undefined))
    throw invalid(
      bySequence
        ? `SequenceNumber must be specified when ShardIteratorType is ${type}`
        : `SequenceNumber must not be specified when ShardIteratorType is ${type}`,
    );
  if ((type === 'AT_TIMESTAMP') !== (time !== undefined))
    throw invalid(
      time === undefined
        ? 'Timestamp must be specified when ShardIteratorType is AT_TIMESTAMP'
        : `Timestamp must not be specified when ShardIteratorType is ${type}`,
    );
  if (type === 'TRIM_HORIZON') return { kind: 'oldest' };
  if (type === 'LATEST')
    return shard.end === undefined ? upToNow(undefined, found, ctx) : { kind: 'after', sequence: shard.end };
  if (time !== undefined) {
    const at = sequenceAt(time);
    return at < horizon(ctx) ? { kind: 'oldest' } : { kind: 'at', sequence: at };
  }
  if (sequence === undefined || !/^\d+$/.test(sequence)) throw invalid(`Invalid SequenceNumber: ${sequence}`);
  if (sequence < shard.start || sequence > (shard.end ?? LAST))
    throw invalid(`The SequenceNumber ${sequence} is not in the range of shard ${shard.id}`);
  if (sequence !== shard.start && sequence < horizon(ctx)) throw trimmed();
  return { kind: type === 'AT_SEQUENCE_NUMBER' ? 'at' : 'after', sequence };
}

/** Greater than every sequence number. */
const LAST = '~';

function horizon(ctx: Ctx): string {
  return sequenceAt(ctx.now - RECORD_RETENTION);
}

/** The place after all there is: it stays young, so that who reads on never falls behind what is kept. */
function upToNow(read: string | undefined, { stream, store }: Found, ctx: Ctx): Position {
  const last = read ?? store.first(records, { where: { pile: stream.pile }, reverse: true })?.sequence;
  const now = sequenceAt(ctx.now);
  return last === undefined || last < now ? { kind: 'at', sequence: now } : { kind: 'after', sequence: last };
}

export const getRecords: Handler<'dynamodb-streams', 'GetRecords'> = (input, ctx) => {
  const limit = input.Limit ?? RECORDS_MAX;
  if (limit > RECORDS_MAX) throw limitTooHigh(limit, RECORDS_MAX);
  const { arn, shard: id, position, issuedAt } = readIterator(input.ShardIterator);
  const found = findStream(arn, ctx);
  const shard = findShard(found, id, ctx);
  if (issuedAt > ctx.now) throw badIterator();
  if (ctx.now - issuedAt > ITERATOR_LIFETIME) throw expiredIterator();
  const { stream, store } = found;
  const from = readFrom(position, shard, ctx);
  const { page, isLast } = readPage(stream.pile, from, shard.end, limit, store);
  const last = page.at(-1);
  const isDone = shard.end !== undefined && isLast;
  const next: Position =
    last !== undefined
      ? { kind: 'after', sequence: last.sequence }
      : shard.end !== undefined || position.kind === 'oldest'
        ? position
        : upToNow(position.sequence, found, ctx);
  const dimensions = { TableName: stream.table, StreamLabel: stream.label, Operation: 'GetRecords' };
  ctx.count('ReturnedRecordsCount', dimensions, page.length);
  ctx.count(
    'ReturnedBytes',
    dimensions,
    page.reduce((sum, { size }) => sum + size, 0),
    'Bytes',
  );
  return {
    Records: page.map((row) => showRecord(row, stream, ctx)),
    ...(!isDone && { NextShardIterator: writeIterator({ arn, shard: id, position: next, issuedAt: ctx.now }) }),
  };
};

/** The bound on the store's side. @throws {ServiceError} TrimmedDataAccessException */
function readFrom(
  position: Position,
  shard: ShardRow,
  ctx: Ctx,
): { from: { sequence: string } } | { after: { sequence: string } } {
  const oldest = horizon(ctx);
  if (position.kind === 'oldest' || position.sequence === shard.start) {
    const isTrimmed = shard.start < oldest;
    return { from: { sequence: isTrimmed ? oldest : shard.start } };
  }
  const { sequence } = position;
  if (sequence < oldest) throw trimmed();
  return position.kind === 'after' ? { after: { sequence } } : { from: { sequence } };
}

/** Records read from the store at a time: they may be large. */
const CHUNK = 50;

/** At most a megabyte of records, but at least one; `isLast` where none is left up to the end. */
function readPage(
  pile: string,
  from: ReturnType<typeof readFrom>,
  end: string | undefined,
  limit: number,
  store: StoreView,
): { page: RecordRow[]; isLast: boolean } {
  const page: RecordRow[] = [];
  let bytes = 0;
  for (let bounds = from; ; ) {
    const wanted = Math.min(CHUNK, limit - page.length);
    const to = end === undefined ? {} : { to: { sequence: end } };
    const rows = store.list(records, { where: { pile }, ...bounds, ...to, limit: wanted });
    for (const row of rows) {
      bytes += row.size;
      if (bytes > RECORDS_BYTES_MAX && page.length > 0) return { page, isLast: false };
      page.push(row);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted) return { page, isLast: true };
    if (page.length >= limit) return { page, isLast: false };
    bounds = { after: { sequence: last.sequence } };
  }
}

function showRecord(row: RecordRow, stream: StreamRow, ctx: Ctx): Record_ {
  return {
    eventID: md5Hex(`${row.pile} ${row.sequence}`),
    eventName: row.event,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: ctx.region,
    dynamodb: {
      ApproximateCreationDateTime: wholeSecond(row.at),
      Keys: showItem(row.keys, true),
      ...(row.after !== undefined && { NewImage: showItem(row.after, true) }),
      ...(row.before !== undefined && { OldImage: showItem(row.before, true) }),
      SequenceNumber: row.sequence,
      SizeBytes: row.size,
      StreamViewType: stream.view,
    },
    ...(row.expired === true && { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }),
  };
}
