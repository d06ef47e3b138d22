/** `cloudyard status`: whether a cloud runs, and what it says of itself. */
import { MIB, SECOND } from '#kernel/base';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { type ClockState, showClock } from './clock.ts';
import { showDuration } from './duration.ts';
import { columns, command, EXIT, noOperands, print } from './usage.ts';

/** What `GET health` answers. */
export type Health = {
  version: string;
  clock: ClockState;
  data: string | null;
  strict: boolean;
  pid: number;
  uptimeSeconds: number;
  memoryBytes: number;
};

export const status = command(
  { name: 'status', summary: 'Show whether a cloud runs, and where', operands: '', flags: CONNECTION },
  async ({ values, operands }) => {
    noOperands('status', operands);
    const endpoint = findEndpoint(values);
    const health = await ask<Health>(endpoint, 'GET', 'health');
    const { faults } = await ask<{ faults: object[] }>(endpoint, 'GET', 'faults');
    const rows = [
      ['Cloudyard', `${health.version} at ${endpoint.url}`],
      ['State', health.data ?? 'in memory'],
      ['Clock', showClock(health.clock)],
      ['Faults', faults.length === 0 ? 'none' : `${faults.length} ('cloudyard fault list')`],
      ['Keys', health.strict ? 'only those that exist' : 'an unknown key is an account’s root'],
      [
        'Process',
        `${health.pid}, up ${showDuration(health.uptimeSeconds * SECOND)}, ${Math.round(health.memoryBytes / MIB)} MiB`,
      ],
    ];
    print(values, { endpoint: endpoint.url, ...health, faults: faults.length }, columns(rows));
    return EXIT.done;
  },
);
