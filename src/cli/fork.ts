/** `cloudyard fork`: a second cloud that begins as the running one is now and goes its own way. */
import { resolve } from 'node:path';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { withProgress } from './progress.ts';
import { command, EXIT, noOperands, print, UsageError } from './usage.ts';

export const fork = command(
  {
    name: 'fork',
    summary: 'Start a second cloud that begins as this one is now; prints its url',
    operands: '',
    flags: {
      data: { type: 'string', value: 'DIR', text: 'new folder for its state; a cloud in memory forks without one' },
      port: { type: 'string', value: 'N', text: 'port to listen on (any free one)' },
      ...CONNECTION,
    },
    notes: `It ends with the cloud it comes from, or by 'cloudyard stop --endpoint <its url>'.`,
  },
  async ({ values, operands }) => {
    noOperands('fork', operands);
    const { data, port } = values;
    if (port !== undefined && !/^\d+$/.test(String(port)))
      throw new UsageError(`--port ${port}: expected a number from 0 to 65535`);
    const forked = await withProgress(
      'Copying the state',
      ask<{ url: string }>(findEndpoint(values), 'POST', 'fork', {
        ...(typeof data === 'string' && { data: resolve(data) }),
        ...(port !== undefined && { port: Number(port) }),
      }),
    );
    print(values, forked, forked.url);
    return EXIT.done;
  },
);
