/** What follows when events were written: they are brought to the group's subscriptions, and tried again for a day where that fails. */
import { MINUTE, SECOND } from '#kernel/base';
import { type Ctx, type EventHandler, ServiceError, type TimerHandler } from '#kernel/contract';
import { accountSubscription } from './domain/account-policies.ts';
import { type BatchKey, deliver, keyOf, targetOf } from './domain/deliver.ts';
import { eventsOf } from './domain/reader.ts';
import { DELIVERY_FOR } from './limits.ts';
import { batches, groups, streams, subscriptions } from './state.ts';

/** Refusals that trying again doesn't change. Source: User Guide, "Real-time processing of log data with subscriptions". */
const FINAL = /^(AccessDenied|ResourceNotFound|InvalidParameter|Validation|NotImplemented|NoSuch)/;
/** In the place of a filter's name: the subscription that the account's policy gives. No filter has a colon. */
const ACCOUNT = ':account';
const RETRY_FIRST = SECOND;
const RETRY_LONGEST = 5 * MINUTE;

/** A batch was written to a group with subscription filters. */
export const written: EventHandler = async (payload, ctx) => {
  const key = payload as BatchKey;
  const own = ctx.store.list(subscriptions, { where: { group: key.group } }).map(({ name }) => name);
  for (const name of [...own, ACCOUNT]) await bring(key, name, 0, ctx);
};

/** Once more. */
export const redeliver: TimerHandler = async (payload, ctx) => {
  const { filter, tries, ...key } = payload as BatchKey & { filter: string; tries: number };
  await bring(key, filter, tries, ctx);
};

async function bring(key: BatchKey, name: string, tries: number, ctx: Ctx): Promise<void> {
  const row = ctx.store.get(batches, key);
  const group = ctx.store.first(groups, { index: 'byPile', where: { pile: key.group } });
  const filter =
    name !== ACCOUNT || group === undefined
      ? ctx.store.get(subscriptions, { group: key.group, name })
      : accountSubscription(group, ctx.store);
  const stream = ctx.store.first(streams, { index: 'byPile', where: { pile: key.stream } });
  if (row === undefined || group === undefined || filter === undefined || stream === undefined) return;
  const target = targetOf(filter.destinationArn, filter.roleArn, ctx.store);
  const dimensions = { LogGroupName: group.name, FilterName: filter.name };
  try {
    if (target === undefined) return;
    await deliver(await eventsOf(row, stream.name, ctx.store, ctx), filter, group, target, ctx);
    ctx.count('ForwardedBytes', dimensions, row.bytes, 'Bytes');
    ctx.count('ForwardedLogEvents', dimensions, row.count, 'None');
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.count('DeliveryErrors', dimensions, 1, 'None');
    if (FINAL.test(error.code) || ctx.now - row.ingestedAt > DELIVERY_FOR) return;
    const delay = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** Math.min(tries, 20));
    ctx.transact(() =>
      ctx.arm('redeliver', `${key.stream} ${key.sequence} ${name}`, ctx.clock() + delay, {
        ...keyOf(key),
        filter: name,
        tries: tries + 1,
      }),
    );
  }
}
