/** What tests of Kinesis share: a client, streams, and all that a shard gives from a place on. */
import {
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  PutRecordCommand,
  type PutRecordCommandOutput,
} from '@aws-sdk/client-kinesis';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import type { TestCloud } from '../../support/cloud.ts';

export const ACCOUNT = '123456789012';
export const shard = (index: number) => `shardId-${String(index).padStart(12, '0')}`;

export type Bed = {
  cloud: TestCloud;
  kinesis: KinesisClient;
  /** Makes a stream; its ARN. */
  create(name: string, more?: Partial<CreateStreamCommandInput>): Promise<string>;
  put(name: string, text: string, key?: string): Promise<PutRecordCommandOutput>;
  iterator(name: string, index: number, more?: Partial<GetShardIteratorCommandInput>): Promise<string>;
  /** Texts of a shard's records, to its end. */
  texts(name: string, index: number, more?: Partial<GetShardIteratorCommandInput>): Promise<string[]>;
};

/** Opens the bed in a cloud; by HTTP/2 where that is asked for, as the SDK speaks by itself. */
export function makeBed(cloud: TestCloud, http2 = false): Bed {
  const requestHandler = http2 ? new NodeHttp2Handler() : new NodeHttpHandler();
  const kinesis = cloud.client(KinesisClient, { requestHandler });
  const iterator: Bed['iterator'] = async (StreamName, index, more = {}) => {
    const input = { StreamName, ShardId: shard(index), ShardIteratorType: 'TRIM_HORIZON' as const, ...more };
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(input));
    return ShardIterator ?? '';
  };
  return {
    cloud,
    kinesis,
    iterator,
    async create(StreamName, more = {}) {
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1, ...more }));
      const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
      return StreamDescriptionSummary?.StreamARN ?? '';
    },
    put: (StreamName, text, PartitionKey = 'k') =>
      kinesis.send(new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey })),
    async texts(name, index, more) {
      const found: string[] = [];
      let next: string | undefined = await iterator(name, index, more);
      for (let behind = true; next !== undefined && behind; ) {
        const got: GetRecordsCommandOutput = await kinesis.send(new GetRecordsCommand({ ShardIterator: next }));
        found.push(...(got.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));
        behind = (got.MillisBehindLatest ?? 0) > 0;
        next = got.NextShardIterator;
      }
      return found;
    },
  };
}
