/** Events that were taken for later: brought to their functions, tried again when these fail, given up as their configuration says. */
import { collect, SECOND } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { targetOf } from './domain/find.ts';
import { run } from './domain/run.ts';
import {
  EVENT_AGE_DEFAULT,
  EVENT_BYTES_MAX,
  EVENT_RETRIES_DEFAULT,
  EVENT_RETRY_DELAYS,
  THROTTLE_DELAY_MAX,
} from './limits.ts';
import { type EventRow, events } from './state.ts';

/** One try. */
export const deliver: TaskHandler = async ({ id }, ctx) => {
  const event = ctx.store.get(events, { id: String(id) });
  if (event === undefined) return;
  const target = targetOf(event.name, event.qualifier, ctx);
  if (target === undefined) {
    drop(event, ctx);
    return;
  }
  const payload = await collect(ctx.blobs.read(event.payload), EVENT_BYTES_MAX, () => new Error('an event that grew'));
  const { arn, clientContext, trace } = event;
  try {
    const call = { requestId: event.id, arn, payload, clientContext, trace, streams: false };
    const answer = await run(target, call, ctx);
    if (answer.failed) again({ ...event, failures: event.failures + 1 }, ctx);
    else drop(event, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    again({ ...event, throttles: event.throttles + 1 }, ctx);
  }
};

/** An event is tried again. */
export const retry: TimerHandler = ({ id }, ctx) => {
  ctx.start('deliver', String(id), { id });
};

/** Waits as long as Lambda does: for a failure of the function, or for one that came before it. */
function again(event: EventRow, ctx: Ctx): void {
  const isThrottle = event.throttles > (ctx.store.get(events, event)?.throttles ?? 0);
  const delay = isThrottle
    ? Math.min(SECOND * 2 ** (event.throttles - 1), THROTTLE_DELAY_MAX)
    : (EVENT_RETRY_DELAYS[event.failures - 1] ?? THROTTLE_DELAY_MAX);
  const at = ctx.clock() + delay;
  if (event.failures > EVENT_RETRIES_DEFAULT || at - event.acceptedAt > EVENT_AGE_DEFAULT) {
    drop(event, ctx);
    return;
  }
  ctx.transact((store) => {
    store.put(events, event);
    ctx.arm('retry', event.id, at, { id: event.id });
  });
}

function drop(event: EventRow, ctx: Ctx): void {
  ctx.transact((store) => {
    if (store.delete(events, event)) ctx.blobs.drop(event.payload);
  });
}
