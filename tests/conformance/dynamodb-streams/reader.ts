/** Reading a whole stream in few words. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { startWorld, type World } from '../dynamodb/world.ts';

export type StreamWorld = World & { streams: DynamoDBStreamsClient; arn: string };

/** A cloud with the table `things` and its stream. */
export async function startStreamWorld(
  StreamViewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' = 'NEW_AND_OLD_IMAGES',
  key = 'id:S',
): Promise<StreamWorld> {
  const world = await startWorld(key, { StreamSpecification: { StreamEnabled: true, StreamViewType } });
  return { ...world, streams: world.cloud.client(DynamoDBStreamsClient), arn: await latestStream(world.db) };
}

export async function latestStream(db: DynamoDBClient): Promise<string> {
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'things' }));
  return Table?.LatestStreamArn ?? '';
}

export async function shardsOf(streams: DynamoDBStreamsClient, StreamArn: string): Promise<Shard[]> {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  return StreamDescription?.Shards ?? [];
}

/** Every record, shard by shard from the oldest, a page of `Limit` at a time. */
export async function readAll(
  { streams, arn }: Pick<StreamWorld, 'streams' | 'arn'>,
  Limit = 1_000,
): Promise<_Record[]> {
  const found: _Record[] = [];
  for (const { ShardId } of await shardsOf(streams, arn)) {
    const start = await streams.send(
      new GetShardIteratorCommand({ StreamArn: arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    let next = start.ShardIterator;
    while (next !== undefined) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator: next, Limit }));
      found.push(...(page.Records ?? []));
      next = page.Records?.length === 0 ? undefined : page.NextShardIterator;
    }
  }
  return found;
}
