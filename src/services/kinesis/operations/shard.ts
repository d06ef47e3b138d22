/** Shards: listed, split, merged, and brought to a number. */
import { DAY, page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { ListShardsInput, Shard } from '#models/kinesis';
import { toBig, toDecimal } from '../domain/hash-keys.ts';
import { accountOf, findShard, findStream, shardId, shardIndex, storeOf } from '../domain/names.ts';
import { readToken, writeToken } from '../domain/pages.ts';
import { horizonOf, isExpired } from '../domain/retention.ts';
import { FIRST_ORDINAL, LAST_ORDINAL, sequenceOf } from '../domain/sequence.ts';
import { mergeShards as merge, rescale, splitShard as split } from '../domain/shards.ts';
import { invalid, isOnDemand, limitExceeded } from '../errors.ts';
import { LIST_SHARDS_DEFAULT, RESCALES_A_DAY, SHARDS_OF_STREAM_MAX } from '../limits.ts';
import { type ShardRow, type StreamRow, shards, streams } from '../state.ts';

function shown(row: ShardRow): Shard {
  const {
    parents: [parent, adjacent],
    closedAt,
  } = row;
  return {
    ShardId: shardId(row.index),
    ...(parent !== undefined && { ParentShardId: shardId(parent) }),
    ...(adjacent !== undefined && { AdjacentParentShardId: shardId(adjacent) }),
    HashKeyRange: { StartingHashKey: toDecimal(row.from), EndingHashKey: toDecimal(row.to) },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceOf(row, FIRST_ORDINAL, row.born * 1_000),
      ...(closedAt !== undefined && { EndingSequenceNumber: sequenceOf(row, LAST_ORDINAL, closedAt) }),
    },
  };
}

/** Shards in the order of their numbers, without those that have expired. @param start the id to begin after */
export function shownShards(
  stream: StreamRow,
  start: string | undefined,
  limit: number,
  wanted: (row: ShardRow) => boolean,
  ctx: Ctx,
): { rows: Shard[]; last: string | undefined } {
  const begin = start === undefined ? -1 : shardIndex(start);
  if (begin === undefined) throw invalid(`Invalid ShardId: ${start}`);
  const store = storeOf(stream, ctx.store);
  const { rows, last } = page<ShardRow>(
    (row, size) =>
      store.list(shards, { where: { life: stream.life }, after: { index: row?.index ?? begin }, limit: size }),
    limit,
    (row) => !isExpired(row, stream, ctx.now) && wanted(row),
  );
  return { rows: rows.map(shown), last: last === undefined ? undefined : shardId(last.index) };
}

type Filter = NonNullable<ListShardsInput['ShardFilter']>;

/** Whether a filter lets a shard pass. Source: API Reference, ShardFilter. @throws {ServiceError} InvalidArgumentException */
function passing(filter: Filter | undefined, stream: StreamRow, ctx: Ctx): (row: ShardRow) => boolean {
  if (filter === undefined) return () => true;
  const { Type: type, ShardId: id, Timestamp: at } = filter;
  const horizon = horizonOf(stream, ctx.now);
  const isOpenAt = (instant: number) => (row: ShardRow) =>
    row.createdAt <= instant && (row.closedAt === undefined || row.closedAt > instant);
  const isOpenFrom = (instant: number) => (row: ShardRow) => row.closedAt === undefined || row.closedAt >= instant;
  if ((type === 'AT_TIMESTAMP' || type === 'FROM_TIMESTAMP') && at === undefined)
    throw invalid(`Timestamp must be specified when the ShardFilter type is ${type}.`);
  const instant = Math.max(at ?? 0, stream.createdAt);
  switch (type) {
    case 'AFTER_SHARD_ID': {
      const index = shardIndex(id ?? '');
      if (index === undefined) throw invalid('ShardId must be specified when the ShardFilter type is AFTER_SHARD_ID.');
      return (row) => row.index > index;
    }
    case 'AT_TRIM_HORIZON':
      return isOpenAt(Math.max(horizon, stream.createdAt));
    case 'FROM_TRIM_HORIZON':
      return () => true;
    case 'AT_LATEST':
      return (row) => row.closedAt === undefined;
    case 'AT_TIMESTAMP':
      return isOpenAt(instant);
    case 'FROM_TIMESTAMP':
      return isOpenFrom(instant);
  }
}

/** What the token of a page holds: the stream, where to go on, and the filter of the first page. */
type Place = { arn?: unknown; after?: unknown; filter?: Filter };

export const listShards: Handler<'kinesis', 'ListShards'> = (input, ctx) => {
  const { NextToken: token, MaxResults: limit = LIST_SHARDS_DEFAULT, StreamName, StreamARN } = input;
  const isNamed = StreamName !== undefined || StreamARN !== undefined;
  if (token === undefined && !isNamed) throw invalid('Either NextToken or StreamName should be provided.');
  if (token !== undefined && isNamed) throw invalid('NextToken and StreamName cannot be provided together.');
  const place: Place = token === undefined ? {} : readToken(token, ctx);
  if (token !== undefined && (typeof place.arn !== 'string' || typeof place.after !== 'string'))
    throw invalid('NextToken is invalid.');
  const stream = findStream(token === undefined ? input : { StreamARN: String(place.arn) }, ctx);
  const filter = place.filter ?? input.ShardFilter;
  const start = token === undefined ? input.ExclusiveStartShardId : String(place.after);
  const { rows, last } = shownShards(stream, start, limit, passing(filter, stream, ctx), ctx);
  return {
    Shards: rows,
    ...(last !== undefined && { NextToken: writeToken({ arn: stream.arn, after: last, filter }, ctx) }),
  };
};

/** The streams that a token leads to, for whoever asks for permission. */
export function arnOfToken(token: string, ctx: Ctx): string {
  return String(readToken(token, ctx).arn);
}

/** A stream whose shards are its owner's to change. @throws {ServiceError} ValidationException */
function provisioned(row: StreamRow): StreamRow {
  if (row.mode === 'ON_DEMAND') throw isOnDemand(row.name, accountOf(row));
  return row;
}

function checkOpen(stream: StreamRow, ...found: ShardRow[]): void {
  for (const { index, closedAt } of found)
    if (closedAt !== undefined)
      throw invalid(
        `Shard ${shardId(index)} in stream ${stream.name} under account ${accountOf(stream)} has already been merged or split, and thus is not eligible for merging or splitting.`,
      );
}

/** Deviation: done at once; AWS shows the stream as UPDATING for some seconds. */
export const splitShard: Handler<'kinesis', 'SplitShard'> = (input, ctx) => {
  const stream = provisioned(findStream(input, ctx));
  const shard = findShard(stream, input.ShardToSplit, ctx.store);
  checkOpen(stream, shard);
  const at = BigInt(input.NewStartingHashKey);
  if (at <= toBig(shard.from) + 1n || at >= toBig(shard.to))
    throw invalid(
      `NewStartingHashKey ${input.NewStartingHashKey} used in SplitShard() on shard ${shardId(shard.index)} in stream ${stream.name} under account ${accountOf(stream)} is not both greater than one plus the shard's StartingHashKey ${toDecimal(shard.from)} and less than the shard's EndingHashKey ${toDecimal(shard.to)}.`,
    );
  split(stream, shard, at, ctx.store, ctx);
  return {};
};

/** Deviation: done at once; AWS shows the stream as UPDATING for some seconds. */
export const mergeShards: Handler<'kinesis', 'MergeShards'> = (input, ctx) => {
  const stream = provisioned(findStream(input, ctx));
  const one = findShard(stream, input.ShardToMerge, ctx.store);
  const other = findShard(stream, input.AdjacentShardToMerge, ctx.store);
  checkOpen(stream, one, other);
  // The other is the one above; AWS refuses them the other way round, as the tests of Kinesalite have recorded.
  if (toBig(one.to) + 1n !== toBig(other.from))
    throw invalid(
      `Shards ${shardId(one.index)} and ${shardId(other.index)} in stream ${stream.name} under account ${accountOf(stream)} are not an adjacent pair of shards eligible for merging`,
    );
  merge(stream, one, other, ctx.store, ctx);
  return {};
};

/** Deviation: done at once; AWS shows the stream as UPDATING until all shards are split and merged. */
export const updateShardCount: Handler<'kinesis', 'UpdateShardCount'> = (input, ctx) => {
  const stream = provisioned(findStream(input, ctx));
  const { TargetShardCount: target } = input;
  const { openShards: current } = stream;
  const rescaledAt = stream.rescaledAt.filter((at) => at > ctx.now - DAY);
  const counts = `Current open shard count: ${current} Target shard count: ${target}`;
  if (rescaledAt.length >= RESCALES_A_DAY)
    throw limitExceeded(
      `UpdateShardCount cannot be called more than ${RESCALES_A_DAY} times in a rolling 24-hour period.`,
    );
  if (target > SHARDS_OF_STREAM_MAX)
    throw limitExceeded(`UpdateShardCount cannot scale up to more than ${SHARDS_OF_STREAM_MAX} shards. ${counts}`);
  if (target > current * 2)
    throw invalid(`UpdateShardCount cannot scale up over double your current open shard count. ${counts}`);
  if (target * 2 < current)
    throw invalid(`UpdateShardCount cannot scale down below half your current open shard count. ${counts}`);
  const row = rescale(stream, target, ctx.store, ctx);
  storeOf(stream, ctx.store).put(streams, { ...row, rescaledAt: [...rescaledAt, ctx.now] });
  return { StreamName: row.name, StreamARN: row.arn, CurrentShardCount: current, TargetShardCount: target };
};
