/** Finding the topic or subscription an operation is about, in its own account. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalid, subscriptionMissing, topicMissing } from '../errors.ts';
import { type SubscriptionRow, subscriptions, type TopicRow, topics } from '../state.ts';
import { readSubscriptionArn, readTopicArn } from './names.ts';

/** A topic, its account, and the view of the store in which it lies. */
export type Found = { topic: TopicRow; account: string; region: string; store: StoreView };

/** @throws {ServiceError} NotFound, InvalidParameter */
export function findTopic(arn: string, ctx: Ctx, view: StoreView = ctx.store, member = 'TopicArn'): Found {
  const named = readTopicArn(arn, member);
  if (named.region !== ctx.region) throw invalid(member);
  return topicAt(named, view);
}

/** @throws {ServiceError} NotFound */
export function topicAt(named: { account: string; region: string; name: string }, view: StoreView): Found {
  const { account, region, name } = named;
  const store = view.in({ account, region });
  const topic = store.get(topics, { name });
  if (topic === undefined) throw topicMissing();
  return { topic, account, region, store };
}

/** A subscription with its topic; undefined where either is gone. @throws {ServiceError} InvalidParameter */
export function subscriptionOf(arn: string, view: StoreView): (Found & { subscription: SubscriptionRow }) | undefined {
  const { account, region, topic: name, id } = readSubscriptionArn(arn);
  const store = view.in({ account, region });
  const topic = store.get(topics, { name });
  const subscription = topic && store.get(subscriptions, { life: topic.life, id });
  return topic === undefined || subscription === undefined
    ? undefined
    : { topic, account, region, store, subscription };
}

/** @throws {ServiceError} NotFound, InvalidParameter */
export function findSubscription(arn: string, ctx: Ctx): Found & { subscription: SubscriptionRow } {
  const found = subscriptionOf(arn, ctx.store);
  if (found === undefined) throw subscriptionMissing();
  return found;
}
