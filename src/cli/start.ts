/** `cloudyard start`: runs a cloud until it is told to stop. */
import { resolve } from 'node:path';
import { parseOptions } from '#main/config';
import { jsonLog } from '#main/log';
import { type Server, startServer } from '#main/server';
import { command, type Flag, UsageError } from './usage.ts';

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
  json: { type: 'boolean', text: 'print one JSON object when ready' },
};

export const start = command(
  { name: 'start', summary: 'Start a cloud', operands: '', flags: FLAGS },
  async ({ values, operands }) => {
    if (operands.length > 0) throw new UsageError(`start takes no '${operands[0]}'`);
    const options = parseOptions(withEnvironment(values));
    const memory = values.memory === true;
    const data = memory ? undefined : resolve(options.data ?? '.cloudyard');
    const log = jsonLog((line) => process.stderr.write(line), Date.now);
    const told = Promise.withResolvers<void>();
    const server = await startServer({ ...options, data }, log, { stop: told.resolve }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE')
          throw new UsageError(
            `Port ${options.port ?? 4566} is taken. Stop what listens there, or choose another with --port.`,
          );
        throw error;
      },
    );
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify({ url: server.url, port: server.port, pid: process.pid, data: data ?? null })}\n`
        : startScreen(server, data),
    );
    process.once('SIGINT', () => told.resolve());
    process.once('SIGTERM', () => told.resolve());
    await told.promise;
    await server.close();
    return 0;
  },
);

/** Flags first, then CLOUDYARD_PORT, CLOUDYARD_START_AT, … */
function withEnvironment(values: { [name: string]: string | boolean | undefined }): {
  [name: string]: string | boolean | undefined;
} {
  const merged = { ...values };
  for (const name of Object.keys(FLAGS))
    merged[name] ??= process.env[`CLOUDYARD_${name.toUpperCase().replaceAll('-', '_')}`];
  return merged;
}

function startScreen(server: Server, data: string | undefined): string {
  return `
  Cloudyard is up at ${server.url}
  State: ${data ?? 'in memory'}

  In another terminal:

    export AWS_ENDPOINT_URL=${server.url} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
    aws s3 mb s3://photos
    aws sqs create-queue --queue-name jobs

  Ctrl+C stops it; what was acknowledged is kept.
`;
}
