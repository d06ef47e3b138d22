/** Reading a shard of Kinesis for one lane of a mapping, through the API, with the permissions of the function's role. */
import { type Aws, type Ctx, ServiceError } from '#kernel/contract';
import type { Record_ as KinesisRecord } from '#models/kinesis';
import { readConsumerArn, shardId } from '#services/kinesis/port';
import { type CursorRow, cursors, type MappingRow } from '../mapping-state.ts';
import { shardRecord } from './records.ts';
import { laneOf, type Page } from './stream-page.ts';
import { LANES_MAX, shardsOfMapping } from './watch.ts';

/** Records that one call reads where a lane wants only some of them. */
const SHARED_MAX = 1_000;

/**
 * The lane's records after its cursor. A shard that came of others is read when those have been.
 *
 * @throws {ServiceError} what the stream refuses
 */
export async function readShard(row: MappingRow, cursor: CursorRow, role: string, aws: Aws, ctx: Ctx): Promise<Page> {
  const page: Page = { records: [], scanned: undefined, isEnd: true };
  const index = Math.floor(cursor.lane / LANES_MAX);
  if (waitsForParents(row, index, ctx)) return page;
  const ShardId = shardId(index);
  const Limit = row.lanes === 1 ? row.batchSize : SHARED_MAX;
  const got = await nextRecords(row.source, ShardId, cursor.after, Limit, aws);
  const last = cursor.ends.at(-1);
  for (const one of got.records) {
    const { SequenceNumber: sequence, ApproximateArrivalTimestamp: at = 0, PartitionKey: key = '' } = one;
    if (last !== undefined && sequence > last) return { ...page, isEnd: false };
    page.scanned = sequence;
    if (laneOf(key, row.lanes) !== cursor.lane % LANES_MAX) continue;
    page.records.push({ sequence, at, shard: ShardId, record: shardRecord(one, ShardId, row.source, role) });
    if (page.records.length === row.batchSize) return { ...page, isEnd: false };
  }
  return { ...page, isEnd: got.isOver || got.behind === 0, isOver: got.isOver };
}

type Got = { records: readonly KinesisRecord[]; isOver: boolean; behind: number };

/** What comes after a record, or from the oldest on: asked for, or as the next event of a consumer's own subscription. */
async function nextRecords(source: string, ShardId: string, after: string, Limit: number, aws: Aws): Promise<Got> {
  const { kinesis } = aws;
  const type = after === '' ? 'TRIM_HORIZON' : 'AFTER_SEQUENCE_NUMBER';
  if (readConsumerArn(source) !== undefined) {
    const StartingPosition = { Type: type, ...(after !== '' && { SequenceNumber: after }) } as const;
    const { EventStream } = await kinesis.SubscribeToShard({ ConsumerARN: source, ShardId, StartingPosition });
    // Deviation: a subscription is for one event; AWS keeps each for five minutes.
    for await (const { SubscribeToShardEvent: event, ...failure } of EventStream) {
      const [code, cause] = Object.entries(failure)[0] ?? [];
      if (code !== undefined) throw new ServiceError(code as 'ResourceNotFoundException', cause?.message ?? '');
      const { Records, ChildShards, MillisBehindLatest } = event;
      return { records: Records, isOver: ChildShards !== undefined, behind: MillisBehindLatest };
    }
    return { records: [], isOver: false, behind: 0 };
  }
  const { ShardIterator = '' } = await kinesis.GetShardIterator({
    StreamARN: source,
    ShardId,
    ShardIteratorType: type,
    ...(after !== '' && { StartingSequenceNumber: after }),
  });
  const got = await kinesis.GetRecords({ ShardIterator, StreamARN: source, Limit });
  return {
    records: got.Records,
    isOver: got.NextShardIterator === undefined,
    behind: got.MillisBehindLatest ?? 0,
  };
}

function waitsForParents(row: MappingRow, index: number, ctx: Ctx): boolean {
  const { id, lanes } = row;
  const shard = shardsOfMapping(row, ctx).find((one) => one.index === index);
  return (shard?.parents ?? []).some((parent) => {
    const from = { lane: parent * LANES_MAX };
    const found = ctx.store.list(cursors, { where: { mapping: id }, from, before: { lane: from.lane + lanes } });
    return found.some(({ isDone }) => isDone !== true);
  });
}
