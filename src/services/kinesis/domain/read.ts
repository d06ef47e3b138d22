/** Reading a shard: records from a place on, and how far that is from its end. */
import { collect, InvariantError } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { ChildShard, Record_ } from '#models/kinesis';
import { type RecordRow, records, type ShardRow, type StreamRow, shards, tails } from '../state.ts';
import { toDecimal } from './hash-keys.ts';
import { shardId, storeOf } from './names.ts';
import { horizonOf } from './retention.ts';
import { openRecord } from './sealing.ts';
import { after, FIRST_ORDINAL, ordinalAt, sequenceOf } from './sequence.ts';

/** Rows that are looked at together. */
const PAGE = 500;

/** @property from the ordinal to go on with; undefined at the end of a shard that is closed */
export type Page = {
  rows: RecordRow[];
  bytes: number;
  next: string;
  isOver: boolean;
  behind: number;
};

/** Records from an ordinal on, as many as are asked for and as fit; at least one where there is one. */
export function readPage(
  stream: StreamRow,
  shard: ShardRow,
  from: string,
  most: { records: number; bytes: number },
  ctx: Ctx,
): Page {
  const store = storeOf(stream, ctx.store);
  const where = { life: stream.life, shard: shard.index };
  const now = ctx.clock();
  const oldest = ordinalAt(horizonOf(stream, now));
  const rows: RecordRow[] = [];
  let bytes = 0;
  let start = from < oldest ? oldest : from;
  for (let isFull = false; !isFull && rows.length < most.records; ) {
    const limit = Math.min(PAGE, most.records - rows.length);
    const some = store.list(records, { where, from: { ordinal: start }, limit });
    for (const row of some) {
      isFull = rows.length > 0 && bytes + row.size > most.bytes;
      if (isFull) break;
      rows.push(row);
      bytes += row.size;
      start = after(row.ordinal);
    }
    if (some.length < limit) break;
  }
  const end = store.get(tails, where)?.ordinal ?? FIRST_ORDINAL;
  const isAtEnd = end < start;
  const last = rows.at(-1);
  const behind = isAtEnd ? 0 : Math.max(0, now - (last?.at ?? now));
  return { rows, bytes, next: start, isOver: isAtEnd && shard.closedAt !== undefined, behind };
}

/** Records as a client gets them. @throws {ServiceError} KMSAccessDeniedException, … */
export async function shown(
  rows: readonly RecordRow[],
  stream: StreamRow,
  shard: ShardRow,
  ctx: Ctx,
): Promise<Record_[]> {
  const found: Record_[] = [];
  for (const row of rows) {
    const bytes = await collect(
      ctx.blobs.read(row.body),
      row.body.size,
      () => new InvariantError('a body is as long as its row says'),
    );
    found.push({
      SequenceNumber: sequenceOf(shard, row.ordinal, row.at),
      ApproximateArrivalTimestamp: row.at,
      Data: await openRecord(row, bytes, stream, ctx),
      ...(row.key !== undefined && { PartitionKey: row.key }),
      EncryptionType: row.dataKey === undefined ? 'NONE' : 'KMS',
    });
  }
  return found;
}

/** The shards that go on where one has ended. */
export function childrenOf(stream: StreamRow, shard: ShardRow, ctx: Ctx): ChildShard[] {
  const store = storeOf(stream, ctx.store);
  return (shard.children ?? []).flatMap((index) => {
    const child = store.get(shards, { life: stream.life, index });
    if (child === undefined) return [];
    return {
      ShardId: shardId(index),
      ParentShards: child.parents.map(shardId),
      HashKeyRange: { StartingHashKey: toDecimal(child.from), EndingHashKey: toDecimal(child.to) },
    };
  });
}
