/** The load: some connections, each in a closed loop, for a time; counts answers and keeps every latency. */
import { Connection } from './connection.ts';
import type { Session } from './scenario.ts';

export type Load = {
  requests: number;
  failures: number;
  /** The first failure's answer. */
  failure: string | undefined;
  seconds: number;
  /** Milliseconds, in order. */
  latencies: Float64Array;
};

const LATENCIES_MAX = 2_000_000;

/** Runs until the time is over, or every session has ended. */
export async function load(port: number, open: () => Session, connections: number, seconds: number): Promise<Load> {
  const latencies = new Float64Array(LATENCIES_MAX);
  const result: Load = { requests: 0, failures: 0, failure: undefined, seconds: 0, latencies };
  const from = performance.now();
  const until = from + seconds * 1_000;
  const loop = (connection: Connection, session: Session) =>
    new Promise<void>((resolve) => {
      const step = () => {
        const start = performance.now();
        const request = start >= until ? undefined : session.next();
        if (request === undefined) {
          resolve();
          return;
        }
        connection.send(request, (answer) => {
          latencies[result.requests] = performance.now() - start;
          if (result.requests < LATENCIES_MAX - 1) result.requests += 1;
          if (answer.status < 200 || answer.status > 299) {
            result.failures += 1;
            result.failure ??= `${answer.status} ${answer.body.toString().slice(0, 300)}`;
          }
          session.took?.(answer);
          step();
        });
      };
      step();
    });
  const open1 = Array.from({ length: connections }, () => ({ connection: new Connection(port), session: open() }));
  await Promise.all(open1.map(({ connection, session }) => loop(connection, session)));
  result.seconds = (performance.now() - from) / 1_000;
  for (const { connection } of open1) connection.close();
  result.latencies = latencies.slice(0, result.requests).sort();
  return result;
}

/** The value below which a share of the latencies lies; 0 without any. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** The middle of some values, or the mean of the two in the middle; 0 without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
