/** Streams and their shards: list and describe. */
import type { Handler } from '#kernel/contract';
import { shards, streams } from '#services/dynamodb/port';
import { invalid, limitTooHigh } from '../errors.ts';
import { findStream, isOver, streamPlace } from '../find.ts';
import { SHARDS_LISTED_MAX, STREAMS_LISTED_MAX } from '../limits.ts';

export const listStreams: Handler<'dynamodb-streams', 'ListStreams'> = (input, ctx) => {
  const limit = input.Limit ?? STREAMS_LISTED_MAX;
  if (limit > STREAMS_LISTED_MAX) throw limitTooHigh(limit, STREAMS_LISTED_MAX);
  const { TableName: table, ExclusiveStartStreamArn: start } = input;
  if (start !== undefined) streamPlace(start);
  const found = ctx.store
    .list(streams, {
      ...(table !== undefined && { index: 'byTable', where: { table } }),
      ...(start !== undefined && { after: { arn: start } }),
      limit: limit + 1,
    })
    .filter((stream) => !isOver(stream.disabledAt, ctx));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Streams: page.map((one) => ({ StreamArn: one.arn, TableName: one.table, StreamLabel: one.label })),
    ...(found.length > limit && last !== undefined && { LastEvaluatedStreamArn: last.arn }),
  };
};

export const describeStream: Handler<'dynamodb-streams', 'DescribeStream'> = (input, ctx) => {
  const limit = input.Limit ?? SHARDS_LISTED_MAX;
  if (limit > SHARDS_LISTED_MAX) throw limitTooHigh(limit, SHARDS_LISTED_MAX);
  const { stream, store } = findStream(input.StreamArn, ctx);
  const { ExclusiveStartShardId: start, ShardFilter: filter } = input;
  if (filter !== undefined && (filter.Type === undefined || filter.ShardId === undefined))
    throw invalid(`ShardFilter.${filter.Type === undefined ? 'Type' : 'ShardId'} must be specified`);
  // Shards live four hours and are kept for a day more, so there are only a few.
  const all = store.list(shards, { where: { pile: stream.pile } }).filter((shard) => !isOver(shard.closedAt, ctx));
  const found = all.filter(
    (shard) => (start === undefined || shard.id > start) && (filter === undefined || shard.parent === filter.ShardId),
  );
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.label,
      StreamStatus: stream.disabledAt === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.view,
      CreationRequestDateTime: stream.createdAt,
      TableName: stream.table,
      KeySchema: [
        { AttributeName: stream.hash.name, KeyType: 'HASH' },
        ...(stream.range === undefined ? [] : [{ AttributeName: stream.range.name, KeyType: 'RANGE' as const }]),
      ],
      Shards: page.map(({ id, parent, start: first, end }) => ({
        ShardId: id,
        SequenceNumberRange: {
          StartingSequenceNumber: first,
          ...(end !== undefined && { EndingSequenceNumber: end }),
        },
        ...(parent !== undefined && { ParentShardId: parent }),
      })),
      ...(found.length > limit && last !== undefined && { LastEvaluatedShardId: last.id }),
    },
  };
};
