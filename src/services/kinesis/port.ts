/** What other services may see of Kinesis: who is told of records, and the shards that a reader has to follow. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { isExpired } from './domain/retention.ts';
import { nextOrdinal, ordinalAt, ordinalBefore, sequenceOf } from './domain/sequence.ts';
import { type ShardRow, shards, streams, tails } from './state.ts';

export { readConsumerArn, shardId } from './domain/names.ts';
export { watchers } from './state.ts';

/** Shards of a stream that have not expired, in the order of their numbers; none where there is no such stream. */
export function shardsOf(name: string, store: StoreView, now: Millis): ShardRow[] {
  const stream = store.get(streams, { name });
  if (stream === undefined) return [];
  return store.list(shards, { where: { life: stream.life } }).filter((row) => !isExpired(row, stream, now));
}

/** A sequence number of a shard: what comes from now on is after it, and nothing else. */
export function lastSequence(shard: ShardRow, store: StoreView, now: Millis): string {
  const tail = store.get(tails, { life: shard.life, shard: shard.index });
  return sequenceOf(shard, ordinalBefore(nextOrdinal(tail?.ordinal, now)), now);
}

/** A sequence number of a shard: what came at that instant or later is after it, and nothing else. */
export function sequenceBefore(shard: ShardRow, at: Millis): string {
  return sequenceOf(shard, ordinalBefore(ordinalAt(at)), at);
}
