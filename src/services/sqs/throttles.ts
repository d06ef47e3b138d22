/** Rates: FIFO queues without high throughput take 300 calls a second of each action. */
import type { Ctx, ThrottleRules } from '#kernel/contract';
import { findQueue } from './domain/find.ts';
import { requestThrottled } from './errors.ts';
import { FIFO_CALLS_PER_SECOND_MAX } from './limits.ts';

const LIMITS = { ratePerSecond: FIFO_CALLS_PER_SECOND_MAX, burst: FIFO_CALLS_PER_SECOND_MAX };

const fifoRate = (input: { QueueUrl: string }, ctx: Ctx) => {
  const { queue } = findQueue(input.QueueUrl, ctx);
  if (!queue.fifo || queue.attributes.FifoThroughputLimit === 'perMessageGroupId') return undefined;
  return { key: queue.pile, limits: LIMITS, refuse: requestThrottled };
};

/** Source: SQS Developer Guide, "FIFO queue quotas": per API method (SendMessage, ReceiveMessage, DeleteMessage). */
export const throttles: ThrottleRules<'sqs'> = {
  SendMessage: fifoRate,
  SendMessageBatch: fifoRate,
  ReceiveMessage: fifoRate,
  DeleteMessage: fifoRate,
  DeleteMessageBatch: fifoRate,
};
