/** What is due at an instant: retries, questions put again, tokens that end, and the sweeping of topics that are gone. */
import type { TimerHandler } from '#kernel/contract';
import type { StoreView, Table } from '#kernel/store';
import { ofTopic } from './domain/count.ts';
import { subscriptionOf } from './domain/find.ts';
import { forget } from './domain/subscription.ts';
import { SWEEP_BATCH } from './limits.ts';
import { counters, deduplications, deliveries, departed, lasts, messages, queued, subscriptions } from './state.ts';

/** Each begins the task of its name: a timer holds up the others, a task doesn't. */
export const deliver: TimerHandler = (payload, ctx) => {
  ctx.start('deliver', `${payload.life}/${payload.sequence}/${payload.subscription}`, payload);
};
export const drain: TimerHandler = (payload, ctx) => {
  ctx.start('drain', `${payload.subscription}/${payload.group}`, payload);
};
export const ask: TimerHandler = (payload, ctx) => {
  ctx.start('ask', String(payload.arn), payload);
};

/** A subscription that nobody confirmed in time, or whose end nobody took back. */
export const expire: TimerHandler = (payload, ctx) => {
  if (payload.arn !== undefined) {
    const found = subscriptionOf(String(payload.arn), ctx.store);
    if (found !== undefined && !found.subscription.confirmed) forget(found.subscription, found.store);
    return;
  }
  const { life, token, account, region } = payload as { [name: string]: string };
  ctx.store
    .in({ account: account ?? '', region: region ?? '' })
    .delete(departed, { life: life ?? '', token: token ?? '' });
};

/** Removes a bounded part of what hung on a topic and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const { life, account, region } = payload as { life: string; account: string; region: string };
  const store = ctx.store.in({ account, region });
  const rows = store.list(subscriptions, { where: { life }, limit: SWEEP_BATCH });
  let left = 0;
  for (const row of rows) {
    const waiting = store.list(queued, { where: { subscription: row.id }, limit: SWEEP_BATCH });
    for (const one of waiting) store.delete(queued, one);
    left += waiting.length;
    if (waiting.length < SWEEP_BATCH) forget(row, store);
    if (left >= SWEEP_BATCH) break;
  }
  left += rows.length;
  left += empty(messages, life, store) + empty(deliveries, life, store);
  left += empty(deduplications, life, store) + empty(departed, life, store);
  if (left > 0) {
    ctx.arm('sweep', life, ctx.now + 1, payload);
    return;
  }
  for (const what of ['confirmed', 'pending', 'deleted', 'filters'] as const)
    store.delete(counters, { id: ofTopic(life, what) });
  store.delete(lasts, { life });
};

function empty<Row extends { life: string }, Key extends keyof Row & string>(
  table: Table<Row, Key>,
  life: string,
  store: StoreView,
): number {
  const rows = store.list(table, { where: { life } as Partial<Row>, limit: SWEEP_BATCH });
  for (const row of rows) store.delete(table, row);
  return rows.length;
}
