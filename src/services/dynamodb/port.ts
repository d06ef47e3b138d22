/** What DynamoDB Streams, a service of its own, may see of DynamoDB: the streams of its tables. Lambda puts its mappings among the watchers of a stream. */

export { sequenceAt } from './domain/sequence.ts';
export { streamSignal } from './domain/stream.ts';
export { showItem } from './domain/value.ts';
export { RECORD_RETENTION } from './limits.ts';
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
