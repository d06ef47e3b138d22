/** Subscriptions: subscribe, confirm, list, unsubscribe. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { Subscription } from '#models/sns';
import { bump, countOf, ofTopic } from '../domain/count.ts';
import { ASKED, checkEndpoint, isConfirmed, phoneNumber } from '../domain/endpoint.ts';
import { type Found, findTopic, subscriptionOf } from '../domain/find.ts';
import { readSubscriptionArn, readTopicArn } from '../domain/names.ts';
import { pageOf, readToken } from '../domain/page.ts';
import { findDevice } from '../domain/push.ts';
import { checkFilterQuota, countFilter, forget, isForLarge } from '../domain/subscription.ts';
import { checkAttributes, keptAttributes } from '../domain/subscription-attributes.ts';
import {
  endpointMissing,
  invalid,
  invalidFor,
  invalidText,
  notEndpointsOwner,
  notForLarge,
  notPermitted,
  tooManyForLarge,
  tooManySubscriptions,
} from '../errors.ts';
import {
  FIFO_SUBSCRIPTIONS_MAX,
  LARGE_PROTOCOLS,
  LARGE_SUBSCRIPTIONS_MAX,
  PAGE_SIZE,
  PENDING_SUBSCRIPTIONS_MAX,
  SUBSCRIPTIONS_MAX,
  TOKEN_LIFE,
} from '../limits.ts';
import { departed, owned, type SubscriptionRow, subscriptions, topics } from '../state.ts';

const PENDING = 'pending confirmation';

export const subscribe: Handler<'sns', 'Subscribe'> = (input, ctx) => {
  const found = findTopic(input.TopicArn, ctx);
  const { topic, store } = found;
  const { Protocol: protocol, Endpoint: given = '' } = input;
  checkEndpoint(protocol, given, topic);
  if (isForLarge(topic) && !LARGE_PROTOCOLS.includes(protocol)) throw notForLarge(protocol);
  const endpoint = protocol === 'sms' ? (phoneNumber(given) ?? given) : given;
  if (protocol === 'application') checkDevice(endpoint, store);
  if (protocol === 'firehose' && !isConfirmed(protocol, endpoint, ctx.account))
    throw notEndpointsOwner(ctx.account, endpoint);
  const attributes = input.Attributes ?? {};
  checkAttributes(attributes, { topic, owner: ctx.account, protocol });
  const kept = keptAttributes(attributes);
  const answer = (row: SubscriptionRow) => ({
    SubscriptionArn: row.confirmed || input.ReturnSubscriptionArn === true ? row.arn : PENDING,
  });
  const before = store.first(subscriptions, { index: 'byEndpoint', where: { life: topic.life, protocol, endpoint } });
  if (before !== undefined) {
    const shown = { FilterPolicyScope: 'MessageAttributes', RawMessageDelivery: 'false', ...before.attributes };
    const other = Object.entries(kept).some(([name, value]) => shown[name as keyof typeof shown] !== value);
    if (other) throw invalidFor('Attributes', 'Subscription already exists with different attributes');
    if (!before.confirmed) ctx.start('ask', before.arn, { arn: before.arn }, found);
    return answer(before);
  }
  return answer(add(protocol, endpoint, kept, found, ctx));
};

function add(
  protocol: string,
  endpoint: string,
  attributes: SubscriptionRow['attributes'],
  { topic, store, account, region }: Found,
  ctx: Ctx,
): SubscriptionRow {
  const confirmed = isConfirmed(protocol, endpoint, ctx.account);
  const all = countOf(store, ofTopic(topic.life, 'confirmed')) + countOf(store, ofTopic(topic.life, 'pending'));
  if (isForLarge(topic) && all >= LARGE_SUBSCRIPTIONS_MAX) throw tooManyForLarge();
  if (all >= (topic.fifo ? FIFO_SUBSCRIPTIONS_MAX : ctx.quota(SUBSCRIPTIONS_MAX))) throw tooManySubscriptions();
  if (!confirmed && bump(store, 'pending', 1) > ctx.quota(PENDING_SUBSCRIPTIONS_MAX)) throw tooManySubscriptions();
  const id = ctx.uuid();
  const arn = `${topic.arn}:${id}`;
  const row: SubscriptionRow = {
    life: topic.life,
    id,
    arn,
    topicArn: topic.arn,
    protocol,
    endpoint,
    owner: ctx.account,
    principal: principalOf(ctx),
    attributes,
    confirmed,
    authenticated: confirmed,
    signedUnsubscribe: false,
    ...(!confirmed && { token: newToken(ctx) }),
    createdAt: ctx.now,
  };
  checkFilterQuota(row, store, ctx);
  countFilter(row, store, 1);
  store.put(subscriptions, row);
  store.in({ account: row.owner, region }).put(owned, { arn });
  bump(store, ofTopic(topic.life, confirmed ? 'confirmed' : 'pending'), 1);
  if (!confirmed) {
    ctx.start('ask', arn, { arn }, { account, region });
    ctx.arm('expire', arn, ctx.now + TOKEN_LIFE, { arn });
  } else if (attributes.ReplayPolicy !== undefined) ctx.start('replay', arn, { arn }, { account, region });
  return row;
}

/** Of a session it is the role. Source: radkawar/stackd, measured in 2026. */
function principalOf({ caller: { principal } }: Ctx): string {
  return principal.kind === 'session' ? principal.roleArn : principal.arn;
}

/** A token's length is AWS's. */
function newToken(ctx: Ctx): string {
  return Array.from({ length: 9 }, () => ctx.uuid().replaceAll('-', '')).join('');
}

/** @throws {ServiceError} NotFound */
function checkDevice(arn: string, store: StoreView): void {
  if (findDevice(arn, store) === undefined) throw endpointMissing();
}

export const confirmSubscription: Handler<'sns', 'ConfirmSubscription'> = (input, ctx) => {
  const named = readTopicArn(input.TopicArn);
  const link = ctx.caller.principal.kind === 'anonymous';
  if (named.region !== ctx.region && !link) throw invalid('Topic');
  if (!/^[0-9a-f]{64,512}$/.test(input.Token)) throw invalidText('Invalid token');
  const store = ctx.store.in(named);
  const life = store.get(topics, { name: named.name })?.life ?? '';
  const row = store.first(subscriptions, { index: 'byToken', where: { life, token: input.Token } });
  const gone = row === undefined ? store.get(departed, { life, token: input.Token }) : undefined;
  const asked = row ?? gone?.row;
  if (asked === undefined) throw invalid('Token');
  if (row?.confirmed === true) return { SubscriptionArn: row.arn };
  const signedUnsubscribe = !link && input.AuthenticateOnUnsubscribe === 'true';
  store.put(subscriptions, { ...asked, token: input.Token, confirmed: true, authenticated: !link, signedUnsubscribe });
  bump(store, ofTopic(life, 'confirmed'), 1);
  if (gone === undefined) {
    bump(store, ofTopic(life, 'pending'), -1);
    bump(store, 'pending', -1);
  } else {
    store.delete(departed, gone);
    bump(store, ofTopic(life, 'deleted'), -1);
    countFilter(asked, store, 1);
    store.in({ account: asked.owner }).put(owned, { arn: asked.arn });
  }
  return { SubscriptionArn: asked.arn };
};

/** Unsubscribing from what isn't there is no error. */
export const unsubscribe: Handler<'sns', 'Unsubscribe'> = (input, ctx) => {
  const { account, region } = readSubscriptionArn(input.SubscriptionArn);
  const found = subscriptionOf(input.SubscriptionArn, ctx.store);
  if (found === undefined) return {};
  const { subscription: row, store } = found;
  const link = ctx.caller.principal.kind === 'anonymous';
  // What nobody is asked for ends by no link. Source: radkawar/stackd, measured in 2026.
  if (link && (row.signedUnsubscribe || !ASKED.includes(row.protocol)))
    throw notPermitted('Unsubscribe from this subscription requires authentication');
  if (!link && ctx.account !== row.owner && ctx.account !== account)
    throw notPermitted(
      `User: ${ctx.caller.principal.arn} is not authorized to perform: SNS:Unsubscribe on resource: ${row.topicArn}`,
    );
  if (!row.confirmed)
    throw invalidFor('SubscriptionArn', 'Cannot unsubscribe a subscription that is pending confirmation');
  forget(row, store);
  if (row.protocol === 'http' || row.protocol === 'https') {
    const token = newToken(ctx);
    store.put(departed, { life: row.life, token, row: { ...row, token } });
    ctx.start('part', row.arn, { life: row.life, token }, { account, region });
    ctx.arm('expire', token, ctx.now + TOKEN_LIFE, { life: row.life, token, account, region });
  }
  return {};
};

function show(row: SubscriptionRow): Subscription {
  return {
    SubscriptionArn: row.confirmed ? row.arn : 'PendingConfirmation',
    Owner: row.owner,
    Protocol: row.protocol,
    Endpoint: row.endpoint,
    TopicArn: row.topicArn,
  };
}

export const listSubscriptions: Handler<'sns', 'ListSubscriptions'> = (input, ctx) => {
  const after = readToken(input.NextToken);
  const rows = ctx.store.list(owned, { ...(after !== undefined && { after: { arn: after } }), limit: PAGE_SIZE + 1 });
  const { page, next } = pageOf(rows, ({ arn }) => arn);
  const found = page.flatMap(({ arn }) => subscriptionOf(arn, ctx.store)?.subscription ?? []);
  return { Subscriptions: found.map(show), ...(next !== undefined && { NextToken: next }) };
};

export const listSubscriptionsByTopic: Handler<'sns', 'ListSubscriptionsByTopic'> = (input, ctx) => {
  const { topic, store } = findTopic(input.TopicArn, ctx);
  const after = readToken(input.NextToken);
  const rows = store.list(subscriptions, {
    where: { life: topic.life },
    ...(after !== undefined && { after: { id: after } }),
    limit: PAGE_SIZE + 1,
  });
  const { page, next } = pageOf(rows, ({ id }) => id);
  return { Subscriptions: page.map(show), ...(next !== undefined && { NextToken: next }) };
};
