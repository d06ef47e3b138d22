/** Reading a stream for one lane of a mapping, through the API, with the permissions of the function's role. */
import { type Acting, type Aws, ServiceError } from '#kernel/contract';
import type { Shard } from '#models/dynamodb-streams';
import type { Target } from '../domain/find.ts';
import { RECORDS_MAX } from '../limits.ts';
import type { CursorRow, MappingRow } from '../mapping-state.ts';
import { streamRecord } from './records.ts';

/** A lane of a mapping at work: where it is, what it calls, and as whom. */
export type Lane = { row: MappingRow; cursor: CursorRow; target: Target; acting: Acting };

export type Read = {
  sequence: string;
  at: number;
  shard: string;
  /** As the function gets it. */
  record: { [name: string]: unknown };
};

/** The lane's records after its cursor, in order: a batch of them, or the part of a batch that is tried again. */
export type Page = {
  records: Read[];
  /** The last record that was looked at, of whatever lane. */
  scanned: string | undefined;
  /** There is nothing more. */
  isEnd: boolean;
  /** Nor will there be. */
  isOver?: boolean;
};

/** @throws {ServiceError} what the stream refuses */
export async function readPage(row: MappingRow, cursor: CursorRow, aws: Aws): Promise<Page> {
  const page: Page = { records: [], scanned: undefined, isEnd: true };
  const last = cursor.ends.at(-1);
  for (const shard of await shardsOf(row.source, aws)) {
    const { StartingSequenceNumber: start = '', EndingSequenceNumber: end } = shard.SequenceNumberRange ?? {};
    if (end !== undefined && end <= cursor.after) continue;
    const isInside = cursor.after !== '' && cursor.after >= start;
    let iterator = await iteratorOf(row.source, shard, isInside ? cursor.after : undefined, aws);
    while (iterator !== undefined) {
      const got = await aws['dynamodb-streams'].GetRecords({ ShardIterator: iterator, Limit: RECORDS_MAX });
      const found = got.Records ?? [];
      for (const one of found) {
        const sequence = one.dynamodb?.SequenceNumber ?? '';
        if (last !== undefined && sequence > last) return { ...page, isEnd: false };
        page.scanned = sequence;
        if (laneOf(JSON.stringify(one.dynamodb?.Keys ?? {}), row.lanes) !== cursor.lane) continue;
        const at = Number(one.dynamodb?.ApproximateCreationDateTime ?? 0);
        page.records.push({ sequence, at, shard: shard.ShardId ?? '', record: streamRecord(one, row.source) });
        if (page.records.length === row.batchSize) return { ...page, isEnd: false };
      }
      iterator = found.length === 0 ? undefined : got.NextShardIterator;
    }
  }
  return page;
}

async function shardsOf(StreamArn: string, aws: Aws): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (let start: string | undefined, isFirst = true; isFirst || start !== undefined; isFirst = false) {
    const { StreamDescription } = await aws['dynamodb-streams'].DescribeStream({
      StreamArn,
      ...(start !== undefined && { ExclusiveStartShardId: start }),
    });
    shards.push(...(StreamDescription?.Shards ?? []));
    start = StreamDescription?.LastEvaluatedShardId;
  }
  return shards;
}

/** Begins after a record, or at the oldest where that is so long ago that it is gone. */
async function iteratorOf(
  StreamArn: string,
  { ShardId = '' }: Shard,
  after: string | undefined,
  aws: Aws,
): Promise<string | undefined> {
  const { GetShardIterator } = aws['dynamodb-streams'];
  const oldest = () => GetShardIterator({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  if (after === undefined) return (await oldest()).ShardIterator;
  try {
    const place = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after } as const;
    return (await GetShardIterator({ StreamArn, ShardId, ...place })).ShardIterator;
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'TrimmedDataAccessException')) throw error;
    return (await oldest()).ShardIterator;
  }
}

/** What has the same key stays in one lane. FNV-1a. */
export function laneOf(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % lanes;
}
