/** A cloud behind a port. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { attachSocket, certificateFor, handshakeAt, Listener, type Log } from '#kernel/gateway';
import { answer } from './admin.ts';
import type { AdminActions } from './admin-routes.ts';
import { AUTHORITY_FILES } from './authority.ts';
import { type Certificates, openCertificates } from './certificates.ts';
import { type Cloud, createCloud, openStorage } from './cloud.ts';
import { checkHost, HOST_DEFAULT, PORT_DEFAULT, type ServerOptions } from './config.ts';
import { forkStorage } from './snapshots.ts';

export type Server = {
  cloud: Cloud;
  host: string;
  port: number;
  url: string;
  /** Whom clients trust for HTTPS; undefined where it is not answered. */
  authority: AdminActions['authority'];
  close(): Promise<void>;
};

/** What a request still running at shutdown is given to finish. */
const SHUTDOWN_GRACE = 5_000;

export type ServerActions = Pick<AdminActions, 'stop' | 'isFork'>;

/**
 * Starts a cloud and listens.
 *
 * @throws {ConfigError} for options that can't be; an EADDRINUSE error when the port is taken
 */
export async function startServer(options: ServerOptions, log: Log, actions: ServerActions = {}): Promise<Server> {
  checkHost(options.host ?? HOST_DEFAULT, options.strict ?? false);
  return serve(createCloud(options, log, openStorage(options)), options, log, actions);
}

async function serve(cloud: Cloud, options: ServerOptions, log: Log, actions: ServerActions): Promise<Server> {
  const host = options.host ?? HOST_DEFAULT;
  const forks = new Set<Server>();
  const closing = new AbortController();
  const tls = options.tls === true ? await certificatesOf(cloud, host) : undefined;
  const admin: AdminActions = {
    ...actions,
    authority: tls && { pem: tls.ca, file: cloud.folder && join(cloud.folder.tls, AUTHORITY_FILES.cert) },
    closing: closing.signal,
    async fork({ data, port }) {
      const storage = await forkStorage(cloud, data);
      const { now, running, scale } = cloud.kernel.clock.state();
      const forked = { ...options, data, port: port ?? 0, startAt: now };
      const stop = () => {
        forks.delete(fork);
        void fork.close();
      };
      const copy = createCloud(forked, log, storage);
      // Whoever trusts the one trusts the other: they have the same certificates.
      copy.kernel.authority = cloud.kernel.authority;
      const fork: Server = await serve(copy, forked, log, { stop, isFork: true }).catch((error) => {
        if (data !== undefined) rmSync(data, { recursive: true });
        throw error;
      });
      if (running) fork.cloud.kernel.clock.run(scale);
      else fork.cloud.kernel.clock.freeze();
      forks.add(fork);
      return { url: fork.url, data: data ?? null };
    },
  };
  const listener = new Listener(
    (request) => answer(cloud, request, admin),
    tls && {
      ...tls,
      sni: (name) => certificateFor(cloud.kernel, 'acm', name),
      handshake: (name) => handshakeAt(cloud.kernel, name),
    },
    {},
    (socket, open) => attachSocket(cloud.kernel, socket, open),
  );
  let port: number;
  try {
    port = await listener.listen(host, options.port ?? PORT_DEFAULT);
  } catch (error) {
    await cloud.close();
    throw error;
  }
  const url = `http://${nameOf(host)}:${port}`;
  cloud.kernel.endpoint = () => url;
  if (tls !== undefined) cloud.kernel.linkEndpoint = () => url.replace('http:', 'https:');
  cloud.folder?.announce({ url, pid: process.pid });
  return {
    cloud,
    host,
    port,
    url,
    authority: admin.authority,
    async close() {
      closing.abort();
      for (const fork of forks) await fork.close();
      cloud.kernel.signals.releaseAll();
      await listener.close(SHUTDOWN_GRACE);
      await cloud.close();
    },
  };
}

function certificatesOf({ folder, kernel }: Cloud, host: string): Promise<Certificates> {
  return openCertificates(kernel.authority, folder?.tls, host, kernel.clock.machineNow());
}

/** What clients on this machine call the address that the cloud listens on. */
function nameOf(host: string): string {
  if (host === HOST_DEFAULT || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
