/**
 * The way of a message to a topic's subscriptions: offered to each, tried again by the policy of its protocol, and in the end its
 * dead-letter queue. Everything that is not over lies in a row, so that a crash loses nothing; at worst something is delivered twice.
 *
 * @see SNS Developer Guide, "Message delivery retries", "Dead-letter queues"
 */
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type MessageRow, messages, type Pending, type SubscriptionRow, type TopicRow } from '../state.ts';
import { attempt, type Letter, type Outcome } from './attempt.ts';
import { signerOf } from './certificate.ts';
import { customerDelay, effectivePolicy, httpDelay, managedDelay } from './delivery-policy.ts';
import { openBody } from './encryption.ts';
import { objectOf } from './json.ts';
import { noteFailure } from './push.ts';
import { archiveDays } from './topic-attributes.ts';

/** A message, opened and ready to be signed. */
export function letterOf(row: MessageRow, topic: TopicRow, ctx: Ctx): Letter {
  const signer = ctx.transact((store) => signerOf(store, ctx.now));
  return {
    row,
    body: openBody(row, ctx.store),
    topic,
    desk: { signer, endpoint: ctx.linkEndpoint },
    signed: new Map(),
  };
}

/** The dead-letter queue of a subscription. */
export function deadLetterArn({ attributes }: SubscriptionRow): string | undefined {
  const text = attributes.RedrivePolicy;
  return text === undefined ? undefined : String(objectOf(text)?.deadLetterTargetArn);
}

/** One attempt, at the endpoint or at the dead-letter queue. */
export async function tryOnce(
  letter: Letter,
  to: SubscriptionRow,
  pending: Pending & { replayed?: true },
  ctx: Ctx,
): Promise<Outcome> {
  const queue = pending.dead === true ? deadLetterArn(to) : undefined;
  if (queue === undefined) return attempt(letter, to, ctx, pending.replayed);
  const asQueue: SubscriptionRow = { ...to, protocol: 'sqs', endpoint: queue };
  return attempt(letter, asQueue, ctx, pending.replayed);
}

/** What becomes of a delivery after an attempt: over, tried again at an instant, or on to the dead-letter queue at once. */
export type Next = 'over' | { at: Millis; pending: Pending };

/** In a transaction: counts an attempt and says how it goes on. */
export function conclude(
  outcome: Outcome,
  to: SubscriptionRow,
  { topic, row: message }: Letter,
  { attempts, dead }: Pending,
  ctx: Ctx,
): Next {
  const now = ctx.clock();
  const count = (metric: string, value = 1) => ctx.count(metric, { TopicName: topic.name }, value);
  if (outcome.result === 'held') return { at: now + SECOND, pending: { attempts, ...(dead && { dead }) } };
  if (outcome.result === 'done') {
    count(dead === true ? 'NumberOfNotificationsRedrivenToDlq' : 'NumberOfNotificationsDelivered');
    count(dead === true ? 'NumberOfNotificationsFailedToRedriveToDlq' : 'NumberOfNotificationsFailed', 0);
    return 'over';
  }
  if (outcome.result === 'failed' && to.protocol === 'application' && dead !== true)
    noteFailure(to.endpoint, { id: message.id, at: message.publishedAt }, outcome, ctx);
  const delay = outcome.result === 'again' ? delayBefore(attempts + 1, to, topic, dead === true) : undefined;
  // Source: SNS Developer Guide, "Amazon SNS metrics": of HTTP/S endpoints every attempt that failed.
  if (dead !== true && (delay === undefined || to.protocol.startsWith('http'))) count('NumberOfNotificationsFailed');
  if (delay !== undefined) return { at: now + delay, pending: { attempts: attempts + 1, ...(dead && { dead }) } };
  if (dead === true) {
    count('NumberOfNotificationsFailedToRedriveToDlq');
    return 'over';
  }
  return deadLetterArn(to) === undefined ? 'over' : { at: now, pending: { attempts: 0, dead: true } };
}

/** How long to wait before the n-th retry; undefined when it is given up. */
function delayBefore(retry: number, to: SubscriptionRow, topic: TopicRow, dead: boolean): Millis | undefined {
  if (dead || to.protocol === 'sqs' || to.protocol === 'lambda') return managedDelay(retry);
  if (to.protocol !== 'http' && to.protocol !== 'https') return customerDelay(retry);
  const policy = effectivePolicy(topic.attributes.DeliveryPolicy, to.attributes.DeliveryPolicy).healthyRetryPolicy;
  return retry > policy.numRetries ? undefined : httpDelay(policy, retry);
}

/** In a transaction: so many deliveries of a message have begun, or ended; the message goes with the last one. */
export function changeOpen(
  message: Pick<MessageRow, 'life' | 'sequence'>,
  by: number,
  topic: TopicRow,
  store: StoreView,
): void {
  const row = store.get(messages, message);
  if (row === undefined) return;
  const open = Math.max(0, row.open + by);
  if (open === 0 && row.waiting === undefined && archiveDays(topic) === undefined) store.delete(messages, row);
  else store.put(messages, { ...row, open });
}
