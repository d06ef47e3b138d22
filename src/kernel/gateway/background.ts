/** Work that no client asked for: timers that are due and events that arrive, run as the service's own principal in a context of its own. */
import { types } from 'node:util';
import type { WebSocket } from 'ws';
import { invariant } from '#kernel/base';
import { type Ctx, ServiceError, type ServiceName, type SocketRules } from '#kernel/contract';
import type { EventRow } from '#kernel/events';
import { principalOfEndpoint } from '#kernel/identity';
import { CallContext } from './context.ts';
import type { OpenedSocket } from './exchange.ts';
import type { Kernel } from './kernel.ts';
import { reachOf } from './reach.ts';
import { newRequestId } from './request-id.ts';
import { isPlaceDark } from './steps/dark.ts';
import type { TaskRow } from './tasks.ts';
import type { TimerRow } from './timers.ts';

type Job = (payload: Record<string, unknown>, ctx: Ctx) => void | Promise<void>;

/** Runs the handler of a timer that is due, as its service. */
export async function fireTimer(kernel: Kernel, row: TimerRow): Promise<void> {
  const { service } = await kernel.catalog.load(row.service);
  const job = service?.timers?.[row.timer];
  if (job === undefined) {
    kernel.log('warn', 'a timer has no handler any more', { service: row.service, timer: row.timer });
    return;
  }
  await runJob(kernel, row.service as ServiceName, row, job, row.payload);
}

/** Carries out work that its service has begun. */
export async function runTask(kernel: Kernel, row: TaskRow): Promise<void> {
  const { service } = await kernel.catalog.load(row.service);
  const job = service?.tasks?.[row.task];
  if (job === undefined) {
    kernel.log('warn', 'a task has no handler any more', { service: row.service, task: row.task });
    return;
  }
  await runJob(kernel, row.service as ServiceName, row, job, row.payload);
}

/** Messages of one web socket that wait their turn: who sends more is read no further until then. */
const UNHEARD_MAX = 32;

/** Hears a web socket for the service that has opened it: its messages one after the other, then its end. */
export function attachSocket(kernel: Kernel, { id, row }: OpenedSocket, open: WebSocket): void {
  kernel.sockets.add(id, open);
  let last: Promise<void> = Promise.resolve();
  let unheard = 0;
  const hear = (job: (rules: SocketRules, ctx: Ctx) => Promise<void>) => {
    unheard += 1;
    if (unheard === UNHEARD_MAX) open.pause();
    last = last
      .then(async () => {
        const rules = (await kernel.catalog.load(row.service)).service?.sockets;
        if (rules !== undefined) await runJob(kernel, row.service as ServiceName, row, (_, ctx) => job(rules, ctx), {});
      })
      // It was logged; the socket goes on.
      .catch(() => {})
      .then(() => {
        unheard -= 1;
        if (unheard < UNHEARD_MAX) open.resume();
      });
    kernel.tasks.track(last);
  };
  open.on('message', (data, isBinary) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    hear((rules, ctx) => rules.message(id, bytes, !isBinary, ctx));
  });
  open.on('close', (code, reason) => hear((rules, ctx) => rules.closed(id, code, reason.toString('utf8'), ctx)));
  open.on('error', () => open.terminate());
}

/** Brings an event to one service that listens to it. */
export async function deliverEvent(kernel: Kernel, name: ServiceName, row: EventRow): Promise<void> {
  const { service } = await kernel.catalog.load(name);
  const job = service?.events?.[row.event];
  invariant(job !== undefined, `${name} is registered for ${row.event} but does not handle it`);
  await runJob(kernel, name, row, job, row.payload);
}

type Where = { account: string; region: string };

/** The context of a service that works by itself, in a place. */
export async function jobContext(kernel: Kernel, name: ServiceName, { account, region }: Where): Promise<CallContext> {
  const loaded = await kernel.catalog.load(name);
  const principal = principalOfEndpoint(loaded.head.endpoint, account);
  // Whoever asked tries again, until the Region is there.
  if (isPlaceDark(kernel, loaded, region, kernel.clock.now())) throw new RegionDark(region);
  return new CallContext(kernel, {
    service: name,
    prefix: loaded.service?.prefix ?? name,
    account,
    region,
    now: kernel.clock.now(),
    requestId: newRequestId(loaded, kernel.random.stream('inside')),
    caller: { principal, accessKeyId: undefined, sourceIp: principal.id, userAgent: principal.id, secure: true },
    endpoint: kernel.endpoint(),
    http: { method: 'POST', path: '/', query: '', headers: {}, trailers: {} },
    metrics: loaded.service?.metrics,
    isBackground: true,
    gone: () => undefined,
    reach: () => reachOf(kernel, { endpoint: loaded.head.endpoint, account, region }, { account, region, principal }),
    // A service does what is its own to do; what is another's it asks for through ctx.aws.
    authorize: () => {},
    // It is no call, which is all that the trail knows.
    tellTrail: () => {},
  });
}

async function runJob(
  kernel: Kernel,
  name: ServiceName,
  place: Where,
  job: Job,
  payload: Record<string, unknown>,
): Promise<void> {
  const ctx = await jobContext(kernel, name, place);
  try {
    // As with an operation: one that is `async` opens its transactions itself, from the first on.
    await (types.isAsyncFunction(job) ? job(payload, ctx) : ctx.run(async0(() => job(payload, ctx))));
  } catch (error) {
    // What another service refuses for now is no failure of ours.
    const level = error instanceof ServiceError ? 'warn' : 'error';
    kernel.log(level, 'work in the background failed; it will be tried again', {
      service: name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    throw error;
  }
}

class RegionDark extends Error {
  override name = 'RegionDark';
}

/** A job that returns nothing is a handler with an empty output. */
function async0(job: () => void | Promise<void>): () => object | Promise<object> {
  return () => {
    const waiting = job();
    return waiting === undefined ? {} : waiting.then(() => ({}));
  };
}
