/** Whether a call costs the same when much is stored: the same calls among a thousand, ten thousand, a hundred thousand of a thing. */
import type { Call, Client } from './client.ts';
import { load, quantile } from './load.ts';
import type { Session } from './scenario.ts';
import {
  createBucket,
  createQueue,
  createTable,
  getItem,
  item,
  listObjects,
  putItem,
  sendMessage,
  sendMessages,
  writeItems,
  writeObject,
} from './scenarios.ts';
import { cpuMicros, type Kind, start } from './server.ts';

const CONNECTIONS = 4;
const WARM_UP_SECONDS = 0.5;
const FILLING_CONNECTIONS = 16;

export type Grown = { call: string; size: number; micros: number; p99: number };

/** Spreads calls evenly over what is stored. */
const spread = (size: number) => (index: number) => Math.floor((index * 7_919) % size);

/** Fills one server step by step and measures at each size. */
export async function measureGrowth(kind: Kind, sizes: readonly number[], seconds: number): Promise<Grown[]> {
  const server = await start(kind);
  const { client } = server;
  const grown: Grown[] = [];
  try {
    await createTable(client, 'bench-growth');
    await createQueue(client, 'bench-growth');
    await createBucket(client, 'bench-growth');
    let stored = 0;
    for (const size of sizes) {
      await fill(client, stored, size);
      stored = size;
      const calls: [string, () => () => Session][] = [
        ['DynamoDB GetItem', () => getItem(client, 'bench-growth', spread(size))],
        ['DynamoDB PutItem', () => putItem(client, 'bench-growth', spread(size))],
        ['S3 ListObjectsV2', () => listObjects(client, 'bench-growth', key(Math.max(0, Math.floor(size / 2) - 1_000)))],
        ['SQS SendMessage', () => sendMessage(client, 'bench-growth')],
      ];
      for (const [call, open] of calls) {
        await load(client.port, open(), CONNECTIONS, WARM_UP_SECONDS);
        const session = open();
        const before = cpuMicros(server.pid);
        const { requests, latencies } = await load(client.port, session, CONNECTIONS, seconds);
        const micros = (cpuMicros(server.pid) - before) / Math.max(1, requests);
        grown.push({ call, size, micros, p99: quantile(latencies, 0.99) });
      }
    }
  } finally {
    await server.stop();
  }
  return grown;
}

const key = (id: number) => `key-${String(id).padStart(8, '0')}`;

/** Writes what is missing, over many connections, as nothing of it is measured. */
async function fill(client: Client, from: number, to: number): Promise<void> {
  const kinds: [step: number, call: (at: number, count: number) => Call][] = [
    [
      25,
      (at, count) =>
        writeItems(
          'bench-growth',
          Array.from({ length: count }, (_, index) => item(at + index)),
        ),
    ],
    [10, (at, count) => sendMessages(client, 'bench-growth', at, count)],
    [1, (at) => writeObject('bench-growth', key(at), 10)],
  ];
  for (const [step, call] of kinds) {
    let at = from;
    const session = (): Session => ({
      next() {
        if (at >= to) return undefined;
        const made = call(at, Math.min(step, to - at));
        at += step;
        return client.prepare(made);
      },
    });
    const { failure } = await load(client.port, session, FILLING_CONNECTIONS, Number.POSITIVE_INFINITY);
    if (failure !== undefined) throw new Error(failure);
  }
}
