/** Source: Kinesis Developer Guide, "Quotas and limits"; API Reference, each operation. */
import { DAY, HOUR, MIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { BucketLimits, Quota } from '#kernel/contract';

export const RECORDS_BYTES_MAX = 10 * MIB;
export const RECORD_KIB_DEFAULT = 1_024;
/** What one call of GetRecords gives at most. */
export const GET_RECORDS_MAX = 10_000;
export const GET_BYTES_MAX = 10 * MIB;
export const ITERATOR_LIFETIME: Millis = 5 * MINUTE;
export const TOKEN_LIFETIME: Millis = 5 * MINUTE;
export const RETENTION_HOURS_MIN = 24;
export const RETENTION_HOURS_MAX = 8_760;
export const SHARDS_ON_DEMAND = 4;
export const DESCRIBE_SHARDS_DEFAULT = 100;
export const LIST_SHARDS_DEFAULT = 1_000;
export const LIST_STREAMS_DEFAULT = 100;
export const LIST_CONSUMERS_DEFAULT = 100;
export const LIST_TAGS_DEFAULT = 50;
export const STREAM_TAGS_MAX = 50;
export const CONSUMERS_MAX = 20;
export const SHARDS_OF_STREAM_MAX = 10_000;
/** UpdateShardCount within a day. */
export const RESCALES_A_DAY = 10;
/** StartStreamEncryption, and StopStreamEncryption, within a day. */
export const KEY_CHANGES_A_DAY = 25;
/** UpdateStreamMode within a day. */
export const MODE_CHANGES_A_DAY = 2;

const rate = (ratePerSecond: number): BucketLimits => ({ ratePerSecond, burst: ratePerSecond });
/** What one shard takes and gives in a second. */
export const SHARD_RATES = {
  recordsIn: rate(1_000),
  bytesIn: rate(MIB),
  reads: rate(5),
  bytesOut: rate(2 * MIB),
};

/** Regions with more shards than others. Source: AWS General Reference, "Amazon Kinesis Data Streams endpoints and quotas". */
const LARGE = ['us-east-1', 'us-west-2', 'eu-west-1'];
const MIDDLE = [
  'us-east-2',
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-3',
];

/** Shards of an account in a Region, over all streams in provisioned mode. */
export function shardsMax(region: string): Quota {
  return {
    service: 'kinesis',
    code: 'L-0918CF54',
    name: 'Shards per Region',
    value: LARGE.includes(region) ? 20_000 : MIDDLE.includes(region) ? 6_000 : 1_000,
    adjustable: true,
    global: false,
  };
}

export const ON_DEMAND_STREAMS_MAX: Quota = {
  service: 'kinesis',
  code: 'L-7E70DF5B',
  name: 'On-demand data streams per Region',
  value: 50,
  adjustable: true,
  global: false,
};

/** Source: API Reference, SubscribeToShard: a subscription lasts 5 minutes, and another takes its place after 5 seconds. */
export const SUBSCRIPTION_LIFETIME: Millis = 5 * MINUTE;
export const SUBSCRIPTION_HELD: Millis = 5 * SECOND;
/** An event without records says how far the consumer is. */
export const SUBSCRIPTION_HEARTBEAT: Millis = 5 * SECOND;
/** Records of one event: so many bytes, or one. Our own choice, below what AWS allows. */
export const EVENT_BYTES_MAX = MIB;

/** For how long a data key of KMS is used again. Source: Developer Guide, "Data protection": about five minutes. */
export const KEY_KEPT_FOR: Millis = 5 * MINUTE;
/** Records that are trimmed, or swept, at a time, so that a stream of any size disturbs nobody. */
export const SWEEP_BATCH = 200;
/** Records are trimmed together: those of so long at least. Our own choice. */
export const TRIM_EVERY: Millis = MINUTE;
export { DAY, HOUR };
