/** Metrics of streams, and of shards where they are asked for. Source: Developer Guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch". */
import type { Ctx } from '#kernel/contract';
import type { MetricsName } from '#models/kinesis';
import type { StreamRow } from '../state.ts';
import { accountOf, shardId } from './names.ts';

export type Unit = 'Count' | 'Bytes' | 'Milliseconds';

/** Counts for the stream. */
export function countStream(stream: StreamRow, metric: string, value: number, unit: Unit, ctx: Ctx): void {
  const place = { account: accountOf(stream), region: ctx.region };
  ctx.count(metric, { StreamName: stream.name }, value, unit, place);
}

/** Counts for a shard, where the stream has enhanced monitoring of that metric. */
export function countShard(
  stream: StreamRow,
  shard: number,
  metric: MetricsName,
  value: number,
  unit: Unit,
  ctx: Ctx,
): void {
  if (!stream.monitored.includes(metric)) return;
  const place = { account: accountOf(stream), region: ctx.region };
  ctx.count(metric, { StreamName: stream.name, ShardId: shardId(shard) }, value, unit, place);
}

/** Counts for a consumer with enhanced fan-out. @param refused whether the call that it is about is */
export function countConsumer(
  stream: StreamRow,
  ConsumerName: string,
  metric: string,
  value: number,
  unit: Unit,
  ctx: Ctx,
  refused = false,
): void {
  const place = { account: accountOf(stream), region: ctx.region, refused };
  ctx.count(metric, { StreamName: stream.name, ConsumerName }, value, unit, place);
}

/**
 * Carries out an operation on records, and counts whether it was done and how long it took.
 *
 * @param isDone whether what came of it is a success
 */
export async function measured<T>(
  stream: StreamRow,
  operation: string,
  work: () => Promise<T>,
  ctx: Ctx,
  isDone: (result: T) => boolean = () => true,
): Promise<T> {
  let done = 0;
  try {
    const result = await work();
    done = isDone(result) ? 1 : 0;
    return result;
  } finally {
    countStream(stream, `${operation}.Success`, done, 'Count', ctx);
    countStream(stream, `${operation}.Latency`, ctx.clock() - ctx.now, 'Milliseconds', ctx);
  }
}

/** Whether a write or a read was within the rates of a shard. */
export function countThrottle(stream: StreamRow, shard: number, kind: 'Write' | 'Read', isOver: boolean, ctx: Ctx) {
  const metric = `${kind}ProvisionedThroughputExceeded` as const;
  countStream(stream, metric, isOver ? 1 : 0, 'Count', ctx);
  countShard(stream, shard, metric, isOver ? 1 : 0, 'Count', ctx);
}
