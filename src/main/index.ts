/** Cloudyard inside another program: what `import { startCloud } from 'cloudyard'` gives. */
import { attachSocket, Listener } from '#kernel/gateway';
import { answer } from './admin.ts';
import { type Cloud, createCloud, openStorage, type Storage } from './cloud.ts';
import { type CloudOptions, HOST_DEFAULT } from './config.ts';
import { quietLog } from './log.ts';
import { type SdkRequestHandler, sdkRequestHandler } from './request-handler.ts';
import { forkStorage, resetCloud, restoreSnapshot, takeSnapshot } from './snapshots.ts';

export { type CloudOptions, ConfigError } from './config.ts';
export type { SdkRequestHandler } from './request-handler.ts';

export type StartOptions = CloudOptions & {
  /** Port to listen on, 0 for a free one. Without it there is no socket: clients reach the cloud by `config`. */
  port?: number | undefined;
  /** Hears what goes wrong inside (default: standard error). */
  onError?: ((text: string) => void) | undefined;
};

/** What a client of the AWS SDK for JavaScript v3 is made with: `new S3Client(cloud.config)`. */
export type ClientConfig = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Present where there is no socket. */
  requestHandler?: SdkRequestHandler;
};

export type EmbeddedCloud = AsyncDisposable & {
  /** Where it listens; undefined without a socket. */
  readonly url: string | undefined;
  readonly config: ClientConfig;
  /** The time in the cloud, milliseconds since the epoch. */
  now(): number;
  /** Moves the clock on; resolves when everything due on the way has happened. */
  advance(millis: number): Promise<void>;
  /** Lets the clock run, `scale` times as fast as the machine's. */
  run(scale?: number): void;
  freeze(): void;
  /** Resolves when all consequences of what was done so far have happened. */
  settle(): Promise<void>;
  /** A cloud that begins as this one is now and goes its own way. A cloud with a folder needs another one for its fork. */
  fork(options?: Pick<StartOptions, 'port' | 'data'>): Promise<EmbeddedCloud>;
  snapshot(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  /** Empties the cloud. */
  reset(): Promise<void>;
  close(): Promise<void>;
};

const REGION_DEFAULT = 'us-east-1';
/** Any account number is the key of that account's root. */
const ACCOUNT_DEFAULT = '000000000000';
const SEED_DEFAULT = '1';

/**
 * Starts a cloud in this process: in memory unless `data` names a folder, on a virtual clock that stands still until it is
 * advanced, with ids from a seed. `await using cloud = await startCloud()` ends it with its block.
 *
 * @throws {ConfigError} for options that can't be
 */
export async function startCloud(options: StartOptions = {}): Promise<EmbeddedCloud> {
  const settled: StartOptions = { clock: 'virtual', seed: SEED_DEFAULT, ...options };
  return open(settled, openStorage(settled));
}

async function open(options: StartOptions, storage: Storage): Promise<EmbeddedCloud> {
  const cloud = createCloud(options, quietLog(options.onError ?? ((text) => process.stderr.write(text))), storage);
  const listener = options.port === undefined ? undefined : await listen(cloud, options.port);
  const close = once(async () => {
    cloud.kernel.signals.releaseAll();
    await listener?.close();
    await cloud.close();
  });
  return {
    url: listener?.url,
    config: {
      endpoint: listener?.url ?? cloud.kernel.endpoint(),
      region: REGION_DEFAULT,
      credentials: { accessKeyId: ACCOUNT_DEFAULT, secretAccessKey: 'test' },
      ...(listener === undefined && { requestHandler: sdkRequestHandler((request) => cloud.handle(request)) }),
    },
    now: () => cloud.kernel.clock.now(),
    advance: (millis) => cloud.kernel.clock.advance(millis),
    run: (scale) => cloud.kernel.clock.run(scale),
    freeze: () => cloud.kernel.clock.freeze(),
    settle: () => cloud.settle(),
    fork: async ({ port, data } = {}) =>
      open({ ...options, port, data, startAt: cloud.kernel.clock.now() }, await forkStorage(cloud, data)),
    snapshot: async (name) => void (await takeSnapshot(cloud, name)),
    restore: async (name) => void (await restoreSnapshot(cloud, name)),
    reset: async () => void (await resetCloud(cloud)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(cloud: Cloud, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const listener = new Listener(
    (request) => answer(cloud, request),
    undefined,
    {},
    (socket, open) => attachSocket(cloud.kernel, socket, open),
  );
  const url = `http://localhost:${await listener.listen(HOST_DEFAULT, port)}`;
  cloud.kernel.endpoint = () => url;
  return { url, close: () => listener.close(0) };
}

/** Later calls get the first one's result. */
function once<T>(act: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= act());
}
