/** How soon a server answers, how much memory it takes when nothing happens, and how soon an embedded cloud is there. */
import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { median } from './load.ts';
import { type Kind, rssBytes, start } from './server.ts';

const STARTS = 5;
const STARTED_AFTER = 1000;
/** V8 has given back by then what starting took, as it does when nothing happens for twenty to forty seconds. */
const IDLE_AFTER = 45_000;

export type Startup = {
  server: string;
  millis: number;
  millisFrom: number;
  millisTo: number;
  startedBytes: number;
  idleBytes: number;
};

/** Starts each server several times, in turns. */
export async function measureStartup(kinds: readonly Kind[]): Promise<Startup[]> {
  const samples = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
  const memory = new Map<Kind, { startedBytes: number; idleBytes: number }>();
  // The first start of each fills the caches of the file system and is not counted.
  for (let round = 0; round <= STARTS; round += 1)
    for (const kind of kinds) {
      const server = await start({ ...kind, keys: async (client) => client.keys });
      if (round === STARTS) {
        await setTimeout(STARTED_AFTER);
        const startedBytes = rssBytes(server.pid);
        await setTimeout(IDLE_AFTER - STARTED_AFTER);
        memory.set(kind, { startedBytes, idleBytes: rssBytes(server.pid) });
      }
      await server.stop();
      if (round > 0) samples.get(kind)?.push(server.startedIn);
    }
  return kinds.map((kind) => {
    const millis = samples.get(kind) ?? [];
    return {
      server: kind.name,
      millis: median(millis),
      millisFrom: Math.min(...millis),
      millisTo: Math.max(...millis),
      ...(memory.get(kind) ?? { startedBytes: 0, idleBytes: 0 }),
    };
  });
}

export type Embedded = { imported: number; first: number; next: number };

/** Times a fresh process: importing Cloudyard, the first cloud in it, and the median of later ones. */
const PROGRAM = `
  const times = [];
  const began = performance.now();
  const { startCloud } = await import(process.argv[1]);
  const imported = performance.now() - began;
  for (let round = 0; round < 6; round += 1) {
    const from = performance.now();
    const cloud = await startCloud();
    times.push(performance.now() - from);
    await cloud.close();
  }
  const later = times.slice(1).sort((a, b) => a - b);
  console.log(JSON.stringify({ imported, first: times[0], next: later[2] }));
`;

/** Medians over several processes of what an embedded cloud takes, milliseconds. */
export function measureEmbedded(): Embedded {
  const entry = new URL('../src/main/index.ts', import.meta.url).href;
  const runs = Array.from(
    { length: STARTS },
    () =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, entry], { encoding: 'utf8' }),
      ) as Embedded,
  );
  const middle = (name: keyof Embedded) => median(runs.map((run) => run[name]));
  return { imported: middle('imported'), first: middle('first'), next: middle('next') };
}
