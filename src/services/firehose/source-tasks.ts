/** Reading streams of Kinesis: a task of each Firehose stream, shard by shard, children after their parents. What is read and where it was read to are one transaction. */
import { parseArn } from '#kernel/base';
import {
  type Acting,
  type Ctx,
  type EventHandler,
  ServiceError,
  type TaskHandler,
  type TimerHandler,
} from '#kernel/contract';
import { shardId } from '#services/kinesis/port';
import { unpacked } from './domain/aggregated.ts';
import { append } from './domain/buffers.ts';
import { backsUp, processing } from './domain/destination.ts';
import { countRead } from './domain/metrics.ts';
import { writePiece } from './domain/records.ts';
import { shardsOfSource } from './domain/source.ts';
import { assumeRole } from './domain/trouble.ts';
import { SOURCE_AGAIN, SOURCE_RECORDS_MAX } from './limits.ts';
import { type PositionRow, positions, type Source, type StreamRow, streams } from './state.ts';

/** A stream of Kinesis has got records. */
export const recorded: EventHandler = ({ id }, ctx) => {
  const life = String(id);
  // Others are told of their own streams by the same event.
  if (ctx.store.first(streams, { index: 'byLife', where: { life } }) !== undefined) ctx.start('read', life, { life });
};

/** A source is looked at again that couldn't be read. */
export const reread: TimerHandler = ({ life }, ctx) => {
  ctx.start('read', String(life), { life });
};

/** Reads what is there. */
export const read: TaskHandler = async ({ life }, ctx) => {
  const stream = ctx.store.first(streams, { index: 'byLife', where: { life: String(life) } });
  const source = stream?.source;
  if (stream === undefined || source === undefined) return;
  try {
    const acting = await assumeRole(source.role, ctx);
    while (await readOnce(stream, source, acting, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact(() => ctx.arm('reread', stream.life, ctx.clock() + SOURCE_AGAIN, { life: stream.life }));
  }
};

/** A page of each shard that is to be read. @returns whether there may be more */
async function readOnce(stream: StreamRow, source: Source, acting: Acting, ctx: Ctx): Promise<boolean> {
  const { shards } = ctx.transact(() => shardsOfSource(source, ctx));
  const { life } = stream;
  const known = ctx.transact((store) => store.list(positions, { where: { life } }));
  const positionOf = (index: number, of: string) => known.find((one) => one.shard === index && one.source === of);
  let isMore = false;
  for (const shard of shards) {
    const position = positionOf(shard.index, shard.life);
    const waits = shard.parents.some(
      (parent) => shards.some(({ index }) => index === parent) && positionOf(parent, shard.life)?.isOver !== true,
    );
    if (position?.isOver === true || (position === undefined && waits)) continue;
    const at = position ?? { life, source: shard.life, shard: shard.index, after: '' };
    if (await readPage(stream, source, at, acting, ctx)) isMore = true;
  }
  return isMore;
}

async function readPage(
  stream: StreamRow,
  source: Source,
  at: PositionRow,
  acting: Acting,
  ctx: Ctx,
): Promise<boolean> {
  const { kinesis } = acting.aws(parseArn(source.stream)?.region);
  const { ShardIterator = '' } = await kinesis.GetShardIterator({
    StreamARN: source.stream,
    ShardId: shardId(at.shard),
    ...(at.after === ''
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: at.after }),
  });
  const got = await kinesis.GetRecords({ ShardIterator, StreamARN: source.stream, Limit: SOURCE_RECORDS_MAX });
  const datas = got.Records.flatMap(({ Data }) => unpacked(Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength)));
  const isOver = got.NextShardIterator === undefined;
  const after = got.Records.at(-1)?.SequenceNumber ?? at.after;
  if (datas.length === 0 && !isOver && after === at.after) return false;
  const piece = datas.length === 0 ? undefined : await writePiece(stream, datas, ctx.clock(), ctx);
  const isTaken = ctx.transact((store) => {
    const current = store.get(streams, { name: stream.name });
    if (current?.life !== stream.life) return false;
    store.put(positions, { ...at, after, ...(isOver && { isOver }) });
    if (piece === undefined) return true;
    append(current, { kind: processing(current.destination) === undefined ? 'out' : 'in' }, piece, store, ctx);
    if (backsUp(current.destination)) append(current, { kind: 'backup' }, piece, store, ctx);
    return true;
  });
  if (!isTaken && piece !== undefined) ctx.blobs.drop(piece.body);
  countRead(stream, datas, got.MillisBehindLatest ?? 0, ctx);
  return isTaken && (isOver || (got.MillisBehindLatest ?? 0) > 0);
}
