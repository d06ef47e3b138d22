/** A cloud for one test: behind a real socket on a free port, in memory, on a virtual clock, seeded. A bug inside it fails the test. */
import type { Log } from '#kernel/gateway';
import type { ServerOptions } from '#main/config';
import { type Server, startServer } from '#main/server';
import { faultsOfOutput } from './answers.ts';
import { callerOf, chosenCaller, type Provider } from './callers.ts';

/** Where test clocks start: 2026-01-01T00:00:00Z. */
export const START = Date.UTC(2026, 0, 1);

type ClientConfig = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
};

export type TestCloud = {
  url: string;
  server: Server;
  /** Moves the clock on and waits for what follows from it. */
  advance(millis: number): Promise<void>;
  /** A client of an SDK class: `cloud.client(SQSClient)`. */
  client<Client>(
    Class: new (config: ClientConfig) => Client,
    config?: Partial<ClientConfig> & { [option: string]: unknown },
  ): Client;
  close(): Promise<void>;
};

/** `await using cloud = await startTestCloud()` closes it at the end of the test. */
export async function startTestCloud(options: ServerOptions = {}): Promise<TestCloud & AsyncDisposable> {
  const failures: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === 'error') failures.push(`${message} ${JSON.stringify(fields)}`);
  };
  const server = await startServer({ port: 0, clock: 'virtual', startAt: START, seed: '1', ...options }, log);
  server.cloud.kernel.inspect = (model, operation, output) =>
    failures.push(...faultsOfOutput(model, operation, output));
  const clients: { destroy?: () => void }[] = [];
  const caller = options.strict === true ? 'root' : chosenCaller();
  const providers = new Map<string, Provider>();
  /** An account number is the key of its root, in whose place another may call. */
  const credentialsOf = (given: ClientConfig['credentials']): ClientConfig['credentials'] | Provider => {
    const account = given.accessKeyId;
    if (caller === 'root' || !/^\d{12}$/.test(account ?? '')) return given;
    const { cloud } = server;
    const known =
      providers.get(account) ??
      callerOf(cloud.aws(account, 'us-east-1'), account, caller, () => cloud.kernel.clock.now());
    providers.set(account, known);
    return known;
  };
  const close = async () => {
    for (const client of clients) client.destroy?.();
    await server.close();
    if (failures.length === 0) return;
    const said = `Cloudyard failed inside:\n${failures.join('\n')}`;
    // At the end of a test that failed by itself too, the runner shows neither error's text.
    process.stderr.write(`${said}\n`);
    throw new Error(said);
  };
  return {
    url: server.url,
    server,
    advance: (millis) => server.cloud.kernel.clock.advance(millis),
    client(Class, config = {}) {
      const credentials = config.credentials ?? { accessKeyId: '123456789012', secretAccessKey: 'test' };
      const client = new Class({
        endpoint: server.url,
        region: 'us-east-1',
        maxAttempts: 1,
        ...config,
        // A provider, too, is what clients take for credentials.
        credentials: credentialsOf(credentials) as ClientConfig['credentials'],
      });
      clients.push(client as { destroy?: () => void });
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The error a promise rejects with; throws when it doesn't. */
export async function failure(promise: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { $metadata?: { httpStatusCode?: number } };
  }
  throw new Error('expected the call to fail');
}
