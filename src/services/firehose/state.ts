/** What Firehose keeps: streams, and the records that wait, in chunks: what one call brought is one row. */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';
import type {
  DeliveryStreamEncryptionStatus,
  ExtendedS3DestinationConfiguration,
  HttpEndpointDestinationConfiguration,
  KeyType,
  SplunkDestinationConfiguration,
} from '#models/firehose';

/** A destination as it was configured, its defaults filled in. `isPlain`: by the older S3 configuration. */
export type Destination =
  | { kind: 's3'; isPlain: boolean; settings: ExtendedS3DestinationConfiguration }
  | { kind: 'http'; settings: HttpEndpointDestinationConfiguration }
  | { kind: 'splunk'; settings: SplunkDestinationConfiguration };

/** A stream of Kinesis that is read, by which role, and since when. */
export type Source = { stream: string; role: string; since: Millis };

export type StreamRow = {
  name: string;
  arn: string;
  /** Names this stream among all that had the name. */
  life: string;
  status: 'ACTIVE' | 'DELETING';
  version: number;
  createdAt: Millis;
  updatedAt?: Millis;
  throughputHint?: number;
  /** Without one records are put. */
  source?: Source;
  destination: Destination;
  encryption?: {
    status: DeliveryStreamEncryptionStatus;
    keyType: KeyType;
    keyArn?: string;
    /** By which the key is lent to Firehose. */
    grant?: string;
  };
  tags: { [key: string]: string };
};

/** How far a shard has been read: what lies there after that sequence number comes next; all, where it is empty. `source` is the life of the stream of Kinesis. */
export type PositionRow = { life: string; source: string; shard: number; after: string; isOver?: boolean };

/** What decides where a record of a dynamically partitioned stream goes. */
export type Partition = { query: { [key: string]: string }; lambda: { [key: string]: string } };

/**
 * `in`: waits for the processors. `out`: for the destination. `backup`: for the bucket that gets everything as it came.
 * `error`: for the bucket that gets what failed.
 */
export type BufferKind = 'in' | 'out' | 'backup' | 'error';

/** Records that gather until they are enough, or old enough. */
export type BufferRow = {
  life: string;
  id: string;
  kind: BufferKind;
  partition?: Partition;
  /** Of `error`: such as `processing-failed`. */
  errorType?: string;
  /** What the next chunk is numbered. */
  next: number;
  /** The first chunk that no batch has taken. */
  from: number;
  /** Of the chunks from there on. */
  bytes: number;
  /** Since when the first of them waits. */
  since?: Millis;
  /** Batches of it that are under way. */
  open: number;
};

/** Records that came at once, one after the other. */
export type ChunkRow = {
  life: string;
  buffer: string;
  sequence: number;
  at: Millis;
  /** Length of each record. */
  lengths: number[];
  bytes: number;
  body: BlobRef;
  /** The key under which the body is sealed; without one it lies open. */
  key?: string;
};

/** Chunks on their way, from `first` to `last`. The name of what they become is settled with it, so that it is written once, however often it is tried. */
export type BatchRow = {
  life: string;
  id: string;
  buffer: string;
  kind: BufferKind;
  partition?: Partition;
  errorType?: string;
  first: number;
  last: number;
  /** When the oldest of its records came. */
  at: Millis;
  cutAt: Millis;
  attempts: number;
  /** Splunk has it, and will acknowledge it under this id. */
  sent?: { ackId: number; at: Millis };
};

/** A data key as KMS sealed it, in base64, and the same under Firehose's own key until it expires. */
export type DataKeyRow = {
  id: string;
  streamArn: string;
  keyArn: string;
  sealed: string;
  open: string;
  expiresAt: Millis;
};

export const streams = table<StreamRow>()('firehose.streams', {
  scope: 'region',
  key: ['name'],
  indexes: { byLife: ['life'] },
});
export const positions = table<PositionRow>()('firehose.positions', {
  scope: 'region',
  key: ['life', 'source', 'shard'],
});
/** How many streams there are. */
export const tallies = table<{ id: 'streams'; count: number }>()('firehose.tallies', { scope: 'region', key: ['id'] });
export const buffers = table<BufferRow>()('firehose.buffers', {
  scope: 'region',
  key: ['life', 'id'],
  indexes: { byKind: ['life', 'kind', 'id'] },
});
export const chunks = table<ChunkRow>()('firehose.chunks', { scope: 'region', key: ['life', 'buffer', 'sequence'] });
export const batches = table<BatchRow>()('firehose.batches', { scope: 'region', key: ['life', 'id'] });
export const rootKeys = ownKeyTable('firehose.root-keys');
export const dataKeys = table<DataKeyRow>()('firehose.data-keys', {
  scope: 'region',
  key: ['id'],
  indexes: { byStream: ['streamArn', 'keyArn', 'expiresAt'] },
});
