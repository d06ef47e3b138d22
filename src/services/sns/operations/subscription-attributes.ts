/** Attributes of subscriptions. */
import type { Handler } from '#kernel/contract';
import { findSubscription } from '../domain/find.ts';
import { checkFilterQuota, countFilter } from '../domain/subscription.ts';
import { attributeFault, isUnset, keptValue, shownAttributes } from '../domain/subscription-attributes.ts';
import { invalid } from '../errors.ts';
import { type Attributes, type SubscriptionRow, subscriptions } from '../state.ts';

export const getSubscriptionAttributes: Handler<'sns', 'GetSubscriptionAttributes'> = (input, ctx) => {
  const { subscription, topic } = findSubscription(input.SubscriptionArn, ctx);
  return { Attributes: shownAttributes(subscription, topic) };
};

export const setSubscriptionAttributes: Handler<'sns', 'SetSubscriptionAttributes'> = (input, ctx) => {
  const { subscription: row, topic, store, account, region } = findSubscription(input.SubscriptionArn, ctx);
  const name = input.AttributeName;
  const value = input.AttributeValue ?? '';
  const all = { ...row.attributes, [name]: keptValue(name, value) };
  const fault = attributeFault(name, value, { topic, owner: row.owner, protocol: row.protocol, all });
  if (fault !== undefined) throw invalid(fault);
  const changed: SubscriptionRow = { ...row, attributes: isUnset(name, value) ? without(name, row.attributes) : all };
  countFilter(row, store, -1);
  checkFilterQuota(changed, store, ctx);
  countFilter(changed, store, 1);
  store.put(subscriptions, changed);
  if (name === 'ReplayPolicy' && value !== '') ctx.start('replay', row.arn, { arn: row.arn }, { account, region });
  return {};
};

/** A policy takes its scope with it. Source: hashicorp/terraform-provider-aws, its subscriptions: "the API silently drops the scope". */
function without(name: string, attributes: Attributes): Attributes {
  const gone = name === 'FilterPolicy' ? [name, 'FilterPolicyScope'] : [name];
  return Object.fromEntries(Object.entries(attributes).filter(([other]) => !gone.includes(other)));
}
