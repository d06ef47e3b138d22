/** `cloudyard snapshot`: keeps the whole state under a name, and brings it back. */
import type { SnapshotFacts } from '#main/snapshots';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { withProgress } from './progress.ts';
import { columns, command, EXIT, print, UsageError } from './usage.ts';

export const snapshot = command(
  {
    name: 'snapshot',
    summary: 'Keep the whole state under a name, and bring it back',
    operands: '[list | take <name> | restore <name> | remove <name>]',
    flags: CONNECTION,
    notes: 'Restoring replaces the present state, which is lost; the clock goes on.',
  },
  async ({ values, operands }) => {
    const [action = 'list', name, ...more] = operands;
    const endpoint = findEndpoint(values);
    if (more.length > 0) throw new UsageError(`snapshot ${action} takes one name, not '${more[0]}' too`);
    if (action === 'list' && name === undefined) {
      const answer = await ask<{ snapshots: SnapshotFacts[] }>(endpoint, 'GET', 'snapshots');
      const rows = answer.snapshots.map((one) => [one.name, one.at]);
      print(values, answer, rows.length === 0 ? 'No snapshots.' : columns(rows));
      return EXIT.done;
    }
    if (!['take', 'restore', 'remove'].includes(action))
      throw new UsageError(`snapshot takes no '${operands.join(' ')}': expected list, take, restore or remove`);
    if (name === undefined) throw new UsageError(`Which one? cloudyard snapshot ${action} <name>`);
    const path = `snapshots/${encodeURIComponent(name)}`;
    if (action === 'take') {
      const taken = await withProgress(`Copying the state to '${name}'`, ask(endpoint, 'POST', 'snapshots', { name }));
      print(values, taken, `Took '${name}'. 'cloudyard snapshot restore ${name}' brings it back.`);
    } else if (action === 'restore') {
      const restored = await withProgress(`Restoring '${name}'`, ask(endpoint, 'POST', `${path}/restore`));
      print(values, restored, `Restored '${name}'.`);
    } else print(values, await ask(endpoint, 'DELETE', path), `Removed '${name}'.`);
    return EXIT.done;
  },
);
