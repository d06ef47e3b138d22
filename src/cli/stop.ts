/** `cloudyard stop`: ends the running cloud and waits until it has ended. */
import { ask, CONNECTION, type Endpoint, findEndpoint, isAlive } from './admin-client.ts';
import { withProgress } from './progress.ts';
import { CommandError, command, EXIT, noOperands, print } from './usage.ts';

const LOOK_EVERY = 20;
const PATIENCE = 30_000;

export const stop = command(
  { name: 'stop', summary: 'Stop the running cloud; what was acknowledged is kept', operands: '', flags: CONNECTION },
  async ({ values, operands }) => {
    noOperands('stop', operands);
    const endpoint = findEndpoint(values);
    const { pid } = await ask<{ pid: number | null }>(endpoint, 'POST', 'stop');
    await withProgress('Waiting for what was accepted', ended(endpoint, pid));
    print(values, { stopped: endpoint.url, pid }, `Stopped ${endpoint.url}.`);
    return EXIT.done;
  },
);

/** Resolves when the process is gone, or for a fork, whose process goes on, when it answers no more. */
async function ended(endpoint: Endpoint, pid: number | null): Promise<void> {
  const until = Date.now() + PATIENCE;
  while (pid === null ? await answers(endpoint) : isAlive(pid)) {
    if (Date.now() > until)
      throw new CommandError(
        `The cloud at ${endpoint.url} was told to stop and still runs after ${PATIENCE / 1_000} s${pid === null ? '' : ` (process ${pid})`}. Its log says what it waits for.`,
        'still-running',
        EXIT.failed,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

async function answers(endpoint: Endpoint): Promise<boolean> {
  try {
    await ask(endpoint, 'GET', 'health');
    return true;
  } catch {
    return false;
  }
}
