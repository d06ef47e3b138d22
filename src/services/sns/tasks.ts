/** Work that may take long: offering a message to a topic's subscriptions, one delivery, the messages of one group in order, questions to endpoints. */
import type { Ctx, TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { attempt, type Letter, type Outcome } from './domain/attempt.ts';
import { changeOpen, conclude, letterOf, tryOnce } from './domain/deliver.ts';
import { logDelivery } from './domain/feedback.ts';
import { filterOf } from './domain/filter.ts';
import { FAN_OUT_PAGE } from './limits.ts';
import {
  deliveries,
  type MessageRow,
  messages,
  type Pending,
  type QueuedRow,
  queued,
  type SubscriptionRow,
  subscriptions,
  type TopicRow,
  topics,
} from './state.ts';

/** Until a handler first waits it is one transaction, which then must be empty; these write in transactions of their own from the beginning. */
export function apart(tasks: { [name: string]: TaskHandler }): { [name: string]: TaskHandler } {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]): [string, TaskHandler] => [
      name,
      async (payload, ctx) => {
        await undefined;
        await task(payload, ctx);
      },
    ]),
  );
}

type Key = { life: string; sequence: number };

/** The topic, unless it is gone or another of that name came in its place. */
function topicOf(name: unknown, life: unknown, store: StoreView): TopicRow | undefined {
  const topic = store.get(topics, { name: String(name) });
  return topic?.life === life ? topic : undefined;
}

/** Whether a subscription wants the message; counts those that don't. */
function wantedBy(letter: Letter, ctx: Ctx): (subscription: SubscriptionRow) => boolean {
  const { topic } = letter;
  const rejectedBy = filterOf(letter);
  return (subscription) => {
    if (!subscription.confirmed) return false;
    const rejection = rejectedBy(subscription);
    if (rejection === undefined) return true;
    for (const end of rejection)
      ctx.count(`NumberOfNotificationsFilteredOut${end && `-${end}`}`, { TopicName: topic.name }, 1);
    ctx.count('NumberOfNotificationsFailed', { TopicName: topic.name }, 0);
    return false;
  };
}

function nextPage({ life, cursor }: MessageRow, store: StoreView): SubscriptionRow[] {
  return store.list(subscriptions, {
    where: { life },
    ...(cursor !== undefined && { after: { id: cursor } }),
    limit: FAN_OUT_PAGE,
  });
}

/** The message after a page: how far it has come, or that it was offered to all. */
function turnPage(
  message: MessageRow,
  page: readonly SubscriptionRow[],
  opened: number,
  topic: TopicRow,
  store: StoreView,
): MessageRow {
  const row = store.get(messages, message) ?? message;
  const { waiting: _, cursor: __, ...rest } = row;
  const last = page.at(-1);
  const turned: MessageRow =
    page.length < FAN_OUT_PAGE || last === undefined ? rest : { ...rest, waiting: 'yes', cursor: last.id };
  store.put(messages, turned);
  changeOpen(turned, opened, topic, store);
  return { ...turned, open: turned.open + opened };
}

/** Offers a message of a standard topic, a page of subscriptions at a time. */
export const offer: TaskHandler = async (payload, ctx) => {
  const topic = topicOf(payload.topic, payload.life, ctx.store);
  let message = ctx.store.get(messages, payload as Key);
  if (topic === undefined || message?.waiting === undefined) return;
  const letter = letterOf(message, topic, ctx);
  const wants = wantedBy(letter, ctx);
  while (message.waiting !== undefined) {
    const page: SubscriptionRow[] = nextPage(message, ctx.store);
    const wanted = page.filter(wants);
    const outcomes = await Promise.all(wanted.map((to) => (isSlow(to) ? undefined : attempt(letter, to, ctx))));
    const before: MessageRow = message;
    message = ctx.transact((store) => {
      const opened = wanted.filter((to, index) => settleFirst(outcomes[index], to, letter, store, ctx)).length;
      return turnPage(before, page, opened, topic, store);
    });
    for (const [index, to] of wanted.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) await logDelivery(letter, to, outcome, 1, ctx);
    }
  }
};

/** Endpoints outside are waited for by tasks of their own. */
function isSlow({ protocol }: SubscriptionRow): boolean {
  return protocol === 'http' || protocol === 'https';
}

/** In a transaction: true where the delivery is not over. */
function settleFirst(
  outcome: Outcome | undefined,
  to: SubscriptionRow,
  letter: Letter,
  store: StoreView,
  ctx: Ctx,
): boolean {
  const key = { life: letter.row.life, sequence: letter.row.sequence, subscription: to.id };
  const first: Pending = { attempts: 0 };
  const next = outcome === undefined ? { at: ctx.clock(), pending: first } : conclude(outcome, to, letter, first, ctx);
  if (next === 'over') return false;
  store.put(deliveries, { ...key, ...next.pending });
  begin({ ...key, topic: letter.topic.name }, next.at, ctx);
  return true;
}

type DeliveryJob = { topic: string; life: string; sequence: number; subscription: string };

/** In a transaction: begins a delivery at an instant. */
function begin(job: DeliveryJob, at: number, ctx: Ctx): void {
  const key = `${job.life}/${job.sequence}/${job.subscription}`;
  if (at <= ctx.clock()) ctx.start('deliver', key, job);
  else ctx.arm('deliver', key, at, job);
}

/** Tries a delivery once more. */
export const deliver: TaskHandler = async (payload, ctx) => {
  const job = payload as DeliveryJob;
  const pending = ctx.store.get(deliveries, job);
  if (pending === undefined) return;
  const topic = topicOf(job.topic, job.life, ctx.store);
  const message = ctx.store.get(messages, job);
  const to = ctx.store.get(subscriptions, { life: job.life, id: job.subscription });
  if (topic === undefined || message === undefined || to === undefined) {
    ctx.transact((store) => {
      store.delete(deliveries, job);
      if (topic !== undefined) changeOpen(job, -1, topic, store);
    });
    return;
  }
  const letter = letterOf(message, topic, ctx);
  const outcome = await tryOnce(letter, to, pending, ctx);
  ctx.transact((store) => {
    const next = conclude(outcome, to, letter, pending, ctx);
    if (next === 'over') {
      store.delete(deliveries, job);
      changeOpen(job, -1, topic, store);
    } else {
      store.put(deliveries, {
        life: job.life,
        sequence: job.sequence,
        subscription: job.subscription,
        ...next.pending,
      });
      begin(job, next.at, ctx);
    }
  });
  await logDelivery(letter, to, outcome, pending.attempts + 1, ctx);
};

/** Puts the messages of a FIFO topic, one after the other, into the order of each subscription's groups. */
export const offerInOrder: TaskHandler = async (payload, ctx) => {
  const name = String(payload.topic);
  for (;;) {
    const topic = ctx.store.get(topics, { name });
    const message =
      topic && ctx.store.first(messages, { index: 'byWaiting', where: { life: topic.life, waiting: 'yes' } });
    if (topic === undefined || message === undefined) return;
    const wants = wantedBy(letterOf(message, topic, ctx), ctx);
    ctx.transact((store) => {
      const page = nextPage(message, store);
      const wanted = page.filter(wants);
      for (const { id } of wanted)
        queue({ subscription: id, group: message.group ?? '', ...message }, topic, store, ctx);
      turnPage(message, page, wanted.length, topic, store);
    });
  }
};

/** In a transaction: puts a message at its place in a group. */
export function queue(
  { subscription, group, life, sequence }: Pick<QueuedRow, 'subscription' | 'group' | 'life' | 'sequence'>,
  topic: TopicRow,
  store: StoreView,
  ctx: Ctx,
  replayed?: true,
): void {
  store.put(queued, { subscription, group, life, sequence, attempts: 0, ...(replayed && { replayed }) });
  ctx.start('drain', `${subscription}/${group}`, { topic: topic.name, life, subscription, group });
}

/** Delivers what waits in one group for one subscription, in order; what has to be tried again holds up what is behind it. */
export const drain: TaskHandler = async (payload, ctx) => {
  const { topic: name, life, subscription, group } = payload as { topic: string } & QueuedRow;
  for (;;) {
    const first = ctx.store.first(queued, { where: { subscription, group } });
    if (first === undefined) return;
    const topic = topicOf(name, life, ctx.store);
    const message = ctx.store.get(messages, first);
    const to = ctx.store.get(subscriptions, { life, id: subscription });
    if (topic === undefined || message === undefined || to === undefined) {
      ctx.transact((store) => {
        store.delete(queued, first);
        if (topic !== undefined) changeOpen(first, -1, topic, store);
      });
      continue;
    }
    if (first.notBefore !== undefined && first.notBefore > ctx.clock()) return;
    const letter = letterOf(message, topic, ctx);
    const outcome = await tryOnce(letter, to, first, ctx);
    const waits = ctx.transact((store) => {
      const next = conclude(outcome, to, letter, first, ctx);
      if (next === 'over') {
        store.delete(queued, first);
        changeOpen(first, -1, topic, store);
        return false;
      }
      const { dead: _, ...rest } = first;
      store.put(queued, { ...rest, ...next.pending, notBefore: next.at });
      const later = next.at > ctx.clock();
      if (later) ctx.arm('drain', `${subscription}/${group}`, next.at, payload);
      return later;
    });
    await logDelivery(letter, to, outcome, first.attempts + 1, ctx);
    if (waits) return;
  }
};
