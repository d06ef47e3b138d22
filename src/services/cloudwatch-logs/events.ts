/** What follows when events were written: they are brought to the group's subscriptions, and tried again for a day where that fails. */
import { MINUTE, parseArn, SECOND } from '#kernel/base';
import { type Ctx, type EventHandler, ServiceError, type TimerHandler } from '#kernel/contract';
import { accountSubscription } from './domain/account-policies.ts';
import { type BatchKey, deliver, keyOf, matchingOf, targetOf } from './domain/deliver.ts';
import { eventsOf } from './domain/reader.ts';
import { DELIVERY_FOR } from './limits.ts';
import { batches, groups, streams, subscriptions } from './state.ts';

/** Refusals that trying again doesn't change. Source: User Guide, "Real-time processing of log data with subscriptions". */
const FINAL = /^(AccessDenied|ResourceNotFound|InvalidParameter|Validation|NotImplemented|NoSuch)/;
const THROTTLED = /Throttl|TooManyRequests|ThroughputExceeded/;
/** In the place of a filter's name: the subscription that the account's policy gives. No filter has a colon. */
const ACCOUNT = ':account';
const RETRY_FIRST = SECOND;
const RETRY_LONGEST = 5 * MINUTE;
/** How metrics call what events go to. Source: alarms of users on `Firehose`; the others by their services' names. */
const DESTINATION_TYPES: { readonly [service: string]: string } = {
  lambda: 'Lambda',
  kinesis: 'Kinesis',
  firehose: 'Firehose',
};

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
  if (target === undefined) return;
  const DestinationType = DESTINATION_TYPES[parseArn(target.arn)?.service ?? ''] ?? '';
  const dimensions = { LogGroupName: group.name, DestinationType, FilterName: filter.name };
  let waiting = row.count;
  try {
    const matching = matchingOf(await eventsOf(row, stream.name, ctx.store, ctx), filter, group, ctx.store);
    waiting = matching.length;
    if (waiting === 0) return;
    ctx.count('ForwardedBytes', dimensions, await deliver(matching, filter, group, target, ctx), 'Bytes');
    ctx.count('ForwardedLogEvents', dimensions, waiting, 'None');
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // Source: User Guide, "Monitoring with CloudWatch metrics": both count events.
    ctx.count(THROTTLED.test(error.code) ? 'DeliveryThrottling' : 'DeliveryErrors', dimensions, waiting, 'None');
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
