/** What a subscription counts for, and its end. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { notForLarge, tooManyFilterPolicies, tooManyForLarge } from '../errors.ts';
import {
  FILTER_POLICIES_ACCOUNT_MAX,
  FILTER_POLICIES_TOPIC_MAX,
  LARGE_PROTOCOLS,
  LARGE_SUBSCRIPTIONS_MAX,
  MESSAGE_BYTES_MAX,
} from '../limits.ts';
import { owned, type SubscriptionRow, subscriptions, type TopicRow } from '../state.ts';
import { bump, countOf, ofTopic } from './count.ts';
import { messageBytesMax } from './topic-attributes.ts';

const hasFilter = ({ attributes }: SubscriptionRow) => attributes.FilterPolicy !== undefined;

/** @throws {ServiceError} FilterPolicyLimitExceeded where one more is too many */
export function checkFilterQuota(row: SubscriptionRow, store: StoreView, ctx: Ctx): void {
  if (!hasFilter(row)) return;
  if (
    countOf(store, ofTopic(row.life, 'filters')) >= ctx.quota(FILTER_POLICIES_TOPIC_MAX) ||
    countOf(store, 'filters') >= ctx.quota(FILTER_POLICIES_ACCOUNT_MAX)
  )
    throw tooManyFilterPolicies();
}

/** Whether messages are larger than most protocols take. */
export function isForLarge(topic: TopicRow): boolean {
  return messageBytesMax(topic) > MESSAGE_BYTES_MAX;
}

/** @throws {ServiceError} InvalidParameter: the topic has subscriptions that can't get messages as large as it is to take */
export function checkLarge(topic: TopicRow, store: StoreView): void {
  if (!isForLarge(topic)) return;
  const rows = store.list(subscriptions, { where: { life: topic.life }, limit: LARGE_SUBSCRIPTIONS_MAX + 1 });
  if (rows.length > LARGE_SUBSCRIPTIONS_MAX) throw tooManyForLarge();
  const other = rows.find(({ protocol }) => !LARGE_PROTOCOLS.includes(protocol));
  if (other !== undefined) throw notForLarge(other.protocol);
}

/** In a transaction: counts a subscription's filter policy, or counts it no more. */
export function countFilter(row: SubscriptionRow, store: StoreView, by: 1 | -1): void {
  if (!hasFilter(row)) return;
  bump(store, ofTopic(row.life, 'filters'), by);
  bump(store, 'filters', by);
}

/** In a transaction: ends a subscription. */
export function forget(row: SubscriptionRow, store: StoreView): void {
  store.delete(subscriptions, row);
  store.in({ account: row.owner }).delete(owned, { arn: row.arn });
  countFilter(row, store, -1);
  bump(store, ofTopic(row.life, row.confirmed ? 'confirmed' : 'pending'), -1);
  if (row.confirmed) bump(store, ofTopic(row.life, 'deleted'), 1);
  else bump(store, 'pending', -1);
}
