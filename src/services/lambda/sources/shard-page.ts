/** Reading a shard of Kinesis for one lane of a mapping, through the API, with the permissions of the function's role. */
import { parseArn } from '#kernel/base';
import type { Aws, Ctx } from '#kernel/contract';
import { shardId, shardsOf } from '#services/kinesis/port';
import { type CursorRow, cursors, type MappingRow } from '../mapping-state.ts';
import { shardRecord } from './records.ts';
import { laneOf, type Page } from './stream-page.ts';
import { LANES_MAX } from './watch.ts';

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
  const { kinesis } = aws;
  const ShardId = shardId(index);
  const { ShardIterator = '' } = await kinesis.GetShardIterator({
    StreamARN: row.source,
    ShardId,
    ...(cursor.after === ''
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: cursor.after }),
  });
  const Limit = row.lanes === 1 ? row.batchSize : SHARED_MAX;
  const got = await kinesis.GetRecords({ ShardIterator, StreamARN: row.source, Limit });
  const last = cursor.ends.at(-1);
  for (const one of got.Records) {
    const { SequenceNumber: sequence, ApproximateArrivalTimestamp: at = 0, PartitionKey: key = '' } = one;
    if (last !== undefined && sequence > last) return { ...page, isEnd: false };
    page.scanned = sequence;
    if (laneOf(key, row.lanes) !== cursor.lane % LANES_MAX) continue;
    page.records.push({ sequence, at, shard: ShardId, record: shardRecord(one, ShardId, row.source, role) });
    if (page.records.length === row.batchSize) return { ...page, isEnd: false };
  }
  const isOver = got.NextShardIterator === undefined;
  return { ...page, isEnd: isOver || (got.MillisBehindLatest ?? 0) === 0, isOver };
}

function waitsForParents({ id, source, lanes }: MappingRow, index: number, ctx: Ctx): boolean {
  const { account = '', resource = '' } = parseArn(source) ?? {};
  const name = resource.slice('stream/'.length);
  const shard = shardsOf(name, ctx.store.in({ account }), ctx.clock()).find((one) => one.index === index);
  return (shard?.parents ?? []).some((parent) => {
    const from = { lane: parent * LANES_MAX };
    const found = ctx.store.list(cursors, { where: { mapping: id }, from, before: { lane: from.lane + lanes } });
    return found.some(({ isDone }) => isDone !== true);
  });
}
