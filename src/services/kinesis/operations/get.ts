/** Reading records: a place to begin at, and page after page from there. */
import type { Ctx, Handler } from '#kernel/contract';
import type { GetRecordsInput, GetRecordsOutput } from '#models/kinesis';
import { checkAge, readIterator, writeIterator } from '../domain/iterator.ts';
import { countShard, countStream, countThrottle, measured } from '../domain/metrics.ts';
import { accountOf, findShard, findStream, shardId, storeOf } from '../domain/names.ts';
import { positionOf } from '../domain/position.ts';
import { childrenOf, type Page, readPage, shown } from '../domain/read.ts';
import { isExpired } from '../domain/retention.ts';
import { badIterator, dryRun, noSuchShard, rateExceeded } from '../errors.ts';
import { GET_BYTES_MAX, GET_RECORDS_MAX, SHARD_RATES } from '../limits.ts';
import { type ShardRow, type StreamRow, shards } from '../state.ts';

export const getShardIterator: Handler<'kinesis', 'GetShardIterator'> = (input, ctx) => {
  const stream = findStream(input, ctx);
  const shard = findShard(stream, input.ShardId, ctx.store, noSuchShard);
  const { ShardIteratorType: type, StartingSequenceNumber: sequence, Timestamp: timestamp } = input;
  const from = positionOf({ type, sequence, timestamp, operation: 'GetShardIterator' }, stream, shard, ctx);
  if (input.DryRun === true) throw dryRun();
  return { ShardIterator: iteratorAt(stream, shard, from, ctx) };
};

function iteratorAt({ arn, life }: StreamRow, { index: shard }: ShardRow, from: string, ctx: Ctx): string {
  return writeIterator({ arn, life, shard, from, issuedAt: ctx.now });
}

/** A page of a shard. @throws {ServiceError} ProvisionedThroughputExceededException over the rates of the shard, ExpiredIteratorException, InvalidArgumentException */
export async function getRecords(input: GetRecordsInput, ctx: Ctx): Promise<GetRecordsOutput> {
  const iterator = readIterator(input.ShardIterator);
  if (input.StreamARN !== undefined && input.StreamARN !== iterator.arn) throw badIterator();
  const stream = findStream({ StreamARN: iterator.arn }, ctx);
  checkAge(iterator, ctx.now);
  const shard = storeOf(stream, ctx.store).get(shards, { life: iterator.life, index: iterator.shard });
  if (shard === undefined || stream.life !== iterator.life || isExpired(shard, stream, ctx.now))
    throw noSuchShard(shardId(iterator.shard), stream.name, accountOf(stream));
  if (input.DryRun === true) throw dryRun();
  const most = { records: input.Limit ?? GET_RECORDS_MAX, bytes: GET_BYTES_MAX };
  return measured(stream, 'GetRecords', () => readFrom(stream, shard, iterator.from, most, ctx), ctx);
}

async function readFrom(
  stream: StreamRow,
  shard: ShardRow,
  from: string,
  most: { records: number; bytes: number },
  ctx: Ctx,
): Promise<GetRecordsOutput> {
  const key = `${stream.life}/${shard.index}`;
  // What a call reads beyond the rate is charged to the calls after it. Source: API Reference, GetRecords.
  const isOver =
    !ctx.take(`${key} reads`, SHARD_RATES.reads) || !ctx.spend(`${key} bytes out`, SHARD_RATES.bytesOut, 0);
  countThrottle(stream, shard.index, 'Read', isOver, ctx);
  if (isOver) throw rateExceeded(shardId(shard.index), stream.name, accountOf(stream));
  const found = readPage(stream, shard, from, most, ctx);
  ctx.spend(`${key} bytes out`, SHARD_RATES.bytesOut, found.bytes);
  const Records = await shown(found.rows, stream, shard, ctx);
  countPage(stream, shard, found, ctx);
  return {
    Records,
    ...(!found.isOver && { NextShardIterator: iteratorAt(stream, shard, found.next, ctx) }),
    MillisBehindLatest: found.behind,
    ...(found.isOver && { ChildShards: childrenOf(stream, shard, ctx) }),
  };
}

function countPage(stream: StreamRow, { index }: ShardRow, { rows, bytes, behind }: Page, ctx: Ctx): void {
  countStream(stream, 'GetRecords.Bytes', bytes, 'Bytes', ctx);
  countStream(stream, 'GetRecords.Records', rows.length, 'Count', ctx);
  countStream(stream, 'GetRecords.IteratorAgeMilliseconds', behind, 'Milliseconds', ctx);
  countShard(stream, index, 'OutgoingBytes', bytes, 'Bytes', ctx);
  countShard(stream, index, 'OutgoingRecords', rows.length, 'Count', ctx);
  countShard(stream, index, 'IteratorAgeMilliseconds', behind, 'Milliseconds', ctx);
}
