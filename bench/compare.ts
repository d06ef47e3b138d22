/** One scenario over all servers: set up, then measured in turns (A B A B …), so that what disturbs the machine disturbs all alike. */
import { load, median, quantile } from './load.ts';
import type { Scenario } from './scenario.ts';
import { cpuMicros, type Running } from './server.ts';

const ROUNDS = 3;
/** Seconds of warm-up: compilers settle only after some ten thousand requests. */
const WARM_UP = { first: 5, later: 3 };

export type Measured = {
  server: string;
  enforces: boolean;
  connections: number;
  /** Medians over the rounds. */
  perSecond: number;
  micros: number;
  p50: number;
  p99: number;
  /** Lowest and highest of the rounds. */
  microsFrom: number;
  microsTo: number;
  requests: number;
  failure: string | undefined;
};

type Round = { perSecond: number; micros: number; p50: number; p99: number; requests: number };

/** What is stored for a server whose rate is not yet known, by requests a second. */
const RATE_GUESS = 500;

/**
 * Measures a scenario on every server that has its service, with each number of connections.
 *
 * @param rates the last rate of each server, in requests a second; kept up to date
 */
export async function compare(
  scenario: Scenario,
  servers: readonly Running[],
  rates: Map<Running, number>,
  connections: readonly number[],
  seconds: number,
): Promise<Measured[]> {
  const able = servers.filter(({ kind }) => kind.services.includes(scenario.service));
  for (const { client, kind } of able) await scenario.setUp(client, kind);
  const measured: Measured[] = [];
  for (const count of connections) {
    const failures = new Map<Running, string>();
    const rounds = new Map<Running, Round[]>(able.map((server) => [server, []]));
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const server of able) {
        // The first round warms up.
        const time = round > 0 ? seconds : count === connections[0] ? WARM_UP.first : WARM_UP.later;
        await scenario.refill?.(server.client, Math.ceil(time * (rates.get(server) ?? RATE_GUESS) * 1.5));
        const open = scenario.open(server.client);
        const before = cpuMicros(server.pid);
        const result = await load(server.client.port, open, count, time);
        const micros = (cpuMicros(server.pid) - before) / Math.max(1, result.requests);
        const perSecond = result.requests / result.seconds;
        rates.set(server, perSecond);
        if (result.failure !== undefined) failures.set(server, result.failure);
        if (round === 0) continue;
        const { latencies, requests } = result;
        rounds
          .get(server)
          ?.push({ perSecond, micros, requests, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) });
      }
    for (const server of able) measured.push(summary(server, count, rounds.get(server) ?? [], failures.get(server)));
  }
  return measured;
}

function summary(
  { kind }: Running,
  connections: number,
  rounds: readonly Round[],
  failure: string | undefined,
): Measured {
  const middle = (value: keyof Round) => median(rounds.map((round) => round[value]));
  const micros = rounds.map((round) => round.micros);
  return {
    server: kind.name,
    enforces: kind.enforces,
    connections,
    perSecond: middle('perSecond'),
    micros: middle('micros'),
    p50: middle('p50'),
    p99: middle('p99'),
    microsFrom: Math.min(...micros),
    microsTo: Math.max(...micros),
    requests: rounds.reduce((sum, round) => sum + round.requests, 0),
    failure,
  };
}
