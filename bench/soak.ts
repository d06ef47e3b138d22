/** Memory under an application's load for a long time: it has to become flat. */
import { load } from './load.ts';
import type { Scenario, Session } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { type Kind, type Running, rssBytes, start } from './server.ts';

/** Functions, their gateway and the edge, and what they would store: all in turn. */
const NAMES = [
  'gateway-function',
  'edge-hit',
  'dynamodb-put',
  'dynamodb-query',
  'sqs-receive',
  's3-put-1k',
  's3-get-1k',
];
/** Of each scenario in each second. */
const REQUESTS_PER_SECOND = 8;
const CONNECTIONS = 2;

export type Sample = { minute: number; bytes: number; requests: number };

/**
 * Loads one server evenly and looks at its memory at the end of each minute.
 *
 * @throws {Error} a request failed
 */
export async function measureSoak(kind: Kind, minutes: number, tell: (sample: Sample) => void): Promise<Sample[]> {
  const server = await start(kind, '0,1');
  const samples: Sample[] = [];
  let requests = 0;
  try {
    const scenarios = SCENARIOS.filter(({ name }) => NAMES.includes(name));
    for (const scenario of scenarios) await scenario.setUp(server.client, { peer: false });
    for (let minute = 1; minute <= minutes; minute += 1) {
      const until = performance.now() + 60_000;
      const done = await Promise.all(scenarios.map((scenario) => minuteOf(server, scenario, until)));
      requests += done.reduce((sum, one) => sum + one, 0);
      const sample = { minute, bytes: rssBytes(server.pid), requests };
      samples.push(sample);
      tell(sample);
    }
  } finally {
    await server.stop();
  }
  return samples;
}

/** Requests of one scenario, a few each second, signed anew as signatures grow old; resolves with how many. */
async function minuteOf({ client }: Running, scenario: Scenario, until: number): Promise<number> {
  let made = 0;
  await scenario.refill?.(client, REQUESTS_PER_SECOND * 60 * 2);
  const open = scenario.open(client);
  while (performance.now() < until) {
    const second = performance.now() + 1_000;
    let left = REQUESTS_PER_SECOND;
    const some = (): Session => {
      const session = open();
      return {
        next: () => (left-- > 0 ? session.next() : undefined),
        took: (answer) => session.took?.(answer),
      };
    };
    const { requests, failure } = await load(client.port, some, CONNECTIONS, 10);
    if (failure !== undefined) throw new Error(`${scenario.title}: ${failure}`);
    made += requests;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, second - performance.now())));
  }
  return made;
}
