/** A cloud behind a port. */
import { Listener, type Log } from '#kernel/gateway';
import { type AdminActions, answerAdmin } from './admin.ts';
import { type Cloud, createCloud, openStorage } from './cloud.ts';
import { checkHost, HOST_DEFAULT, PORT_DEFAULT, type ServerOptions } from './config.ts';
import { forkStorage } from './snapshots.ts';

export type Server = { cloud: Cloud; host: string; port: number; url: string; close(): Promise<void> };

/** What a request still running at shutdown is given to finish. */
const SHUTDOWN_GRACE = 5_000;

export type ServerActions = Pick<AdminActions, 'stop'>;

export async function startServer(options: ServerOptions, log: Log, actions: ServerActions = {}): Promise<Server> {
  checkHost(options.host ?? HOST_DEFAULT, options.strict ?? false);
  return serve(createCloud(options, log, openStorage(options)), options, log, actions);
}

async function serve(cloud: Cloud, options: ServerOptions, log: Log, actions: ServerActions): Promise<Server> {
  const host = options.host ?? HOST_DEFAULT;
  const forks: Server[] = [];
  const admin: AdminActions = {
    stop: actions.stop,
    async fork({ data, port }) {
      const forked = { ...options, data, port: port ?? 0, startAt: cloud.kernel.clock.now() };
      const fork = await serve(createCloud(forked, log, await forkStorage(cloud, data)), forked, log, {});
      forks.push(fork);
      return { url: fork.url };
    },
  };
  const listener = new Listener(
    async (request) => (await answerAdmin(cloud, request, admin)) ?? cloud.handle(request),
    undefined,
  );
  let port: number;
  try {
    port = await listener.listen(host, options.port ?? PORT_DEFAULT);
  } catch (error) {
    await cloud.close();
    throw error;
  }
  const url = `http://${host === HOST_DEFAULT ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
  cloud.kernel.endpoint = () => url;
  return {
    cloud,
    host,
    port,
    url,
    async close() {
      for (const fork of forks) await fork.close();
      cloud.kernel.signals.releaseAll();
      await listener.close(SHUTDOWN_GRACE);
      await cloud.close();
    },
  };
}
