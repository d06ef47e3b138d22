/** SubscribeToShard: the records of a shard as they come, as an event stream, for five minutes. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { SubscribeToShardEvent, SubscribeToShardEventStream } from '#models/kinesis';
import { countConsumer, countShard, type Unit } from '../domain/metrics.ts';
import { findConsumer, findShard, storeOf } from '../domain/names.ts';
import { positionOf } from '../domain/position.ts';
import { childrenOf, type Page, readPage, shown } from '../domain/read.ts';
import { sequenceOf } from '../domain/sequence.ts';
import { signalOf } from '../domain/shards.ts';
import { dryRun, inUse, noSuch } from '../errors.ts';
import {
  EVENT_BYTES_MAX,
  GET_RECORDS_MAX,
  SUBSCRIPTION_HEARTBEAT,
  SUBSCRIPTION_HELD,
  SUBSCRIPTION_LIFETIME,
} from '../limits.ts';
import { consumers, type ShardRow, type StreamRow, shards, streams, subscriptions } from '../state.ts';

type Subscription = { stream: StreamRow; shard: ShardRow; consumer: string; name: string; id: string; from: string };

export const subscribeToShard: Handler<'kinesis', 'SubscribeToShard'> = async (input, ctx) => {
  const { stream, consumer } = findConsumer(input, ctx);
  const shard = findShard(stream, input.ShardId, ctx.store);
  const { Type: type, SequenceNumber: sequence, Timestamp: timestamp } = input.StartingPosition;
  const from = positionOf({ type, sequence, timestamp, operation: 'SubscribeToShard' }, stream, shard, ctx);
  if (input.DryRun === true) throw dryRun();
  const id = ctx.uuid();
  const key = { consumer: consumer.arn, shard: shard.index };
  ctx.transact((store) => {
    const view = storeOf(stream, store);
    const before = view.get(subscriptions, key);
    if (before !== undefined && ctx.now - before.since < SUBSCRIPTION_HELD) {
      countConsumer(stream, consumer.name, 'SubscribeToShard.RateExceeded', 1, 'Count', ctx, true);
      throw inUse(
        `Another active subscription exists for this consumer: ${consumer.arn} and shard: ${input.ShardId}. Wait before subscribing again.`,
      );
    }
    view.put(subscriptions, { ...key, id, since: ctx.now });
    ctx.signal(signalOf(shard));
  });
  countConsumer(stream, consumer.name, 'SubscribeToShard.Success', 1, 'Count', ctx);
  return { EventStream: follow({ stream, shard, consumer: consumer.arn, name: consumer.name, id, from }, ctx) };
};

type Event = { SubscribeToShardEvent: SubscribeToShardEvent };
type Told = SubscribeToShardEventStream extends AsyncIterable<infer One> ? One : never;

/** What goes wrong once the answer has begun is an event, the last one. */
async function* follow(subscription: Subscription, ctx: Ctx): AsyncGenerator<Told> {
  try {
    yield* records(subscription, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    yield { [error.code]: { message: error.message } } as unknown as Told;
  }
}

async function* records(subscription: Subscription, ctx: Ctx): AsyncGenerator<Event> {
  const end = ctx.clock() + SUBSCRIPTION_LIFETIME;
  try {
    for (let { from } = subscription, beat = 0; ctx.clock() < end; ) {
      const current = currentOf(subscription, ctx);
      if (current === undefined) return;
      const { stream, shard } = current;
      const page = readPage(stream, shard, from, { records: GET_RECORDS_MAX, bytes: EVENT_BYTES_MAX }, ctx);
      from = page.next;
      const isDue = page.rows.length > 0 || page.isOver || ctx.clock() >= beat;
      if (isDue) {
        beat = ctx.clock() + SUBSCRIPTION_HEARTBEAT;
        countEvent(stream, shard, subscription.name, page, ctx);
        const last = page.rows.at(-1);
        yield {
          SubscribeToShardEvent: {
            Records: await shown(page.rows, stream, shard, ctx),
            // Where the shard ends there is nowhere to go on from but its children. Source: the patch of the model.
            ...(page.isOver
              ? { ChildShards: childrenOf(stream, shard, ctx) }
              : { ContinuationSequenceNumber: sequenceOf(shard, last?.ordinal ?? from, last?.at ?? ctx.clock()) }),
            MillisBehindLatest: page.behind,
          },
        };
      }
      if (page.isOver) return;
      if (page.rows.length > 0) continue;
      const until = Math.min(end, beat);
      // Nobody waits any more.
      if (!(await ctx.until(signalOf(shard), until)) && ctx.clock() < until) return;
    }
  } finally {
    release(subscription, ctx);
  }
}

function countEvent(stream: StreamRow, { index }: ShardRow, consumer: string, page: Page, ctx: Ctx): void {
  const { rows, bytes, behind } = page;
  const count = (metric: string, value: number, unit: Unit) =>
    countConsumer(stream, consumer, `SubscribeToShardEvent.${metric}`, value, unit, ctx);
  count('Success', 1, 'Count');
  count('Records', rows.length, 'Count');
  count('Bytes', bytes, 'Bytes');
  count('MillisBehindLatest', behind, 'Milliseconds');
  countShard(stream, index, 'OutgoingBytes', bytes, 'Bytes', ctx);
  countShard(stream, index, 'OutgoingRecords', rows.length, 'Count', ctx);
}

/** The stream and the shard as they are now; undefined where another subscription has taken this one's place. @throws {ServiceError} ResourceNotFoundException */
function currentOf({ stream, shard, consumer, name, id }: Subscription, ctx: Ctx) {
  const store = storeOf(stream, ctx.store);
  if (store.get(subscriptions, { consumer, shard: shard.index })?.id !== id) return undefined;
  const current = store.get(streams, { name: stream.name });
  const row = store.get(shards, { life: stream.life, index: shard.index });
  const registered = store.get(consumers, { life: stream.life, name });
  if (current?.life !== stream.life || row === undefined || registered?.arn !== consumer)
    throw noSuch(`Consumer ${consumer} not found.`);
  return { stream: current, shard: row };
}

function release({ stream, shard, consumer, id }: Subscription, ctx: Ctx): void {
  ctx.transact((store) => {
    const view = storeOf(stream, store);
    const row = view.get(subscriptions, { consumer, shard: shard.index });
    if (row?.id === id) view.delete(subscriptions, row);
  });
}
