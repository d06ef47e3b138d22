/**
 * What CloudWatch is told of a queue: of what happens when it happens, and of what lies there once a minute, for six hours after
 * anybody sent or received something. Source: SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS", "Monitoring Amazon SQS queues using CloudWatch".
 */
import { HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { messages, type QueueRow, type TailRow, tails } from '../state.ts';
import { counts, expire } from './pile.ts';

const ACTIVE: Millis = 6 * HOUR;
/** How stale the end of a queue's activity may become before it is written anew. */
const NOTED: Millis = HOUR;
/** A message received more often is left out of the age, and how many of those are looked past. */
const RECEIVES_COUNTED = 3;
const PASSED_MAX = 100;

/** Where the metrics of a queue belong that is another account's. */
function placeOfOther({ arn, name }: QueueRow, { account: caller }: Ctx) {
  if (arn.startsWith(caller, arn.length - name.length - 1 - caller.length)) return undefined;
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

/** Adds to a metric of a queue, which is its owner's. */
export function tally(
  queue: QueueRow,
  metric: string,
  value: number,
  ctx: Ctx,
  unit: 'Count' | 'Bytes' | 'Seconds' = 'Count',
): void {
  ctx.count(metric, { QueueName: queue.name }, value, unit, placeOfOther(queue, ctx));
}

/**
 * Tells of a send, or a batch of them: one sample, in which repeated messages count; a batch of which nothing was taken tells 0.
 * Source: radkawar/stackd, measured in 2026.
 */
export function tallySent(queue: QueueRow, taken: number, repeated: number, ctx: Ctx): void {
  tally(queue, 'NumberOfMessagesSent', taken, ctx);
  if (queue.fifo) tally(queue, 'NumberOfDeduplicatedSentMessages', repeated, ctx);
}

/** In a transaction in which something happens to a queue's messages: it is active. */
export function noteActivity(queue: QueueRow, store: StoreView, ctx: Ctx, now: Millis): void {
  const tail = store.get(tails, queue) ?? { pile: queue.pile, last: 0, total: 0 };
  if ((tail.activeUntil ?? 0) > now + ACTIVE - NOTED) return;
  store.put(tails, { ...tail, activeUntil: now + ACTIVE });
  if (tail.activeUntil === undefined) armGauge(queue, ctx, now);
}

/** At the end of the minute: of that minute it tells. */
function armGauge({ name, pile, arn }: QueueRow, ctx: Ctx, now: Millis): void {
  const end = Math.floor(now / MINUTE + 1) * MINUTE - 1;
  ctx.arm('gauge', pile, end > now ? end : end + MINUTE, { name, pile, arn });
}

/** Tells what lies in a queue, and comes back in a minute as long as it is active. */
export function gauge(queue: QueueRow, tail: TailRow, store: StoreView, ctx: Ctx): void {
  const { now } = ctx;
  expire(store, queue, now);
  const { visible, inFlight, delayed } = counts(store, queue.pile, now);
  tally(queue, 'ApproximateNumberOfMessagesVisible', visible, ctx);
  tally(queue, 'ApproximateNumberOfMessagesNotVisible', inFlight, ctx);
  tally(queue, 'ApproximateNumberOfMessagesDelayed', delayed, ctx);
  tally(queue, 'ApproximateAgeOfOldestMessage', oldestAge(queue, store, now), ctx, 'Seconds');
  if ((tail.activeUntil ?? 0) > now) armGauge(queue, ctx, now);
  else {
    const { activeUntil: _, ...idle } = store.get(tails, queue) ?? tail;
    store.put(tails, idle);
  }
}

/** In a dead-letter queue a message is as old as its time there; time that it was held back does not count. Source: radkawar/stackd, measured in 2026. */
function oldestAge({ pile, fifo }: QueueRow, store: StoreView, now: Millis): number {
  const oldest = store
    .list(messages, { where: { pile }, limit: PASSED_MAX })
    .find(({ receives }) => fifo || receives <= RECEIVES_COUNTED);
  return oldest === undefined
    ? 0
    : Math.floor(Math.max(0, now - (oldest.movedAt ?? oldest.delayedUntil ?? oldest.sentAt)) / SECOND);
}
