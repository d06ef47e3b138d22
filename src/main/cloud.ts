/** The composition root: makes the rooms of one cloud and joins them. Several clouds can live in one process. */
import { Activity, Clock } from '#kernel/clock';
import type { Aws } from '#kernel/contract';
import { Audit, type EventRow, Outbox } from '#kernel/events';
import { Faults } from '#kernel/faults';
import {
  authorizeAs,
  awsCalls,
  Catalog,
  DecisionLog,
  deliverEvent,
  fireTimer,
  flushMeters,
  type GatewayReply,
  type GatewayRequest,
  handle,
  type Kernel,
  type Log,
  OpenSockets,
  runTask,
  Signals,
  Tasks,
  Timers,
  visitHere,
  visitUrl,
} from '#kernel/gateway';
import { Directory, rootOf } from '#kernel/identity';
import { Mail } from '#kernel/mail';
import { Contributors, Metrics, Quotas, Throttles, Usage } from '#kernel/metering';
import { Random } from '#kernel/random';
import {
  type BlobDriver,
  BlobFiles,
  BlobMemory,
  Blobs,
  type Driver,
  MemoryDriver,
  SqliteDriver,
  Store,
  table,
  viewOf,
} from '#kernel/store';
import { LocalAuthority } from './authority.ts';
import { keepTurns, lastTurn } from './clock-state.ts';
import { type CloudOptions, ConfigError } from './config.ts';
import { openEngines } from './engines.ts';
import { type Folder, openFolder } from './folder.ts';
import { keepMeters } from './meters.ts';
import { MODELS } from './models.ts';
import { fetchThrough } from './outside.ts';
import { patiently } from './patience.ts';
import { openPlanes } from './planes.ts';
import { listenersOf, loadService } from './registry.ts';
import { smtpRelay } from './relay.ts';
import { findResource } from './resources.ts';

export type Cloud = {
  kernel: Kernel;
  folder: Folder | undefined;
  options: CloudOptions;
  handle(request: GatewayRequest): Promise<GatewayReply>;
  /** Calls as the root of an account, without a socket. */
  aws(account: string, region: string): Aws;
  /** Resolves when all consequences of what was done so far have happened. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

/** Where the state of a cloud is kept. */
export type Storage = { driver: Driver; blobs: BlobDriver; folder: Folder | undefined };

/**
 * Opens the state of a cloud: in its folder, or in memory.
 *
 * @throws {ConfigError} another process has the folder, or a newer Cloudyard wrote it
 */
export function openStorage(options: CloudOptions): Storage {
  if (options.data === undefined) return { driver: new MemoryDriver(), blobs: new BlobMemory(), folder: undefined };
  const folder = openFolder(options.data);
  const durability = options.durability ?? 'process';
  try {
    return {
      driver: new SqliteDriver(folder.database, durability),
      blobs: new BlobFiles(folder.blobs, durability),
      folder,
    };
  } catch (error) {
    folder.release();
    throw new ConfigError(
      `The state in ${folder.path} can't be opened: ${(error as Error).message}. Restore the folder from a copy, or choose another with --data.`,
    );
  }
}

/** Makes a cloud over its storage. It answers at once; `close` ends it. */
export function createCloud(options: CloudOptions, log: Log, storage: Storage = openStorage(options)): Cloud {
  const store = new Store(storage.driver);
  const opening = options.seed === undefined ? 1 : countOpening(store);
  const kernel = makeKernel(options, log, storage, store, opening);
  const settle = async () => {
    do {
      await store.durable();
      await kernel.activity.idle();
    } while (!kernel.activity.isIdle);
  };
  kernel.clock.onSettle(kernel.clock.mode === 'real' ? patiently(settle, kernel.activity, log) : settle);
  store.onReplaced((account) => {
    if (options.seed !== undefined) countOpening(store, opening);
    forgetReplaced(kernel, account);
  });
  kernel.timers.start();
  kernel.outbox.start();
  kernel.tasks.start();
  void sweep(kernel);
  const stopMeters = storage.folder === undefined ? undefined : keepMeters(kernel);
  return {
    kernel,
    folder: storage.folder,
    options,
    handle: (request) => handle(kernel, request),
    aws: (account, region) => kernel.aws(() => ({ account, region, principal: rootOf(account) })),
    settle,
    async close() {
      kernel.signals.releaseAll();
      kernel.timers.stop();
      kernel.outbox.stop();
      kernel.sockets.closeAll();
      kernel.tasks.stop();
      await kernel.planes.close();
      await kernel.engines.close();
      stopMeters?.();
      flushMeters(kernel);
      kernel.clock.stop();
      await settle();
      store.close();
      storage.blobs.close();
      storage.folder?.release();
    },
  };
}

/** The rooms, joined. */
function makeKernel(options: CloudOptions, log: Log, storage: Storage, store: Store, opening: number): Kernel {
  const mode = options.clock ?? 'real';
  const clock = new Clock({ mode, startAt: options.startAt, last: storage.folder && lastTurn(store, mode) });
  if (storage.folder !== undefined) keepTurns(store, clock);
  const random = new Random(options.seed === undefined || opening === 1 ? options.seed : `${options.seed}/${opening}`);
  const activity = new Activity();
  const kernel: Kernel = {
    store,
    clock,
    activity,
    random,
    log,
    blobs: new Blobs(storage.blobs, random.stream('blobs')),
    directory: new Directory(store),
    catalog: new Catalog(MODELS, loadService),
    audit: new Audit(store),
    metrics: new Metrics(store),
    contributors: new Contributors(store),
    usage: new Usage(store),
    throttles: new Throttles(),
    quotas: new Quotas(store),
    faults: new Faults(store, random),
    signals: new Signals(clock),
    decisions: new DecisionLog(),
    outbox: new Outbox(
      store,
      clock,
      (event) => listenersOf(event).length > 0,
      (event) => deliver(kernel, event),
      activity,
    ),
    mail: new Mail(store, clock, options.smtp === undefined ? undefined : smtpRelay(options.smtp, log)),
    timers: new Timers(store, clock, (timer) => fireTimer(kernel, timer)),
    tasks: new Tasks(store, clock, (task) => runTask(kernel, task), activity),
    sockets: new OpenSockets(),
    findResource,
    engines: openEngines(options, storage.folder),
    planes: openPlanes(options, storage.folder),
    authority: new LocalAuthority(storage.folder?.tls, () => clock.machineNow()),
    strict: options.strict ?? false,
    fetch: fetchThrough((target, sent) => visitUrl(kernel, target, sent)),
    endpoint: () => 'http://localhost:4566',
    linkEndpoint: () => kernel.endpoint(),
    aws: (facts) => awsCalls(kernel, facts),
    visit: (own, request) => visitHere(kernel, own, request),
    authorizeAs: (facts, access) => authorizeAs(kernel, facts, access),
  };
  return kernel;
}

async function deliver(kernel: Kernel, event: EventRow): Promise<void> {
  for (const service of listenersOf(event.event)) await deliverEvent(kernel, service, event);
}

const openings = table<{ name: string; count: number }>()('kernel.openings', { scope: 'global', key: ['name'] });

/** How often this state has been opened with a seed: each time has ids of its own, or a restart would give out the same ones again. */
function countOpening(store: Store, atLeast = 0): number {
  return store.transact((tx) => {
    const view = viewOf(() => tx, { account: '', region: '' });
    const count = Math.max((view.get(openings, { name: 'seeded' })?.count ?? 0) + (atLeast === 0 ? 1 : 0), atLeast);
    view.put(openings, { name: 'seeded', count });
    return count;
  });
}

/** What rooms remember beside the rows, when these are no longer the same. What they derive from rows they drop themselves (`Store.onUndone`). */
function forgetReplaced(kernel: Kernel, account: string | undefined): void {
  kernel.planes.forget();
  kernel.audit.forget(account);
  kernel.decisions.forget(account);
  kernel.metrics.forget(account);
  kernel.contributors.forget(account);
  kernel.usage.forget(account);
  kernel.throttles.forget();
  kernel.signals.raiseAll();
}

/** Whether some row names a body's file. */
export function isNamed(kernel: Kernel): (id: string) => boolean {
  return (id) => kernel.store.transact((tx) => kernel.blobs.isNamed(tx, id));
}

/** Removes, while the cloud works, files of bodies that nothing refers to: what a crash or another state left behind. */
export async function sweep(kernel: Kernel): Promise<void> {
  try {
    const removed = await kernel.blobs.sweep(isNamed(kernel));
    if (removed > 0) kernel.log('info', 'removed bodies that nothing refers to', { removed });
  } catch (error) {
    kernel.log('warn', 'the sweep of unreferenced bodies stopped', { error: String(error) });
  }
}
