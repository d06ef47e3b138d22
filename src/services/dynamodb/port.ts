/** What DynamoDB Streams, a service of its own, may see of DynamoDB: the streams of its tables. Lambda puts its mappings among the watchers of a stream; FIS looks for its targets. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { describeTable } from './domain/describe.ts';
import { tables } from './state.ts';

export { sequenceAt } from './domain/sequence.ts';
export { streamSignal } from './domain/stream.ts';
export { showItem } from './domain/value.ts';
export { RECORD_RETENTION } from './limits.ts';
export { answered } from './metrics.ts';
export {
  type RecordRow,
  records,
  type ShardRow,
  type StreamRow,
  shards,
  streams,
  streamWatchers,
} from './stream-state.ts';
export { page, requestId, stamp } from './wire.ts';

/** Tables of a place, as DescribeTable shows them, with their tags and the Regions of their other replicas. */
export function describeTables(store: StoreView, now: Millis, name?: string) {
  const found =
    name === undefined ? store.list(tables) : [store.get(tables, { name })].filter((row) => row !== undefined);
  return found.map((row) => ({
    arn: row.arn,
    tags: row.tags,
    described: describeTable(row, store, now),
    replicas: row.replicas ?? [],
  }));
}
