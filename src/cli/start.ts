/** `cloudyard start`: runs a cloud until it is told to stop. */
import { resolve } from 'node:path';
import { isSet, parseOptions, type ServerOptions } from '#main/config';
import { jsonLog } from '#main/log';
import { type Server, startServer } from '#main/server';
import { ask } from './admin-client.ts';
import { clientEnvironment, shellLines } from './environment.ts';
import type { Health } from './status.ts';
import { CommandError, command, EXIT, type Flag, noOperands, print, type Values } from './usage.ts';

const FLAGS: { [name: string]: Flag } = {
  port: { type: 'string', value: 'N', text: 'port to listen on (4566; 0 takes a free one)' },
  host: { type: 'string', value: 'H', text: 'address to listen on (127.0.0.1)' },
  data: { type: 'string', value: 'DIR', text: 'folder of the state (.cloudyard)' },
  memory: { type: 'boolean', text: 'keep nothing: all state is gone at the end' },
  durability: {
    type: 'string',
    value: 'process|disk',
    text: 'what an acknowledged write survives: kill -9, or power loss too (process)',
  },
  clock: { type: 'string', value: 'real|virtual', text: 'a virtual clock stands still until it is advanced (real)' },
  'start-at': { type: 'string', value: 'TIME', text: 'where a virtual clock starts, e.g. 2026-01-01T00:00:00Z' },
  seed: { type: 'string', value: 'N', text: 'same seed, same ids' },
  strict: { type: 'boolean', text: 'refuse access keys that do not exist' },
  smtp: {
    type: 'string',
    value: 'URL',
    text: 'carry the mail that services send on to this relay: smtp://user:password@host:587',
  },
  tls: { type: 'boolean', text: 'answer HTTPS too, with an authority of its own' },
};

export const start = command(
  {
    name: 'start',
    summary: 'Start a cloud',
    operands: '',
    flags: FLAGS,
    notes: 'Each option is also an environment variable: CLOUDYARD_PORT, CLOUDYARD_START_AT, …',
  },
  async ({ values, operands }) => {
    noOperands('start', operands);
    const given = withEnvironment(values);
    const options = parseOptions(given);
    const data = isSet(given.memory) ? undefined : resolve(options.data ?? '.cloudyard');
    const told = Promise.withResolvers<void>();
    const server = await open({ ...options, data }, told.resolve);
    process.once('SIGINT', () => told.resolve());
    process.once('SIGTERM', () => told.resolve());
    print(
      values,
      { url: server.url, port: server.port, pid: process.pid, data: data ?? null },
      startScreen(server, data),
    );
    await told.promise;
    await server.close();
    return EXIT.done;
  },
);

async function open(options: ServerOptions, stop: () => void): Promise<Server> {
  const log = jsonLog((line) => process.stderr.write(line), Date.now);
  try {
    return await startServer(options, log, { stop });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const port = options.port ?? 4566;
    if (code === 'EADDRINUSE') throw new CommandError(await portTaken(port), 'port-taken', EXIT.usage);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new CommandError(
        `Can't listen on ${options.host ?? '127.0.0.1'}:${port}: ${message}. Choose another address with --host, or a port above 1023 with --port.`,
        'cannot-listen',
        EXIT.usage,
      );
    throw error;
  }
}

async function portTaken(port: number): Promise<string> {
  const other = await ask<Health>({ url: `http://localhost:${port}`, from: '--port' }, 'GET', 'health').catch(
    () => undefined,
  );
  if (other === undefined) return `Port ${port} is taken. Stop what listens there, or choose another with --port.`;
  return `Port ${port} is taken by a Cloudyard (process ${other.pid}, state ${other.data ?? 'in memory'}). Use that one, stop it ('cloudyard stop --endpoint http://localhost:${port}'), or choose another port with --port.`;
}

/** Flags first, then CLOUDYARD_PORT, CLOUDYARD_START_AT, … */
function withEnvironment(values: Values): Values {
  const merged = { ...values };
  for (const name of Object.keys(FLAGS))
    merged[name] ??= process.env[`CLOUDYARD_${name.toUpperCase().replaceAll('-', '_')}`];
  return merged;
}

function httpsLine(url: string, file: string | undefined): string {
  const secure = url.replace('http:', 'https:');
  return `  HTTPS: ${secure}, for clients that trust ${file ?? `what ${url}/_cloudyard/v1/authority tells`}
         (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS)\n`;
}

function startScreen({ url, authority }: Server, data: string | undefined): string {
  const lines = shellLines(clientEnvironment(url, undefined, 'us-east-1'), 'sh')
    .split('\n')
    .slice(0, 1);
  return `
  Cloudyard is up at ${url}
${authority === undefined ? '' : httpsLine(url, authority.file)}  State: ${data ?? 'in memory'}. Ctrl+C stops it; ${data === undefined ? 'all state is gone then' : 'what was acknowledged is kept'}.

  In another terminal:

    ${lines.join('\n    ')}
    aws s3 mb s3://photos
    aws sns create-topic --name news

  'cloudyard --help' lists what else there is.
`;
}
