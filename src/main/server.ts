/** A cloud behind a port. */
import { Listener, type Log } from '#kernel/gateway';
import { answerAdmin } from './admin.ts';
import { type Cloud, createCloud } from './cloud.ts';
import { checkHost, HOST_DEFAULT, PORT_DEFAULT, type ServerOptions } from './config.ts';

export type Server = { cloud: Cloud; host: string; port: number; url: string; close(): Promise<void> };

/** What a request still running at shutdown is given to finish. */
const SHUTDOWN_GRACE = 5_000;

export async function startServer(options: ServerOptions, log: Log): Promise<Server> {
  const host = options.host ?? HOST_DEFAULT;
  checkHost(host, options.strict ?? false);
  const cloud = createCloud(options, log);
  const listener = new Listener(async (request) => (await answerAdmin(cloud, request)) ?? cloud.handle(request), undefined);
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
      cloud.kernel.signals.releaseAll();
      await listener.close(SHUTDOWN_GRACE);
      await cloud.close();
    },
  };
}
