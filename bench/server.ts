/** A server under test: its own process, pinned to a core, watched through /proc. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, Client, json, type Keys } from './client.ts';
import type { Scenario } from './scenario.ts';

/** How to start a server. */
export type Kind = {
  name: string;
  /** Whose load is compared with whose. */
  peer: boolean;
  /** Checks signatures and policies of what it is asked. */
  enforces: boolean;
  services: readonly Scenario['service'][];
  command(port: number, folder: string): readonly [program: string, ...args: string[]];
  /** Keys to be measured with, made once it runs. */
  keys?: (client: Client) => Promise<Keys>;
};

export type Running = {
  kind: Kind;
  pid: number;
  client: Client;
  /** From spawn to the first answered call, milliseconds. */
  startedIn: number;
  stop(): Promise<void>;
};

const SERVER_CPU = '0';
const LOAD_CPU = '1';
const START_TIMEOUT = 60_000;
const TICKS_PER_SECOND = 100;

/** Keeps this process, which makes the load, away from the servers' core. */
export function pinLoad(): void {
  execFileSync('taskset', ['-cp', LOAD_CPU, String(process.pid)], { stdio: 'ignore' });
}

/** Starts a server and waits for its first answer. `cpus` as `taskset -c` takes them. */
export async function start(kind: Kind, cpus = SERVER_CPU): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-bench-'));
  const port = await freePort();
  const from = performance.now();
  const child = spawn('taskset', ['-c', cpus, ...kind.command(port, folder)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
  });
  // A bench that is broken off leaves no server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2_000);
  });
  const client = new Client(port);
  const stop = async () => {
    client.close();
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswered(client, child, from, FIRST_CALLS[kind.services[0] as 'dynamodb'] ?? FIRST_CALLS.dynamodb);
  } catch (error) {
    await stop();
    throw new Error(`${kind.name} did not start: ${(error as Error).message}\n${said}`);
  }
  const startedIn = performance.now() - from;
  if (kind.keys !== undefined) client.keys = await kind.keys(client);
  return { kind, pid: child.pid ?? 0, client, startedIn, stop };
}

/** What a server is asked until it answers, by the first of its services. */
const FIRST_CALLS = {
  dynamodb: json('dynamodb', 'DynamoDB_20120810.ListTables', '1.0', {}),
  sqs: json('sqs', 'AmazonSQS.ListQueues', '1.0', {}),
  s3: { service: 's3', method: 'GET', path: '/' },
} satisfies { [service: string]: Call };

async function untilAnswered(client: Client, child: ChildProcess, from: number, call: Call): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (performance.now() - from > START_TIMEOUT) throw new Error('no answer');
    const ok = await client.call(call).then(
      () => true,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(late);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** CPU time of a process and all its threads so far, user and system, microseconds. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
}

/** Memory in use, bytes. */
export function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1_024;
}
