/** What Kinesis keeps: streams, their shards, what was written to each, and who reads. */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';
import type { MetricsName, RecordDistributionStrategy, StreamMode } from '#models/kinesis';

export type StreamRow = {
  name: string;
  arn: string;
  /** Names this stream among all that had the name. */
  life: string;
  /** As DescribeStreamSummary shows it. */
  id: string;
  createdAt: Millis;
  mode: StreamMode;
  retentionHours: number;
  /** What is older is gone, however long the retention has become since. */
  goneBefore: Millis;
  maxRecordKiB: number;
  distribution: RecordDistributionStrategy;
  /** Of the KMS key that records are sealed with. */
  keyId?: string;
  monitored: MetricsName[];
  /** Number of the next shard. */
  nextShard: number;
  openShards: number;
  consumers: number;
  /** When the number of shards was changed, and the mode, within the last day. */
  rescaledAt: Millis[];
  modeChangedAt: Millis[];
  /** When it was encrypted, and when that ended, within the last day. */
  sealedAt?: Millis[];
  unsealedAt?: Millis[];
  tags: { [key: string]: string };
  policy?: string;
};

export type ShardRow = {
  life: string;
  index: number;
  /** Seconds since the epoch that its sequence numbers begin with: later than those of its parents. */
  born: number;
  createdAt: Millis;
  /** First and last hash key, in 32 hexadecimal digits. */
  from: string;
  to: string;
  parents: number[];
  closedAt?: Millis;
  /** Its children, once it is closed. */
  children?: number[];
  /** `from` while it is open. */
  open?: string;
};

/** Where a shard's records end. */
export type TailRow = {
  life: string;
  shard: number;
  ordinal: string;
  /** There is a timer that trims. */
  isTimed: boolean;
};

export type RecordRow = {
  life: string;
  shard: number;
  /** Its place in the shard, in 16 hexadecimal digits. */
  ordinal: string;
  at: Millis;
  key?: string;
  body: BlobRef;
  /** Of the data and the partition key. */
  size: number;
  /** The data key under which the body is sealed, as KMS gave it, in base64. */
  dataKey?: string;
};

export type ConsumerRow = {
  life: string;
  name: string;
  arn: string;
  streamArn: string;
  createdAt: Millis;
  tags: { [key: string]: string };
  policy?: string;
};

/** Who reads a shard for a consumer now. */
export type SubscriptionRow = { consumer: string; shard: number; id: string; since: Millis };

/** A data key that was given to a principal, under Kinesis's own key. */
export type DataKeyRow = { principal: string; id: string; key: string; dataKey: string; expiresAt: Millis };

/** Somebody of another service who is told of records, and where it lies. */
export type WatcherRow = { stream: string; id: string; account: string; region: string };

export const streams = table<StreamRow>()('kinesis.streams', {
  scope: 'region',
  key: ['name'],
  indexes: { byLife: ['life'] },
});
/** How many shards of provisioned streams are open, and how many streams are on demand. */
export const tallies = table<{ id: 'all'; shards: number; onDemand: number }>()('kinesis.tallies', {
  scope: 'region',
  key: ['id'],
});
export const shards = table<ShardRow>()('kinesis.shards', {
  scope: 'region',
  key: ['life', 'index'],
  indexes: { byHashKey: ['life', 'open'] },
});
export const tails = table<TailRow>()('kinesis.tails', { scope: 'region', key: ['life', 'shard'] });
export const records = table<RecordRow>()('kinesis.records', { scope: 'region', key: ['life', 'shard', 'ordinal'] });
export const consumers = table<ConsumerRow>()('kinesis.consumers', { scope: 'region', key: ['life', 'name'] });
export const subscriptions = table<SubscriptionRow>()('kinesis.subscriptions', {
  scope: 'region',
  key: ['consumer', 'shard'],
});
export const rootKeys = ownKeyTable('kinesis.root-keys');
export const dataKeys = table<DataKeyRow>()('kinesis.data-keys', {
  scope: 'region',
  key: ['principal', 'id'],
  indexes: { byExpiry: ['principal', 'expiresAt'] },
});
export const watchers = table<WatcherRow>()('kinesis.watchers', { scope: 'region', key: ['stream', 'id'] });
