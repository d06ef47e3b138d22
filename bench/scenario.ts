/** What a scenario is, and the requests that it goes round. */
import type { Call, Client } from './client.ts';
import type { Answer } from './connection.ts';

/** The requests of one connection; undefined ends the run early, because what was stored for it is used up. */
export type Session = { next(): Buffer | undefined; took?(answer: Answer): void };

export type Scenario = {
  name: string;
  title: string;
  service: 'dynamodb' | 'sqs' | 's3' | 'sts' | 'kms' | 'lambda' | 'edge';
  /** Server CPU per request that Cloudyard should stay within, in microseconds. */
  aim?: number;
  /** Milliseconds that half of the requests over one connection should stay within. */
  aimP50?: number;
  /** Once per server. */
  setUp(client: Client, kind: { peer: boolean }): Promise<void>;
  /** Before each run, outside what is measured; `count` requests will be made at most. */
  refill?(client: Client, count: number): Promise<void>;
  /** Signs the requests of one run; each connection then asks for a session. */
  open(client: Client): () => Session;
};

/** Sessions that go round prepared requests, each connection from another place on. */
export function cycle(client: Client, count: number, call: (index: number) => Call): () => Session {
  const prepared = Array.from({ length: count }, (_, index) => client.prepare(call(index)));
  let connections = 0;
  return () => {
    let at = (connections++ * 37) % count;
    return {
      next() {
        at = (at + 1) % count;
        return prepared[at];
      },
    };
  };
}
